//! Random numbers: Knuth's lagged generators of whole numbers and of fractions, the same on every machine.
//!
//! The Art of Computer Programming, volume 2, section 3.6, as of 2002, with the ways of starting and using them from exercises 3.6-10
//! and 3.6-15: 1,009 numbers are made at a time, and the first 100 of them used. BookSim2 draws from the same two streams.
//!
//! A number depends on those 100 and 37 places before it, by a difference modulo 2^30 or a sum modulo 2^52. All values are kept in the
//! top bits of a word, so the arithmetic of words is that of the modulus. Of the numbers that are made only the last 100 are kept, in
//! place: a draw costs ten additions, several at a time.

use multiversion::multiversion;

/// Seeds count modulo this number.
pub const SEEDS: u64 = 1 << 30;

/// The seed that BookSim2's curves in `mesh/noc/tests/data` were made with.
pub const SEED: u64 = 12_345;

/// The long lag, and the numbers of a batch that are used.
const LONG: usize = 100;
/// The short lag.
const SHORT: usize = 37;
/// Numbers of a batch.
const BATCH: usize = 1009;
/// Bits of a seed.
const SEED_BITS: u32 = 30;
/// Streams of different seeds are at least 2^70 - 1 numbers apart.
const APART: u32 = 70;

/// The streams that a run draws from.
#[derive(Clone, Debug)]
pub(super) struct Random {
    pub integers: Integers,
    pub fractions: Fractions,
}

impl Random {
    /// What streams start with that nobody has given a seed.
    pub const UNSEEDED: u64 = 314_159;

    /// Both streams of a seed, which counts modulo 2^30.
    pub fn new(seed: u64) -> Random {
        let seed = seed & ((1 << SEED_BITS) - 1);
        Random {
            integers: Integers(Lagged::new((seed + 2) & ((1 << 30) - 2), seed)),
            fractions: Fractions(Lagged::new(2 * (seed + 2), seed)),
        }
    }
}

/// Whole numbers of 30 bits.
#[derive(Clone, Debug)]
pub(super) struct Integers(Lagged<30, true>);

impl Integers {
    /// Numbers that a draw chooses from.
    pub const COUNT: u32 = 1 << 30;

    /// The next number, modulo `end`.
    #[inline]
    pub fn below(&mut self, end: u32) -> u32 {
        (self.0.next() >> (64 - 30)) as u32 % end
    }
}

/// A chance, as the greatest fraction that hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chance(u64);

impl Chance {
    /// That a fraction from 0 to 1, 1 excluded, is less than `limit`, which must be more than 0.
    pub fn below(limit: f64) -> Chance {
        // A fraction is a multiple of 2^-52, so a comparison with the next multiple is exact.
        let multiples = (limit.min(1.0) * (1u64 << 52) as f64).ceil() as u64;
        Chance((multiples.max(1) - 1) << 12 | 0xfff)
    }
}

/// Fractions from 0 to 1, 1 excluded.
#[derive(Clone, Debug)]
pub(super) struct Fractions(Lagged<52, false>);

impl Fractions {
    /// The next fraction.
    pub fn next(&mut self) -> f64 {
        (self.0.next() >> 12) as f64 / (1u64 << 52) as f64
    }

    /// Draws a fraction. True if it is less than the limit of the chance.
    #[inline]
    pub fn hits(&mut self, chance: Chance) -> bool {
        self.0.next() <= chance.0
    }

    /// Draws until a chance hits, but at most `most` fractions. The number of those before the hit.
    #[inline]
    pub fn misses(&mut self, chance: Chance, most: usize) -> Option<usize> {
        let mut misses = 0;
        while misses < most {
            let values = self.0.ahead(most - misses);
            let hit = values.iter().position(|&value| value <= chance.0);
            let (missed, drawn) = hit.map_or((values.len(), values.len()), |hit| (hit, hit + 1));
            self.0.used += drawn;
            misses += missed;
            if hit.is_some() {
                return Some(misses);
            }
        }
        None
    }
}

/// A lagged generator modulo 2^BITS, of differences or of sums. Values are in the top bits of a word.
#[derive(Clone, Debug)]
struct Lagged<const BITS: u32, const MINUS: bool> {
    /// The next numbers of the sequence.
    values: [u64; LONG],
    /// How many of them have been drawn.
    used: usize,
}

impl<const BITS: u32, const MINUS: bool> Lagged<BITS, MINUS> {
    /// The stream of a seed. `first` is the value that it is started with, even and below the modulus.
    fn new(first: u64, seed: u64) -> Self {
        // Arithmetic of whole words is right modulo 2^BITS; the bits above are shifted out in the end.
        let combine = combine::<MINUS>;
        let mut x = [0u64; 2 * LONG - 1];
        let mut value = first;
        for place in &mut x[..LONG] {
            *place = value;
            // A cyclic shift of the bits but the lowest.
            value <<= 1;
            if value >= 1 << BITS {
                value -= (1 << BITS) - 2;
            }
        }
        x[1] += 1;
        let (mut bits, mut left) = (seed, APART - 1);
        while left > 0 {
            // The square of a polynomial, then its product with z, modulo the polynomial of the lags.
            for j in (1..LONG).rev() {
                x[2 * j] = x[j];
                x[2 * j - 1] = 0;
            }
            for j in (LONG..2 * LONG - 1).rev() {
                x[j - (LONG - SHORT)] = combine(x[j - (LONG - SHORT)], x[j]);
                x[j - LONG] = combine(x[j - LONG], x[j]);
            }
            if bits & 1 == 1 {
                x.copy_within(0..LONG, 1);
                x[0] = x[LONG];
                x[SHORT] = combine(x[SHORT], x[LONG]);
            }
            if bits > 0 { bits >>= 1 } else { left -= 1 }
        }
        x[..LONG].rotate_left(SHORT);
        let mut values = [0; LONG];
        values.iter_mut().zip(&x).for_each(|(value, &x)| *value = x << (64 - BITS));
        (0..10).for_each(|_| advance::<MINUS>(&mut values, 2 * LONG - 1));
        Lagged { values, used: 0 }
    }

    #[inline]
    fn next(&mut self) -> u64 {
        let value = self.ahead(1)[0];
        self.used += 1;
        value
    }

    /// The next values: at least one, at most `most`.
    #[inline]
    fn ahead(&mut self, most: usize) -> &[u64] {
        if self.used >= LONG {
            advance::<MINUS>(&mut self.values, BATCH);
            self.used = 0;
        }
        let end = LONG.min(self.used + most);
        &self.values[self.used..end]
    }
}

/// A value from those at the long and at the short lag before it.
#[inline(always)]
fn combine<const MINUS: bool>(long: u64, short: u64) -> u64 {
    if MINUS { long.wrapping_sub(short) } else { long.wrapping_add(short) }
}

/// Moves the values on in their sequence. Each value's successor at the long lag takes its place, so after `steps` steps the values
/// begin that far behind the first place.
#[multiversion(targets = "simd")]
fn advance<const MINUS: bool>(values: &mut [u64; LONG], steps: usize) {
    for _ in 0..steps / LONG {
        // Stretches that read what the stretches before them have left: each is free of order within.
        let (a, rest) = values.split_at_mut(SHORT);
        let (b, c) = rest.split_at_mut(SHORT);
        let (head, tail) = a.split_at_mut(SHORT - c.len());
        head.iter_mut().zip(&b[c.len()..]).for_each(|(x, &lag)| *x = combine::<MINUS>(*x, lag));
        tail.iter_mut().zip(&*c).for_each(|(x, &lag)| *x = combine::<MINUS>(*x, lag));
        b.iter_mut().zip(&*a).for_each(|(x, &lag)| *x = combine::<MINUS>(*x, lag));
        c.iter_mut().zip(&*b).for_each(|(x, &lag)| *x = combine::<MINUS>(*x, lag));
    }
    let more = steps % LONG;
    for i in 0..more {
        values[i] = combine::<MINUS>(values[i], values[(i + LONG - SHORT) % LONG]);
    }
    values.rotate_left(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knuth's own checks: a value far down the stream, the same in batches of two lengths.
    #[test]
    fn the_streams_are_knuths() {
        for (batches, batch) in [(2009, 1009), (1009, 2009)] {
            let mut random = Random::new(310_952);
            for _ in 0..batches {
                advance::<true>(&mut random.integers.0.values, batch);
                advance::<false>(&mut random.fractions.0.values, batch);
            }
            assert_eq!(random.integers.below(Integers::COUNT), 995_235_265);
            assert_eq!(format!("{:.20}", random.fractions.next()), "0.36410514377569680455");
        }
    }

    /// The plain way: all numbers of a batch in a row, by the lags.
    #[test]
    fn a_hundred_of_each_batch_are_drawn() {
        let mut random = Random::new(7);
        let mut all: Vec<u64> = random.fractions.0.values.to_vec();
        for _ in 0..3 {
            let first = all.len() - LONG;
            for n in first + LONG..first + BATCH + LONG {
                all.push(all[n - LONG].wrapping_add(all[n - SHORT]));
            }
        }
        for batch in 0..3 {
            for n in 0..LONG {
                assert_eq!(random.fractions.0.next(), all[batch * BATCH + n], "{batch} {n}");
            }
        }
    }

    #[test]
    fn a_chance_is_the_comparison_of_the_fraction() {
        let mut fractions = Random::new(3).fractions;
        let exact = fractions.clone().next();
        let limits = [exact, exact.next_up(), 1e-300, 0.3, 0.5, 1.0 - f64::EPSILON, 1.0, f64::INFINITY];
        for limit in limits {
            let mut numbers = fractions.clone();
            for _ in 0..1000 {
                let expected = numbers.clone().next() < limit;
                assert_eq!(numbers.hits(Chance::below(limit)), expected, "{limit}");
            }
        }
        assert!(!fractions.hits(Chance::below(exact)));
    }

    #[test]
    fn searching_draws_what_single_draws_do() {
        let chance = Chance::below(0.01);
        let mut one = Random::new(11).fractions;
        let mut other = one.clone();
        for most in (0..300).cycle().take(2000) {
            let expected = (0..most).find(|_| one.hits(chance));
            assert_eq!(other.misses(chance, most), expected);
        }
        assert_eq!(one.next(), other.next());
    }

    #[test]
    fn seeds_count_modulo_their_range() {
        let first = |seed: u64| {
            let mut random = Random::new(seed);
            (random.integers.below(Integers::COUNT), random.fractions.next())
        };
        assert_eq!(first(5), first(5 + (1 << 30)));
        assert_ne!(first(5).0, first(6).0);
        assert_ne!(first(5).1, first(6).1);
    }
}

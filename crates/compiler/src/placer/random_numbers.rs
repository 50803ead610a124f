//! Random numbers of placers: the same on every machine.

/// SplitMix64.
#[derive(Clone, Debug)]
pub(super) struct RandomNumbers(u64);

/// Bits of the tables of logarithms.
const TABLE_BITS: u32 = 8;

impl RandomNumbers {
    /// A stream of a seed.
    pub(super) fn new(seed: u64, stream: u64) -> RandomNumbers {
        let mut numbers = RandomNumbers(seed);
        RandomNumbers(numbers.draw() ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below a limit, which is at least 1.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.draw()) * limit as u128) >> 64) as usize
    }

    /// True in one of `of` cases.
    pub(super) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// Draws from the exponential distribution with mean 1: what a change may cost at temperature 1.
///
/// The logarithm is a sum of a table's entry and of whole bits, made of additions, products and quotients alone: those are the same on every
/// machine, a library's logarithm need not be.
pub(super) struct Exponential {
    table: Vec<f64>,
}

impl Exponential {
    pub(super) fn new() -> Exponential {
        // ln((1 + (i + 0.5) / 256)) by ln(x) = 2 artanh((x - 1) / (x + 1)).
        let of = |index: u32| ln_1_to_2(1.0 + (f64::from(index) + 0.5) / f64::from(1 << TABLE_BITS));
        Exponential { table: (0..1 << TABLE_BITS).map(of).collect() }
    }

    pub(super) fn draw(&self, numbers: &mut RandomNumbers) -> f64 {
        let bits = numbers.draw() | 1;
        let zeros = bits.leading_zeros();
        // The bits below the first one, as a fraction between 1 and 2.
        let index = (bits << zeros << 1) >> (u64::BITS - TABLE_BITS);
        f64::from(zeros + 1) * LN_2 - self.table[index as usize]
    }
}

const LN_2: f64 = std::f64::consts::LN_2;

fn ln_1_to_2(x: f64) -> f64 {
    let z = (x - 1.0) / (x + 1.0);
    let square = z * z;
    let (mut power, mut sum) = (z, 0.0);
    for term in 0..20_u32 {
        sum += power / f64::from(2 * term + 1);
        power *= square;
    }
    2.0 * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_draws_have_mean_and_spread_1() {
        let (exponential, mut numbers) = (Exponential::new(), RandomNumbers::new(1, 0));
        let draws: Vec<f64> = (0..100_000).map(|_| exponential.draw(&mut numbers)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let square = draws.iter().map(|draw| draw * draw).sum::<f64>() / draws.len() as f64;
        assert!((mean - 1.0).abs() < 0.01 && (square - 2.0).abs() < 0.05, "{mean} {square}");
        assert!(draws.iter().all(|&draw| draw > -0.01));
    }

    #[test]
    fn streams_of_a_seed_differ_and_can_be_drawn_again() {
        let draw = |seed, stream| RandomNumbers::new(seed, stream).below(1 << 40);
        assert_eq!(draw(7, 0), draw(7, 0));
        assert!(draw(7, 0) != draw(7, 1) && draw(7, 0) != draw(8, 0));
    }
}

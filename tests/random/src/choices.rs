//! Where choices come from: a seed, or bytes that somebody else steers.

use std::ops::RangeInclusive;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A source of choices.
pub struct Choices<'a>(Source<'a>);

enum Source<'a> {
    Seed(Box<Pcg64Mcg>),
    Bytes(&'a [u8]),
}

impl<'a> Choices<'a> {
    /// Choices by chance; the same for the same seed.
    pub fn seeded(seed: u64) -> Choices<'static> {
        Choices(Source::Seed(Box::new(Pcg64Mcg::seed_from_u64(seed))))
    }

    /// Choices read from bytes, as many as each needs; beyond their end all are 0, which is the first or the smallest of what can be chosen.
    pub fn bytes(bytes: &'a [u8]) -> Choices<'a> {
        Choices(Source::Bytes(bytes))
    }

    /// A number below `count`, which is not 0.
    pub fn below(&mut self, count: u32) -> u32 {
        let word = match &mut self.0 {
            Source::Seed(random) => (u64::from(random.next_u32()) * u64::from(count)) >> 32,
            Source::Bytes(bytes) => {
                let wanted = (32 - (count - 1).leading_zeros()).div_ceil(8) as usize;
                let (taken, rest) = bytes.split_at(wanted.min(bytes.len()));
                *bytes = rest;
                taken.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)) % u64::from(count)
            }
        };
        word as u32
    }

    /// A number of a range.
    pub fn range(&mut self, range: RangeInclusive<u32>) -> u32 {
        range.start() + self.below(range.end() - range.start() + 1)
    }

    /// True in `percent` of 100 cases; false without bytes.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of some things, all alike.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32) as usize]
    }

    /// One of some things, by their weights.
    pub fn weighted<T: Copy>(&mut self, of: &[(u32, T)]) -> T {
        let mut at = self.below(of.iter().map(|(weight, _)| weight).sum());
        let found = of.iter().find(|(weight, _)| match at.checked_sub(*weight) {
            None => true,
            Some(rest) => {
                at = rest;
                false
            }
        });
        found.expect("the number is below the sum of all weights").1
    }

    /// A seed for random numbers that nobody wants to steer.
    pub fn seed(&mut self) -> u64 {
        u64::from(self.below(u32::MAX)) << 32 | u64::from(self.below(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_steer_choices_and_their_end_is_the_smallest() {
        let mut choices = Choices::bytes(&[5, 1, 2, 250]);
        assert_eq!(choices.below(4), 1);
        assert_eq!(choices.below(1000), 0x0102);
        assert!(choices.chance(50), "250 of 100 is 50");
        assert_eq!(choices.range(3..=9), 3);
        assert_eq!(choices.weighted(&[(1, 'a'), (9, 'b')]), 'a');
        assert!(!choices.chance(99));
    }

    #[test]
    fn seeds_spread_over_all_choices() {
        let mut choices = Choices::seeded(1);
        let mut counts = [0; 3];
        (0..1000).for_each(|_| counts[choices.weighted(&[(1, 0), (2, 1), (7, 2)])] += 1);
        assert!(counts[0] > 60 && counts[1] > 140 && counts[2] > 600, "{counts:?}");
    }
}

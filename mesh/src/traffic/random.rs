//! Random numbers: the same on every machine.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Random(Pcg64Mcg);

impl Random {
    /// Stream number `stream` of a seed.
    pub fn new(seed: u64, stream: u32) -> Random {
        // An odd multiplier keeps the streams apart for any seed.
        let apart = (u64::from(stream) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Random(Pcg64Mcg::seed_from_u64(seed.wrapping_mul(0xd134_2543_de82_ef95) ^ apart))
    }

    /// An integer below `end`.
    #[inline]
    pub fn below(&mut self, end: u32) -> u32 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u32
    }

    /// A number from 0 to 1, 1 excluded.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with a chance.
    #[inline]
    pub fn hits(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }
}

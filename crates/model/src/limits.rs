//! Largest sizes of models in software. Hardware is narrower: that is what compatibility rules are about.

use std::ops::RangeInclusive;

/// Longest side, number of channels or neurons, kernel, window or stride: a coordinate fits into 16 bits.
pub const MAX_SIDE: u32 = 65_535;
/// Bits of a weight.
pub const WEIGHTS_BITS: RangeInclusive<u8> = 1..=8;
/// Bits of a level.
pub const LEVEL_BITS: RangeInclusive<u8> = 1..=4;
/// Most values of one map, 2^28: 1 GiB of potentials.
pub const MAX_MAP: u64 = 1 << 28;
/// Most weights of a model, 2^28: 256 MiB.
pub const MAX_WEIGHTS: u64 = 1 << 28;
/// Most layers of a model.
pub const MAX_LAYERS: usize = 4096;
/// Longest name of a layer in bytes.
pub const MAX_NAME: usize = 255;

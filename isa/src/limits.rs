//! Limits of a program, whatever the device. What a compiler gives out stays within them.

/// Largest width, height or number of channels of a map: a coordinate has 16 bits, of which the head of a packet
/// carries the upper ones.
pub const MAX_SIDE: u32 = 65_535;
/// Most columns of a map that a convolution slides over. A fully connected layer takes any shape.
pub const MAX_COLUMNS: u32 = 4096;
/// Most elements of a map.
pub const MAX_ELEMENTS: u64 = 1 << 28;
/// Largest kernel.
pub const MAX_KERNEL: u32 = 15;
/// Most bytes of one unit's weights.
pub const MAX_IMAGE: u64 = 1 << 28;
/// Most bytes of a name.
pub const MAX_NAME: usize = 256;
/// Most output maps, and most buffers.
pub const MAX_MAPS: usize = 4096;
/// Most passes.
pub const MAX_PASSES: usize = 1024;
/// Problems listed before the rest is only counted.
pub(crate) const MAX_ERRORS: usize = 200;

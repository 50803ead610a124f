//! Limits of a program, whatever the device.

/// Largest width or height of a map.
pub(super) const MAX_SIDE: u32 = 4096;
/// Most channels of a map.
pub(super) const MAX_CHANNELS: u32 = 65_536;
/// Most elements of a map.
pub(super) const MAX_ELEMENTS: u64 = 1 << 28;
/// Largest kernel.
pub(super) const MAX_KERNEL: u32 = 15;
/// Most bytes of one unit's weights.
pub(super) const MAX_IMAGE: u64 = 1 << 28;
/// Most bytes of a name.
pub(super) const MAX_NAME: usize = 256;
/// Most output maps, and most buffers.
pub(super) const MAX_MAPS: usize = 4096;
/// Most passes.
pub(super) const MAX_PASSES: usize = 1024;
/// Problems listed before the rest is only counted.
pub(super) const MAX_ERRORS: usize = 200;

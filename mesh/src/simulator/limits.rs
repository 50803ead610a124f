//! What the host keeps of a program, whatever the device.

/// Most potentials that the units of a pass compute for a frame.
pub const MAX_POTENTIALS: u64 = 1 << 25;
/// Most values of all output maps and buffers of a program.
pub const MAX_VALUES: u64 = 1 << 25;
/// Weights that a program may have in addition to those that its file and the device have room for.
pub const FREE_WEIGHTS: u64 = 1 << 24;
/// Weights that a byte of a file or of a device's memory can hold, of one bit each.
pub const WEIGHTS_PER_BYTE: u64 = 8;

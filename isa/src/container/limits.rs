//! Sizes of a file and of its sections, and what may be unpacked before a device was asked.

/// Largest file that is read.
pub const MAX_FILE: u64 = 1 << 30;
/// Most bytes of records.
pub const MAX_RECORDS: u64 = 1 << 24;
/// Most bytes of memory images.
pub const MAX_MEMORY: u64 = 1 << 30;
/// Bytes of memory images that [`super::read`] unpacks, in addition to [`PER_FILE_BYTE`] for each byte of the file.
pub const FREE_MEMORY: u64 = 1 << 26;
/// Bytes of memory images that [`super::read`] unpacks for each byte of the file.
pub const PER_FILE_BYTE: u64 = 4;

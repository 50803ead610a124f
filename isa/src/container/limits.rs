//! Sizes of a file and of its sections.

/// Largest file that is read.
pub const MAX_FILE: u64 = 1 << 30;
/// Most bytes of records.
pub const MAX_RECORDS: u64 = 1 << 26;
/// Most bytes of memory images.
pub const MAX_MEMORY: u64 = 1 << 30;

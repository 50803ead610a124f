//! Simulated time.

/// Simulated time in clocks since reset.
pub type Cycle = u64;

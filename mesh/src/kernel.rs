//! The event kernel: integer time and a total order of events.

pub mod wheel;

pub use wheel::Wheel;

/// Simulated time in clocks since reset.
pub type Cycle = u64;

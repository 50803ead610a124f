//! The event kernel: integer time and a total order of events.

pub mod wheel;

pub use wheel::Wheel;

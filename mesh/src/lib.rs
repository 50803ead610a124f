//! The simulated hardware.

pub mod device;
pub mod kernel;
pub mod network;
pub mod unit;

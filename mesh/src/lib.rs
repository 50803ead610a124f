//! The simulated hardware: devices, network, units, event kernel, probes.

pub mod device;
pub mod kernel;
pub mod network;
pub mod probe;
pub mod replay;
pub mod simulator;
pub mod unit;

pub use device::Device;
pub use kernel::Cycle;
pub use simulator::{Frame, Outcome, Simulator};

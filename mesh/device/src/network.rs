//! The network of a device, as it is before anything moves: what it is built from, its wiring, and the ways through it.

mod config;
mod description;
mod error;
mod topology;

pub use config::{Allocator, ArbiterRule, Config, Delays, PortOrder, Routing, VcRange};
pub use description::NetworkDescription;
pub use error::Error;
pub use topology::{Endpoint, Link, LinkId, NodeId, Place, PortKind, TerminalId, Topology};

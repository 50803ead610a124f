//! The network of a device, as it is before anything moves: what it is built from, its wiring, and the ways through it.

mod config;
mod description;
mod error;
mod route_class;
mod routing;
mod topology;

pub use config::{Allocator, ArbiterRule, Config, Delays, PortOrder, Routing, VcRange};
pub use description::NetworkDescription;
pub use error::Error;
pub use route_class::{RouteClass, RouteClassId, RouteClasses};
pub use routing::{Channel, Outputs, Step, outputs, walk};
pub use topology::{Axis, Endpoint, Link, LinkId, NodeId, PortKind, TerminalCoord, TerminalId, Topology};

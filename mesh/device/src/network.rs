//! The network of a device without any state: its configuration, its topology, and the routing function.

mod config;
mod coord;
mod description;
mod error;
mod port_kind;
mod route_class;
mod routing;
mod topology;

pub use config::{Allocator, ArbiterRule, Config, Delays, LinkDelay, Multicast, PortOrder, Routing, VcRange};
pub use coord::{Axis, NodeCoord, TerminalCoord};
pub use description::{NetworkDescription, TrafficClass};
pub use error::Error;
pub use port_kind::PortKind;
pub use route_class::{RouteClass, RouteClassId, RouteClasses};
pub use routing::{Channel, Outputs, Step, outputs, walk};
pub use topology::{Endpoint, Link, LinkId, NodeId, TerminalId, Topology};

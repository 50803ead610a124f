//! A 2-D mesh of input-queued virtual-channel wormhole routers, cycle by cycle and flit by flit.
//!
//! Each node has one router; each local port of a router has a terminal, which sends packets from an infinite
//! queue per traffic class and takes arriving flits at once, one flit per cycle each way. Routers allocate
//! virtual channels, then the switch, with separable input-first round-robin allocators; links carry credits
//! back. The stages and their delays have the meaning of BookSim2's input-queued router, and with the
//! [R3 preset](Config::r3) every packet leaves and arrives in the same cycle as there.
//!
//! Cost follows flits: routers and terminals with nothing to do are not looked at, and a caller may skip the
//! cycles before [`Network::next_active`].
//!
//! ```
//! use spikemesh_noc::{Config, Network, NoProbe, PortOrder, PacketRequest, TerminalId};
//!
//! let mut network = Network::new(&Config::r3(5, 4, 2, 4, PortOrder::LocalFirst))?;
//! let (source, target) = (TerminalId(0), TerminalId(7));
//! network.offer(0, PacketRequest { source, target, flits: 4, class: 0, tag: 42 })?;
//! while let Some(now) = network.next_active() {
//!     network.step(now, &mut NoProbe);
//!     for packet in network.delivered() {
//!         // Three hops: 4 * 3 + 6 cycles for the head, then three more flits.
//!         assert_eq!((packet.tag, packet.cycle, packet.routers), (42, 21, 4));
//!     }
//! }
//! network.check_conservation()?;
//! # Ok::<(), spikemesh_noc::Error>(())
//! ```

mod alloc;
mod arbiter;
mod audit;
mod bitset;
mod counters;
mod cycle;
mod deadlock;
mod delay_line;
mod error;
mod flit;
mod injection;
mod network;
mod packet;
mod probe;
pub mod replay;
mod router;
mod slab;
mod state;
mod time;
pub mod trace;
pub mod traffic;
mod traversal;
mod watchdog;

pub use bitset::BitSet;
pub use counters::Counters;
pub use deadlock::{Blocked, Waiting, WaitsFor, circular_wait};
pub use error::Error;
pub use network::Network;
pub use packet::{Delivered, Injected, PacketRequest};
pub use probe::{FlitEvent, GrantEvent, NoProbe, OccupancyEvent, Probe};
pub use slab::Slab;
pub use spikemesh_device::network::{Allocator, ArbiterRule, Config, Delays, PortOrder, Routing, VcRange};
pub use spikemesh_device::network::{Endpoint, Link, LinkId, NodeId, PortKind, TerminalId};
pub use time::Cycle;
pub use watchdog::Watchdog;

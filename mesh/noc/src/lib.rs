//! A 2-D mesh of input-queued virtual-channel wormhole routers, cycle by cycle and flit by flit.
//!
//! Each node has one router; each local port of a router has a terminal, which sends packets from an infinite
//! queue per traffic class and takes arriving flits at once, one flit per cycle each way. Routers allocate
//! virtual channels, then the switch, with separable input-first round-robin allocators; links carry credits
//! back. The stages and their delays have the meaning of BookSim2's input-queued router, and with the
//! [R3 preset](Config::r3) every packet leaves and arrives in the same cycle as there.
//!
//! # A network, packet by packet
//!
//! A caller asks for packets with [`Network::offer`], moves time with [`Network::step`], and reads what happened in that cycle:
//! [`Network::injected`] and [`Network::delivered`]. A cycle in which nothing can happen need not be stepped:
//! [`Network::next_active`] names the next one.
//!
//! ```
//! use spikemesh_noc::{Config, Network, NoProbe, PacketRequest, PortOrder, TerminalId};
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
//!
//! # Watching
//!
//! A [`Probe`] sees each flit at the end of a link, each switch grant and each change of a buffer. Whether a probe looks is a constant of
//! its type ([`Probe::OBSERVES_NETWORK`]). For one that does not, as [`NoProbe`], the compiler leaves the reports out of that copy of the step.
//!
//! ```
//! # use spikemesh_noc::{Config, GrantEvent, Network, PacketRequest, PortOrder, Probe, TerminalId};
//! struct Hops(u32);
//!
//! impl Probe for Hops {
//!     fn grant(&mut self, event: GrantEvent) {
//!         self.0 += u32::from(event.is_head);
//!     }
//! }
//!
//! # let mut network = Network::new(&Config::r3(5, 4, 2, 4, PortOrder::LocalFirst))?;
//! # let (source, target) = (TerminalId(0), TerminalId(7));
//! # network.offer(0, PacketRequest { source, target, flits: 4, class: 0, tag: 42 })?;
//! let mut hops = Hops(0);
//! while let Some(now) = network.next_active() {
//!     network.step(now, &mut hops);
//! }
//! assert_eq!(hops.0, 4);
//! # Ok::<(), spikemesh_noc::Error>(())
//! ```
//!
//! # When it stops moving
//!
//! [`Watchdog`] finds that flits are in the network and none has moved for long; its error names the packets that wait for each other, and
//! [`Network::waiting`] lists what every packet waits for. [`Network::check_conservation`] recounts flits, credits and owners; it finds defects of the simulator.
//!
//! # Whole loads
//!
//! [`trace`] reads and writes packet traces, [`replay`] sends one through a network, [`traffic`] offers synthetic loads.
//!
//! # Map of the files
//!
//! | file | owns | may touch |
//! |---|---|---|
//! | `network` | [`Network`]: the routers and the state | nothing else: each method is one call or one count |
//! | `state` | everything outside the routers: packets, delay lines, injectors, allocators, counters | itself |
//! | `cycle` | the order of a cycle: deliver, inject, allocate, traverse; start reading here | all of the state, by the methods of its owners |
//! | `router` | the fixed facts, ports and VCs of one router, and the masks of requests | itself and its bits in the worklists |
//! | `router/lifecycle` | what a packet does in a VC, from head to tail | as `router`; the delay line of routes |
//! | `tree` | the ways of packets for several receivers, and their branches in a router | nothing |
//! | `router/branches`, `traversal/branches` | what such a packet does in a VC, and its departure | as `router/lifecycle` and `traversal` |
//! | `router/array` | all routers and their worklists: the one owner of the state of a router | itself |
//! | `router/worklists` | the sets of what there is to allocate; flits behind the front ones | itself |
//! | `router/vc`, `router/pipeline`, `router/output_table` | one VC; stages of several cycles; output ports by direction | themselves |
//! | `router/sized`, `router/slices` | routers in sizes known to the compiler; one router without sizes | reads only |
//! | `alloc` | configuration, winners and scratch tables of the allocators | itself |
//! | `alloc/switch`, `alloc/general_switch` | switch allocation | pointers and winners, `general_switch` also holders; no buffer, credit or request |
//! | `alloc/tree_switch` | switch allocation in a network of trees | as `alloc/switch` |
//! | `alloc/vc_r3`, `alloc/vc` | VC allocation | pointers, owners, free VCs, requests |
//! | `traversal` | the departure of flits that won the switch | buffers, credits, requests, delay lines |
//! | `injection` | the queues, credits and VCs of terminals | itself; the delay line of flits |
//! | `delay_lines`, `late_links` | flits, credits and routes on their way | itself |
//! | `arbiter`, `bitset`, `slab` | round-robin choice, sets, tables with keys that are used again | nothing |
//! | `flit`, `packet`, `probe`, `error`, `time`, `counters` | the values that the others pass | nothing |
//! | `end` | [`Ended`]: a result with how its job ended | nothing |
//! | `lookout` | when a loop looks at its stop flag and its limit of cycles | itself |
//! | `audit`, `deadlock`, `watchdog` | recounting, circular waits, patience | read only |
//!
//! Where is it decided that a virtual channel is free? In one mask, `Port::free` in `router`: VC allocation clears a bit, the
//! tail's switch grant sets it. `docs/microarchitecture/router-cycle.md` draws the state and follows two packets through it.
//!
//! # Cost
//!
//! Cost follows flits: routers and terminals with nothing to do are not looked at, and a caller may skip the
//! cycles before [`Network::next_active`].

mod alloc;
mod arbiter;
mod audit;
mod bitset;
mod counters;
mod cycle;
mod deadlock;
mod delay_line;
mod delay_lines;
mod end;
mod error;
mod flit;
mod injection;
mod late_links;
mod lookout;
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
mod tree;
mod watchdog;

pub use bitset::BitSet;
pub use counters::{Counters, LinkCounters};
pub use deadlock::{Waiting, WaitsFor};
pub use end::{CycleLimit, EarlyEnd, End, Ended, Hang, Unfinished};
pub use error::Error;
pub use lookout::Lookout;
pub use network::Network;
pub use packet::{Delivered, Injected, PacketRequest, TreeRequest};
pub use probe::{FlitEvent, GrantEvent, NoProbe, OccupancyEvent, OutputEvent, OutputState, Probe};
pub use slab::Slab;
pub use spikemesh_device::network::{
    Allocator, ArbiterRule, Config, Delays, LinkDelay, Multicast, PortOrder, Routing, VcRange,
};
pub use spikemesh_device::network::{Endpoint, Link, LinkId, NodeCoord, NodeId, PortKind, TerminalId};
pub use spikemesh_stop::Stop;
pub use time::Cycle;
pub use watchdog::Watchdog;

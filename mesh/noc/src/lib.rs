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

mod allocation;
mod arbiter;
mod bitset;
mod calendar;
mod conservation;
mod deadlock;
mod error;
mod fabric;
mod layout;
mod output_table;
mod outside;
mod packet;
mod probe;
pub mod replay;
mod router;
mod slab;
mod source;
mod stage;
mod tables;
pub mod trace;
pub mod traffic;
mod traversal;
mod vc;
mod view;
mod watchdog;

pub use bitset::BitSet;
pub use deadlock::{Blocked, Waiting, WaitsFor, circular_wait};
pub use error::Error;
pub use packet::{Delivered, Injected, PacketRequest};
pub use probe::{FlitEvent, GrantEvent, NoProbe, OccupancyEvent, Probe};
pub use slab::Slab;
pub use spikemesh_device::network::{Allocator, ArbiterRule, Config, Delays, PortOrder, Routing, VcRange};
pub use spikemesh_device::network::{Endpoint, Link, LinkId, NodeId, PortKind, TerminalId};
pub use watchdog::Watchdog;

use allocation::Allocators;
use calendar::Calendar;
use layout::{Layout, on_layout};
use outside::Outside;
use packet::Packets;
use source::Sources;
use spikemesh_device::network::Topology;

/// Simulated time in clocks since reset.
pub type Cycle = u64;

/// What a network has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Cycles that were stepped; skipped ones are not among them.
    pub steps: u64,
    /// Flits that left a source.
    pub injected: u64,
    /// Flits that reached their target.
    pub ejected: u64,
    /// Flits that were sent over a link between routers.
    pub flit_hops: u64,
    /// Flits that crossed a switch.
    pub switched: u64,
}

/// A mesh network and everything in it.
#[derive(Clone, Debug)]
pub struct Network {
    routers: Layout,
    outside: Outside,
}

impl Network {
    /// An empty network.
    ///
    /// # Errors
    ///
    /// The first of [`Config::check`].
    pub fn new(config: &Config) -> Result<Network, Error> {
        if let Some(error) = config.check().into_iter().next() {
            return Err(error.into());
        }
        let topology = Topology::new(config);
        let routers = Layout::new(config, &topology);
        let tables = routers.tables();
        let delays = &config.delays;
        // A flit may wait for the traversal to open and then behind as many flits as it takes cycles.
        let longest =
            (2 * delays.routing).max(3 * delays.traversal() + delays.link.max(4) + delays.credit) + 4;
        let allocators = Allocators::new(config, tables);
        let outside = Outside {
            is_plain: allocators.is_plain(tables),
            allocators,
            sources: on_layout!(&routers, fabric => Sources::new(config, &topology, fabric)),
            coords: topology.coords(),
            offered_by: vec![0; topology.terminals() as usize],
            ejected: vec![0; topology.terminals() as usize],
            topology,
            packets: Packets::default(),
            calendar: Calendar::new(longest),
            counters: Counters::default(),
            injected: Vec::new(),
            delivered: Vec::new(),
            now: None,
            offered: 0,
            last_movement: None,
        };
        Ok(Network { routers, outside })
    }

    /// Creates a packet in cycle `now`, which must be the next cycle that is stepped: the packet may leave in
    /// that very cycle.
    ///
    /// # Errors
    ///
    /// [`Error::Terminal`], [`Error::Class`], [`Error::Flits`], [`Error::Late`] or [`Error::Backlog`]; the
    /// packet is then not taken.
    pub fn offer(&mut self, now: Cycle, request: PacketRequest) -> Result<(), Error> {
        self.outside.offer(&self.routers.tables().route_classes, now, request)
    }

    /// Simulates cycle `now`. Everything in it happens at once: arrivals and credits first, then sources and
    /// routers act on what they see.
    ///
    /// # Panics
    ///
    /// If `now` is not later than the last step, or later than [`Network::next_active`], or earlier than a
    /// packet that was offered.
    pub fn step<P: Probe>(&mut self, now: Cycle, probe: &mut P) {
        let outside = &mut self.outside;
        if outside.now.is_none_or(|last| now != last + 1) || now < outside.offered {
            self.assert_may_step(now);
        }
        on_layout!(&mut self.routers, fabric => self.outside.step(fabric, now, probe));
    }

    #[cold]
    fn assert_may_step(&self, now: Cycle) {
        let Outside { now: last, offered, .. } = &self.outside;
        assert!(last.is_none_or(|last| now > last), "cycle {now} is stepped after {last:?}");
        assert!(now >= *offered, "cycle {now} is stepped before cycle {offered} of a packet");
        if let Some(next) = self.next_active() {
            assert!(now <= next, "cycle {now} is stepped, but something happens in cycle {next}");
        }
    }

    /// The next cycle in which something may happen if nothing more is offered; `None` if the network is empty
    /// or stuck for ever.
    pub fn next_active(&self) -> Option<Cycle> {
        let outside = &self.outside;
        let next = outside.now.map_or(0, |last| last + 1);
        if !self.routers.tables().is_idle() || outside.allocators.is_active() {
            return Some(next);
        }
        let sources = outside.sources.is_active().then_some(next.max(outside.offered));
        let arrival = outside.now.and_then(|last| outside.calendar.next_after(last));
        [sources, arrival].into_iter().flatten().min()
    }

    /// Packets whose last flit left its source in the last step, by terminal.
    pub fn injected(&self) -> &[Injected] {
        &self.outside.injected
    }

    /// Packets whose last flit arrived in the last step, by terminal.
    pub fn delivered(&self) -> &[Delivered] {
        &self.outside.delivered
    }

    /// Totals since the beginning.
    pub fn counters(&self) -> &Counters {
        &self.outside.counters
    }

    /// Entries that all tables which grow have room for. In a stable network this is constant once the busiest cycle has been.
    pub fn capacity(&self) -> usize {
        let Outside { packets, calendar, allocators, injected, delivered, .. } = &self.outside;
        packets.capacity()
            + calendar.capacity()
            + allocators.capacity()
            + injected.capacity()
            + delivered.capacity()
    }

    /// Flits that are in the network: sent and not yet arrived.
    pub fn in_flight(&self) -> u64 {
        self.outside.counters.injected - self.outside.counters.ejected
    }

    /// Flits that a terminal has sent.
    pub fn flits_sent(&self, terminal: TerminalId) -> u64 {
        self.outside.sources.flits[terminal.0 as usize]
    }

    /// Flits that have arrived at a terminal.
    pub fn flits_received(&self, terminal: TerminalId) -> u64 {
        self.outside.ejected[terminal.0 as usize]
    }

    /// Flits that have been sent over a link so far. One that a router sends counts when it wins the switch.
    pub fn flits_over(&self, LinkId(link): LinkId) -> u64 {
        match self.outside.topology.links()[link as usize].from {
            Endpoint::Terminal(terminal) => self.flits_sent(terminal),
            Endpoint::Port { node, port } => on_layout!(&self.routers, fabric => fabric.flits_by(node, port)),
        }
    }

    /// Calls `visit` for packets in the network and in their sources' queues, with the tag and a number of flits that have not arrived:
    /// once or more for a packet, so that the numbers add up. Takes time in proportion to the size of the network.
    pub fn flits_under_way(&self, visit: impl FnMut(u32, u64)) {
        on_layout!(&self.routers, fabric => self.outside.flits_under_way(fabric, visit));
    }

    /// The last cycle in which a flit moved.
    pub fn last_movement(&self) -> Option<Cycle> {
        self.outside.last_movement
    }

    /// The directed links, in a stable order: node by node, the links from its terminals, then its outputs in
    /// port order.
    pub fn links(&self) -> &[Link] {
        self.outside.topology.links()
    }

    /// Number of nodes.
    pub fn nodes(&self) -> u32 {
        self.outside.topology.nodes()
    }

    /// Number of terminals.
    pub fn terminals(&self) -> u32 {
        self.outside.topology.terminals()
    }

    /// The terminal at a node's n-th local port, if there is one.
    pub fn terminal(&self, node: NodeId, local: u16) -> Option<TerminalId> {
        let exists = node.0 < self.nodes() && local < self.outside.topology.locals(node);
        exists.then(|| self.outside.topology.terminal(node, local))
    }

    /// Node and local port of a terminal.
    pub fn place(&self, terminal: TerminalId) -> (NodeId, u16) {
        self.outside.topology.place(terminal)
    }

    /// Name of a node in waves and reports: `n0_1` is column 0, row 1.
    pub fn node_name(&self, node: NodeId) -> String {
        self.outside.topology.node_name(node)
    }

    /// Number of ports of a node's router.
    pub fn ports(&self, node: NodeId) -> u8 {
        self.outside.topology.ports(node) as u8
    }

    /// What a port of a node's router serves.
    pub fn port_kind(&self, node: NodeId, port: u8) -> PortKind {
        self.outside.topology.port_kind(node, port as u32)
    }

    /// Virtual channels per port.
    pub fn vcs(&self) -> u8 {
        self.routers.tables().vcs as u8
    }

    /// Flits that each virtual channel buffers.
    pub fn depth(&self) -> u16 {
        self.routers.tables().depth
    }
}

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
//! use spikemesh_mesh::network::{Config, Network, NoProbe, PortOrder, Send, TerminalId};
//!
//! let mut network = Network::new(&Config::r3(5, 4, 2, 4, PortOrder::LocalFirst))?;
//! let (source, target) = (TerminalId(0), TerminalId(7));
//! network.offer(0, Send { source, target, flits: 4, class: 0, tag: 42 })?;
//! while let Some(now) = network.next_active() {
//!     network.step(now, &mut NoProbe);
//!     for packet in network.arrived() {
//!         // Three hops: 4 * 3 + 6 cycles for the head, then three more flits.
//!         assert_eq!((packet.tag, packet.cycle, packet.routers), (42, 21, 4));
//!     }
//! }
//! network.check_conservation()?;
//! # Ok::<(), spikemesh_mesh::network::Error>(())
//! ```

mod allocation;
mod arbiter;
mod bits;
mod calendar;
mod circle;
mod config;
mod conservation;
mod error;
mod fabric;
mod lane;
mod layout;
mod packet;
mod probe;
mod router;
mod source;
mod stage;
mod topology;
mod traversal;
mod vc;
mod view;
mod waiting;

pub use arbiter::ArbiterRule;
pub use circle::{Blocked, circle};
pub use config::{Allocator, Config, Delays, PortOrder, Routing, VcRange};
pub use error::Error;
pub use packet::{Arrived, Send, Sent};
pub use probe::{FlitEvent, GrantEvent, NoProbe, OccupancyEvent, Probe};
pub use topology::{End, Link, LinkId, NodeId, PortKind, TerminalId};
pub use waiting::{Waiting, WaitsFor};

use crate::kernel::Cycle;
use allocation::Allocators;
use calendar::Calendar;
use fabric::Fabric;
use lane::{Lane, choose_lane, class_lanes};
use layout::{Layout, on_layout};
use packet::{Flit, NO_PACKET, Packet, Packets, Target};
use router::Router;
use source::Sources;
use topology::{Place, Topology};

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

/// Everything but the routers: terminals, packets, what is on its way, what has been counted.
#[derive(Clone, Debug)]
struct Outside {
    topology: Topology,
    sources: Sources,
    allocators: Allocators,
    /// As [`Allocators::is_plain`].
    is_plain: bool,
    packets: Packets,
    calendar: Calendar,
    counters: Counters,
    /// Where each terminal is.
    places: Vec<Place>,
    /// The first lane of each class.
    class_lanes: Vec<u8>,
    /// Packets that each terminal was offered.
    offered_by: Vec<u64>,
    /// Flits taken by each terminal.
    ejected: Vec<u64>,
    sent: Vec<Sent>,
    arrived: Vec<Arrived>,
    /// The last cycle that was stepped.
    now: Option<Cycle>,
    /// Creation of the youngest packet.
    offered: Cycle,
    last_movement: Option<Cycle>,
}

impl Network {
    /// An empty network.
    ///
    /// # Errors
    ///
    /// The first of [`Config::check`].
    pub fn new(config: &Config) -> Result<Network, Error> {
        if let Some(error) = config.check().into_iter().next() {
            return Err(error);
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
            places: topology.places(),
            class_lanes: class_lanes(&tables.lanes),
            offered_by: vec![0; topology.terminals() as usize],
            ejected: vec![0; topology.terminals() as usize],
            topology,
            packets: Packets::new(),
            calendar: Calendar::new(longest),
            counters: Counters::default(),
            sent: Vec::new(),
            arrived: Vec::new(),
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
    pub fn offer(&mut self, now: Cycle, send: Send) -> Result<(), Error> {
        self.outside.offer(&self.routers.tables().lanes, now, send)
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
    pub fn sent(&self) -> &[Sent] {
        &self.outside.sent
    }

    /// Packets whose last flit arrived in the last step, by terminal.
    pub fn arrived(&self) -> &[Arrived] {
        &self.outside.arrived
    }

    /// Totals since the beginning.
    pub fn counters(&self) -> &Counters {
        &self.outside.counters
    }

    /// Entries that all tables which grow have room for. In a stable network this is constant once the busiest cycle has been.
    pub fn capacity(&self) -> usize {
        let Outside { packets, calendar, allocators, sent, arrived, .. } = &self.outside;
        packets.capacity()
            + calendar.capacity()
            + allocators.capacity()
            + sent.capacity()
            + arrived.capacity()
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

impl Outside {
    /// As [`Network::offer`].
    fn offer(&mut self, lanes: &[Lane], now: Cycle, send: Send) -> Result<(), Error> {
        let count = self.topology.terminals();
        for TerminalId(terminal) in [send.source, send.target] {
            if terminal >= count {
                return Err(Error::Terminal { terminal, count });
            }
        }
        let classes = self.sources.classes.len();
        if send.class as usize >= classes {
            return Err(Error::Class { class: send.class, count: classes });
        }
        if !(1..=Config::MAX_FLITS).contains(&send.flits) {
            return Err(Error::Flits { flits: send.flits, limit: Config::MAX_FLITS });
        }
        if let Some(last) = self.now.filter(|&last| now <= last) {
            return Err(Error::Late { now, last });
        }
        let (from, to) = (self.places[send.source.0 as usize], self.places[send.target.0 as usize]);
        let count = &mut self.offered_by[send.source.0 as usize];
        let lane = choose_lane(lanes, &self.class_lanes, send.class, send.source, *count);
        *count += 1;
        let packet = Packet {
            tag: send.tag,
            flits: send.flits,
            next: NO_PACKET,
            target: Target::new(from, to, lanes[lane as usize].routing == Routing::Yx, lane),
            class: send.class,
            routers: from.x.abs_diff(to.x) + from.y.abs_diff(to.y) + 1,
            injected: 0,
        };
        let slot = self.packets.add(packet).ok_or(Error::Backlog { limit: Flit::MAX_SLOTS })?;
        self.sources.push(send.source.0, slot, now, &mut self.packets);
        self.offered = self.offered.max(now);
        Ok(())
    }

    /// As [`Network::step`].
    fn step<Q: Probe, const P: usize, const N: usize>(
        &mut self,
        fabric: &mut Fabric<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        self.now = Some(now);
        self.counters.steps += 1;
        self.sent.clear();
        self.arrived.clear();
        // A plain router has its VCs in one word.
        if N <= 64 && self.is_plain {
            self.step_as::<Q, true, P, N>(fabric, now, probe);
        } else {
            self.step_as::<Q, false, P, N>(fabric, now, probe);
        }
    }

    #[inline(always)]
    fn step_as<Q: Probe, const PLAIN: bool, const P: usize, const N: usize>(
        &mut self,
        fabric: &mut Fabric<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        self.deliver::<Q, PLAIN, P, N>(fabric, now, probe);
        let (packets, calendar) = (&mut self.packets, &mut self.calendar);
        let injected = self.sources.inject(now, packets, calendar, &mut self.sent);
        if injected > 0 {
            self.counters.injected += injected;
            self.last_movement = Some(now);
        }
        self.allocate::<Q, PLAIN, P, N>(fabric, now, probe);
    }

    #[inline(always)]
    fn deliver<Q: Probe, const PLAIN: bool, const P: usize, const N: usize>(
        &mut self,
        fabric: &mut Fabric<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        let credits = self.calendar.credits.take(now);
        for &channel in &credits {
            fabric.credit(channel);
        }
        self.calendar.credits.clear(now, credits);
        let returns = self.calendar.returns.take(now);
        for &channel in &returns {
            self.sources.credit(channel);
        }
        self.calendar.returns.clear(now, returns);
        if !PLAIN {
            let routed = self.calendar.routed.take(now);
            for &channel in &routed {
                fabric.routed(channel, now);
            }
            self.calendar.routed.clear(now, routed);
        }
        let flits = self.calendar.flits.take(now);
        for &(channel, flit) in &flits {
            fabric.receive::<PLAIN>(channel, flit, now, &mut self.calendar);
            if Q::ACTIVE {
                self.report_flit(fabric, channel, flit, now, probe);
            }
        }
        self.calendar.flits.clear(now, flits);
        let ejects = self.calendar.ejects.take(now);
        for &(channel, flit) in &ejects {
            let (index, local) = Fabric::<P, N>::split(channel);
            let terminal = fabric.routers[index].outs[local].downstream.channel();
            // The terminal takes the flit and returns the credit in the same cycle.
            let credit = fabric.tables.delays.credit as Cycle;
            self.calendar.credits.at(now + 2 + credit).push(channel);
            let shift = fabric.tables.vc_shift;
            self.eject(terminal >> shift, terminal & ((1 << shift) - 1), flit, now, probe);
        }
        self.calendar.ejects.clear(now, ejects);
        if !PLAIN && (fabric.tables.delays.traversal() > 1 || !self.allocators.keeps_order()) {
            // Flits that crossed their switches in different cycles may arrive together, or a switch lets them through in another order.
            self.arrived.sort_unstable_by_key(|packet| packet.terminal);
        }
    }

    /// A flit reaches a terminal.
    fn eject<Q: Probe>(&mut self, terminal: u32, vc: u32, flit: Flit, now: Cycle, probe: &mut Q) {
        let packet = self.packets.get(flit.slot());
        if Q::ACTIVE {
            probe.flit(FlitEvent {
                cycle: now,
                link: self.topology.link_to_terminal(terminal),
                vc: vc as u8,
                tag: packet.tag,
                is_head: flit.is_head(),
                is_tail: flit.is_tail(),
            });
        }
        self.ejected[terminal as usize] += 1;
        self.counters.ejected += 1;
        self.last_movement = Some(now);
        if flit.is_tail() {
            self.arrived.push(Arrived {
                terminal: TerminalId(terminal),
                tag: packet.tag,
                injected: packet.injected,
                cycle: now,
                routers: packet.routers as u32,
            });
            self.packets.remove(flit.slot());
        }
    }

    /// A flit has arrived in a buffer.
    fn report_flit<Q: Probe, const P: usize, const N: usize>(
        &self,
        fabric: &Fabric<P, N>,
        channel: u32,
        flit: Flit,
        now: Cycle,
        probe: &mut Q,
    ) {
        let (index, local) = Fabric::<P, N>::split(channel);
        let router = &fabric.routers[index];
        let (port, vc) = (Router::<P, N>::port(local) as u8, Router::<P, N>::number(local) as u8);
        probe.flit(FlitEvent {
            cycle: now,
            link: self.topology.link_into(router.site.first_port + port as u32),
            vc,
            tag: self.packets.get(flit.slot()).tag,
            is_head: flit.is_head(),
            is_tail: flit.is_tail(),
        });
        let (node, flits) = (NodeId(router.site.index), router.ins[local].len);
        probe.occupancy(OccupancyEvent { cycle: now, node, port, vc, flits });
    }
}

//! The network as its callers see it: requests in, steps, reports out.

use crate::counters::{Counters, LinkCounters};
use crate::error::Error;
use crate::late_links::from_shortest;
use crate::packet::{Delivered, Injected, PacketRequest, TreeRequest};
use crate::probe::{OutputState, Probe};
use crate::router::sized::{SizedRouters, on_routers};
use crate::state::State;
use crate::time::Cycle;
use spikemesh_device::network::{Config, Endpoint, Link, LinkId, NodeId, PortKind, TerminalId, Topology};

/// A mesh network and everything in it: the routers, in the size that the configuration needs, and the state outside them.
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) routers: SizedRouters,
    pub(crate) state: State,
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
        let config = &from_shortest(config, &topology);
        let routers = SizedRouters::new(config, &topology);
        let state = on_routers!(&routers, array => State::new(config, topology, array));
        Ok(Network { routers, state })
    }

    /// Creates a packet in cycle `now`, which must be the next cycle that is stepped: the packet may leave in
    /// that very cycle.
    ///
    /// # Errors
    ///
    /// [`Error::Terminal`], [`Error::Class`], [`Error::Flits`], [`Error::Late`] or [`Error::Backlog`]; the
    /// packet is then not taken.
    pub fn offer(&mut self, now: Cycle, request: PacketRequest) -> Result<(), Error> {
        if self.routers.worklists().trees.are_on {
            let PacketRequest { source, target, flits, class, tag } = request;
            return self.offer_tree(now, TreeRequest { source, targets: &[target], flits, class, tag });
        }
        self.state.offer(&self.routers.worklists().route_classes, now, request)
    }

    /// As [`Network::offer`], for a packet with several receivers. [`Network::delivered`] reports its arrival at each of them.
    ///
    /// # Errors
    ///
    /// As [`Network::offer`], and [`Error::Targets`], [`Error::NoTrees`] or [`Error::LongTree`].
    pub fn offer_tree(&mut self, now: Cycle, request: TreeRequest) -> Result<(), Error> {
        let worklists = self.routers.worklists_mut();
        if !worklists.trees.are_on {
            let TreeRequest { source, targets, flits, class, tag } = request;
            let &[target] = targets else { return Err(Error::NoTrees { targets: targets.len() }) };
            return self.offer(now, PacketRequest { source, target, flits, class, tag });
        }
        self.state.offer_tree(worklists, now, request)
    }

    /// Simulates cycle `now`: arrivals and credits take effect, then terminals and routers act on what they see, all at once.
    ///
    /// # Panics
    ///
    /// If `now` is not later than the last step, or later than [`Network::next_active`], or earlier than a
    /// packet that was offered.
    pub fn step<P: Probe>(&mut self, now: Cycle, probe: &mut P) {
        let state = &mut self.state;
        if state.now.is_none_or(|last| now != last + 1) || now < state.offered {
            self.assert_may_step(now);
        }
        on_routers!(&mut self.routers, array => self.state.step(array, now, probe));
    }

    #[cold]
    fn assert_may_step(&self, now: Cycle) {
        let State { now: last, offered, .. } = &self.state;
        assert!(last.is_none_or(|last| now > last), "cycle {now} is stepped after {last:?}");
        assert!(now >= *offered, "cycle {now} is stepped before cycle {offered} of a packet");
        if let Some(next) = self.next_active() {
            assert!(now <= next, "cycle {now} is stepped, but something happens in cycle {next}");
        }
    }

    /// The next cycle in which something may happen if nothing more is offered; `None` if the network is empty
    /// or deadlocked.
    pub fn next_active(&self) -> Option<Cycle> {
        let state = &self.state;
        let next = state.now.map_or(0, |last| last + 1);
        if !self.routers.worklists().is_idle() || state.allocators.is_active() {
            return Some(next);
        }
        let injection = state.injectors.is_active().then_some(next.max(state.offered));
        let arrival = state.now.and_then(|last| state.delay_lines.next_after(last));
        [injection, arrival].into_iter().flatten().min()
    }

    /// Packets whose last flit left its source in the last step, by terminal.
    pub fn injected(&self) -> &[Injected] {
        &self.state.injected
    }

    /// Packets whose last flit arrived in the last step, by terminal.
    pub fn delivered(&self) -> &[Delivered] {
        &self.state.delivered
    }

    /// Totals since the beginning.
    pub fn counters(&self) -> &Counters {
        &self.state.counters
    }

    /// Entries that all tables which grow have room for. In a stable network this is constant once the busiest cycle has been.
    pub fn capacity(&self) -> usize {
        let State { packets, delay_lines, allocators, injected, delivered, .. } = &self.state;
        packets.capacity()
            + delay_lines.capacity()
            + allocators.capacity()
            + injected.capacity()
            + delivered.capacity()
    }

    /// Flits that are in the network: sent and not yet arrived.
    pub fn in_flight(&self) -> u64 {
        let counters = &self.state.counters;
        counters.injected + counters.forked - counters.ejected
    }

    /// Flits that a terminal has sent.
    pub fn flits_sent(&self, terminal: TerminalId) -> u64 {
        self.state.injectors.flits[terminal.0 as usize]
    }

    /// Flits that have arrived at a terminal.
    pub fn flits_received(&self, terminal: TerminalId) -> u64 {
        self.state.ejected[terminal.0 as usize]
    }

    /// Flits that have been sent over a link so far. One that a router sends counts when it wins the switch.
    pub(crate) fn flits_over(&self, LinkId(link): LinkId) -> u64 {
        match self.state.topology.links()[link as usize].from {
            Endpoint::Terminal(terminal) => self.flits_sent(terminal),
            Endpoint::Port { node, port } => on_routers!(&self.routers, array => array.flits_by(node, port)),
        }
    }

    /// Counters of every link, in the order of [`Network::links`].
    pub fn link_counters(&self) -> Vec<LinkCounters> {
        let links = (0..self.links().len() as u32).map(LinkId);
        let counters = links.map(|link| {
            let flits = self.flits_over(link);
            let peak = match self.state.topology.links()[link.0 as usize].to {
                Endpoint::Port { node, port } => {
                    on_routers!(&self.routers, array => array.peak_at(node, port))
                }
                Endpoint::Terminal(_) => 0,
            };
            // A buffer of one flit is not counted while the network runs: every flit makes one.
            LinkCounters { flits, peak: if flits == 0 { 0 } else { peak } }
        });
        counters.collect()
    }

    /// Reports what is in every buffer, if the probe needs that in cycle `now`: to be called before it hears of anything else of that cycle.
    #[inline]
    pub fn report_buffers<P: Probe>(&self, now: Cycle, probe: &mut P) {
        if P::OBSERVES_NETWORK && probe.needs_buffers(now) {
            on_routers!(&self.routers, array => array.report_buffers(now, probe));
        }
    }

    /// The state of a virtual channel of an output port at the end of the last step.
    pub fn output(&self, node: NodeId, port: u8, vc: u8) -> OutputState {
        on_routers!(&self.routers, array => array.output(node, port, vc))
    }

    /// Calls `visit` for packets in the network and in their sources' queues, with the tag and a number of flits that have not arrived:
    /// once or more for a packet, so that the numbers add up. Takes time in proportion to the size of the network.
    pub(crate) fn flits_under_way(&self, visit: impl FnMut(u32, u64)) {
        on_routers!(&self.routers, array => self.state.flits_under_way(array, visit));
    }

    /// The last cycle in which a flit moved.
    pub fn last_movement(&self) -> Option<Cycle> {
        self.state.last_movement
    }

    /// The directed links, in a stable order: node by node, the links from its terminals, then its outputs in
    /// port order.
    pub fn links(&self) -> &[Link] {
        self.state.topology.links()
    }

    /// Number of nodes.
    pub fn nodes(&self) -> u32 {
        self.state.topology.nodes()
    }

    /// Number of terminals.
    pub fn terminals(&self) -> u32 {
        self.state.topology.terminals()
    }

    /// The terminal at a node's n-th local port, if there is one.
    pub fn terminal(&self, node: NodeId, local: u16) -> Option<TerminalId> {
        let exists = node.0 < self.nodes() && local < self.state.topology.locals(node);
        exists.then(|| self.state.topology.terminal(node, local))
    }

    /// Node and local port of a terminal.
    pub fn place(&self, terminal: TerminalId) -> (NodeId, u16) {
        self.state.topology.place(terminal)
    }

    /// Name of a node in waves and reports: `n0_1` is column 0, row 1.
    pub fn node_name(&self, node: NodeId) -> String {
        self.state.topology.node_name(node)
    }

    /// Number of ports of a node's router.
    pub fn ports(&self, node: NodeId) -> u8 {
        self.state.topology.ports(node) as u8
    }

    /// What a port of a node's router serves.
    pub fn port_kind(&self, node: NodeId, port: u8) -> PortKind {
        self.state.topology.port_kind(node, port as u32)
    }

    /// Virtual channels per port.
    pub fn vcs(&self) -> u8 {
        self.routers.worklists().vcs as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::NoProbe;
    use spikemesh_device::network::{PortOrder, Routing};

    /// The R3 fast path is an implementation of its own: the general path must move every packet in the same cycles.
    #[test]
    fn the_fast_path_and_the_general_path_agree() {
        for (vcs, routing) in [(1, Routing::Xy), (2, Routing::Yx), (4, Routing::Xy), (4, Routing::O1Turn)] {
            let mut config = Config::r3(4, 3, vcs, 3, PortOrder::LocalFirst);
            config.routing = routing;
            let mut fast = Network::new(&config).unwrap();
            assert!(fast.state.is_r3, "{vcs} {routing:?}");
            let mut general = fast.clone();
            general.state.is_r3 = false;
            let mut random = 1u64;
            let mut below = |limit: u32| {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (random >> 33) as u32 % limit
            };
            for now in 0..2_000 {
                for source in (0..fast.terminals()).map(TerminalId) {
                    // Below saturation, then beyond it.
                    if below(if now < 1_000 { 20 } else { 6 }) == 0 {
                        let target = TerminalId(below(fast.terminals()));
                        let request = PacketRequest {
                            source,
                            target,
                            flits: 1 + below(5),
                            class: 0,
                            tag: below(1 << 30),
                        };
                        fast.offer(now, request).unwrap();
                        general.offer(now, request).unwrap();
                    }
                }
                fast.step(now, &mut NoProbe);
                general.step(now, &mut NoProbe);
                assert_eq!(fast.injected(), general.injected(), "{vcs} {routing:?}, cycle {now}");
                assert_eq!(fast.delivered(), general.delivered(), "{vcs} {routing:?}, cycle {now}");
            }
            assert_eq!(fast.counters(), general.counters());
            assert!(fast.counters().ejected > 2_000);
            fast.check_conservation().unwrap();
            general.check_conservation().unwrap();
        }
    }
}

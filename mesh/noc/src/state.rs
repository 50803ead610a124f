//! The state of a network outside its routers, and the requests that enter it.
//!
//! A [`Network`](crate::network::Network) owns two things: the routers in one of some sizes
//! ([`SizedRouters`](crate::router::sized::SizedRouters)), and this, which is the same for all sizes. [`cycle`](crate::cycle) moves both.

use crate::alloc::Allocators;
use crate::counters::Counters;
use crate::delay_lines::DelayLines;
use crate::error::Error;
use crate::flit::{Flit, FlitHeader};
use crate::injection::Injectors;
use crate::late_links::LateLinks;
use crate::packet::{Delivered, Injected, NO_PACKET, Packet, PacketRequest, Packets, TreeRequest};
use crate::router::array::RouterArray;
use crate::router::output_table::Heading;
use crate::router::worklists::Worklists;
use crate::time::Cycle;
use crate::tree::Tree;
use spikemesh_device::network::Config;
use spikemesh_device::network::{RouteClasses, TerminalCoord, TerminalId, Topology};

/// Terminals, packets, delay lines, allocators and counters.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub topology: Topology,
    pub injectors: Injectors,
    pub allocators: Allocators,
    /// As [`Allocators::is_r3`], and all links take the same.
    pub is_r3: bool,
    pub packets: Packets,
    pub delay_lines: DelayLines,
    pub counters: Counters,
    /// Where each terminal is.
    pub coords: Vec<TerminalCoord>,
    /// Packets that each terminal was offered.
    pub offered_by: Vec<u64>,
    /// Flits taken by each terminal.
    pub ejected: Vec<u64>,
    pub injected: Vec<Injected>,
    pub delivered: Vec<Delivered>,
    /// The last cycle that was stepped.
    pub now: Option<Cycle>,
    /// Creation of the youngest packet.
    pub offered: Cycle,
    pub last_movement: Option<Cycle>,
}

impl State {
    /// The state of a network at reset, for a checked configuration.
    pub fn new<const P: usize, const N: usize>(
        config: &Config,
        topology: Topology,
        array: &RouterArray<P, N>,
    ) -> State {
        let delays = &config.delays;
        // A flit may wait for the traversal to open and then behind as many flits as it takes cycles.
        let longest =
            (2 * delays.routing).max(3 * delays.traversal() + delays.link.max(4) + delays.credit) + 4;
        let allocators = Allocators::new(config, &array.worklists);
        State {
            is_r3: allocators.is_r3(&array.worklists) && config.link_delays.is_empty(),
            allocators,
            injectors: Injectors::new(config, &topology, array),
            coords: topology.coords(),
            offered_by: vec![0; topology.terminals() as usize],
            ejected: vec![0; topology.terminals() as usize],
            packets: Packets::default(),
            delay_lines: DelayLines::new(longest, LateLinks::new::<P, N>(config, &topology)),
            topology,
            counters: Counters::default(),
            injected: Vec::new(),
            delivered: Vec::new(),
            now: None,
            offered: 0,
            last_movement: None,
        }
    }

    /// As [`Network::offer`](crate::network::Network::offer).
    pub fn offer(
        &mut self,
        route_classes: &RouteClasses,
        now: Cycle,
        request: PacketRequest,
    ) -> Result<(), Error> {
        let PacketRequest { source, target, flits, class, .. } = request;
        self.check(now, source, &[target], flits, class)?;
        let (from, to) = (self.coords[request.source.0 as usize], self.coords[request.target.0 as usize]);
        let count = &mut self.offered_by[request.source.0 as usize];
        let class = &route_classes[route_classes.choose(request.class, request.source, *count).0 as usize];
        *count += 1;
        let packet = Packet {
            tag: request.tag,
            flits: request.flits,
            next: NO_PACKET,
            header: FlitHeader::new(to, Heading::new(&self.topology, class, from, to), class.id),
            class: request.class,
            routers: self.topology.hops(from.node, to.node) as u16 + 1,
            injected: 0,
        };
        let slot = self.packets.insert(packet);
        self.injectors.push(request.source.0, slot, now, &mut self.packets);
        self.offered = self.offered.max(now);
        Ok(())
    }

    /// As [`Network::offer_tree`](crate::network::Network::offer_tree), in a network of trees.
    pub fn offer_tree(
        &mut self,
        worklists: &mut Worklists,
        now: Cycle,
        request: TreeRequest,
    ) -> Result<(), Error> {
        let TreeRequest { source, targets, flits, class, tag } = request;
        self.check(now, source, targets, flits, class)?;
        let mut sorted = targets.to_vec();
        sorted.sort_unstable();
        let twice = sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].0);
        if targets.is_empty() || twice.is_some() {
            return Err(Error::Targets { targets: targets.len(), twice });
        }
        let depth = worklists.depth;
        if targets.len() > 1 && flits > u32::from(depth) && !worklists.trees.may_be_long {
            return Err(Error::LongTree { flits, depth });
        }
        let count = &mut self.offered_by[source.0 as usize];
        let classes = &worklists.route_classes;
        let tree = Tree::new(
            &self.topology,
            &classes[classes.choose(class, source, *count).0 as usize],
            source,
            targets,
        );
        *count += 1;
        let header = FlitHeader::of_tree(worklists.trees.table.insert(tree));
        // The routers on the way to each receiver are counted when it is reached.
        let packet = Packet { tag, flits, next: NO_PACKET, header, class, routers: 0, injected: 0 };
        let slot = self.packets.insert(packet);
        self.injectors.push(source.0, slot, now, &mut self.packets);
        self.offered = self.offered.max(now);
        Ok(())
    }

    /// Whether a packet can be taken.
    #[inline(always)]
    fn check(
        &self,
        now: Cycle,
        source: TerminalId,
        targets: &[TerminalId],
        flits: u32,
        class: u8,
    ) -> Result<(), Error> {
        let count = self.topology.terminals();
        for &TerminalId(terminal) in [source].iter().chain(targets) {
            if terminal >= count {
                return Err(Error::Terminal { terminal, count });
            }
        }
        let classes = self.injectors.classes.len();
        if class as usize >= classes {
            return Err(Error::Class { class, count: classes });
        }
        if !(1..=Config::MAX_FLITS).contains(&flits) {
            return Err(Error::Flits { flits, limit: Config::MAX_FLITS });
        }
        if let Some(last) = self.now.filter(|&last| now <= last) {
            return Err(Error::Late { now, last });
        }
        if self.packets.len() >= Flit::MAX_PACKETS as usize {
            return Err(Error::Backlog { limit: Flit::MAX_PACKETS });
        }
        Ok(())
    }

    /// As [`Network::flits_under_way`](crate::network::Network::flits_under_way).
    pub fn flits_under_way<const P: usize, const N: usize>(
        &self,
        array: &RouterArray<P, N>,
        mut visit: impl FnMut(u32, u64),
    ) {
        let mut visit_slot = |slot: u32, flits: u64| visit(self.packets.get(slot).tag, flits);
        for queue in &self.injectors.queues {
            let (mut slot, mut sent) = (queue.first, queue.sent);
            while slot != NO_PACKET {
                let packet = self.packets.get(slot);
                visit_slot(slot, u64::from(packet.flits - sent));
                (slot, sent) = (packet.next, 0);
            }
        }
        let delay_lines = &self.delay_lines;
        let on_links =
            delay_lines.flits_to_routers().chain(delay_lines.ejections.all()).map(|&(_, flit)| flit);
        let buffered = array.routers.iter().flat_map(|router| router.flits(&array.worklists));
        on_links.chain(buffered).for_each(|flit| visit_slot(flit.slot(), 1));
    }
}

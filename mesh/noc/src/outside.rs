//! Everything but the routers, and a cycle of the network as a whole.

use super::Counters;
use super::allocation::Allocators;
use super::calendar::Calendar;
use super::error::Error;
use super::fabric::Fabric;
use super::output_table::Heading;
use super::packet::{Delivered, Flit, Injected, NO_PACKET, Packet, PacketRequest, Packets, Target};
use super::probe::{FlitEvent, OccupancyEvent, Probe};
use super::router::Router;
use super::source::Sources;
use crate::Cycle;
use spikemesh_device::network::Config;
use spikemesh_device::network::{NodeId, RouteClasses, TerminalCoord, TerminalId, Topology};

/// Everything but the routers: terminals, packets, what is on its way, what has been counted.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    pub topology: Topology,
    pub sources: Sources,
    pub allocators: Allocators,
    /// As [`Allocators::is_plain`].
    pub is_plain: bool,
    pub packets: Packets,
    pub calendar: Calendar,
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

impl Outside {
    /// As [`Network::offer`](super::Network::offer).
    pub fn offer(
        &mut self,
        route_classes: &RouteClasses,
        now: Cycle,
        request: PacketRequest,
    ) -> Result<(), Error> {
        let count = self.topology.terminals();
        for TerminalId(terminal) in [request.source, request.target] {
            if terminal >= count {
                return Err(Error::Terminal { terminal, count });
            }
        }
        let classes = self.sources.classes.len();
        if request.class as usize >= classes {
            return Err(Error::Class { class: request.class, count: classes });
        }
        if !(1..=Config::MAX_FLITS).contains(&request.flits) {
            return Err(Error::Flits { flits: request.flits, limit: Config::MAX_FLITS });
        }
        if let Some(last) = self.now.filter(|&last| now <= last) {
            return Err(Error::Late { now, last });
        }
        if self.packets.len() >= Flit::MAX_PACKETS as usize {
            return Err(Error::Backlog { limit: Flit::MAX_PACKETS });
        }
        let (from, to) = (self.coords[request.source.0 as usize], self.coords[request.target.0 as usize]);
        let count = &mut self.offered_by[request.source.0 as usize];
        let class = &route_classes[route_classes.choose(request.class, request.source, *count).0 as usize];
        *count += 1;
        let packet = Packet {
            tag: request.tag,
            flits: request.flits,
            next: NO_PACKET,
            target: Target::new(to, Heading::new(&self.topology, class, from, to), class.id),
            class: request.class,
            routers: self.topology.hops(from, to) + 1,
            injected: 0,
        };
        let slot = self.packets.insert(packet);
        self.sources.push(request.source.0, slot, now, &mut self.packets);
        self.offered = self.offered.max(now);
        Ok(())
    }

    /// As [`Network::step`](super::Network::step).
    pub fn step<Q: Probe, const P: usize, const N: usize>(
        &mut self,
        fabric: &mut Fabric<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        self.now = Some(now);
        self.counters.steps += 1;
        self.injected.clear();
        self.delivered.clear();
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
        let injected = self.sources.inject(now, packets, calendar, &mut self.injected);
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
            self.delivered.sort_unstable_by_key(|packet| packet.terminal);
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
            self.delivered.push(Delivered {
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

    /// As [`Network::flits_under_way`](super::Network::flits_under_way).
    pub fn flits_under_way<const P: usize, const N: usize>(
        &self,
        fabric: &Fabric<P, N>,
        mut visit: impl FnMut(u32, u64),
    ) {
        let mut visit_slot = |slot: u32, flits: u64| visit(self.packets.get(slot).tag, flits);
        for queue in &self.sources.queues {
            let (mut slot, mut sent) = (queue.first, queue.sent);
            while slot != NO_PACKET {
                let packet = self.packets.get(slot);
                visit_slot(slot, u64::from(packet.flits - sent));
                (slot, sent) = (packet.next, 0);
            }
        }
        let calendar = &self.calendar;
        let on_links = calendar.flits.all().chain(calendar.ejects.all()).map(|&(_, flit)| flit);
        let buffered = fabric.routers.iter().flat_map(|router| router.flits(&fabric.tables));
        on_links.chain(buffered).for_each(|flit| visit_slot(flit.slot(), 1));
    }
}

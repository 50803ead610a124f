//! One cycle of the network: deliver, inject, allocate, traverse.

use crate::alloc::vc::allocate_vcs_r3;
use crate::flit::Flit;
use crate::packet::Delivered;
use crate::probe::{FlitEvent, OccupancyEvent, Probe};
use crate::router::Router;
use crate::router::array::RouterArray;
use crate::state::State;
use crate::time::Cycle;
use crate::traversal::Departure;
use spikemesh_device::network::{NodeId, TerminalId};

impl State {
    /// As [`Network::step`](super::Network::step).
    pub fn step<Q: Probe, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        self.now = Some(now);
        self.counters.steps += 1;
        self.injected.clear();
        self.delivered.clear();
        // A plain router has its VCs in one word.
        if N <= 64 && self.is_r3 {
            self.step_as::<Q, true, P, N>(array, now, probe);
        } else {
            self.step_as::<Q, false, P, N>(array, now, probe);
        }
    }

    #[inline(always)]
    fn step_as<Q: Probe, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        self.deliver::<Q, R3, P, N>(array, now, probe);
        let (packets, delay_lines) = (&mut self.packets, &mut self.delay_lines);
        let injected = self.injectors.inject(now, packets, delay_lines, &mut self.injected);
        if injected > 0 {
            self.counters.injected += injected;
            self.last_movement = Some(now);
        }
        self.allocate::<Q, R3, P, N>(array, now, probe);
    }

    #[inline(always)]
    fn deliver<Q: Probe, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        let credits = self.delay_lines.credits.take(now);
        for &channel in &credits {
            array.credit(channel);
        }
        self.delay_lines.credits.clear(now, credits);
        let returns = self.delay_lines.source_credits.take(now);
        for &channel in &returns {
            self.injectors.credit(channel);
        }
        self.delay_lines.source_credits.clear(now, returns);
        if !R3 {
            let routed = self.delay_lines.routes.take(now);
            for &channel in &routed {
                array.routed(channel, now);
            }
            self.delay_lines.routes.clear(now, routed);
        }
        let flits = self.delay_lines.flits.take(now);
        for &(channel, flit) in &flits {
            array.receive::<R3>(channel, flit, now, &mut self.delay_lines);
            if Q::ACTIVE {
                self.report_flit(array, channel, flit, now, probe);
            }
        }
        self.delay_lines.flits.clear(now, flits);
        let ejects = self.delay_lines.ejections.take(now);
        for &(channel, flit) in &ejects {
            let (index, local) = RouterArray::<P, N>::split(channel);
            let terminal = array.routers[index].outs[local].downstream.channel();
            // The terminal takes the flit and returns the credit in the same cycle.
            let credit = array.worklists.delays.credit as Cycle;
            self.delay_lines.credits.at(now + 2 + credit).push(channel);
            let shift = array.worklists.vc_shift;
            self.eject(terminal >> shift, terminal & ((1 << shift) - 1), flit, now, probe);
        }
        self.delay_lines.ejections.clear(now, ejects);
        if !R3 && (array.worklists.delays.traversal() > 1 || !self.allocators.keeps_order()) {
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
        array: &RouterArray<P, N>,
        channel: u32,
        flit: Flit,
        now: Cycle,
        probe: &mut Q,
    ) {
        let (index, local) = RouterArray::<P, N>::split(channel);
        let router = &array.routers[index];
        let (port, vc) = (Router::<P, N>::port(local) as u8, Router::<P, N>::number(local) as u8);
        probe.flit(FlitEvent {
            cycle: now,
            link: self.topology.link_into(router.info.first_port + port as u32),
            vc,
            tag: self.packets.get(flit.slot()).tag,
            is_head: flit.is_head(),
            is_tail: flit.is_tail(),
        });
        let (node, flits) = (NodeId(router.info.index), router.ins[local].len);
        probe.occupancy(OccupancyEvent { cycle: now, node, port, vc, flits });
    }

    /// Runs both allocators of every router that has work, and carries out what ends in cycle `now`. `R3` as
    /// [`Allocators::is_r3`]. What a router does to another takes effect later, so some may be at one stage together.
    #[inline(always)]
    fn allocate<Q: Probe, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        let State { allocators, delay_lines, packets, counters, .. } = self;
        let delays = array.worklists.delays;
        let mut departure = Departure::open(now, &delays, allocators, delay_lines);
        if R3 {
            array.each_word(|word, array| {
                let RouterArray { routers, worklists } = array;
                allocators.allocate_switches::<true, P, N>(
                    routers,
                    word * 64 / P,
                    worklists.asking.word(word),
                );
                allocate_vcs_r3(word, routers, worklists);
                departure.traverse::<Q, R3, P, N>(&allocators.winners, array, packets, probe);
                allocators.winners.clear();
            });
        } else {
            array.each_active(|router, worklists| allocators.allocate(now, router, worklists));
            if !allocators.at_once {
                allocators.take_due_vcs(array, now);
            }
            let winners = allocators.due_winners(now);
            departure.traverse::<Q, R3, P, N>(&winners, array, packets, probe);
            allocators.return_winners(now, winners);
        }
        let (switched, ejected) = departure.close();
        counters.switched += switched;
        counters.flit_hops += switched - ejected;
        if switched > 0 {
            self.last_movement = Some(now);
        }
    }
}

//! Carrying out what the allocators granted: VCs are taken, flits leave their buffers.

use super::Network;
use super::packet::Flit;
use super::probe::{GrantEvent, OccupancyEvent, Probe};
use super::router::{NOBODY, State};
use super::topology::NodeId;
use crate::kernel::Cycle;

impl Network {
    /// Carries out the grants whose allocation ends in cycle `now`.
    pub(super) fn traverse<P: Probe>(&mut self, now: Cycle, probe: &mut P) {
        let (vc_grants, switch_grants) = self.allocators.take_due(now);
        for &in_vc in &switch_grants {
            self.send_flit::<P, false>(in_vc, now, probe);
        }
        for grant in &vc_grants {
            self.fabric.own(grant.in_vc, grant.out_vc, now + 1);
        }
        if !switch_grants.is_empty() {
            self.last_movement = Some(now);
        }
        self.allocators.give_back(now, vc_grants, switch_grants);
    }

    /// The front flit of an input VC crosses the switch and goes on its way; the credit for its place goes
    /// back at once. `PLAIN` as [`Allocators::is_plain`](super::allocation::Allocators::is_plain).
    #[inline(always)]
    pub(super) fn send_flit<P: Probe, const PLAIN: bool>(&mut self, in_vc: u32, now: Cycle, probe: &mut P) {
        let fabric = &mut self.fabric;
        let (link, credit) = (fabric.delays.link as Cycle, fabric.delays.credit as Cycle);
        let vc = &mut fabric.in_vcs[in_vc as usize];
        let flit = fabric.buffers[in_vc as usize * fabric.depth as usize + vc.head as usize];
        vc.head = if vc.head + 1 == fabric.depth { 0 } else { vc.head + 1 };
        vc.len -= 1;
        let (left, is_tail) = (vc.len, flit.is_tail());
        let (router, out_vc, upstream) = (vc.router, vc.out, vc.upstream);
        let again = left > 0 && !is_tail;
        let out = &mut fabric.out_vcs[out_vc as usize];
        out.credits -= 1;
        let (has_credit, downstream) = (out.credits > 0, out.downstream);
        if is_tail {
            out.owner = NOBODY;
        }

        // A terminal handles a credit at once, a router after its credit delay.
        if upstream.is_terminal() {
            self.calendar.at(now + 2).returns.push(upstream.channel());
        } else {
            self.calendar.at(now + 1 + link + credit).credits.push(upstream.channel());
        }
        let departure = if PLAIN { now + 1 } else { fabric.departure(router, out_vc, now) };
        if downstream.is_terminal() {
            // The terminal takes the flit and returns the credit in the same cycle.
            let arrival = departure + 2;
            self.calendar.at(arrival).ejects.push((downstream.channel(), flit));
            self.calendar.at(arrival + 2 + credit).credits.push(out_vc);
        } else {
            self.calendar.at(departure + 1 + link).flits.push((downstream.channel(), flit));
            self.counters.flit_hops += 1;
        }
        self.counters.switched += 1;

        if !PLAIN {
            self.keep_switch(in_vc, again);
        }
        let fabric = &mut self.fabric;
        if !PLAIN && fabric.delays.sw_alloc > 1 {
            fabric.in_vcs[in_vc as usize].state = State::Active;
            if again {
                fabric.ready_for_switch(in_vc, now + 1);
            }
        } else if is_tail || left == 0 || !has_credit {
            fabric.withdraw(in_vc, router);
        }
        if is_tail {
            fabric.release(router, out_vc);
            if left > 0 {
                self.next_packet(in_vc, now + 1);
            } else {
                fabric.in_vcs[in_vc as usize].state = State::Idle;
            }
        }
        if P::ACTIVE {
            self.report_grant(in_vc, out_vc, flit, now, probe);
        }
    }

    /// A packet whose next flit is there holds the switch, if packets do.
    fn keep_switch(&mut self, in_vc: u32, again: bool) {
        if self.allocators.hold() {
            let (input, is_holder) = self.fabric.is_holder(in_vc);
            match (again, is_holder) {
                (true, false) => self.fabric.hold(in_vc),
                (false, true) => {
                    let router = self.fabric.in_vcs[in_vc as usize].router;
                    self.fabric.view(router).let_go(input);
                }
                _ => {}
            }
        }
    }

    /// The head of the next packet is at the front of a buffer.
    #[inline(never)]
    fn next_packet(&mut self, in_vc: u32, at: Cycle) {
        let slot = self.fabric.front(in_vc).slot();
        self.fabric.begin_packet::<false>(in_vc, slot, at, &self.packets, &mut self.calendar);
    }

    fn report_grant<P: Probe>(&self, in_vc: u32, out_vc: u32, flit: Flit, now: Cycle, probe: &mut P) {
        let vc = &self.fabric.in_vcs[in_vc as usize];
        let out = &self.fabric.in_vcs[out_vc as usize];
        let (node, port, number) = (NodeId(vc.router), vc.port, vc.number);
        probe.grant(GrantEvent {
            cycle: now,
            node,
            in_port: port,
            in_vc: number,
            out_port: out.port,
            out_vc: out.number,
            tag: self.packets.get(flit.slot()).tag,
            is_head: flit.is_head(),
            is_tail: flit.is_tail(),
        });
        probe.occupancy(OccupancyEvent { cycle: now, node, port, vc: number, flits: vc.len });
    }
}

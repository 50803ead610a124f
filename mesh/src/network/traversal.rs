//! Carrying out what the allocators granted: VCs are taken, flits leave their buffers.

use super::Network;
use super::packet::Flit;
use super::probe::{GrantEvent, OccupancyEvent, Probe};
use super::router::State;
use super::topology::NodeId;
use crate::kernel::Cycle;

impl Network {
    /// Carries out the grants whose allocation ends in cycle `now`.
    pub(super) fn traverse<P: Probe>(&mut self, now: Cycle, probe: &mut P) {
        let (vc_grants, switch_grants) = self.allocators.take_due(now);
        for &in_vc in &switch_grants {
            self.send_flit(in_vc, now, probe);
        }
        for grant in &vc_grants {
            self.fabric.own(grant.in_vc, grant.out_vc, now + 1);
        }
        if !switch_grants.is_empty() {
            self.counters.switched += switch_grants.len() as u64;
            self.last_movement = Some(now);
        }
        self.allocators.give_back(now, vc_grants, switch_grants);
    }

    /// The front flit of an input VC crosses the switch and goes on its way; the credit for its place goes
    /// back at once.
    #[inline]
    fn send_flit<P: Probe>(&mut self, in_vc: u32, now: Cycle, probe: &mut P) {
        let fabric = &mut self.fabric;
        let delays = &fabric.delays;
        let (link, credit) = (delays.link as Cycle, delays.credit as Cycle);
        let flit = fabric.front(in_vc);
        let (global_in, in_number) = (in_vc >> fabric.vc_shift, in_vc & ((1 << fabric.vc_shift) - 1));
        let upstream = fabric.in_ports[global_in as usize].upstream;
        let router_id = fabric.in_ports[global_in as usize].router;

        let vc = &mut fabric.in_vcs[in_vc as usize];
        vc.head = if vc.head + 1 == fabric.depth { 0 } else { vc.head + 1 };
        vc.len -= 1;
        let (left, out_port, out_number) = (vc.len, vc.out_port as u32, vc.out_vc as u32);
        let global_out = fabric.routers[router_id as usize].first_port + out_port;
        let out_vc = fabric.channel(global_out, out_number);
        fabric.out_vcs[out_vc as usize].credits -= 1;
        let has_credit = fabric.out_vcs[out_vc as usize].credits > 0;

        // A terminal handles a credit at once, a router after its credit delay.
        let returned = upstream.index() << fabric.vc_shift | in_number;
        if upstream.is_terminal() {
            self.calendar.at(now + 2).returns.push(returned);
        } else {
            self.calendar.at(now + 1 + link + credit).credits.push(returned);
        }
        let departure = fabric.departure(router_id, global_out, now);
        let downstream = fabric.out_ports[global_out as usize].downstream;
        let target = downstream.index() << fabric.vc_shift | out_number;
        if downstream.is_terminal() {
            // The terminal takes the flit and returns the credit in the same cycle.
            let arrival = departure + 2;
            self.calendar.at(arrival).ejects.push((target, flit));
            self.calendar.at(arrival + 2 + credit).credits.push(out_vc);
        } else {
            fabric.reserve(target, flit);
            self.calendar.at(departure + 1 + link).flits.push(target);
            self.counters.flit_hops += 1;
        }

        let again = left > 0 && !flit.is_tail();
        if fabric.delays.sw_alloc > 1 {
            fabric.in_vcs[in_vc as usize].state = State::Active;
            if again {
                fabric.ready_for_switch(in_vc, now + 1);
            }
        } else if !again || !has_credit {
            fabric.withdraw(in_vc);
        }
        if flit.is_tail() {
            fabric.release(router_id, out_port, out_number);
            if left > 0 {
                fabric.begin_packet(in_vc, now + 1, &mut self.packets, &mut self.calendar);
            } else {
                fabric.in_vcs[in_vc as usize].state = State::Idle;
            }
        }
        if P::ACTIVE {
            self.report_grant(in_vc, out_vc, flit, now, probe);
        }
    }

    fn report_grant<P: Probe>(&self, in_vc: u32, out_vc: u32, flit: Flit, now: Cycle, probe: &mut P) {
        let (global_in, in_number) = self.fabric.split(in_vc);
        let (global_out, out_number) = self.fabric.split(out_vc);
        let port = &self.fabric.in_ports[global_in as usize];
        let node = NodeId(port.router);
        probe.grant(GrantEvent {
            cycle: now,
            node,
            in_port: port.port,
            in_vc: in_number as u8,
            out_port: self.fabric.in_ports[global_out as usize].port,
            out_vc: out_number as u8,
            tag: self.packets.get(flit.slot()).tag,
            is_head: flit.is_head(),
            is_tail: flit.is_tail(),
        });
        probe.occupancy(OccupancyEvent {
            cycle: now,
            node,
            port: port.port,
            vc: in_number as u8,
            flits: self.fabric.in_vcs[in_vc as usize].len,
        });
    }
}

//! Carrying out what the allocators granted: flits leave their buffers.

use super::allocation::Allocators;
use super::calendar::Calendar;
use super::fabric::Fabric;
use super::packet::{Flit, Packets};
use super::probe::{GrantEvent, OccupancyEvent, Probe};
use super::router::Router;
use super::tables::Tables;
use super::vc::{InVc, Peer, State};
use crate::Cycle;
use spikemesh_device::network::Delays;
use spikemesh_device::network::NodeId;

/// What leaves in one cycle, on lists that are out of the calendar meanwhile.
pub(super) struct Departure<'a> {
    now: Cycle,
    /// Packets hold the switch.
    hold: bool,
    /// Heads ask for the switch before they have a VC.
    speculative: bool,
    /// Credits for routers, all with the same delay, and when they arrive.
    credits: Vec<u32>,
    credits_at: Cycle,
    /// Flits for routers whose traversal takes one cycle, and when they arrive.
    flits: Vec<(u32, Flit)>,
    flits_at: Cycle,
    calendar: &'a mut Calendar,
    /// Flits that have left.
    switched: u64,
    /// Those for terminals.
    ejected: u64,
}

impl<'a> Departure<'a> {
    /// Nothing has left yet.
    #[inline(always)]
    pub fn open(
        now: Cycle,
        delays: &Delays,
        allocators: &Allocators,
        calendar: &'a mut Calendar,
    ) -> Departure<'a> {
        let credits_at = now + 1 + (delays.link + delays.credit) as Cycle;
        let flits_at = now + 2 + delays.link as Cycle;
        Departure {
            now,
            hold: allocators.hold(),
            speculative: allocators.speculative(),
            credits: calendar.credits.take(credits_at),
            credits_at,
            flits: calendar.flits.take(flits_at),
            flits_at,
            calendar,
            switched: 0,
            ejected: 0,
        }
    }

    /// The winners of some switches leave. `PLAIN` as [`Allocators::is_plain`].
    #[inline(always)]
    pub fn traverse<Q: Probe, const PLAIN: bool, const P: usize, const N: usize>(
        &mut self,
        winners: &[u32],
        fabric: &mut Fabric<P, N>,
        packets: &Packets,
        probe: &mut Q,
    ) {
        let Fabric { routers, tables } = fabric;
        for &channel in winners {
            let (index, local) = Fabric::<P, N>::split(channel);
            let router = &mut routers[index];
            if !PLAIN && self.speculative && !may_leave(router, local) {
                continue;
            }
            if !PLAIN {
                // It may have won long ago.
                tables.mark::<P>(index);
            }
            self.switched += 1;
            let (flit, out_vc) = router.send_flit::<PLAIN>(local, tables, self);
            if Q::ACTIVE {
                report_grant(router, packets, (local, out_vc), flit, self.now, probe);
            }
        }
    }

    /// Everything is on its way. Returns the flits that have left and those of them for terminals.
    #[inline(always)]
    pub fn close(self) -> (u64, u64) {
        self.calendar.credits.put(self.credits_at, self.credits);
        self.calendar.flits.put(self.flits_at, self.flits);
        (self.switched, self.ejected)
    }
}

impl<const P: usize, const N: usize> Router<P, N> {
    /// The front flit of an input VC crosses the switch and goes on its way; the credit for its place goes
    /// back at once. Returns the flit and its output VC.
    #[inline(always)]
    fn send_flit<const PLAIN: bool>(
        &mut self,
        local: usize,
        tables: &mut Tables,
        departure: &mut Departure,
    ) -> (Flit, usize) {
        let now = departure.now;
        let vc = &mut self.ins[local % N];
        vc.len -= 1;
        let InVc { front: flit, len: left, upstream, .. } = *vc;
        let out_vc = vc.out as usize % N;
        if left > 0 {
            let next = tables.rings[self.place(local, 0, tables)];
            let vc = &mut self.ins[local % N];
            vc.front = next;
            vc.head = vc.head.wrapping_add(1);
        }
        let is_tail = flit.is_tail();
        let again = (left > 0) & !is_tail;
        let out = &mut self.outs[out_vc];
        out.credits -= 1;
        let (has_credit, downstream) = (out.credits > 0, out.downstream);
        departure.credit(upstream);
        let output = Self::port(out_vc);
        self.ports[output].sent += 1;
        let leaves = match PLAIN {
            true => now + 1,
            false => tables.departure(self.site.index, self.site.first_port + output as u32, now),
        };
        departure.flit(self.site.index * N as u32 + out_vc as u32, downstream, flit, leaves, tables);

        if !PLAIN && departure.hold {
            self.keep_switch(local, again, tables);
        }
        if !PLAIN && tables.delays.sw_alloc > 1 {
            self.ins[local].state = State::Active;
            if again {
                self.ready_for_switch::<false>(local, now + 1, tables);
            }
        } else if !(again & has_credit) {
            self.withdraw(local, tables);
        }
        if is_tail {
            self.release::<PLAIN>(out_vc, tables);
            if left > 0 {
                self.begin_packet::<PLAIN>(local, now + 1, tables, departure.calendar);
            } else {
                self.ins[local % N].state = State::Idle;
            }
        }
        (flit, out_vc)
    }

    /// A packet whose next flit is there holds the switch.
    fn keep_switch(&mut self, local: usize, again: bool, tables: &mut Tables) {
        match (again, self.is_holder(local)) {
            (true, false) => self.hold(local, tables),
            (false, true) => self.let_go(Self::port(local), tables),
            _ => {}
        }
    }
}

impl Departure<'_> {
    /// A place in an input buffer is free again. A terminal handles a credit at once, a router after its credit delay.
    #[inline(always)]
    fn credit(&mut self, upstream: Peer) {
        if upstream.is_terminal() {
            self.calendar.returns.at(self.now + 2).push(upstream.channel());
        } else {
            self.credits.push(upstream.channel());
        }
    }

    /// A flit leaves by an output VC in cycle `leaves`.
    #[inline(always)]
    fn flit(&mut self, channel: u32, downstream: Peer, flit: Flit, leaves: Cycle, tables: &Tables) {
        if downstream.is_terminal() {
            self.calendar.ejects.at(leaves + 2).push((channel, flit));
            self.ejected += 1;
        } else if leaves == self.now + 1 {
            self.flits.push((downstream.channel(), flit));
        } else {
            let link = tables.delays.link as Cycle;
            self.calendar.flits.at(leaves + 1 + link).push((downstream.channel(), flit));
        }
    }
}

/// Whether a winner of the switch can use it: a speculative one may have got no VC, or one without a credit.
fn may_leave<const P: usize, const N: usize>(router: &Router<P, N>, local: usize) -> bool {
    let vc = &router.ins[local];
    vc.state == State::Active && router.outs[vc.out as usize].credits > 0
}

fn report_grant<Q: Probe, const P: usize, const N: usize>(
    router: &Router<P, N>,
    packets: &Packets,
    (local, out_vc): (usize, usize),
    flit: Flit,
    now: Cycle,
    probe: &mut Q,
) {
    let split = |channel| (Router::<P, N>::port(channel) as u8, Router::<P, N>::number(channel) as u8);
    let ((in_port, in_vc), (out_port, out_vc)) = (split(local), split(out_vc));
    let node = NodeId(router.site.index);
    probe.grant(GrantEvent {
        cycle: now,
        node,
        in_port,
        in_vc,
        out_port,
        out_vc,
        tag: packets.get(flit.slot()).tag,
        is_head: flit.is_head(),
        is_tail: flit.is_tail(),
    });
    let flits = router.ins[local].len;
    probe.occupancy(OccupancyEvent { cycle: now, node, port: in_port, vc: in_vc, flits });
}

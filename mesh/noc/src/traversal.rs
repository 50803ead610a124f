//! Switch traversal: the winners of switch allocation leave their buffers.
//!
//! It runs after both allocators of the cycle, so whatever it changes (a VC that is free again, the next flit at the front, one credit less) is
//! seen by them in the next cycle. Credits and flits go to delay lines; the lists for the usual delays are held outside the delay
//! lines meanwhile, so that a flit costs one push without a look at the ring.

mod branches;

use crate::alloc::Allocators;
use crate::delay_lines::DelayLines;
use crate::flit::Flit;
use crate::packet::Packets;
use crate::probe::{GrantEvent, OccupancyEvent, Probe};
use crate::router::Router;
use crate::router::array::RouterArray;
use crate::router::vc::{InVc, Neighbor, VcState};
use crate::router::worklists::Worklists;
use crate::time::Cycle;
use spikemesh_device::network::Delays;
use spikemesh_device::network::NodeId;

/// What leaves in one cycle.
pub(crate) struct Departure<'a> {
    now: Cycle,
    /// Packets hold the switch.
    hold_switch: bool,
    /// Heads ask for the switch before they have a VC.
    speculative: bool,
    /// Credits for routers, all with the same delay, and when they arrive.
    credits: Vec<u32>,
    credits_at: Cycle,
    /// Flits for routers whose traversal takes one cycle, and when they arrive.
    flits: Vec<(u32, Flit)>,
    flits_at: Cycle,
    delay_lines: &'a mut DelayLines,
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
        delay_lines: &'a mut DelayLines,
    ) -> Departure<'a> {
        // Credits: one cycle out of the router, the link, the delay at its receiver. Flits: traversal, link, and into the buffer.
        let credits_at = now + 1 + (delays.link + delays.credit) as Cycle;
        let flits_at = now + 2 + delays.link as Cycle;
        Departure {
            now,
            hold_switch: allocators.holds_switch(),
            speculative: allocators.speculative(),
            credits: delay_lines.credits.take(credits_at),
            credits_at,
            flits: delay_lines.flits.take(flits_at),
            flits_at,
            delay_lines,
            switched: 0,
            ejected: 0,
        }
    }

    /// The winners of some switches leave. `LOOKS`: the probe is awake. `R3` as [`Allocators::is_r3`].
    ///
    /// Invariant: a winner has a flit, and unless it is speculative it owns an output VC with a credit. Speculative winners are dropped here,
    /// since VC allocation has decided meanwhile.
    #[inline(always)]
    pub fn traverse<Q: Probe, const LOOKS: bool, const R3: bool, const P: usize, const N: usize>(
        &mut self,
        winners: &[u32],
        array: &mut RouterArray<P, N>,
        packets: &Packets,
        probe: &mut Q,
    ) {
        let RouterArray { routers, worklists } = array;
        for &channel in winners {
            let (index, local) = RouterArray::<P, N>::split(channel);
            let router = &mut routers[index];
            if !R3 && self.speculative && !may_leave(router, local) {
                continue;
            }
            if !R3 {
                // A winner of a slow allocator may leave when its router asks for nothing else and is not in `used`.
                worklists.mark::<P>(index);
            }
            self.switched += 1;
            let (flit, out_vc) = router.send_flit::<R3>(local, worklists, self);
            if LOOKS {
                report_grant(router, packets, (local, out_vc), flit, self.now, probe);
            }
        }
    }

    /// Puts the open lists back into the delay lines. Returns the flits that have left and those of them for terminals.
    #[inline(always)]
    pub fn close(self) -> (u64, u64) {
        self.delay_lines.credits.put(self.credits_at, self.credits);
        self.delay_lines.flits.put(self.flits_at, self.flits);
        (self.switched, self.ejected)
    }
}

impl<const P: usize, const N: usize> Router<P, N> {
    /// The front flit of an input VC crosses the switch; the credit for its place goes upstream. Returns the flit and its output VC.
    ///
    /// Afterwards the VC asks on if another flit of the packet and another credit are there, which is the usual case and writes nothing. The
    /// tail frees the output VC; a head behind it begins its packet in the next cycle, as in BookSim2, where a VC handles one packet
    /// per cycle.
    #[inline(always)]
    fn send_flit<const R3: bool>(
        &mut self,
        local: usize,
        worklists: &mut Worklists,
        departure: &mut Departure,
    ) -> (Flit, usize) {
        let now = departure.now;
        let vc = &mut self.ins[local % N];
        vc.len -= 1;
        let InVc { front: flit, len: left, upstream, .. } = *vc;
        let out_vc = vc.out as usize % N;
        if left > 0 {
            // The flit behind moves from the ring to the front. Of an empty buffer the front stays and is not read.
            let next = worklists.rings[self.ring_place(local, 0, worklists)];
            let vc = &mut self.ins[local % N];
            vc.front = next;
            vc.head = vc.head.wrapping_add(1);
        }
        let is_tail = flit.is_tail();
        // Another flit of this packet is at the front.
        let again = (left > 0) & !is_tail;
        // The place downstream is taken when the flit wins the switch, not when it arrives, as in BookSim2's `BufferState`.
        let out = &mut self.outs[out_vc];
        out.credits -= 1;
        let (has_credit, downstream) = (out.credits > 0, out.downstream);
        departure.credit(upstream);
        let output = Self::port(out_vc);
        self.ports[output].sent += 1;
        let leaves = match R3 {
            true => now + 1,
            false => worklists.departure(self.info.index, self.info.first_port + output as u32, now),
        };
        departure.flit(self.info.index * N as u32 + out_vc as u32, downstream, flit, leaves, worklists);

        if !R3 && departure.hold_switch {
            self.hold_or_release_switch(local, again, worklists);
        }
        if !R3 && worklists.delays.sw_alloc > 1 {
            // It stopped asking when it won; the stage opens again for its next flit.
            self.ins[local].state = VcState::Active;
            if again {
                self.ready_for_switch::<false>(local, now + 1, worklists);
            }
        } else if !(again & has_credit) {
            self.withdraw(local, worklists);
        }
        // After `withdraw`, which needs the output port of the packet that leaves.
        if is_tail {
            self.release_vc::<R3>(out_vc, worklists);
            if left > 0 {
                self.begin_packet::<R3>(local, now + 1, worklists, departure.delay_lines);
            } else {
                self.ins[local % N].state = VcState::Idle;
            }
        }
        (flit, out_vc)
    }

    /// A packet whose next flit is in the buffer holds the switch, as BookSim2's `hold_switch_for_packet`.
    fn hold_or_release_switch(&mut self, local: usize, again: bool, worklists: &mut Worklists) {
        match (again, self.is_holder(local)) {
            (true, false) => self.acquire_switch(local, worklists),
            (false, true) => self.release_switch(Self::port(local), worklists),
            _ => {}
        }
    }
}

impl Departure<'_> {
    /// A place in an input buffer is free again. A terminal can use the credit in two cycles, a router after link and credit delay.
    #[inline(always)]
    fn credit(&mut self, upstream: Neighbor) {
        if upstream.is_terminal() {
            self.delay_lines.source_credits.at(self.now + 2).push(upstream.channel());
        } else {
            self.credits.push(upstream.channel());
        }
    }

    /// A flit leaves by an output VC in cycle `leaves`.
    #[inline(always)]
    fn flit(&mut self, channel: u32, downstream: Neighbor, flit: Flit, leaves: Cycle, worklists: &Worklists) {
        if downstream.is_terminal() {
            self.delay_lines.ejections.at(leaves + 2).push((channel, flit));
            self.ejected += 1;
        } else if leaves == self.now + 1 {
            // The usual delay: this list is held open for the whole cycle.
            self.flits.push((downstream.channel(), flit));
        } else {
            let link = worklists.delays.link as Cycle;
            self.delay_lines.flits.at(leaves + 1 + link).push((downstream.channel(), flit));
        }
    }
}

/// Whether a winner of the switch can use it: a speculative one may have got no VC, or one without a credit.
fn may_leave<const P: usize, const N: usize>(router: &Router<P, N>, local: usize) -> bool {
    let vc = &router.ins[local];
    vc.state == VcState::Active && router.outs[vc.out as usize].credits > 0
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
    let node = NodeId(router.info.index);
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

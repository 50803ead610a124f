//! The life of a packet in a virtual channel: from the head at the front to the tail that frees the output VC.
//!
//! `begin_packet` → `enter_vc_alloc` → (a grant) → `take_vc` → `ready_for_switch` for each flit → `release_vc`. Each method brings the masks
//! of the router and the worklists back to their invariants before it returns.

use super::vc::{InVc, NOBODY, VcState};
use super::worklists::Worklists;
use super::{NO_VC, Router};
use crate::delay_lines::DelayLines;
use crate::time::Cycle;

impl<const P: usize, const N: usize> Router<P, N> {
    /// From cycle `at` on an active input VC has a flit at the front: it asks for the switch if its output VC has a credit. If it has none,
    /// the credit asks when it arrives ([`RouterArray::credit`](super::array::RouterArray::credit)).
    #[inline(always)]
    pub fn ready_for_switch<const R3: bool>(&mut self, local: usize, at: Cycle, worklists: &mut Worklists) {
        if !R3 && worklists.delays.sw_alloc > 1 {
            let pipelines = &mut worklists.pipelines[self.info.index as usize];
            if pipelines.ready == 0 {
                pipelines.sw_alloc.enter(at, worklists.delays.sw_alloc);
            }
            pipelines.ready += 1;
        }
        let InVc { out, out_port, .. } = self.ins[local % N];
        self.ask_if(self.outs[out as usize % N].credits > 0, local, out_port as usize, worklists);
    }

    /// A head is at the front of a buffer: from cycle `at` on its route is computed, then it waits for a VC.
    ///
    /// With lookahead routing (delay 0) the route is known at once, so BookSim2's state `routing` is skipped. To a terminal all route
    /// classes of a traffic class share one pool.
    #[inline(always)]
    pub fn begin_packet<const R3: bool>(
        &mut self,
        local: usize,
        at: Cycle,
        worklists: &mut Worklists,
        delay_lines: &mut DelayLines,
    ) {
        let vc = &mut self.ins[local % N];
        vc.packet = vc.front.slot();
        let target = vc.front.header;
        let route_class = target.route_class() as usize % worklists.at_terminal.len();
        let out_port = self.info.port_to(target);
        let is_local = self.info.is_local(out_port as usize);
        // A table of two instead of a branch, because no processor predicts where a packet ends.
        vc.route_class = [route_class as u8, worklists.at_terminal[route_class]][is_local as usize];
        vc.out_port = out_port;
        let delay = worklists.delays.routing;
        if R3 || delay == 0 {
            self.enter_vc_alloc::<R3>(local, at, worklists);
        } else {
            vc.state = VcState::Routing;
            let start = worklists.pipelines[self.info.index as usize].routing.enter(at, delay);
            delay_lines.routes.at(start + delay as Cycle).push(self.info.index * N as u32 + local as u32);
        }
    }

    /// The route is known: from cycle `at` on the head waits for an output VC, in the pool of its output port and route class. The pool is
    /// ready if one of its VCs is free; if none is, [`Router::release_vc`] makes it ready.
    #[inline(always)]
    pub fn enter_vc_alloc<const R3: bool>(&mut self, local: usize, at: Cycle, worklists: &mut Worklists) {
        let vc = &mut self.ins[local % N];
        vc.state = VcState::VcAlloc;
        if !R3 && worklists.delays.vc_alloc > 1 {
            let pipelines = &mut worklists.pipelines[self.info.index as usize];
            // The first head opens the stage; later ones join it or wait for it to open again.
            if pipelines.heads == 0 {
                pipelines.vc_alloc.enter(at, worklists.delays.vc_alloc);
            }
            pipelines.heads += 1;
        }
        let (route_class, output) = (vc.route_class as usize, vc.out_port as usize % P);
        // The head joins its pool. The bit of the pool can only be set here, since nothing was taken from it.
        let pool = worklists.pool::<P>(route_class, self.info.index, output);
        let words = N.div_ceil(64);
        worklists.waits[pool * words + local / 64 % words] |= 1 << (local % 64);
        worklists.ready.insert_if(self.free(route_class, output, worklists) != 0, pool);
    }

    /// The packet of an input VC becomes the owner of an output VC and asks for the switch from cycle `from` on: the end of VC allocation
    /// in the general path. On the R3 fast path `grant_vc` in [`vc_r3`](crate::alloc::vc_r3) does the same for a word of routers.
    pub fn take_vc(&mut self, local: usize, out: usize, from: Cycle, worklists: &mut Worklists) {
        let vc = &mut self.ins[local % N];
        vc.state = VcState::Active;
        vc.out = out as u16;
        self.ports[Self::port(out)].free &= !(1 << Self::number(out));
        self.outs[out % N].owner = local as u16;
        self.refresh(Self::port(out), worklists);
        self.ready_for_switch::<false>(local, from, worklists);
        worklists.mark::<P>(self.info.index as usize);
    }

    /// The tail has won the switch: its output VC is free from the next cycle on, although the flits behind it are still buffered downstream
    /// (BookSim2 with `wait_for_tail_credit = 0`). A pool with heads becomes ready.
    #[inline(always)]
    pub fn release_vc<const R3: bool>(&mut self, out: usize, worklists: &mut Worklists) {
        let output = Self::port(out);
        self.outs[out % N].owner = NOBODY;
        self.ports[output].free |= 1 << Self::number(out);
        // With one pool per port: a VC has become free, so the pool is ready if a head waits. No bit need be cleared.
        if R3 && worklists.route_classes.len() == 1 {
            let pool = worklists.pool::<P>(0, self.info.index, output);
            worklists.ready.insert_if(worklists.waits[pool] != 0, pool);
        } else {
            self.refresh(output, worklists);
        }
    }

    /// A head that has won a VC leaves its pool. The pool stays ready only if another head and another free VC are left.
    pub fn leave_vc_alloc(&mut self, local: usize, worklists: &mut Worklists) {
        let InVc { route_class, out_port, .. } = self.ins[local];
        let pool = worklists.pool::<P>(route_class as usize, self.info.index, out_port as usize);
        worklists.waits[pool * N.div_ceil(64) + local / 64] &= !(1 << (local % 64));
        if worklists.delays.vc_alloc > 1 {
            worklists.pipelines[self.info.index as usize].heads -= 1;
        }
        self.refresh(out_port as usize, worklists);
    }

    /// Restores the invariant of [`Worklists::ready`] for the pools of an output port after its heads or free VCs have changed: a pool is
    /// ready exactly if a head waits in it and one of its VCs is free. All pools of the port, because a VC may belong to several.
    pub fn refresh(&self, output: usize, worklists: &mut Worklists) {
        for route_class in 0..worklists.route_classes.len() {
            let pool = worklists.pool::<P>(route_class, self.info.index, output);
            let heads = &worklists.waits[pool * N.div_ceil(64)..][..N.div_ceil(64)];
            let is_ready =
                self.free(route_class, output, worklists) != 0 && heads.iter().any(|&word| word != 0);
            worklists.ready.remove(pool);
            worklists.ready.insert_if(is_ready, pool);
        }
    }

    /// The packet of an input VC holds its input and its output from the next cycle on; switch allocation skips both.
    pub fn acquire_switch(&mut self, local: usize, worklists: &mut Worklists) {
        let (input, output) = (Self::port(local), self.ins[local].out_port as usize);
        self.ports[input].holder = Self::number(local) as u8;
        self.ports[output].is_held = true;
        worklists.holding.insert(self.info.index as usize * P + input);
    }

    /// The packet of an input port releases its input and its output.
    pub fn release_switch(&mut self, input: usize, worklists: &mut Worklists) {
        let holder = std::mem::replace(&mut self.ports[input].holder, NO_VC) as usize;
        let output = self.ins[input * Self::VCS + holder].out_port;
        self.ports[output as usize].is_held = false;
        worklists.holding.remove(self.info.index as usize * P + input);
    }

    /// Whether the packet of an input VC holds the switch.
    pub fn is_holder(&self, local: usize) -> bool {
        self.ports[Self::port(local)].holder as usize == Self::number(local)
    }
}

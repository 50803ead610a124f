//! One router: its ports, its virtual channels, and the masks that say where there is work.
//!
//! A router has room for `P` ports of `N / P` virtual channels, both powers of two. Within it a channel is
//! `port * (N / P) + vc`; in the whole mesh it is `router * N` more. Invariants between steps, beside conservation:
//!
//! - an input VC asks for the switch if it is [`VcState::Active`], holds a flit and its output VC has a credit, and
//!   only then;
//! - a head waits in exactly one pool, that of its output port and route class, while it is [`VcState::VcAlloc`].

pub(crate) mod array;
pub(crate) mod output_table;
pub(crate) mod pipeline;
pub(crate) mod sized;
pub(crate) mod slices;
pub(crate) mod vc;
pub(crate) mod worklists;

use crate::delay_line::DelayLines;
use crate::flit::{Flit, FlitHeader};
use crate::router::output_table::{DIRECTIONS, OutputTable};
use crate::router::vc::{InVc, NOBODY, OutVc, VcState};
use crate::router::worklists::Worklists;
use crate::time::Cycle;

/// One port, both directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Port {
    /// Output ports that its input VCs ask for.
    pub outputs: u32,
    /// Output VCs that nobody owns, of those that some route class may use.
    pub free: u32,
    /// Round-robin pointer of the input over output ports, behind the last winner.
    pub in_ptr: u8,
    /// Round-robin pointer of the input over its VCs that want the same output.
    pub vc_ptr: u8,
    /// Round-robin pointer of the output over input ports.
    pub out_ptr: u8,
    /// The VC of the input that holds its way through the switch, or [`NO_VC`].
    pub holder: u8,
    /// An input holds the output.
    pub is_held: bool,
    /// Flits that have left by the output.
    pub sent: u64,
}

/// No VC of a port.
pub(crate) const NO_VC: u8 = u8::MAX;

/// What never changes in a router.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct RouterInfo {
    pub index: u32,
    pub ports: u8,
    /// The local ports.
    pub locals: u32,
    /// First port in tables over the ports of all routers.
    pub first_port: u32,
    /// Column and row, as in a [`FlitHeader`].
    pub place: u32,
    /// The ports by which packets leave, by [`FlitHeader::direction_from`].
    pub outputs: OutputTable,
}

impl RouterInfo {
    /// Whether a port is a local one.
    #[inline(always)]
    pub fn is_local(&self, port: usize) -> bool {
        self.locals >> port & 1 != 0
    }

    /// The port by which a packet leaves.
    #[inline(always)]
    fn port_to(&self, header: FlitHeader) -> u8 {
        // A table instead of branches, which no processor could foresee.
        let direction = header.direction_from(self.place);
        let is_here = (direction & 3 == 0) as u32;
        self.outputs[direction % DIRECTIONS] + (header.local() * is_here) as u8
    }
}

/// One router. In this order none of what a router with one VC uses is spread over more cache lines than it fills.
#[derive(Clone, Debug)]
#[repr(C)]
pub(crate) struct Router<const P: usize, const N: usize> {
    pub info: RouterInfo,
    pub ports: [Port; P],
    pub outs: [OutVc; N],
    pub ins: [InVc; N],
    /// Input VCs that ask for the switch, by input port and output port. Not in use with one VC, where [`Port::outputs`] says all.
    pub requests: [[u32; P]; P],
}

impl<const P: usize, const N: usize> Router<P, N> {
    /// Virtual channels that a port has room for.
    pub const VCS: usize = N / P;

    /// Port of a channel.
    #[inline(always)]
    pub fn port(local: usize) -> usize {
        local / Self::VCS % P
    }

    /// Number of a channel within its port.
    #[inline(always)]
    pub fn number(local: usize) -> usize {
        local % Self::VCS
    }

    /// The `nth` flit of a buffer that holds more; 0 is at the front.
    pub fn flit(&self, local: usize, nth: u16, worklists: &Worklists) -> Flit {
        match nth.checked_sub(1) {
            None => self.ins[local].front,
            Some(behind) => worklists.rings[self.place(local, behind, worklists)],
        }
    }

    /// All flits in its buffers.
    pub fn flits(&self, worklists: &Worklists) -> impl Iterator<Item = Flit> {
        let nths =
            self.ins.iter().enumerate().flat_map(|(local, vc)| (0..vc.len).map(move |nth| (local, nth)));
        nths.map(|(local, nth)| self.flit(local, nth, worklists))
    }

    /// The place of the `nth` flit behind the front one.
    #[inline(always)]
    pub fn place(&self, local: usize, nth: u16, worklists: &Worklists) -> usize {
        let port = self.info.first_port as usize + Self::port(local);
        let ring = port * worklists.vcs as usize + Self::number(local);
        let place = self.ins[local % N].head.wrapping_add(nth) & worklists.depth_mask;
        ring * (worklists.depth_mask as usize + 1) + place as usize
    }

    /// The free VCs of a pool; of a single route class, all that are free.
    #[inline(always)]
    pub fn free(&self, route_class: usize, output: usize, worklists: &Worklists) -> u32 {
        let free = self.ports[output % P].free;
        match &worklists.route_classes[..] {
            [_] => free,
            route_classes => free & route_classes[route_class].vcs(self.info.is_local(output)),
        }
    }

    /// The VCs of an input port that ask for an output port.
    #[inline(always)]
    pub fn asking(&self, input: usize, output: usize) -> u32 {
        match N > P {
            true => self.requests[input % P][output % P],
            false => self.ports[input % P].outputs >> output & 1,
        }
    }

    /// An input VC asks for an output port, if so.
    #[inline(always)]
    pub fn ask_if(&mut self, is_so: bool, local: usize, output: usize, worklists: &mut Worklists) {
        self.note_if(is_so, local, output);
        worklists.asking.insert_if(is_so, self.info.index as usize * P + Self::port(local));
    }

    /// As [`Router::ask_if`], but for [`Worklists::asking`].
    #[inline(always)]
    pub fn note_if(&mut self, is_so: bool, local: usize, output: usize) {
        // Without branches, which no processor could foresee.
        let input = Self::port(local);
        if N > P {
            self.requests[input][output % P] |= (is_so as u32) << Self::number(local);
        }
        self.ports[input].outputs |= (is_so as u32) << output;
    }

    /// An input VC does not ask for the switch any longer.
    #[inline(always)]
    pub fn withdraw(&mut self, local: usize, worklists: &mut Worklists) {
        // Without branches, which no processor could foresee.
        let (input, output) = (Self::port(local), self.ins[local % N].out_port as usize % P);
        let port = &mut self.ports[input];
        let mut is_last = true;
        if N > P {
            let asking = &mut self.requests[input][output];
            *asking &= !(1 << Self::number(local));
            is_last = *asking == 0;
        }
        port.outputs &= !((is_last as u32) << output);
        worklists.asking.remove_if(port.outputs == 0, self.info.index as usize * P + input);
    }

    /// From cycle `at` on an active input VC has a flit: it asks for the switch if its output VC has a credit.
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
        // A table instead of a branch, which no processor could foresee.
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

    /// The route is known: from cycle `at` on the head waits for an output VC.
    #[inline(always)]
    pub fn enter_vc_alloc<const R3: bool>(&mut self, local: usize, at: Cycle, worklists: &mut Worklists) {
        let vc = &mut self.ins[local % N];
        vc.state = VcState::VcAlloc;
        if !R3 && worklists.delays.vc_alloc > 1 {
            let pipelines = &mut worklists.pipelines[self.info.index as usize];
            if pipelines.heads == 0 {
                pipelines.vc_alloc.enter(at, worklists.delays.vc_alloc);
            }
            pipelines.heads += 1;
        }
        let (route_class, output) = (vc.route_class as usize, vc.out_port as usize % P);
        let pool = worklists.pool::<P>(route_class, self.info.index, output);
        let words = N.div_ceil(64);
        worklists.waits[pool * words + local / 64 % words] |= 1 << (local % 64);
        worklists.ready.insert_if(self.free(route_class, output, worklists) != 0, pool);
    }

    /// The output VC is taken for the packet of an input VC, which asks for the switch from cycle `from` on.
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

    /// The tail has left by an output VC, which has no owner now: others may have it.
    #[inline(always)]
    pub fn release_vc<const R3: bool>(&mut self, out: usize, worklists: &mut Worklists) {
        let output = Self::port(out);
        self.outs[out % N].owner = NOBODY;
        self.ports[output].free |= 1 << Self::number(out);
        if R3 && worklists.route_classes.len() == 1 {
            let pool = worklists.pool::<P>(0, self.info.index, output);
            worklists.ready.insert_if(worklists.waits[pool] != 0, pool);
        } else {
            self.refresh(output, worklists);
        }
    }

    /// A head does not wait for a VC any longer.
    pub fn leave_vc_alloc(&mut self, local: usize, worklists: &mut Worklists) {
        let InVc { route_class, out_port, .. } = self.ins[local];
        let pool = worklists.pool::<P>(route_class as usize, self.info.index, out_port as usize);
        worklists.waits[pool * N.div_ceil(64) + local / 64] &= !(1 << (local % 64));
        if worklists.delays.vc_alloc > 1 {
            worklists.pipelines[self.info.index as usize].heads -= 1;
        }
        self.refresh(out_port as usize, worklists);
    }

    /// After heads or free VCs of an output port have changed: a pool is ready if a head waits in it and one of its VCs is free.
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

    /// The packet of an input VC holds its way through the switch from the next cycle on.
    pub fn acquire_switch(&mut self, local: usize, worklists: &mut Worklists) {
        let (input, output) = (Self::port(local), self.ins[local].out_port as usize);
        self.ports[input].holder = Self::number(local) as u8;
        self.ports[output].is_held = true;
        worklists.holding.insert(self.info.index as usize * P + input);
    }

    /// The packet of an input port does not hold the switch any longer.
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

//! One router: its ports, its virtual channels, and the masks that say where there is work.
//!
//! A router has room for `P` ports of `N / P` virtual channels, both powers of two, so that places are found by shifts and masks. Within
//! the router a channel is `port * (N / P) + vc`, in comments and code `local`; in the whole mesh it is `router * N` more.
//!
//! The state of a router is in this struct and in its bits of the [`Worklists`](worklists::Worklists), where one word holds the bits of
//! several routers. The [`RouterArray`](array::RouterArray) owns both, and lends them to the steps of a cycle:
//!
//! | state | written by |
//! |---|---|
//! | buffers, credits | arrivals in [`array`] (`receive`, `credit`), departures in [`traversal`](crate::traversal) (`send_flit`) |
//! | states and owners of VCs, [`Port::free`] | [`lifecycle`], [`vc_r3`](crate::alloc::vc_r3) (`grant_vc`); states of slow stages also [`alloc`](crate::alloc) |
//! | requests for the switch, `asking` | `ask_if`, `request_if`, `withdraw` here; `vc_r3` writes its new bits of `asking` once per word |
//! | heads that wait, `ready` | [`lifecycle`], `vc_r3` |
//! | holders of the switch, `holding` | [`lifecycle`] |
//! | pointers of arbiters | the allocators in [`alloc`](crate::alloc) |
//!
//! Invariants between steps, which [`audit`](crate::audit) checks:
//!
//! - an input VC asks for the switch exactly if it is [`VcState::Active`](vc::VcState::Active), holds a flit and its output VC has a credit;
//! - a head waits in exactly one pool, that of its output port and route class, while it is [`VcState::VcAlloc`](vc::VcState::VcAlloc), and in
//!   none otherwise;
//! - a VC is in [`Port::free`] exactly if a route class may use it and [`OutVc::owner`] is [`NOBODY`](vc::NOBODY).

pub(crate) mod array;
mod branches;
mod lifecycle;
pub(crate) mod output_table;
pub(crate) mod pipeline;
pub(crate) mod sized;
pub(crate) mod slices;
pub(crate) mod vc;
pub(crate) mod worklists;

use crate::flit::{Flit, FlitHeader};
use crate::probe::OutputState;
use crate::router::output_table::{DIRECTIONS, OutputTable};
use crate::router::vc::{InVc, OutVc};
use crate::router::worklists::Worklists;

/// One port, both directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Port {
    /// Output ports that its input VCs ask for: the requests of switch allocation.
    pub outputs: u32,
    /// Output VCs without an owner, of those that some route class may use. Here it is decided that a virtual channel is free: a grant of
    /// VC allocation clears the bit, a tail that wins the switch sets it.
    pub free: u32,
    /// Round-robin pointer of the input over output ports, behind the last winner.
    pub in_ptr: u8,
    /// Round-robin pointer of the input over its VCs that want the same output.
    pub vc_ptr: u8,
    /// Round-robin pointer of the output over input ports.
    pub out_ptr: u8,
    /// The VC of the input that holds the switch, or [`NO_VC`].
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
    /// Number of its first port, counted over the ports of all routers.
    pub first_port: u32,
    /// Column and row, as in a [`FlitHeader`].
    pub coord: u32,
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
        // A table instead of branches, because no processor predicts where the next packet goes.
        let direction = header.direction_from(self.coord);
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

    /// What it knows of a channel of an output.
    pub fn output(&self, local: usize) -> OutputState {
        let OutVc { owner, credits, .. } = self.outs[local];
        let place = |owner| (Self::port(owner) as u8, Self::number(owner) as u8);
        OutputState { credits, owner: (owner != vc::NOBODY).then(|| place(owner.into())) }
    }

    /// The `nth` flit of a buffer that holds more; 0 is at the front.
    pub fn flit(&self, local: usize, nth: u16, worklists: &Worklists) -> Flit {
        match nth.checked_sub(1) {
            None => self.ins[local].front,
            Some(behind) => worklists.rings[self.ring_place(local, behind, worklists)],
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
    pub fn ring_place(&self, local: usize, nth: u16, worklists: &Worklists) -> usize {
        // Rings of ports that exist only: a large size of routers costs no buffers that a node does not have.
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
            // `Port::free` holds only VCs that some class may use.
            [_] => free,
            route_classes => free & route_classes[route_class].vcs(self.info.is_local(output)),
        }
    }

    /// The VCs of an input port that ask for an output port.
    #[inline(always)]
    pub fn asking(&self, input: usize, output: usize) -> u32 {
        match N > P {
            // With one VC per port the mask of outputs says it all, and `requests` costs no cache line.
            true => self.requests[input % P][output % P],
            false => self.ports[input % P].outputs >> output & 1,
        }
    }

    /// An input VC asks for an output port if `is_so`: sets its bit in the requests of the router and in [`Worklists::asking`]. To ask
    /// twice does no harm.
    #[inline(always)]
    pub fn ask_if(&mut self, is_so: bool, local: usize, output: usize, worklists: &mut Worklists) {
        self.request_if(is_so, local, output);
        worklists.asking.insert_if(is_so, self.info.index as usize * P + Self::port(local));
    }

    /// The part of [`Router::ask_if`] inside the router. VC allocation of the fast path collects the rest for a word of routers.
    #[inline(always)]
    pub fn request_if(&mut self, is_so: bool, local: usize, output: usize) {
        // Masks instead of branches, because no processor predicts who gets a credit.
        let input = Self::port(local);
        if N > P {
            self.requests[input][output % P] |= (is_so as u32) << Self::number(local);
        }
        self.ports[input].outputs |= (is_so as u32) << output;
    }

    /// An input VC stops asking for the switch. Its port stops asking for the output with the last VC that did, and stops asking at all
    /// with the last output.
    #[inline(always)]
    pub fn withdraw(&mut self, local: usize, worklists: &mut Worklists) {
        let output = self.ins[local % N].out_port as usize % P;
        self.withdraw_from(local, output, worklists);
    }

    /// An input VC stops asking for one output port.
    #[inline(always)]
    pub fn withdraw_from(&mut self, local: usize, output: usize, worklists: &mut Worklists) {
        // Masks instead of branches, because no processor predicts who gets a credit.
        let input = Self::port(local);
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
}

//! Worklists: which routers have something to allocate, and the other tables that all routers share.
//!
//! The bits of 64 / P routers lie in one word, so a network that is nearly idle is passed over 64 ports at a time, and the allocators of the
//! R3 fast path work on whole words. [`cycle`](crate::cycle) says how the sets make one cycle.

use crate::bitset::{BitSet, take_lowest};
use crate::flit::Flit;
use crate::router::pipeline::Pipeline;
use crate::time::Cycle;
use crate::tree::Trees;
use spikemesh_device::network::{Config, Delays, LinkId, RouteClasses};

/// The state of all routers that is not inside them. Owner: the [`RouterArray`](super::array::RouterArray).
#[derive(Clone, Debug)]
pub(crate) struct Worklists {
    pub vcs: u32,
    /// A terminal's channel is `terminal << vc_shift | vc`.
    pub vc_shift: u32,
    /// The link into each input port, by `channel >> vc_shift`.
    pub(super) links_into: Vec<LinkId>,
    pub depth: u16,
    /// Places of a ring less one, at least `depth - 1`: all bits set.
    pub depth_mask: u16,
    pub delays: Delays,
    pub route_classes: RouteClasses,
    /// [`RouteClass::at_terminal`](spikemesh_device::network::RouteClass::at_terminal) of each class.
    pub at_terminal: [u8; Config::MAX_ROUTE_CLASSES],
    /// Some VC belongs to more than one class.
    pub classes_overlap: bool,
    /// The most flits that lay in the buffer of each channel together, but at least 1: only a flit that finds another one looks here.
    pub peaks: Vec<u16>,
    /// The flits behind the front ones: a ring for each channel.
    pub rings: Vec<Flit>,
    /// The input VCs of the router that wait in a pool, as many words for each as a router has words of VCs.
    pub waits: Vec<u64>,
    /// Words of `ready` (of any route class), `asking` and `holding` that may have a bit. Invariant: a word without a bit here is 0 in all of
    /// them; the reverse need not hold.
    pub used: BitSet,
    /// Pools in which a head waits and a VC is free, exactly: the requests of VC allocation.
    pub ready: BitSet,
    /// Input ports with a VC that asks for the switch, `router * P + port`, exactly: the requests of switch allocation.
    pub asking: BitSet,
    /// Input ports with a VC that holds the switch.
    pub holding: BitSet,
    /// Routers, rounded up to a number that fills words of the sets.
    pub routers: usize,
    /// Pipeline of each router, in use where a delay is longer than one cycle.
    pub pipelines: Vec<Pipeline>,
    /// When the last flit left or will leave by each output port; in use with a slow switch traversal.
    pub departed: Vec<Cycle>,
    /// Trees, and the branches of packets, in a network of trees.
    pub trees: Trees,
}

impl Worklists {
    /// The link into the input port of a router's channel.
    #[inline(always)]
    pub fn link_into(&self, channel: u32) -> LinkId {
        self.links_into[(channel >> self.vc_shift) as usize]
    }

    /// The *pool* of an output port and a route class: the VCs of the port that the route class may use, and the heads that wait for one.
    #[inline(always)]
    pub fn pool<const P: usize>(&self, route_class: usize, router: u32, output: usize) -> usize {
        (route_class * self.routers + router as usize) * P + output
    }

    /// A router may have something to allocate from now on. To be called for what arrives at it; requests that it makes itself while it is
    /// allocated need no call, because its word is in `used` already and is removed only when a later walk finds it empty.
    #[inline(always)]
    pub fn mark<const P: usize>(&mut self, router: usize) {
        self.used.insert(router * P / 64);
    }

    /// Ports with a switch or a VC to allocate, of one word of the sets.
    #[inline(always)]
    pub fn active(&self, word: usize) -> u64 {
        let words = self.asking.words();
        let ready = |route_class: usize| self.ready.word(route_class * words + word);
        let route_classes =
            (1..self.route_classes.len()).fold(ready(0), |all, route_class| all | ready(route_class));
        self.asking.word(word) | self.holding.word(word) | route_classes
    }

    /// True if there is nothing to allocate.
    #[inline]
    pub fn is_idle(&self) -> bool {
        let mut first = 0;
        while let Some(group) = self.used.next_used_word(first) {
            first = group + 1;
            let mut used = self.used.word(group);
            while used != 0 {
                if self.active(group * 64 + take_lowest(&mut used) as usize) != 0 {
                    return false;
                }
            }
        }
        true
    }

    /// When a flit that is granted the switch in cycle `now` leaves by an output port, counted over all routers.
    #[inline]
    pub fn departure(&mut self, router: u32, port: u32, now: Cycle) -> Cycle {
        let delay = self.delays.traversal();
        if delay == 1 {
            return now + 1;
        }
        // BookSim2's crossbar of several cycles: all flits that cross together reach the output's queue at once; it sends one per cycle.
        let start = self.pipelines[router as usize].traversal.enter(now + 1, delay);
        let departed = &mut self.departed[port as usize];
        *departed = (start + delay as Cycle - 1).max(*departed + 1);
        *departed
    }
}

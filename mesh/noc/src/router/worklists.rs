//! What is not within the routers: flits behind others, and the sets of what there is to allocate.

use crate::bitset::{BitSet, take_lowest};
use crate::flit::Flit;
use crate::router::pipeline::Pipeline;
use crate::time::Cycle;
use spikemesh_device::network::{Config, Delays, RouteClasses};

/// The state of all routers that is not within them.
#[derive(Clone, Debug)]
pub(crate) struct Worklists {
    pub vcs: u32,
    /// A terminal's channel is `terminal << vc_shift | vc`.
    pub vc_shift: u32,
    pub depth: u16,
    /// Places of a ring less one, at least `depth - 1`: all bits set.
    pub depth_mask: u16,
    pub delays: Delays,
    pub route_classes: RouteClasses,
    /// [`RouteClass::at_terminal`](spikemesh_device::network::RouteClass::at_terminal) of each class.
    pub at_terminal: [u8; Config::MAX_ROUTE_CLASSES],
    /// Some VC belongs to more than one class.
    pub classes_overlap: bool,
    /// The flits behind the front ones: a ring for each channel.
    pub rings: Vec<Flit>,
    /// The input VCs of the router that wait in a pool, as many words for each as a router has words of VCs.
    pub waits: Vec<u64>,
    /// Words of the sets that may have a bit in any of them, route classes of `ready` taken together: those without one here have none.
    pub used: BitSet,
    /// Pools in which a head waits and a VC is free.
    pub ready: BitSet,
    /// Input ports with a VC that asks for the switch, `router * P + port`.
    pub asking: BitSet,
    /// Input ports with a VC that holds the switch.
    pub holding: BitSet,
    /// Routers, taken up to a number that fills words of the sets.
    pub routers: usize,
    /// Pipeline of each router, in use where a delay is longer than one cycle.
    pub pipelines: Vec<Pipeline>,
    /// When the last flit left or will leave by each output port; in use with a slow switch traversal.
    pub departed: Vec<Cycle>,
}

impl Worklists {
    /// The *pool* of an output port and a route class: the VCs of the port that the route class may use, and the heads that wait for one.
    #[inline(always)]
    pub fn pool<const P: usize>(&self, route_class: usize, router: u32, output: usize) -> usize {
        (route_class * self.routers + router as usize) * P + output
    }

    /// A router may have something to allocate from now on. To be said of what comes from outside: what a router does in a cycle with
    /// something to allocate needs no word.
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
        (0..self.used.words()).all(|group| {
            let mut used = self.used.word(group);
            while used != 0 {
                if self.active(group * 64 + take_lowest(&mut used) as usize) != 0 {
                    return false;
                }
            }
            true
        })
    }

    /// When a flit that is granted the switch in cycle `now` leaves by an output port, counted over all routers.
    #[inline]
    pub fn departure(&mut self, router: u32, port: u32, now: Cycle) -> Cycle {
        let delay = self.delays.traversal();
        if delay == 1 {
            return now + 1;
        }
        // All flits that cross together reach the output's queue at once; it sends one per cycle.
        let start = self.pipelines[router as usize].traversal.enter(now + 1, delay);
        let departed = &mut self.departed[port as usize];
        *departed = (start + delay as Cycle - 1).max(*departed + 1);
        *departed
    }
}

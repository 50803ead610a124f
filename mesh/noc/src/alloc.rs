//! VC and switch allocation: separable, one iteration (Dally and Towles, chapter 19).
//!
//! Both allocators look at the state at the beginning of the cycle; [`cycle`](crate::cycle) calls them in the order that keeps this. A
//! separable allocator has two rows of arbiters. Input first: each input picks one of its requests, then each output one of the inputs that
//! picked it. Output first: the other way round. A pointer moves past a winner only when both rows have agreed on it.
//!
//! | file | allocates | for | may touch |
//! |---|---|---|---|
//! | `vc_r3` | VCs | the R3 fast path, a word of routers | `ready`, `asking`, `waits`, owners, `free`, VC pointers |
//! | `vc` | VCs | everything else, a router | `vc_winners`; by [`Router::win_vc`] VC pointers, `ready`, `waits` |
//! | `switch` | the switch | input first without priorities, a word of routers | `winners`, `in_ptr`, `vc_ptr`, `out_ptr`: no request, no buffer, no credit |
//! | `tree_switch` | the switch | a network of trees, a router | as `switch` |
//! | `general_switch` | the switch | output first, speculation, held switches, a router | as `switch`, and holders |
//!
//! Switch allocation only names winners. What a grant changes in buffers, credits and requests is done by
//! [`traversal`](crate::traversal), after VC allocation has seen the state of the beginning.

mod general_switch;
mod request;
mod switch;
pub(crate) mod tree_switch;
mod vc;
pub(crate) mod vc_r3;

use crate::router::Router;
use crate::router::array::RouterArray;
use crate::router::pipeline::PipelineStage;
use crate::router::vc::VcState;
use crate::router::worklists::Worklists;
use crate::time::Cycle;
use request::{NO_VC_REQUEST, VcGrant, VcRequest};
use spikemesh_device::network::ArbiterRule;
use spikemesh_device::network::{Allocator, Config, Delays};

/// The allocators of all routers: their configuration, the winners by the cycle in which they take effect, and scratch tables that are empty
/// between routers. The pointers of the arbiters are in the routers.
#[derive(Clone, Debug)]
pub(crate) struct Allocators {
    /// Pointers move: round robin. Otherwise all stay at 0, and the lowest index wins.
    rotate: bool,
    vc_order: Allocator,
    sw_order: Allocator,
    speculative: bool,
    hold: bool,
    /// The switch is allocated by `general_switch`: output first, with speculative requests, or held.
    is_general: bool,
    /// Both allocators take one cycle.
    pub at_once: bool,
    /// Routers fork packets.
    trees: bool,
    /// Rings of winners, as long as the allocators' delays: of VCs with their router.
    vc_grants: Vec<Vec<(u32, VcGrant)>>,
    switch_grants: Vec<Vec<u32>>,
    /// Winners that have not taken effect.
    pending: usize,
    /// Input ports that have chosen each output port, of the routers of one word of the worklists. None between words.
    chosen: [u32; 64],
    /// Channels of input VCs that have won their switches in this cycle, by router.
    pub winners: Vec<u32>,
    /// Heads of the router that have won a VC.
    vc_winners: Vec<VcGrant>,
    /// Best request for each output VC of the router. [`NO_VC_REQUEST`] between routers.
    vc_requests: Vec<VcRequest>,
    /// Output VCs with a request, as `port << vc_shift | vc`.
    requested: Vec<u32>,
}

impl Allocators {
    /// For a checked configuration.
    pub fn new(config: &Config, worklists: &Worklists) -> Allocators {
        Allocators {
            rotate: config.arbiter == ArbiterRule::RoundRobin,
            vc_order: config.vc_allocator,
            sw_order: config.sw_allocator,
            speculative: config.speculative,
            hold: config.hold_switch,
            is_general: config.sw_allocator != Allocator::SeparableInputFirst
                || config.speculative
                || config.hold_switch,
            trees: worklists.trees.are_on,
            at_once: config.delays.vc_alloc == 1 && config.delays.sw_alloc == 1,
            vc_grants: vec![Vec::new(); config.delays.vc_alloc as usize],
            switch_grants: vec![Vec::new(); config.delays.sw_alloc as usize],
            pending: 0,
            chosen: [0; 64],
            winners: Vec::new(),
            vc_winners: Vec::new(),
            vc_requests: vec![NO_VC_REQUEST; (Config::MAX_PORTS as usize) << worklists.vc_shift],
            requested: Vec::new(),
        }
    }

    /// Whether the R3 fast path gives the grants of this configuration: both allocators input first and round robin, no speculation, no held
    /// switch, no stage longer than a cycle, and no VC in two pools.
    pub fn is_r3(&self, worklists: &Worklists) -> bool {
        let delays = &worklists.delays;
        let unit = self.at_once && !self.trees && delays.routing == 0 && delays.traversal() == 1;
        let order = !self.is_general && self.vc_order == Allocator::SeparableInputFirst && self.rotate;
        unit && order && !worklists.classes_overlap
    }

    /// Whether packets hold the switch.
    #[inline]
    pub fn holds_switch(&self) -> bool {
        self.hold
    }

    /// Whether heads ask for the switch before they have a VC.
    #[inline]
    pub fn speculative(&self) -> bool {
        self.speculative
    }

    /// Whether the winners of a router are in the order of its output ports.
    #[inline]
    pub fn keeps_order(&self) -> bool {
        self.sw_order == Allocator::SeparableInputFirst && !self.hold
    }

    /// True if some winner has not taken effect.
    pub fn is_active(&self) -> bool {
        self.pending > 0
    }

    /// Switch allocation of one router: appends to `winners`.
    fn allocate_switch<const P: usize, const N: usize>(
        &mut self,
        router: &mut Router<P, N>,
        worklists: &mut Worklists,
    ) {
        if self.trees {
            self.allocate_tree_switch(router, worklists);
        } else if self.is_general {
            self.allocate_general_switch(router, worklists);
        } else {
            let index = router.info.index as usize;
            let asking = worklists.asking.field::<P>(index) as u64;
            let before = self.winners.len();
            match self.rotate {
                true => self.allocate_switches::<true, P, N>(std::slice::from_mut(router), 0, asking),
                false => self.allocate_switches::<false, P, N>(std::slice::from_mut(router), 0, asking),
            }
            // The router was looked at as if it were the first of all.
            self.winners[before..].iter_mut().for_each(|channel| *channel += (index * N) as u32);
        }
    }

    /// One cycle of a router's allocators, for every configuration: the switch, then VCs.
    ///
    /// Where both take one cycle, granted VCs are taken at once, to ask from `now + 1` on. Where one takes longer, grants wait in a ring
    /// until the allocator's delay is over, and it is closed for requests meanwhile (see [`PipelineStage`]). A flit that has won a slow
    /// switch allocator stops asking at once, so that it cannot win again while it waits.
    pub fn allocate<const P: usize, const N: usize>(
        &mut self,
        now: Cycle,
        router: &mut Router<P, N>,
        worklists: &mut Worklists,
    ) {
        let Delays { vc_alloc, sw_alloc, .. } = worklists.delays;
        let index = router.info.index as usize;
        let first = self.winners.len();
        // Speculative heads and holders are not in `asking`.
        let asks = worklists.asking.field::<P>(index) != 0 || self.speculative || self.hold;
        if asks && is_open(&mut worklists.pipelines[index].sw_alloc, now, sw_alloc) {
            self.allocate_switch(router, worklists);
        }
        // After the switch: VCs that are granted here must not ask in this cycle.
        let pipelines = &mut worklists.pipelines[index];
        if vc_alloc == 1 || (pipelines.heads > 0 && is_open(&mut pipelines.vc_alloc, now, vc_alloc)) {
            self.allocate_vcs(&router.slices(worklists));
            if self.trees {
                // Of branches of one head that win together, that with the lowest port is last and sets the head's pointer.
                self.vc_winners.sort_unstable_by_key(|grant| std::cmp::Reverse(grant.out));
                for VcGrant { local, out } in self.vc_winners.drain(..) {
                    router.grant_branch(local as usize, out as usize, self.rotate, worklists);
                }
            }
            for &grant in &self.vc_winners {
                router.win_vc(grant, self.rotate, worklists);
                if self.at_once {
                    router.take_vc(grant.local as usize, grant.out as usize, now + 1, worklists);
                }
            }
            if !self.at_once {
                // The ring is as long as the delay, so the entry of this cycle has been emptied when it is filled again.
                let due = (now + vc_alloc as Cycle - 1) as usize % self.vc_grants.len();
                self.vc_grants[due].extend(self.vc_winners.iter().map(|&grant| (index as u32, grant)));
                self.pending += self.vc_winners.len();
            }
        }
        if sw_alloc > 1 {
            // The winners leave later; until then their requests would be granted again.
            for &channel in &self.winners[first..] {
                let local = channel as usize % N;
                router.withdraw(local, worklists);
                router.ins[local].state = VcState::SwitchGranted;
                worklists.pipelines[index].ready -= 1;
            }
        }
    }

    /// The routers with VCs whose allocation ends in cycle `now`.
    pub fn due_vcs(&self, now: Cycle) -> impl Iterator<Item = usize> {
        let due = &self.vc_grants[now as usize % self.vc_grants.len()];
        due.iter().map(|&(index, _)| index as usize)
    }

    /// The VCs whose allocation ends in cycle `now` are taken: their owners ask from the next cycle on.
    pub fn take_due_vcs<const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
    ) {
        let RouterArray { routers, worklists } = array;
        let due = now as usize % self.vc_grants.len();
        for (index, VcGrant { local, out }) in self.vc_grants[due].drain(..) {
            routers[index as usize].take_vc(local as usize, out as usize, now + 1, worklists);
            self.pending -= 1;
        }
    }

    /// The winners whose allocation ends in cycle `now`, after those of this cycle have entered the ring. [`Allocators::return_winners`] takes
    /// the list back, so that no cycle allocates memory.
    pub fn due_winners(&mut self, now: Cycle) -> Vec<u32> {
        let delay = self.switch_grants.len();
        if delay == 1 {
            return std::mem::take(&mut self.winners);
        }
        self.pending += self.winners.len();
        let slot = |at: Cycle| at as usize % delay;
        self.switch_grants[slot(now + delay as Cycle - 1)].append(&mut self.winners);
        let due = std::mem::take(&mut self.switch_grants[slot(now)]);
        self.pending -= due.len();
        due
    }

    /// Returns the memory of what [`Allocators::due_winners`] gave.
    pub fn return_winners(&mut self, now: Cycle, mut due: Vec<u32>) {
        due.clear();
        let delay = self.switch_grants.len();
        if delay == 1 {
            self.winners = due;
        } else {
            self.switch_grants[now as usize % delay] = due;
        }
    }

    /// Entries that all tables have room for.
    pub fn capacity(&self) -> usize {
        let vcs: usize = self.vc_grants.iter().map(Vec::capacity).sum();
        let switches: usize = self.switch_grants.iter().map(Vec::capacity).sum();
        vcs + switches + self.winners.capacity() + self.vc_winners.capacity() + self.requested.capacity()
    }
}

/// Whether an allocator of a router with requests accepts them in cycle `now`.
fn is_open(stage: &mut PipelineStage, now: Cycle, delay: u32) -> bool {
    delay == 1 || stage.takes_in(now, delay)
}

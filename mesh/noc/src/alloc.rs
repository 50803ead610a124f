//! VC and switch allocation: separable, one iteration.
//!
//! Both allocators of a cycle look at the state at its start. Where each takes one cycle, switches are allocated, then VCs, which are
//! taken at once, and then the winners of the switches leave. Where one takes longer, winners are noted, and [`super::traversal`]
//! carries them out when the allocator's delay is over.

mod general_switch;
mod request;
mod switch;
pub(crate) mod vc;

use crate::router::Router;
use crate::router::array::RouterArray;
use crate::router::pipeline::PipelineStage;
use crate::router::vc::VcState;
use crate::router::worklists::Worklists;
use crate::time::Cycle;
use request::{NO_VC_REQUEST, VcGrant, VcRequest};
use spikemesh_device::network::ArbiterRule;
use spikemesh_device::network::{Allocator, Config, Delays};

/// How requests are matched, winners by the cycle in which they take effect, and scratch tables.
#[derive(Clone, Debug)]
pub(crate) struct Allocators {
    /// Pointers move.
    rotate: bool,
    vc_order: Allocator,
    sw_order: Allocator,
    speculative: bool,
    hold: bool,
    /// The switch is allocated in another way than input first with requests of one priority.
    by_priority: bool,
    /// Both allocators take one cycle.
    pub at_once: bool,
    /// Rings of winners, as long as the allocators' delays: of VCs with their router.
    vc_grants: Vec<Vec<(u32, VcGrant)>>,
    switch_grants: Vec<Vec<u32>>,
    /// Winners that have not taken effect.
    pending: usize,
    /// Input ports that have chosen each output port, of the routers of one word of the sets. None between words.
    chosen: [u32; 64],
    /// Channels of input VCs that have won their switches in this cycle, by router.
    pub winners: Vec<u32>,
    /// Heads of the router that have won a VC.
    vc_winners: Vec<VcGrant>,
    /// Best offer for each output VC of the router. [`NO_VC_REQUEST`] between routers.
    vc_requests: Vec<VcRequest>,
    /// Output VCs with an offer, as `port << vc_shift | vc`.
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
            by_priority: config.sw_allocator != Allocator::SeparableInputFirst
                || config.speculative
                || config.hold_switch,
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

    /// Whether all is as in R3: input first, round robin, no shortcuts, and no stage takes longer than a cycle; and each pool is a matter of
    /// its own.
    pub fn is_r3(&self, worklists: &Worklists) -> bool {
        let delays = &worklists.delays;
        let unit = self.at_once && delays.routing == 0 && delays.traversal() == 1;
        let order = !self.by_priority && self.vc_order == Allocator::SeparableInputFirst && self.rotate;
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

    /// Finds the input VCs of a router that win the switch.
    fn allocate_switch<const P: usize, const N: usize>(
        &mut self,
        router: &mut Router<P, N>,
        worklists: &mut Worklists,
    ) {
        if self.by_priority {
            self.allocate_switch_by_priority(router, worklists);
        } else {
            let index = router.info.index as usize;
            let asking = worklists.asking.field::<P>(index) as u64;
            let before = self.winners.len();
            match self.rotate {
                true => self.allocate_switches::<true, P, N>(std::slice::from_mut(router), 0, asking),
                false => self.allocate_switches::<false, P, N>(std::slice::from_mut(router), 0, asking),
            }
            self.winners[before..].iter_mut().for_each(|channel| *channel += (index * N) as u32);
        }
    }

    /// One cycle of a router's allocators: the switch, then VCs, which are taken at once or are on their way from now on.
    pub fn allocate<const P: usize, const N: usize>(
        &mut self,
        now: Cycle,
        router: &mut Router<P, N>,
        worklists: &mut Worklists,
    ) {
        let Delays { vc_alloc, sw_alloc, .. } = worklists.delays;
        let index = router.info.index as usize;
        let first = self.winners.len();
        let asks = worklists.asking.field::<P>(index) != 0 || self.speculative || self.hold;
        if asks && is_open(&mut worklists.pipelines[index].sw_alloc, now, sw_alloc) {
            self.allocate_switch(router, worklists);
        }
        let pipelines = &mut worklists.pipelines[index];
        if vc_alloc == 1 || (pipelines.heads > 0 && is_open(&mut pipelines.vc_alloc, now, vc_alloc)) {
            self.allocate_vcs(&router.view(worklists));
            for &grant in &self.vc_winners {
                router.win_vc(grant, self.rotate, worklists);
                if self.at_once {
                    router.take_vc(grant.local as usize, grant.out as usize, now + 1, worklists);
                }
            }
            if !self.at_once {
                let due = (now + vc_alloc as Cycle - 1) as usize % self.vc_grants.len();
                self.vc_grants[due].extend(self.vc_winners.iter().map(|&grant| (index as u32, grant)));
                self.pending += self.vc_winners.len();
            }
        }
        if sw_alloc > 1 {
            for &channel in &self.winners[first..] {
                let local = channel as usize % N;
                router.withdraw(local, worklists);
                router.ins[local].state = VcState::SwitchGranted;
                worklists.pipelines[index].ready -= 1;
            }
        }
    }

    /// Heads own the VCs whose allocation ends in cycle `now` from the next cycle on.
    pub fn take_due_vcs<const P: usize, const N: usize>(
        &mut self,
        array: &mut RouterArray<P, N>,
        now: Cycle,
    ) {
        let RouterArray { routers, worklists } = array;
        let turn = now as usize % self.vc_grants.len();
        for (index, VcGrant { local, out }) in self.vc_grants[turn].drain(..) {
            routers[index as usize].take_vc(local as usize, out as usize, now + 1, worklists);
            self.pending -= 1;
        }
    }

    /// The winners of the switches whose allocation ends in cycle `now`, those of this cycle noted first; [`Allocators::return_winners`] returns
    /// their memory.
    pub fn due_winners(&mut self, now: Cycle) -> Vec<u32> {
        let delay = self.switch_grants.len();
        if delay == 1 {
            return std::mem::take(&mut self.winners);
        }
        self.pending += self.winners.len();
        let turn = |at: Cycle| at as usize % delay;
        self.switch_grants[turn(now + delay as Cycle - 1)].append(&mut self.winners);
        let due = std::mem::take(&mut self.switch_grants[turn(now)]);
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

/// Whether an allocator of a router that has requests takes them in.
fn is_open(stage: &mut PipelineStage, now: Cycle, delay: u32) -> bool {
    delay == 1 || stage.takes_in(now, delay)
}

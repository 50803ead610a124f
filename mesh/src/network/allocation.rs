//! VC and switch allocation: separable, one iteration.
//!
//! Both allocators of a cycle look at the state at its start. Where each takes one cycle, all switches are allocated, then VCs, which are
//! taken at once, and then the winners of the switches leave. Where one takes longer, winners are noted, and [`super::traversal`] carries
//! them out when the allocator's delay is over.

mod channel;
mod priority;
mod switch;

use super::Network;
use super::arbiter::ArbiterRule;
use super::bits::take_lowest;
use super::config::{Allocator, Config, Delays};
use super::probe::Probe;
use super::router::{Fabric, State};
use super::stage::Stage;
use crate::kernel::Cycle;
use channel::{NO_OFFER, Offer};

/// An input VC that has won an output VC.
#[derive(Clone, Copy, Debug)]
pub(super) struct VcGrant {
    pub in_vc: u32,
    pub out_vc: u32,
}

/// How requests are matched, winners by the cycle in which they take effect, and scratch tables.
#[derive(Clone, Debug)]
pub(super) struct Allocators {
    /// Pointers move.
    rotate: bool,
    vc_order: Allocator,
    sw_order: Allocator,
    speculative: bool,
    hold: bool,
    /// The switch is allocated in another way than input first with requests of one priority.
    by_priority: bool,
    /// Both allocators take one cycle.
    at_once: bool,
    /// Rings of winners, as long as the allocators' delays.
    vc_grants: Vec<Vec<VcGrant>>,
    switch_grants: Vec<Vec<u32>>,
    /// Winners that have not taken effect.
    pending: usize,
    /// Input VCs that have won the switch of the router.
    winners: Vec<u32>,
    /// Heads of the router that have won a VC.
    vc_winners: Vec<VcGrant>,
    /// Input ports that chose each output port. All zero between routers.
    chosen: [u32; Config::MAX_PORTS as usize],
    /// Best offer for each output VC of the router. [`NO_OFFER`] between routers.
    offers: Vec<Offer>,
    /// Output VCs with an offer, as `port << vc_shift | vc`.
    offered: Vec<u32>,
}

impl Allocators {
    /// For a checked configuration.
    pub fn new(config: &Config, fabric: &Fabric) -> Allocators {
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
            winners: Vec::new(),
            vc_winners: Vec::new(),
            chosen: [0; Config::MAX_PORTS as usize],
            offers: vec![NO_OFFER; (Config::MAX_PORTS as usize) << fabric.vc_shift],
            offered: Vec::new(),
        }
    }

    /// Whether all is as in R3: input first, no shortcuts, and no stage takes longer than a cycle.
    pub fn is_plain(&self, delays: &Delays) -> bool {
        let unit = self.at_once && delays.routing == 0 && delays.traversal() == 1;
        unit && !self.by_priority && self.vc_order == Allocator::SeparableInputFirst
    }

    /// Whether packets hold the switch.
    #[inline]
    pub fn hold(&self) -> bool {
        self.hold
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

    /// Finds the winners of all switches.
    #[inline(always)]
    fn choose_winners<const PLAIN: bool>(&mut self, fabric: &mut Fabric) {
        for word in 0..fabric.asking.words() {
            let mut bits = fabric.asking.word(word);
            if !PLAIN && self.speculative {
                bits |= fabric.waiting.word(word);
            }
            while bits != 0 {
                let router = (word << 6) as u32 + take_lowest(&mut bits);
                if !PLAIN || !self.choose_for_one(fabric, router) {
                    self.choose_switch(fabric, router);
                }
            }
        }
    }

    /// Gives VCs to heads, who own them from the next cycle on.
    #[inline(always)]
    fn choose_owners<const PLAIN: bool>(&mut self, fabric: &mut Fabric) {
        for word in 0..fabric.waiting.words() {
            let mut bits = fabric.waiting.word(word);
            while bits != 0 {
                let router = (word << 6) as u32 + take_lowest(&mut bits);
                let granted = match PLAIN {
                    true => self.choose_few_vcs(fabric, router),
                    false => self.choose_vcs::<true>(fabric, router),
                };
                // Heads that find no free VC wait for a release, which wakes them.
                let state = &fabric.routers[router as usize];
                if !granted || state.waiting & state.free_pools == 0 {
                    fabric.waiting.clear(router as usize);
                }
            }
        }
    }

    fn allocate_slowly(&mut self, now: Cycle, fabric: &mut Fabric) {
        let last = |delay: usize| (now + delay as Cycle - 1) as usize % delay;
        let vc_due = last(self.vc_grants.len());
        let switch_due = last(self.switch_grants.len());
        self.vc_winners.clear();
        for word in 0..fabric.asking.words() {
            let mut bits = fabric.asking.word(word);
            while bits != 0 {
                let router = (word << 6) as u32 + take_lowest(&mut bits);
                if is_open(&mut fabric.stages[router as usize].sw_alloc, now, fabric.delays.sw_alloc) {
                    self.choose_switch(fabric, router);
                }
            }
        }
        for word in 0..fabric.waiting.words() {
            let mut bits = fabric.waiting.word(word);
            while bits != 0 {
                let router = (word << 6) as u32 + take_lowest(&mut bits);
                let rests = fabric.routers[router as usize].waiting == 0;
                let stage = &mut fabric.stages[router as usize].vc_alloc;
                if rests
                    || (is_open(stage, now, fabric.delays.vc_alloc)
                        && !self.choose_vcs::<false>(fabric, router))
                {
                    fabric.waiting.clear(router as usize);
                }
            }
        }
        if fabric.delays.sw_alloc > 1 {
            for &in_vc in &self.winners {
                let router = fabric.in_vcs[in_vc as usize].router;
                fabric.withdraw(in_vc, router);
                fabric.in_vcs[in_vc as usize].state = State::SwitchGranted;
                fabric.stages[router as usize].ready -= 1;
            }
        }
        self.pending += self.vc_winners.len() + self.winners.len();
        self.vc_grants[vc_due].extend_from_slice(&self.vc_winners);
        self.switch_grants[switch_due].extend_from_slice(&self.winners);
    }

    /// Takes the winners whose delay ends in cycle `now`; [`Allocators::give_back`] returns their memory.
    pub fn take_due(&mut self, now: Cycle) -> (Vec<VcGrant>, Vec<u32>) {
        let vc = now as usize % self.vc_grants.len();
        let switch = now as usize % self.switch_grants.len();
        let due = (std::mem::take(&mut self.vc_grants[vc]), std::mem::take(&mut self.switch_grants[switch]));
        self.pending -= due.0.len() + due.1.len();
        due
    }

    pub fn give_back(&mut self, now: Cycle, mut vc_grants: Vec<VcGrant>, mut switch_grants: Vec<u32>) {
        vc_grants.clear();
        switch_grants.clear();
        let vc = now as usize % self.vc_grants.len();
        let switch = now as usize % self.switch_grants.len();
        self.vc_grants[vc] = vc_grants;
        self.switch_grants[switch] = switch_grants;
    }

    /// Entries that all tables have room for.
    pub fn capacity(&self) -> usize {
        let vcs: usize = self.vc_grants.iter().map(Vec::capacity).sum();
        let switches: usize = self.switch_grants.iter().map(Vec::capacity).sum();
        vcs + switches + self.winners.capacity() + self.vc_winners.capacity() + self.offered.capacity()
    }
}

impl Network {
    /// Runs both allocators of every router that has work, and carries out what ends in cycle `now`. `PLAIN` as
    /// [`Allocators::is_plain`].
    #[inline(always)]
    pub(super) fn allocate<P: Probe, const PLAIN: bool>(&mut self, now: Cycle, probe: &mut P) {
        let (allocators, fabric) = (&mut self.allocators, &mut self.fabric);
        allocators.winners.clear();
        if PLAIN || allocators.at_once {
            allocators.choose_winners::<PLAIN>(fabric);
            allocators.choose_owners::<PLAIN>(fabric);
            for index in 0..self.allocators.winners.len() {
                let in_vc = self.allocators.winners[index];
                if PLAIN || !self.allocators.speculative || self.may_leave(in_vc) {
                    self.send_flit::<P, PLAIN>(in_vc, now, probe);
                    self.last_movement = Some(now);
                }
            }
        } else {
            allocators.allocate_slowly(now, fabric);
            self.traverse(now, probe);
        }
    }

    /// Whether a winner of the switch can use it: a speculative one may have got no VC, or one without a credit.
    fn may_leave(&self, in_vc: u32) -> bool {
        let vc = &self.fabric.in_vcs[in_vc as usize];
        vc.state == State::Active && self.fabric.out_vcs[vc.out as usize].credits > 0
    }
}

/// Whether an allocator of a router that has requests takes them in.
fn is_open(stage: &mut Stage, now: Cycle, delay: u32) -> bool {
    delay == 1 || stage.takes_in(now, delay)
}

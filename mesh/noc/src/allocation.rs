//! VC and switch allocation: separable, one iteration.
//!
//! Both allocators of a cycle look at the state at its start. Where each takes one cycle, switches are allocated, then VCs, which are
//! taken at once, and then the winners of the switches leave. Where one takes longer, winners are noted, and [`super::traversal`]
//! carries them out when the allocator's delay is over.

mod channel;
mod priority;
mod switch;

use super::fabric::Fabric;
use super::outside::Outside;
use super::probe::Probe;
use super::router::Router;
use super::stage::Stage;
use super::tables::Tables;
use super::traversal::Departure;
use super::vc::State;
use crate::Cycle;
use channel::{NO_OFFER, Offer, choose_vcs_plainly};
use spikemesh_device::network::ArbiterRule;
use spikemesh_device::network::{Allocator, Config, Delays};

/// An input VC that has won an output VC, both of one router.
#[derive(Clone, Copy, Debug)]
pub(super) struct VcGrant {
    pub local: u32,
    pub out: u32,
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
    /// Rings of winners, as long as the allocators' delays: of VCs with their router.
    vc_grants: Vec<Vec<(u32, VcGrant)>>,
    switch_grants: Vec<Vec<u32>>,
    /// Winners that have not taken effect.
    pending: usize,
    /// Input ports that have chosen each output port, of the routers of one word of the sets. None between words.
    chosen: [u32; 64],
    /// Channels of input VCs that have won their switches in this cycle, by router.
    winners: Vec<u32>,
    /// Heads of the router that have won a VC.
    vc_winners: Vec<VcGrant>,
    /// Best offer for each output VC of the router. [`NO_OFFER`] between routers.
    offers: Vec<Offer>,
    /// Output VCs with an offer, as `port << vc_shift | vc`.
    offered: Vec<u32>,
}

impl Allocators {
    /// For a checked configuration.
    pub fn new(config: &Config, tables: &Tables) -> Allocators {
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
            offers: vec![NO_OFFER; (Config::MAX_PORTS as usize) << tables.vc_shift],
            offered: Vec::new(),
        }
    }

    /// Whether all is as in R3: input first, round robin, no shortcuts, and no stage takes longer than a cycle; and each pool is a matter of
    /// its own.
    pub fn is_plain(&self, tables: &Tables) -> bool {
        let delays = &tables.delays;
        let unit = self.at_once && delays.routing == 0 && delays.traversal() == 1;
        let order = !self.by_priority && self.vc_order == Allocator::SeparableInputFirst && self.rotate;
        unit && order && !tables.classes_overlap
    }

    /// Whether packets hold the switch.
    #[inline]
    pub fn hold(&self) -> bool {
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
    fn choose_switch<const P: usize, const N: usize>(
        &mut self,
        router: &mut Router<P, N>,
        tables: &mut Tables,
    ) {
        if self.by_priority {
            self.choose_switch_by_priority(router, tables);
        } else {
            let index = router.site.index as usize;
            let asking = tables.asking.field::<P>(index) as u64;
            let before = self.winners.len();
            match self.rotate {
                true => self.choose_switches::<true, P, N>(std::slice::from_mut(router), 0, asking),
                false => self.choose_switches::<false, P, N>(std::slice::from_mut(router), 0, asking),
            }
            self.winners[before..].iter_mut().for_each(|channel| *channel += (index * N) as u32);
        }
    }

    /// One cycle of a router's allocators: the switch, then VCs, which are taken at once or are on their way from now on.
    fn allocate<const P: usize, const N: usize>(
        &mut self,
        now: Cycle,
        router: &mut Router<P, N>,
        tables: &mut Tables,
    ) {
        let Delays { vc_alloc, sw_alloc, .. } = tables.delays;
        let index = router.site.index as usize;
        let first = self.winners.len();
        let asks = tables.asking.field::<P>(index) != 0 || self.speculative || self.hold;
        if asks && is_open(&mut tables.stages[index].sw_alloc, now, sw_alloc) {
            self.choose_switch(router, tables);
        }
        let stages = &mut tables.stages[index];
        if vc_alloc == 1 || (stages.heads > 0 && is_open(&mut stages.vc_alloc, now, vc_alloc)) {
            self.choose_vcs(&router.view(tables));
            for &grant in &self.vc_winners {
                router.grant(grant, self.rotate, tables);
                if self.at_once {
                    router.own(grant.local as usize, grant.out as usize, now + 1, tables);
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
                router.withdraw(local, tables);
                router.ins[local].state = State::SwitchGranted;
                tables.stages[index].ready -= 1;
            }
        }
    }

    /// Heads own the VCs whose allocation ends in cycle `now` from the next cycle on.
    fn own_due<const P: usize, const N: usize>(&mut self, fabric: &mut Fabric<P, N>, now: Cycle) {
        let Fabric { routers, tables } = fabric;
        let turn = now as usize % self.vc_grants.len();
        for (index, VcGrant { local, out }) in self.vc_grants[turn].drain(..) {
            routers[index as usize].own(local as usize, out as usize, now + 1, tables);
            self.pending -= 1;
        }
    }

    /// The winners of the switches whose allocation ends in cycle `now`, those of this cycle noted first; [`Allocators::done`] returns
    /// their memory.
    fn due_winners(&mut self, now: Cycle) -> Vec<u32> {
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
    fn done(&mut self, now: Cycle, mut due: Vec<u32>) {
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
        vcs + switches + self.winners.capacity() + self.vc_winners.capacity() + self.offered.capacity()
    }
}

impl Outside {
    /// Runs both allocators of every router that has work, and carries out what ends in cycle `now`. `PLAIN` as
    /// [`Allocators::is_plain`]. What a router does to another takes effect later, so some may be at one stage together.
    #[inline(always)]
    pub(super) fn allocate<Q: Probe, const PLAIN: bool, const P: usize, const N: usize>(
        &mut self,
        fabric: &mut Fabric<P, N>,
        now: Cycle,
        probe: &mut Q,
    ) {
        let Outside { allocators, calendar, packets, counters, .. } = self;
        let delays = fabric.tables.delays;
        let mut departure = Departure::open(now, &delays, allocators, calendar);
        if PLAIN {
            fabric.each_word(|word, fabric| {
                let Fabric { routers, tables } = fabric;
                allocators.choose_switches::<true, P, N>(routers, word * 64 / P, tables.asking.word(word));
                choose_vcs_plainly(word, routers, tables);
                departure.traverse::<Q, PLAIN, P, N>(&allocators.winners, fabric, packets, probe);
                allocators.winners.clear();
            });
        } else {
            fabric.each_active(|router, tables| allocators.allocate(now, router, tables));
            if !allocators.at_once {
                allocators.own_due(fabric, now);
            }
            let winners = allocators.due_winners(now);
            departure.traverse::<Q, PLAIN, P, N>(&winners, fabric, packets, probe);
            allocators.done(now, winners);
        }
        let (switched, ejected) = departure.close();
        counters.switched += switched;
        counters.flit_hops += switched - ejected;
        if switched > 0 {
            self.last_movement = Some(now);
        }
    }
}

/// Whether an allocator of a router that has requests takes them in.
fn is_open(stage: &mut Stage, now: Cycle, delay: u32) -> bool {
    delay == 1 || stage.takes_in(now, delay)
}

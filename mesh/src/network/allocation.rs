//! VC and switch allocation: separable, input first, one iteration.
//!
//! Both allocators of a cycle look at the state at its start. They only note who won and move the arbiters'
//! pointers; [`super::traversal`] carries the winners out when the allocators' delays are over.

use super::arbiter::{ArbiterRule, after, pick};
use super::bits::take_lowest;
use super::config::Config;
use super::router::{Fabric, State};
use crate::kernel::Cycle;

/// An input VC that has won an output VC.
#[derive(Clone, Copy, Debug)]
pub(super) struct VcGrant {
    pub in_vc: u32,
    pub out_vc: u32,
}

/// Winners by the cycle in which they take effect, and scratch tables of the allocators.
#[derive(Clone, Debug)]
pub(super) struct Allocators {
    /// Pointers move.
    rotate: bool,
    /// Rings of winners, as long as the allocators' delays.
    vc_grants: Vec<Vec<VcGrant>>,
    switch_grants: Vec<Vec<u32>>,
    /// Winners that have not taken effect.
    pending: usize,
    /// Input ports that chose each output port. All zero between routers.
    chosen: [u32; Config::MAX_PORTS as usize],
    /// Best offer for each output VC of the router. [`NO_OFFER`] between routers.
    offers: Vec<Offer>,
    /// Output VCs with an offer, as `port << vc_shift | vc`.
    offered: Vec<u32>,
}

/// A head that has chosen an output VC.
#[derive(Clone, Copy, Debug)]
struct Offer {
    /// Distance from the output arbiter's pointer; the smallest wins.
    distance: u32,
    /// Input VC within the router.
    local: u32,
    pool: u32,
}

const NO_OFFER: Offer = Offer { distance: u32::MAX, local: 0, pool: 0 };

impl Allocators {
    /// For a checked configuration.
    pub fn new(config: &Config, fabric: &Fabric) -> Allocators {
        Allocators {
            rotate: config.arbiter == ArbiterRule::RoundRobin,
            vc_grants: vec![Vec::new(); config.delays.vc_alloc as usize],
            switch_grants: vec![Vec::new(); config.delays.sw_alloc as usize],
            pending: 0,
            chosen: [0; Config::MAX_PORTS as usize],
            offers: vec![NO_OFFER; (Config::MAX_PORTS as usize) << fabric.vc_shift],
            offered: Vec::new(),
        }
    }

    /// True if some winner has not taken effect.
    pub fn is_active(&self) -> bool {
        self.pending > 0
    }

    /// Runs both allocators of every router that has work.
    pub fn allocate(&mut self, now: Cycle, fabric: &mut Fabric) {
        let last = |delay: usize| (now + delay as Cycle - 1) as usize % delay;
        let vc_due = last(self.vc_grants.len());
        let switch_due = last(self.switch_grants.len());
        let mut vc_grants = std::mem::take(&mut self.vc_grants[vc_due]);
        let mut switch_grants = std::mem::take(&mut self.switch_grants[switch_due]);
        let slow = fabric.delays.vc_alloc > 1 || fabric.delays.sw_alloc > 1;
        for word in 0..fabric.active.words() {
            let mut bits = fabric.active.word(word);
            while bits != 0 {
                let router = (word << 6) as u32 + take_lowest(&mut bits);
                let state = &fabric.routers[router as usize];
                let (asking, waiting) = (state.asking, state.waiting);
                let (mut switch_open, mut vcs_open) = (asking != 0, waiting != 0);
                if slow {
                    (switch_open, vcs_open) = open_stages(fabric, router, now);
                }
                if switch_open {
                    self.allocate_switch(router, asking, fabric, &mut switch_grants);
                }
                let before = vc_grants.len();
                if vcs_open {
                    self.allocate_vcs(router, waiting, fabric, &mut vc_grants);
                }
                // Heads that find no free VC wait for a release, which wakes the router up.
                let closed = waiting != 0 && !vcs_open;
                if asking == 0 && vc_grants.len() == before && !closed {
                    fabric.active.clear(router as usize);
                }
            }
        }
        self.pending += vc_grants.len() + switch_grants.len();
        self.vc_grants[vc_due] = vc_grants;
        self.switch_grants[switch_due] = switch_grants;
    }

    /// Takes the winners whose delay ends in cycle `now`; [`Allocators::give_back`] returns their memory.
    #[inline]
    pub fn take_due(&mut self, now: Cycle) -> (Vec<VcGrant>, Vec<u32>) {
        let vc = now as usize % self.vc_grants.len();
        let switch = now as usize % self.switch_grants.len();
        let due = (std::mem::take(&mut self.vc_grants[vc]), std::mem::take(&mut self.switch_grants[switch]));
        self.pending -= due.0.len() + due.1.len();
        due
    }

    #[inline]
    pub fn give_back(&mut self, now: Cycle, mut vc_grants: Vec<VcGrant>, mut switch_grants: Vec<u32>) {
        vc_grants.clear();
        switch_grants.clear();
        let vc = now as usize % self.vc_grants.len();
        let switch = now as usize % self.switch_grants.len();
        self.vc_grants[vc] = vc_grants;
        self.switch_grants[switch] = switch_grants;
    }

    /// Each input port chooses an output port that one of its VCs asks for, each output port an input port.
    #[inline]
    fn allocate_switch(&mut self, router: u32, asking: u32, fabric: &mut Fabric, grants: &mut Vec<u32>) {
        let state = &fabric.routers[router as usize];
        let (first_port, ports) = (state.first_port, state.ports as u32);
        let mut outputs = 0u64;
        let mut inputs = asking as u64;
        while inputs != 0 {
            let input = take_lowest(&mut inputs);
            let output = choose_output(fabric, first_port + input);
            self.chosen[output as usize % self.chosen.len()] |= 1 << input;
            outputs |= 1 << output;
        }
        while outputs != 0 {
            let output = take_lowest(&mut outputs);
            let chosen = std::mem::take(&mut self.chosen[output as usize % self.chosen.len()]);
            let out_port = &mut fabric.ports[(first_port + output) as usize];
            let input = pick(chosen, out_port.out_turn as u32);
            if self.rotate {
                out_port.out_turn = after(input, ports) as u8;
            }
            let global = first_port + input;
            let vc = choose_vc(fabric, global, output);
            if self.rotate {
                let in_port = &mut fabric.ports[global as usize];
                in_port.in_turn = after(output, ports) as u8;
                in_port.vc_turn = after(vc, fabric.vcs) as u8;
            }
            let in_vc = fabric.channel(global, vc);
            if fabric.delays.sw_alloc > 1 {
                fabric.withdraw(in_vc);
                fabric.in_vcs[in_vc as usize].state = State::SwitchGranted;
                fabric.stages[router as usize].ready -= 1;
            }
            grants.push(in_vc);
        }
    }

    /// Each waiting head chooses a free VC of its class at its output port, each VC a head.
    #[inline]
    fn allocate_vcs(&mut self, router: u32, waiting: u64, fabric: &mut Fabric, grants: &mut Vec<VcGrant>) {
        let state = &fabric.routers[router as usize];
        let (first_port, first_pool, ports) = (state.first_port, state.first_pool, state.ports as u32);
        let first_channel = first_port << fabric.vc_shift;
        let mut pools = waiting;
        while pools != 0 {
            let pool = take_lowest(&mut pools);
            let (mut output, mut class) = (pool, 0);
            while output >= ports {
                output -= ports;
                class += 1;
            }
            let free = fabric.ports[(first_port + output) as usize].free & fabric.class_vcs[class];
            if free == 0 {
                continue;
            }
            let first_word = ((first_pool + pool) * fabric.pool_words) as usize;
            if fabric.pool_words == 1 && !fabric.classes_overlap {
                let heads = fabric.waits[first_word];
                if heads.is_power_of_two() {
                    // One head and nobody else who could want the same VC.
                    let local = heads.trailing_zeros();
                    let wanted = choose_free(fabric, first_channel + local, output, free);
                    fabric.waits[first_word] = 0;
                    fabric.routers[router as usize].waiting &= !(1 << pool);
                    grants.push(self.grant_vc(fabric, first_channel, ports, local, wanted));
                    continue;
                }
            }
            for word in 0..fabric.pool_words {
                let mut heads = fabric.waits[first_word + word as usize];
                while heads != 0 {
                    let local = (word << 6) + take_lowest(&mut heads);
                    let wanted = choose_free(fabric, first_channel + local, output, free);
                    self.offer(fabric, first_channel, ports, wanted, local, pool);
                }
            }
        }
        while let Some(wanted) = self.offered.pop() {
            let Offer { local, pool, .. } = std::mem::replace(&mut self.offers[wanted as usize], NO_OFFER);
            fabric.stop_waiting(router, pool, local);
            grants.push(self.grant_vc(fabric, first_channel, ports, local, wanted));
        }
    }

    /// Notes that a head wants an output VC, unless a head with precedence wants it too.
    #[inline]
    fn offer(&mut self, fabric: &Fabric, first_channel: u32, ports: u32, wanted: u32, local: u32, pool: u32) {
        let turn = fabric.out_vcs[(first_channel + wanted) as usize].turn as u32;
        let distance = if local >= turn { local - turn } else { local + (ports << fabric.vc_shift) - turn };
        let best = &mut self.offers[wanted as usize];
        if best.distance == u32::MAX {
            self.offered.push(wanted);
        }
        if distance < best.distance {
            *best = Offer { distance, local, pool };
        }
    }

    /// A head has won: both arbiters' pointers move past the winner.
    #[inline]
    fn grant_vc(
        &self,
        fabric: &mut Fabric,
        first_channel: u32,
        ports: u32,
        local: u32,
        wanted: u32,
    ) -> VcGrant {
        let (in_vc, out_vc) = (first_channel + local, first_channel + wanted);
        let (output, number) = fabric.split(wanted);
        let vc = &mut fabric.in_vcs[in_vc as usize];
        vc.state = State::VcGranted;
        if self.rotate {
            let next = after(number, fabric.vcs);
            vc.turn_port = if next == 0 { after(output, ports) } else { output } as u8;
            vc.turn_vc = next as u8;
            fabric.out_vcs[out_vc as usize].turn = after(local, ports << fabric.vc_shift) as u16;
        }
        VcGrant { in_vc, out_vc }
    }
}

/// Whether the switch and the VC allocator of a router take in requests in cycle `now`.
fn open_stages(fabric: &mut Fabric, router: u32, now: Cycle) -> (bool, bool) {
    let state = &fabric.routers[router as usize];
    let stages = &mut fabric.stages[router as usize];
    let (switch, vcs) = (fabric.delays.sw_alloc, fabric.delays.vc_alloc);
    let switch_open = state.asking != 0 && (switch == 1 || stages.sw_alloc.takes_in(now, switch));
    let vcs_open = state.waiting != 0 && (vcs == 1 || stages.vc_alloc.takes_in(now, vcs));
    (switch_open, vcs_open)
}

/// The output port that an input port chooses; one of its VCs must be asking.
#[inline]
fn choose_output(fabric: &Fabric, global: u32) -> u32 {
    let port = &fabric.ports[global as usize];
    let first = fabric.channel(global, 0);
    let output = |vc: u32| fabric.in_vcs[(first + vc) as usize].out_port as u32;
    let mut asking = port.asking as u64;
    let mut outputs = 1 << output(take_lowest(&mut asking));
    while asking != 0 {
        outputs |= 1 << output(take_lowest(&mut asking));
    }
    pick(outputs, port.in_turn as u32)
}

/// The VC of an input port that goes to an output port that it has won.
#[inline]
fn choose_vc(fabric: &Fabric, global: u32, output: u32) -> u32 {
    let port = &fabric.ports[global as usize];
    if port.asking.is_power_of_two() {
        return port.asking.trailing_zeros();
    }
    let first = fabric.channel(global, 0);
    let mut asking = port.asking as u64;
    let mut vcs = 0;
    while asking != 0 {
        let vc = take_lowest(&mut asking);
        vcs |= ((fabric.in_vcs[(first + vc) as usize].out_port as u32 == output) as u32) << vc;
    }
    pick(vcs, port.vc_turn as u32)
}

/// The output VC that a head chooses among the free ones of its output port, as `port << vc_shift | vc`.
#[inline]
fn choose_free(fabric: &Fabric, in_vc: u32, output: u32, free: u32) -> u32 {
    let head = &fabric.in_vcs[in_vc as usize];
    let turn = if head.turn_port as u32 == output { head.turn_vc as u32 } else { 0 };
    output << fabric.vc_shift | pick(free, turn)
}

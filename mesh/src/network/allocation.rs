//! VC and switch allocation: separable, input first, one iteration.
//!
//! Both allocators of a cycle look at the state at its start. They only note who won and move the arbiters'
//! pointers; [`super::traversal`] carries the winners out when the allocators' delays are over.

use super::arbiter::{after, pick};
use super::bits::take_lowest;
use super::config::Config;
use super::router::{Fabric, State};
use crate::kernel::Cycle;

/// An input VC that has won an output VC of its output port.
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
    chosen: Vec<u32>,
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
        let ports = Config::MAX_PORTS as usize;
        Allocators {
            rotate: config.arbiter == super::ArbiterRule::RoundRobin,
            vc_grants: vec![Vec::new(); config.delays.vc_alloc as usize],
            switch_grants: vec![Vec::new(); config.delays.sw_alloc as usize],
            pending: 0,
            chosen: vec![0; ports],
            offers: vec![NO_OFFER; ports << fabric.vc_shift],
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
        let mut vc_grants = std::mem::take(&mut self.vc_grants[last(fabric.delays.vc_alloc as usize)]);
        let mut switch_grants =
            std::mem::take(&mut self.switch_grants[last(fabric.delays.sw_alloc as usize)]);
        for word in 0..fabric.active.words() {
            let mut bits = fabric.active.word(word);
            while bits != 0 {
                let router = (word << 6) as u32 + take_lowest(&mut bits);
                let state = &fabric.routers[router as usize];
                let (asking, ready) = (state.asking, state.waiting & state.free);
                let (switch_open, vcs_open) = self.open_stages(router, now, asking != 0, ready != 0, fabric);
                if asking != 0 && switch_open {
                    self.allocate_switch(router, asking, fabric, &mut switch_grants);
                }
                if ready != 0 && vcs_open {
                    self.allocate_vcs(router, ready, fabric, &mut vc_grants);
                }
                if asking == 0 && ready == 0 {
                    fabric.active.clear(router as usize);
                }
            }
        }
        self.pending += vc_grants.len() + switch_grants.len();
        self.vc_grants[last(fabric.delays.vc_alloc as usize)] = vc_grants;
        self.switch_grants[last(fabric.delays.sw_alloc as usize)] = switch_grants;
    }

    /// Whether the switch and the VC allocator of a router take in requests in cycle `now`, if there are any that
    /// can be granted.
    #[inline]
    fn open_stages(
        &self,
        router: u32,
        now: Cycle,
        switch: bool,
        vcs: bool,
        fabric: &mut Fabric,
    ) -> (bool, bool) {
        let delays = &fabric.delays;
        if delays.sw_alloc == 1 && delays.vc_alloc == 1 {
            return (true, true);
        }
        let stages = &mut fabric.stages[router as usize];
        let switch = switch && (delays.sw_alloc == 1 || stages.sw_alloc.takes_in(now, delays.sw_alloc));
        let vcs = vcs && (delays.vc_alloc == 1 || stages.vc_alloc.takes_in(now, delays.vc_alloc));
        (switch, vcs)
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

    /// Each input port chooses an output port that one of its VCs requests, each output port an input port.
    #[inline]
    fn allocate_switch(&mut self, router: u32, asking: u32, fabric: &mut Fabric, grants: &mut Vec<u32>) {
        let state = &fabric.routers[router as usize];
        let (first_port, ports) = (state.first_port as usize, state.ports as u32);
        let slow = fabric.delays.sw_alloc > 1;
        let mut outputs = 0u64;
        let mut inputs = asking as u64;
        while inputs != 0 {
            let input = take_lowest(&mut inputs);
            let port = &fabric.in_ports[first_port + input as usize];
            let output = pick(port.outputs, port.turn as u32);
            self.chosen[output as usize] |= 1 << input;
            outputs |= 1 << output;
        }
        while outputs != 0 {
            let output = take_lowest(&mut outputs);
            let chosen = std::mem::take(&mut self.chosen[output as usize]);
            let out_port = &mut fabric.out_ports[first_port + output as usize];
            let input = pick(chosen, out_port.turn as u32);
            if self.rotate {
                out_port.turn = after(input, ports) as u8;
            }
            let global = (first_port as u32) + input;
            let in_port = &mut fabric.in_ports[global as usize];
            let vcs = fabric.requests[in_port.row as usize + output as usize];
            let vc = pick(vcs, in_port.vc_turn as u32);
            if self.rotate {
                in_port.turn = after(output, ports) as u8;
                in_port.vc_turn = after(vc, fabric.vcs) as u8;
            }
            let in_vc = fabric.channel(global, vc);
            if slow {
                fabric.withdraw(in_vc);
                fabric.in_vcs[in_vc as usize].state = State::SwitchGranted;
                fabric.stages[router as usize].ready -= 1;
            }
            grants.push(in_vc);
        }
    }

    /// Each waiting head chooses a free VC of its class at its output port, each VC a head.
    #[inline]
    fn allocate_vcs(&mut self, router: u32, ready: u64, fabric: &mut Fabric, grants: &mut Vec<VcGrant>) {
        let state = &fabric.routers[router as usize];
        let (first_port, first_pool, ports) = (state.first_port, state.first_pool, state.ports as u32);
        let shift = fabric.vc_shift;
        let inputs = ports << shift;
        let mut pools = ready;
        while pools != 0 {
            let pool = take_lowest(&mut pools);
            let (mut output, mut class) = (pool, 0);
            while output >= ports {
                output -= ports;
                class += 1;
            }
            let free = fabric.out_ports[(first_port + output) as usize].free & fabric.class_vcs[class];
            for word in 0..fabric.pool_words {
                let mut heads = fabric.waits[((first_pool + pool) * fabric.pool_words + word) as usize];
                while heads != 0 {
                    let local = (word << 6) + take_lowest(&mut heads);
                    let head = &fabric.in_vcs[((first_port << shift) + local) as usize];
                    let turn = if head.turn_port as u32 == output { head.turn_vc as u32 } else { 0 };
                    let wanted = output << shift | pick(free, turn);
                    let turn = fabric.out_vcs[((first_port << shift) + wanted) as usize].turn as u32;
                    let distance = if local >= turn { local - turn } else { local + inputs - turn };
                    let best = &mut self.offers[wanted as usize];
                    if best.distance == u32::MAX {
                        self.offered.push(wanted);
                    }
                    if distance < best.distance {
                        *best = Offer { distance, local, pool };
                    }
                }
            }
        }
        for wanted in self.offered.drain(..) {
            let Offer { local, pool, .. } = std::mem::replace(&mut self.offers[wanted as usize], NO_OFFER);
            let in_vc = (first_port << shift) + local;
            let (output, out_vc) = fabric.split(wanted);
            let vc = &mut fabric.in_vcs[in_vc as usize];
            if self.rotate {
                let next = after(out_vc, fabric.vcs);
                vc.turn_port = if next == 0 { after(output, ports) } else { output } as u8;
                vc.turn_vc = next as u8;
                fabric.out_vcs[((first_port << shift) + wanted) as usize].turn = after(local, inputs) as u16;
            }
            vc.state = State::VcGranted;
            fabric.stop_waiting(router, pool, local);
            grants.push(VcGrant { in_vc, out_vc });
        }
    }
}

//! The switch where outputs choose first, where requests are speculative, or where packets hold it.

use super::super::arbiter::pick;
use super::super::bits::take_lowest;
use super::super::config::{Allocator, Config};
use super::super::router::{Fabric, NO_VC, Router};
use super::Allocators;
use super::switch::vcs_towards;

const PORTS: usize = Config::MAX_PORTS as usize;

/// For each port that chooses, the ports that it may choose: those with a request by right, and those with a speculative one only.
type Table = [[u32; 2]; PORTS];

/// No choice.
const NONE: u8 = u8::MAX;

impl Allocators {
    /// As [`Allocators::choose_switch`], for everything that a router may be told to do. A request by right beats a speculative one.
    pub(super) fn choose_switch_by_priority(&mut self, router: u32, fabric: &mut Fabric) {
        let mut vcs: Table = [[0; 2]; PORTS];
        let outputs = self.requests(&fabric.routers[router as usize], fabric, &mut vcs);
        self.go_on(router, fabric);
        let (first_port, ports) =
            (fabric.routers[router as usize].first_port, fabric.routers[router as usize].ports as u32);
        let in_turn = |input: usize| fabric.ports[first_port as usize + input].in_turn;
        let out_turn = |output: usize| fabric.ports[first_port as usize + output].out_turn;
        let pairs: Vec<(u32, u32)> = match self.sw_order {
            Allocator::SeparableInputFirst => {
                let chosen = choose(&outputs, in_turn);
                let inputs = choose(&keep(&outputs, &chosen), out_turn);
                matched(&inputs).map(|(output, input)| (input, output)).collect()
            }
            Allocator::SeparableOutputFirst => {
                let inputs = flip(&outputs);
                let chosen = choose(&inputs, out_turn);
                matched(&choose(&keep(&inputs, &chosen), in_turn)).collect()
            }
        };
        for (input, output) in pairs {
            let global = first_port + input;
            let rank = rank(&outputs, input as usize, output as usize);
            let candidates = vcs_towards(fabric, global, vcs[input as usize][rank], output);
            let vc = pick(candidates, fabric.ports[global as usize].vc_turn as u32);
            self.turn(fabric, first_port, ports, (input, vc), output);
            self.winners.push(fabric.channel(global, vc));
        }
    }

    /// The outputs that each input asks for, and in `vcs` the VCs of each input that do.
    fn requests(&self, router: &Router, fabric: &Fabric, vcs: &mut Table) -> Table {
        let mut outputs: Table = [[0; 2]; PORTS];
        let is_held = |output: u32| fabric.ports[(router.first_port + output) as usize].is_held;
        let mut ask = |input: u32, vc: u32, output: u32, rank: usize| {
            if router.holding >> input & 1 == 0 && !is_held(output) {
                outputs[input as usize][rank] |= 1 << output;
                vcs[input as usize][rank] |= 1 << vc;
            }
        };
        let mut inputs = router.asking as u64;
        while inputs != 0 {
            let input = take_lowest(&mut inputs);
            let global = router.first_port + input;
            let mut asking = fabric.ports[global as usize].asking as u64;
            while asking != 0 {
                let vc = take_lowest(&mut asking);
                let output = fabric.in_vcs[fabric.channel(global, vc) as usize].out_port;
                ask(input, vc, output as u32, 0);
            }
        }
        let mut pools = if self.speculative { router.waiting } else { 0 };
        while pools != 0 {
            let pool = take_lowest(&mut pools);
            let (lane, output) = (pool / router.ports as u32, pool % router.ports as u32);
            let global = router.first_port + output;
            let usable =
                fabric.ports[global as usize].free & fabric.pool_vcs(router, lane, output);
            let has_credit =
                |vc: &u32| fabric.out_vcs[fabric.channel(global, *vc) as usize].credits > 0;
            if !(0..fabric.vcs).filter(|vc| usable >> vc & 1 != 0).any(|vc| has_credit(&vc)) {
                continue;
            }
            for local in fabric.heads(router, pool) {
                let (input, vc) = fabric.split(local);
                ask(input, vc, output, 1);
            }
        }
        // A speculative request counts only where there is none by right.
        for ranks in &mut outputs {
            ranks[1] &= !ranks[0];
        }
        outputs
    }

    /// Packets that hold the switch send their next flit, without a choice; without a credit they lose it.
    fn go_on(&mut self, router: u32, fabric: &mut Fabric) {
        let state = &fabric.routers[router as usize];
        let (first_port, mut holding) = (state.first_port, state.holding as u64);
        while holding != 0 {
            let global = first_port + take_lowest(&mut holding);
            let port = &fabric.ports[global as usize];
            let in_vc = fabric.channel(global, port.holder as u32);
            if port.asking >> port.holder & 1 != 0 {
                self.winners.push(in_vc);
            } else {
                fabric.let_go(in_vc);
            }
        }
    }
}

impl Fabric {
    /// The input VCs of a router that wait in a pool, as `port << vc_shift | vc`.
    pub(in super::super) fn heads(&self, router: &Router, pool: u32) -> impl Iterator<Item = u32> {
        let first = ((router.first_pool + pool) * self.pool_words) as usize;
        (0..).zip(&self.waits[first..first + self.pool_words as usize]).flat_map(|(word, &heads)| {
            let mut left: u64 = heads;
            std::iter::from_fn(move || (left != 0).then(|| (word << 6) + take_lowest(&mut left)))
        })
    }

    /// The packet of an input VC holds its way through the switch from the next cycle on.
    pub(in super::super) fn hold(&mut self, in_vc: u32) {
        let (global, number) = self.split(in_vc);
        let vc = &self.in_vcs[in_vc as usize];
        self.ports[global as usize].holder = number as u8;
        self.ports[(vc.out >> self.vc_shift) as usize].is_held = true;
        self.routers[vc.router as usize].holding |= 1 << vc.port;
    }

    /// It does so no longer.
    pub(in super::super) fn let_go(&mut self, in_vc: u32) {
        let (global, _) = self.split(in_vc);
        let vc = &self.in_vcs[in_vc as usize];
        self.ports[global as usize].holder = NO_VC;
        self.ports[(vc.out >> self.vc_shift) as usize].is_held = false;
        self.routers[vc.router as usize].holding &= !(1 << vc.port);
    }
}

/// What each port chooses, round robin from its pointer.
fn choose(table: &Table, turn: impl Fn(usize) -> u8) -> [u8; PORTS] {
    let mut chosen = [NONE; PORTS];
    for (port, ranks) in table.iter().enumerate() {
        if let Some(&best) = ranks.iter().find(|&&mask| mask != 0) {
            chosen[port] = pick(best, turn(port) as u32) as u8;
        }
    }
    chosen
}

/// Rank of a request.
fn rank(table: &Table, from: usize, to: usize) -> usize {
    (table[from][0] >> to & 1 == 0) as usize
}

/// All requests, seen from the other side.
fn flip(table: &Table) -> Table {
    let mut flipped: Table = [[0; 2]; PORTS];
    for (from, ranks) in table.iter().enumerate() {
        for (to, ranks_back) in flipped.iter_mut().enumerate() {
            ranks_back[0] |= (ranks[0] >> to & 1) << from;
            ranks_back[1] |= (ranks[1] >> to & 1) << from;
        }
    }
    flipped
}

/// The requests that were chosen, seen from the other side.
fn keep(table: &Table, chosen: &[u8; PORTS]) -> Table {
    let mut kept: Table = [[0; 2]; PORTS];
    for (from, to) in matched(chosen) {
        kept[to as usize][rank(table, from as usize, to as usize)] |= 1 << from;
    }
    kept
}

/// Each port that has chosen, with its choice.
fn matched(chosen: &[u8; PORTS]) -> impl Iterator<Item = (u32, u32)> {
    (0..).zip(chosen).filter(|&(_, &to)| to != NONE).map(|(from, &to)| (from, to as u32))
}

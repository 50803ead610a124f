//! The switch where outputs choose first, where requests are speculative, or where packets hold it.

use super::super::arbiter::{after, pick};
use super::super::bits::take_lowest;
use super::super::config::{Allocator, Config};
use super::super::router::Port;
use super::super::view::View;
use super::Allocators;

const PORTS: usize = Config::MAX_PORTS as usize;

/// For each port that chooses, the ports that it may choose: those with a request by right, and those with a speculative one only.
type Table = [[u32; 2]; PORTS];

/// No choice.
const NONE: u8 = u8::MAX;

impl Allocators {
    /// As [`Allocators::choose_switch`], for everything that a router may be told to do. A request by right beats a speculative one.
    pub(super) fn choose_switch_by_priority(&mut self, view: &mut View) {
        let mut vcs: Table = [[0; 2]; PORTS];
        let outputs = self.requests(view, &mut vcs);
        self.go_on(view);
        let in_turn = |input: usize| view.ports[input].in_turn;
        let out_turn = |output: usize| view.ports[output].out_turn;
        let (first, second, by_input) = match self.sw_order {
            Allocator::SeparableInputFirst => {
                let chosen = choose(&outputs, in_turn);
                (chosen, choose(&keep(&outputs, &chosen), out_turn), false)
            }
            Allocator::SeparableOutputFirst => {
                let inputs = flip(&outputs);
                let chosen = choose(&inputs, out_turn);
                (chosen, choose(&keep(&inputs, &chosen), in_turn), true)
            }
        };
        debug_assert!(matched(&second).all(|(from, to)| first[to as usize] as u32 == from));
        for (from, to) in matched(&second) {
            let (input, output) = if by_input { (from, to) } else { (to, from) };
            let rank = rank(&outputs, input as usize, output as usize);
            let candidates = view.vcs_towards(input, vcs[input as usize][rank], output);
            let vc = pick(candidates, view.ports[input as usize].vc_turn as u32);
            self.turn_in(view, (input, vc), output);
            self.winners.push(view.first_channel + view.local(input, vc));
        }
    }

    /// An input and an output are matched: the arbiters' pointers move past each other.
    fn turn_in(&self, view: &mut View, (input, vc): (u32, u32), output: u32) {
        if self.rotate {
            let ports = view.state.ports as u32;
            view.ports[output as usize].out_turn = after(input, ports) as u8;
            let in_port = &mut view.ports[input as usize];
            in_port.in_turn = after(output, ports) as u8;
            in_port.vc_turn = after(vc, view.vcs) as u8;
        }
    }

    /// The outputs that each input asks for, and in `vcs` the VCs of each input that do.
    fn requests(&self, view: &View, vcs: &mut Table) -> Table {
        let mut outputs: Table = [[0; 2]; PORTS];
        let mut ask = |input: u32, vc: u32, output: u32, rank: usize| {
            if view.state.holding >> input & 1 == 0 && !view.ports[output as usize].is_held {
                outputs[input as usize][rank] |= 1 << output;
                vcs[input as usize][rank] |= 1 << vc;
            }
        };
        let mut inputs = view.state.asking as u64;
        while inputs != 0 {
            let input = take_lowest(&mut inputs);
            let mut asking = view.ports[input as usize].asking as u64;
            while asking != 0 {
                let vc = take_lowest(&mut asking);
                let output = view.ins[view.local(input, vc) as usize].out_port;
                ask(input, vc, output as u32, 0);
            }
        }
        let mut pools = if self.speculative { view.state.waiting } else { 0 };
        while pools != 0 {
            let pool = take_lowest(&mut pools);
            let (lane, output) = (pool / view.state.ports as u32, pool % view.state.ports as u32);
            let usable = view.ports[output as usize].free & view.pool_vcs(lane, output);
            let has_credit = |vc: u32| view.outs[view.local(output, vc) as usize].credits > 0;
            if !(0..view.vcs).any(|vc| usable >> vc & 1 != 0 && has_credit(vc)) {
                continue;
            }
            for local in view.heads(pool) {
                let (input, vc) = view.split(local);
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
    fn go_on(&mut self, view: &mut View) {
        let mut holding = view.state.holding as u64;
        while holding != 0 {
            let input = take_lowest(&mut holding);
            let Port { holder, asking, .. } = view.ports[input as usize];
            if asking >> holder & 1 != 0 {
                self.winners.push(view.first_channel + view.local(input, holder as u32));
            } else {
                view.let_go(input);
            }
        }
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

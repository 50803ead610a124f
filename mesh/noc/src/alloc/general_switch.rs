//! The switch where outputs choose first, where requests are speculative, or where packets hold it.

use super::Allocators;
use crate::arbiter::pick;
use crate::bitset::take_lowest;
use crate::router::Router;
use crate::router::slices::RouterSlices;
use crate::router::worklists::Worklists;
use spikemesh_device::network::{Allocator, Config};

const PORTS: usize = Config::MAX_PORTS as usize;

/// For each port that chooses, the ports that it may choose: those with a request by right, and those with a speculative one only.
type Table = [[u32; 2]; PORTS];

/// No choice.
const NONE: u8 = u8::MAX;

impl Allocators {
    /// Switch allocation of one router, for every configuration: appends the winners.
    ///
    /// Requests have two ranks. A VC that owns an output VC asks by right; with `speculative` a head that still waits for one asks too, at a
    /// lower rank, at inputs and outputs alike (BookSim2's `spec_sw_allocator = prio`). Holders send first and take their input and output
    /// out of the allocation.
    pub(crate) fn allocate_general_switch<const P: usize, const N: usize>(
        &mut self,
        router: &mut Router<P, N>,
        worklists: &mut Worklists,
    ) {
        let mut vcs: Table = [[0; 2]; PORTS];
        let outputs = self.requests(&router.slices(worklists), &mut vcs);
        // After the requests, which must still see what is held in this cycle.
        self.advance_holders(router, worklists);
        let in_ptr = |input: usize| router.ports[input].in_ptr;
        let out_ptr = |output: usize| router.ports[output].out_ptr;
        let (first, second, by_input) = match self.sw_order {
            Allocator::SeparableInputFirst => {
                let chosen = choose(&outputs, in_ptr);
                (chosen, choose(&keep(&outputs, &chosen), out_ptr), false)
            }
            Allocator::SeparableOutputFirst => {
                let inputs = flip(&outputs);
                let chosen = choose(&inputs, out_ptr);
                (chosen, choose(&keep(&inputs, &chosen), in_ptr), true)
            }
        };
        debug_assert!(matched(&second).all(|(from, to)| first[to as usize] as u32 == from));
        for (from, to) in matched(&second) {
            let (input, output) = if by_input { (from, to) } else { (to, from) };
            // The third arbiter: which VC of the input, among those of the rank that won.
            let rank = rank(&outputs, input as usize, output as usize);
            let candidates = router.slices(worklists).vcs_towards(input, vcs[input as usize][rank], output);
            let vc = pick(candidates, router.ports[input as usize].vc_ptr as u32);
            // A match: the pointers of both sides move past each other.
            if self.rotate {
                router.ports[output as usize].out_ptr = input as u8 + 1;
                let in_port = &mut router.ports[input as usize];
                in_port.in_ptr = output as u8 + 1;
                in_port.vc_ptr = vc as u8 + 1;
            }
            self.winners.push(router.info.index * N as u32 + input * (N / P) as u32 + vc);
        }
    }

    /// The outputs that each input asks for, and in `vcs` the VCs of each input that do, by rank. A head asks speculatively if one of the
    /// VCs that it may win is free and has a credit; whether it wins that one is known only after VC allocation, and
    /// [`traversal`](crate::traversal) drops the grant if not.
    fn requests(&self, slices: &RouterSlices, vcs: &mut Table) -> Table {
        let mut outputs: Table = [[0; 2]; PORTS];
        let mut ask = |input: u32, asking: u32, output: u32, rank: usize| {
            if slices.holding >> input & 1 == 0 && !slices.ports[output as usize].is_held {
                outputs[input as usize][rank] |= 1 << output;
                vcs[input as usize][rank] |= asking;
            }
        };
        // By right: the requests that the worklists hold anyway.
        let mut inputs = slices.asking as u64;
        while inputs != 0 {
            let input = take_lowest(&mut inputs);
            let mut wanted = slices.ports[input as usize].outputs as u64;
            while wanted != 0 {
                let output = take_lowest(&mut wanted);
                ask(input, slices.requests(input, output), output, 0);
            }
        }
        // Speculative: heads in pools with a free VC, that is, those that take part in VC allocation now.
        for (route_class, output) in slices.ready_pools().filter(|_| self.speculative) {
            let usable = slices.free(route_class, output);
            let has_credit = |vc: u32| slices.outs[slices.local(output, vc) as usize].credits > 0;
            if !(0..slices.vcs).any(|vc| usable >> vc & 1 != 0 && has_credit(vc)) {
                continue;
            }
            for local in slices.heads(route_class, output) {
                let (input, vc) = slices.split(local);
                ask(input, 1 << vc, output, 1);
            }
        }
        // At an output that an input asks for by right, its speculative requests do not count.
        for ranks in &mut outputs {
            ranks[1] &= !ranks[0];
        }
        outputs
    }

    /// Packets that hold the switch send their next flit without arbitration. One that cannot send releases the switch, but too late for the
    /// others: `requests` has been collected, so nobody uses its output in this cycle.
    fn advance_holders<const P: usize, const N: usize>(
        &mut self,
        router: &mut Router<P, N>,
        worklists: &mut Worklists,
    ) {
        let index = router.info.index;
        let mut holding = worklists.holding.field::<P>(index as usize) as u64;
        while holding != 0 {
            let input = take_lowest(&mut holding) as usize;
            let holder = router.ports[input].holder as usize;
            let local = input * Router::<P, N>::VCS + holder;
            let output = router.ins[local].out_port as usize;
            if router.asking(input, output) >> holder & 1 != 0 {
                self.winners.push(index * N as u32 + local as u32);
            } else {
                router.release_switch(input, worklists);
            }
        }
    }
}

/// What each port chooses, round robin from its pointer.
fn choose(table: &Table, ptr: impl Fn(usize) -> u8) -> [u8; PORTS] {
    let mut chosen = [NONE; PORTS];
    for (port, ranks) in table.iter().enumerate() {
        if let Some(&best) = ranks.iter().find(|&&mask| mask != 0) {
            chosen[port] = pick(best, ptr(port) as u32) as u8;
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

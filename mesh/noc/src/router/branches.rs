//! The life of a packet in a virtual channel of a network of trees; [`lifecycle`](super::lifecycle) is that of a packet with one way.
//!
//! Every branch of the packet at the front asks for an output VC of its own and takes flits at its own pace. So no branch waits for another one: the whole
//! packet fits the buffer. A flit leaves the buffer when the last branch has taken it.
//!
//! Invariants: an input VC of a network of trees is `Idle`, `Routing` or `Active`; in an active one some branch is not done. It asks for an output port
//! exactly if its branch there owns an output VC with a credit and the flit that it takes next is in the buffer.

use super::Router;
use super::vc::{NOBODY, VcState};
use super::worklists::Worklists;
use crate::bitset::take_lowest;
use crate::delay_lines::DelayLines;
use crate::time::Cycle;
use crate::tree::Branch;

impl<const P: usize, const N: usize> Router<P, N> {
    /// The place of a channel among those of all routers.
    pub fn channel(&self, local: usize) -> usize {
        self.info.index as usize * N + local
    }

    /// A head is at the front of a buffer: from cycle `at` on its route is computed, then its branches wait for VCs.
    pub fn begin_tree(
        &mut self,
        local: usize,
        at: Cycle,
        worklists: &mut Worklists,
        delay_lines: &mut DelayLines,
    ) {
        let channel = self.channel(local);
        let vc = &mut self.ins[local];
        vc.packet = vc.front.slot();
        vc.route_class = worklists.trees.of(vc.front.header).route_class;
        let branches = &mut worklists.trees.branches[channel];
        branches.all.clear();
        branches.left = 0;
        let delay = worklists.delays.routing;
        if delay == 0 {
            self.enter_branches(local, worklists);
        } else {
            vc.state = VcState::Routing;
            let start = worklists.pipelines[self.info.index as usize].routing.enter(at, delay);
            delay_lines.routes.at(start + delay as Cycle).push(channel as u32);
        }
    }

    /// The route is known: each branch waits for an output VC, in the pool of its output port.
    pub fn enter_branches(&mut self, local: usize, worklists: &mut Worklists) {
        let channel = self.channel(local);
        let vc = &mut self.ins[local];
        vc.state = VcState::Active;
        let mut ports = u64::from(worklists.trees.of(vc.front.header).ports_at(self.info.index));
        while ports != 0 {
            let output = take_lowest(&mut ports) as usize;
            worklists.trees.branches[channel].all.push(Branch::new(output as u8));
            let pool = self.pool_of_branch(local, output, worklists);
            worklists.waits[pool * N.div_ceil(64) + local / 64] |= 1 << (local % 64);
            self.refresh(output, worklists);
        }
    }

    /// The route class in whose pool a branch waits.
    pub fn class_of_branch(&self, local: usize, output: usize, worklists: &Worklists) -> usize {
        let route_class = usize::from(self.ins[local].route_class);
        let at_terminal = usize::from(worklists.at_terminal[route_class]);
        if self.info.is_local(output) { at_terminal } else { route_class }
    }

    fn pool_of_branch(&self, local: usize, output: usize, worklists: &Worklists) -> usize {
        let route_class = self.class_of_branch(local, output, worklists);
        worklists.pool::<P>(route_class, self.info.index, output)
    }

    /// A branch becomes the owner of an output VC and asks for the switch from the next cycle on.
    pub fn grant_branch(&mut self, local: usize, out: usize, rotate: bool, worklists: &mut Worklists) {
        let (channel, output) = (self.channel(local), Self::port(out));
        if rotate {
            let vc = &mut self.ins[local];
            vc.ptr_port = output as u8;
            vc.ptr_vc = Self::number(out) as u8 + 1;
            self.outs[out].ptr = local as u16 + 1;
        }
        let pool = self.pool_of_branch(local, output, worklists);
        worklists.waits[pool * N.div_ceil(64) + local / 64] &= !(1 << (local % 64));
        if let Some(branch) = worklists.trees.branches[channel].at_mut(output) {
            branch.out = out as u16;
        }
        self.ports[output].free &= !(1 << Self::number(out));
        self.outs[out].owner = local as u16;
        self.refresh(output, worklists);
        self.ask_for_branch(local, output, worklists);
    }

    /// A branch asks for the switch if it can take a flit.
    pub fn ask_for_branch(&mut self, local: usize, output: usize, worklists: &mut Worklists) {
        let asks = self.branch_asks(local, output, worklists);
        self.ask_if(asks, local, output, worklists);
    }

    /// Whether the branch at an output port can take a flit.
    pub fn branch_asks(&self, local: usize, output: usize, worklists: &Worklists) -> bool {
        let branches = &worklists.trees.branches[self.channel(local)];
        branches.at(output).is_some_and(|branch| {
            branches.has_flit(branch, self.ins[local].len) && self.outs[usize::from(branch.out)].credits > 0
        })
    }

    /// A flit has arrived: branches that have taken all before it ask.
    pub fn ask_for_branches(&mut self, local: usize, worklists: &mut Worklists) {
        let channel = self.channel(local);
        for index in 0..worklists.trees.branches[channel].all.len() {
            let output = worklists.trees.branches[channel].all[index].port;
            self.ask_for_branch(local, output.into(), worklists);
        }
    }

    /// An output VC without credits has got one.
    pub fn credit_branch(&mut self, out: usize, worklists: &mut Worklists) {
        let owner = self.outs[out].owner;
        if owner != NOBODY {
            self.ask_for_branch(owner.into(), Self::port(out), worklists);
        }
    }
}

//! Switch traversal in a network of trees: a branch takes a flit, and the last one frees its place.

use super::{Departure, report_grant};
use crate::alloc::tree_switch::BranchWinner;
use crate::flit::Flit;
use crate::packet::Packets;
use crate::probe::Probe;
use crate::router::Router;
use crate::router::array::RouterArray;
use crate::router::vc::VcState;
use crate::router::worklists::Worklists;

impl Departure<'_> {
    /// As [`Departure::traverse`]. Returns how many flits have left by a branch and stay in the buffer for others.
    pub fn traverse_trees<Q: Probe, const LOOKS: bool, const P: usize, const N: usize>(
        &mut self,
        winners: &[u32],
        array: &mut RouterArray<P, N>,
        packets: &Packets,
        probe: &mut Q,
    ) -> u64 {
        let RouterArray { routers, worklists } = array;
        let mut forked = 0;
        for winner in winners.iter().map(|&winner| BranchWinner(winner)) {
            let (index, local) = RouterArray::<P, N>::split(winner.channel());
            let router = &mut routers[index];
            self.switched += 1;
            let (flit, out_vc, is_last) = router.take_flit(local, winner.output(), worklists, self);
            forked += u64::from(!is_last);
            if LOOKS {
                report_grant(router, packets, (local, out_vc), flit, self.now, probe);
            }
        }
        forked
    }
}

impl<const P: usize, const N: usize> Router<P, N> {
    /// A branch takes its next flit, which crosses the switch. Returns the flit, its output VC, and whether all branches have taken it: then its place is free
    /// and the credit goes upstream.
    fn take_flit(
        &mut self,
        local: usize,
        output: usize,
        worklists: &mut Worklists,
        departure: &mut Departure,
    ) -> (Flit, usize, bool) {
        let now = departure.now;
        let channel = self.channel(local);
        let branches = &worklists.trees.branches[channel];
        // A winner has asked, so there is such a branch, with a VC, a flit and a credit.
        let (place, out_vc) =
            branches.at(output).map_or((0, 0), |branch| (branches.place(branch), usize::from(branch.out)));
        let flit = self.flit(local, place, worklists);
        let branches = &mut worklists.trees.branches[channel];
        if let Some(branch) = branches.at_mut(output) {
            branch.taken += 1;
            branch.is_done = flit.is_tail();
        }
        let least = branches.all.iter().map(|branch| branch.taken).min().unwrap_or(0);
        let is_last = least > branches.left;

        let out = &mut self.outs[out_vc];
        out.credits -= 1;
        let downstream = out.downstream;
        self.ports[output].sent += 1;
        let leaves = worklists.departure(self.info.index, self.info.first_port + output as u32, now);
        departure.flit(self.channel(out_vc) as u32, downstream, flit, leaves, worklists);
        if is_last {
            self.free_place(local, worklists, departure);
        }
        self.withdraw_from(local, output, worklists);
        if flit.is_tail() {
            self.release_vc::<false>(out_vc, worklists);
        } else {
            self.ask_for_branch(local, output, worklists);
        }
        if is_last && flit.is_tail() {
            if self.ins[local].len > 0 {
                self.begin_tree(local, now + 1, worklists, departure.delay_lines);
            } else {
                self.ins[local].state = VcState::Idle;
            }
        }
        // What it asks for from now on may be all that its router asks for.
        worklists.mark::<P>(self.info.index as usize);
        (flit, out_vc, is_last)
    }

    /// The front flit leaves its buffer: every branch has taken it.
    fn free_place(&mut self, local: usize, worklists: &mut Worklists, departure: &mut Departure) {
        let channel = self.channel(local);
        worklists.trees.branches[channel].left += 1;
        let vc = &mut self.ins[local];
        vc.len -= 1;
        let (upstream, left) = (vc.upstream, vc.len);
        if left > 0 {
            let next = worklists.rings[self.ring_place(local, 0, worklists)];
            let vc = &mut self.ins[local];
            vc.front = next;
            vc.head = vc.head.wrapping_add(1);
        }
        departure.credit(upstream);
    }
}

//! Virtual channels: each waiting head gets at most one, each channel at most one head.

use super::Allocators;
use super::request::{NO_VC_REQUEST, VcGrant, VcRequest};
use crate::arbiter::{pick, pick_of_many};
use crate::bitset::take_lowest;
use crate::router::Router;
use crate::router::slices::RouterSlices;
use crate::router::vc::{InVc, VcState};
use crate::router::worklists::Worklists;
use spikemesh_device::network::{Allocator, Config};

/// As [`Allocators::allocate_vcs`] for plain routers, those of one word of the sets: each pool is then a matter of its own. Heads own what
/// they won from the next cycle on.
#[inline(always)]
pub(crate) fn allocate_vcs_r3<const P: usize, const N: usize>(
    word: usize,
    routers: &mut [Router<P, N>],
    worklists: &mut Worklists,
) {
    let words = worklists.asking.words();
    let mut asking = 0;
    for route_class in 0..worklists.route_classes.len() {
        let class_word = route_class * words + word;
        let mut ready = worklists.ready.word(class_word);
        let mut pools = ready;
        while pools != 0 {
            let port = take_lowest(&mut pools) as usize;
            let router = &mut routers[word * 64 / P + port / P];
            let (is_ready, asks) =
                router.match_pool(route_class, port % P, class_word * 64 + port, worklists);
            ready &= !((!is_ready as u64) << port);
            asking |= (asks as u64) << (port / P * P);
        }
        worklists.ready.set_word(class_word, ready);
    }
    worklists.asking.set_word(word, worklists.asking.word(word) | asking);
}

impl<const P: usize, const N: usize> Router<P, N> {
    /// Gives free VCs of a pool to heads. Returns whether a head and a free VC are left, and the input ports that now ask for the switch.
    #[inline(always)]
    fn match_pool(
        &mut self,
        route_class: usize,
        output: usize,
        pool: usize,
        worklists: &mut Worklists,
    ) -> (bool, u32) {
        let free = self.free(route_class, output, worklists);
        let heads = worklists.waits[pool];
        let (left, asks) = if heads.is_power_of_two() {
            let local = heads.trailing_zeros() as usize % N;
            let vc = choose_free(&self.ins[local], output as u32, free) as usize;
            (0, self.grant_vc(local, output, vc))
        } else if free.is_power_of_two() {
            // All choose the same.
            let vc = free.trailing_zeros() as usize;
            let turn = self.outs[(output * Self::VCS + vc) % N].turn;
            let local = pick_of_many(heads, turn as u32) as usize;
            (heads & !(1 << local), self.grant_vc(local, output, vc))
        } else {
            self.match_heads(output, heads, free)
        };
        worklists.waits[pool] = left;
        let is_ready = (left != 0) & (self.free(route_class, output, worklists) != 0);
        (is_ready, asks)
    }

    /// Several heads and several free VCs of one output port. Returns the heads that got none, and the ports of the others that ask.
    #[inline(never)]
    fn match_heads(&mut self, output: usize, heads: u64, free: u32) -> (u64, u32) {
        let mut chosen = [0u64; Config::MAX_VCS as usize];
        let (mut taken, mut left) = (0u64, heads);
        while left != 0 {
            let local = take_lowest(&mut left);
            let wanted = choose_free(&self.ins[local as usize % N], output as u32, free);
            chosen[wanted as usize % chosen.len()] |= 1 << local;
            taken |= 1 << wanted;
        }
        let (mut left, mut asks) = (heads, 0);
        while taken != 0 {
            let vc = take_lowest(&mut taken) as usize;
            let turn = self.outs[(output * Self::VCS + vc) % N].turn;
            let local = pick_of_many(chosen[vc % chosen.len()], turn as u32) as usize;
            asks |= self.grant_vc(local, output, vc);
            left &= !(1 << local);
        }
        (left, asks)
    }

    /// A head owns a VC of an output port from the next cycle on; both arbiters' pointers move past the winner. Returns its input port, as a
    /// mask, if it asks for the switch.
    #[inline(always)]
    fn grant_vc(&mut self, local: usize, output: usize, number: usize) -> u32 {
        let out_vc = (output * Self::VCS + number) % N;
        let vc = &mut self.ins[local % N];
        vc.ptr_port = output as u8;
        vc.ptr_vc = number as u8 + 1;
        vc.state = VcState::Active;
        vc.out = out_vc as u16;
        let out = &mut self.outs[out_vc];
        out.turn = local as u16 + 1;
        out.owner = local as u16;
        let has_credit = out.credits > 0;
        self.ports[output % P].free &= !(1 << number);
        self.note_if(has_credit, local, output);
        (has_credit as u32) << Self::port(local)
    }

    /// A head has won a VC, which is on its way through the allocator.
    pub(crate) fn win_vc(
        &mut self,
        VcGrant { local, out }: VcGrant,
        rotate: bool,
        worklists: &mut Worklists,
    ) {
        let (local, out) = (local as usize, out as usize);
        let vc = &mut self.ins[local];
        vc.state = VcState::VcGranted;
        if rotate {
            vc.ptr_port = Self::port(out) as u8;
            vc.ptr_vc = Self::number(out) as u8 + 1;
            self.outs[out].turn = local as u16 + 1;
        }
        self.leave_vc_alloc(local, worklists);
    }
}

impl Allocators {
    /// Finds the heads of a router that win a VC, for everything that a router may be told to do.
    pub(crate) fn allocate_vcs(&mut self, view: &RouterSlices) {
        self.vc_winners.clear();
        match self.vc_order {
            Allocator::SeparableInputFirst => {
                for (route_class, output) in view.ready_pools() {
                    let free = view.free(route_class, output);
                    for local in view.heads(route_class, output) {
                        let vc = choose_free(&view.ins[local as usize], output, free);
                        self.request_vc(view, view.local(output, vc), local);
                    }
                }
            }
            Allocator::SeparableOutputFirst => self.request_output_first(view),
        }
        // The best vc_requests win.
        while let Some(out) = self.requested.pop() {
            let VcRequest { local, .. } =
                std::mem::replace(&mut self.vc_requests[out as usize], NO_VC_REQUEST);
            self.vc_winners.push(VcGrant { local, out });
        }
    }

    /// Notes that a head wants an output VC, unless a head with precedence wants it too.
    #[inline]
    fn request_vc(&mut self, view: &RouterSlices, wanted: u32, local: u32) {
        let turn = view.outs[wanted as usize].turn as u32;
        let heads = view.ins.len() as u32;
        let distance = if local >= turn { local - turn } else { local + heads - turn };
        let best = &mut self.vc_requests[wanted as usize];
        if best.distance == u32::MAX {
            self.requested.push(wanted);
        }
        if distance < best.distance {
            *best = VcRequest { distance, local };
        }
    }

    /// Each free output VC chooses a head, then each head one of the VCs that chose it. What is left are vc_requests without rivals.
    fn request_output_first(&mut self, view: &RouterSlices) {
        for output in 0..view.info.ports as u32 {
            let free = view.ports[output as usize].free;
            let mut chosen: Vec<(u32, u32)> = Vec::new();
            for vc in (0..view.vcs).filter(|vc| free >> vc & 1 != 0) {
                let wanted = view.local(output, vc);
                for route_class in (0..view.route_classes.len())
                    .filter(|&route_class| view.free(route_class, output) >> vc & 1 != 0)
                {
                    for local in view.heads(route_class, output) {
                        self.request_vc(view, wanted, local);
                    }
                }
                if self.requested.last() == Some(&wanted) {
                    self.requested.pop();
                    let VcRequest { local, .. } =
                        std::mem::replace(&mut self.vc_requests[wanted as usize], NO_VC_REQUEST);
                    match chosen.iter_mut().find(|(head, _)| *head == local) {
                        Some((_, vcs)) => *vcs |= 1 << vc,
                        None => chosen.push((local, 1 << vc)),
                    }
                }
            }
            for (local, vcs) in chosen {
                let vc = choose_free(&view.ins[local as usize], output, vcs);
                self.request_vc(view, view.local(output, vc), local);
            }
        }
    }
}

/// The VC that a head chooses among the free ones of its output port.
#[inline(always)]
fn choose_free(head: &InVc, output: u32, free: u32) -> u32 {
    // Without a branch, which no processor could foresee.
    pick(free, head.ptr_vc as u32 * (head.ptr_port as u32 == output) as u32)
}

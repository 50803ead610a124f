//! VC allocation on the R3 fast path: pool by pool, with masks.

use crate::arbiter::pick_of_many;
use crate::bitset::take_lowest;
use crate::router::Router;
use crate::router::vc::VcState;
use crate::router::worklists::Worklists;
use spikemesh_device::network::Config;

/// VC allocation of the routers of one word of the worklists. Grants are those of
/// [`Allocators::allocate_vcs`](super::Allocators::allocate_vcs), and take effect at once: their owners ask for the switch from the next
/// cycle on, because switch allocation of this cycle has been.
///
/// No VC is in two pools here, so pools are independent: each is matched and finished by itself, without tables of requests. New
/// requests for the switch are collected and written once per word.
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
        // Copied to registers and written back once: matching a pool can end its own bit and set no other in `ready`.
        let mut ready = worklists.ready.word(class_word);
        let mut pools = ready;
        while pools != 0 {
            let port = take_lowest(&mut pools) as usize;
            let router = &mut routers[word * 64 / P + port / P];
            let (is_ready, asks) =
                router.match_pool(route_class, port % P, class_word * 64 + port, worklists);
            ready &= !((!is_ready as u64) << port);
            // From ports of the router to ports of the word.
            asking |= (asks as u64) << (port / P * P);
        }
        worklists.ready.set_word(class_word, ready);
    }
    worklists.asking.set_word(word, worklists.asking.word(word) | asking);
}

impl<const P: usize, const N: usize> Router<P, N> {
    /// Grants free VCs of a pool to heads: input first, round robin, one iteration. Returns whether a head and a free VC are left, and the
    /// input ports that now ask for the switch.
    ///
    /// Nearly always there is one head, which takes what it chooses, or one free VC, which all heads choose; both need one arbiter.
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
            let vc = self.ins[local].choose_vc(output as u32, free) as usize;
            (0, self.grant_vc(local, output, vc))
        } else if free.is_power_of_two() {
            // All heads choose the same VC; its arbiter decides.
            let vc = free.trailing_zeros() as usize;
            let ptr = self.outs[(output * Self::VCS + vc) % N].ptr;
            let local = pick_of_many(heads, ptr as u32) as usize;
            (heads & !(1 << local), self.grant_vc(local, output, vc))
        } else {
            self.match_heads(output, heads, free)
        };
        worklists.waits[pool] = left;
        let is_ready = (left != 0) & (self.free(route_class, output, worklists) != 0);
        (is_ready, asks)
    }

    /// Several heads and several free VCs of one output port: each head chooses a VC, then each chosen VC a head. Returns the heads that got
    /// none, and the ports of the others that ask. Out of line, to keep the two frequent cases short.
    #[inline(never)]
    fn match_heads(&mut self, output: usize, heads: u64, free: u32) -> (u64, u32) {
        let mut chosen = [0u64; Config::MAX_VCS as usize];
        // Inputs choose. `chosen` are the heads by VC, `taken` the VCs that are wanted.
        let (mut taken, mut left) = (0u64, heads);
        while left != 0 {
            let local = take_lowest(&mut left);
            let wanted = self.ins[local as usize % N].choose_vc(output as u32, free);
            chosen[wanted as usize % chosen.len()] |= 1 << local;
            taken |= 1 << wanted;
        }
        // Outputs choose. A head whose VC took another one is left: there is one iteration.
        let (mut left, mut asks) = (heads, 0);
        while taken != 0 {
            let vc = take_lowest(&mut taken) as usize;
            let ptr = self.outs[(output * Self::VCS + vc) % N].ptr;
            let local = pick_of_many(chosen[vc % chosen.len()], ptr as u32) as usize;
            asks |= self.grant_vc(local, output, vc);
            left &= !(1 << local);
        }
        (left, asks)
    }

    /// A head becomes the owner of a VC. A grant is a completed match here, so both arbiters' pointers move past it, as BookSim2's
    /// round-robin arbiters do only when the other side has accepted. Returns the input port of the head, as a mask, if it asks for the switch.
    #[inline(always)]
    fn grant_vc(&mut self, local: usize, output: usize, number: usize) -> u32 {
        let out_vc = (output * Self::VCS + number) % N;
        let vc = &mut self.ins[local % N];
        vc.ptr_port = output as u8;
        vc.ptr_vc = number as u8 + 1;
        vc.state = VcState::Active;
        vc.out = out_vc as u16;
        let out = &mut self.outs[out_vc];
        out.ptr = local as u16 + 1;
        out.owner = local as u16;
        // Without a credit it owns the VC all the same, and asks when one arrives.
        let has_credit = out.credits > 0;
        self.ports[output % P].free &= !(1 << number);
        self.request_if(has_credit, local, output);
        (has_credit as u32) << Self::port(local)
    }
}

//! The switch: each input port sends at most one flit, each output port takes at most one.

use super::Allocators;
use crate::arbiter::pick;
use crate::bitset::take_lowest;
use crate::router::Router;

impl Allocators {
    /// Switch allocation of some routers, input first and with requests of one priority: appends the winners, ordered by router and
    /// output port.
    ///
    /// `asking` are the input ports with a request: bit 0 is port 0 of router `first`, which is the first of `routers`. Invariant: a set bit
    /// has a non-empty `outputs` mask, and each output in it a VC that asks. So both loops find what they look for without a test.
    ///
    /// The first loop lets each input pick an output, from `in_ptr` on, and collects the inputs that picked the same output in a mask. The
    /// second lets each picked output take one of them, from `out_ptr` on. A third arbiter, `vc_ptr`, settles which VC of the
    /// input sends. BookSim2 settles it before, when it adds requests (`_SWAllocAddReq`), with the same result, because it considers one
    /// request per input and output. `ROTATE`: pointers move past winners.
    #[inline(always)]
    pub(crate) fn allocate_switches<const ROTATE: bool, const P: usize, const N: usize>(
        &mut self,
        routers: &mut [Router<P, N>],
        first: usize,
        asking: u64,
    ) {
        // Inputs choose. Port numbers count over the routers of the word from here on; a mask of 64 bits holds all.
        let (mut inputs, mut outputs) = (asking, 0u64);
        while inputs != 0 {
            let input = take_lowest(&mut inputs) as usize;
            let router = &routers[first + input / P];
            let port = &router.ports[input % P];
            let output = pick(port.outputs, port.in_ptr as u32) as usize % P;
            let output = input / P * P + output;
            self.chosen[output % 64] |= 1 << (input % P);
            outputs |= 1 << output;
        }
        // Outputs choose. `take` leaves `chosen` empty for the next word.
        while outputs != 0 {
            let output = take_lowest(&mut outputs) as usize;
            let index = first + output / P;
            let chosen = std::mem::take(&mut self.chosen[output % 64]);
            let (router, output) = (&mut routers[index], output % P);
            let port = &mut router.ports[output];
            let input = pick(chosen, port.out_ptr as u32) as usize;
            // A match: the pointers of both sides move past each other.
            if ROTATE {
                port.out_ptr = input as u8 + 1;
            }
            // The VC of the input: of those that want this output.
            let vcs = router.asking(input, output);
            let port = &mut router.ports[input % P];
            let vc = if N > P { pick(vcs, port.vc_ptr as u32) } else { 0 };
            if ROTATE {
                port.in_ptr = output as u8 + 1;
                port.vc_ptr = vc as u8 + 1;
            }
            self.winners.push((index * N + input * Router::<P, N>::VCS) as u32 + vc);
        }
    }
}

//! The switch: each input port sends at most one flit, each output port takes at most one.

use super::Allocators;
use crate::arbiter::pick;
use crate::bitset::take_lowest;
use crate::router::Router;

impl Allocators {
    /// Finds the input VCs that win the switches of some routers, input first and with requests of one priority. `asking` are input ports
    /// with a request: bit 0 is port 0 of router `first`, which is the first of `routers`. Each input port chooses an output, then each
    /// output an input. `ROTATE` tells that arbiters' pointers move.
    #[inline(always)]
    pub(crate) fn allocate_switches<const ROTATE: bool, const P: usize, const N: usize>(
        &mut self,
        routers: &mut [Router<P, N>],
        first: usize,
        asking: u64,
    ) {
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
        while outputs != 0 {
            let output = take_lowest(&mut outputs) as usize;
            let index = first + output / P;
            let chosen = std::mem::take(&mut self.chosen[output % 64]);
            let (router, output) = (&mut routers[index], output % P);
            let port = &mut router.ports[output];
            let input = pick(chosen, port.out_ptr as u32) as usize;
            // The arbiters' pointers move past each other.
            if ROTATE {
                port.out_ptr = input as u8 + 1;
            }
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

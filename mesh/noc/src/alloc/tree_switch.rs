//! The switch of a network of trees, where a virtual channel may ask for several outputs.

use super::Allocators;
use crate::arbiter::pick;
use crate::bitset::take_lowest;
use crate::router::Router;
use crate::router::worklists::Worklists;
use spikemesh_device::network::Config;

/// A winner in a network of trees, the input VC and the output port of its branch, as one number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BranchWinner(pub u32);

impl BranchWinner {
    /// Bits of a channel: there are at most [`Config::MAX_CHANNELS`].
    const CHANNEL: u32 = Config::MAX_CHANNELS.trailing_zeros();

    fn new(channel: u32, output: u32) -> BranchWinner {
        BranchWinner(channel | output << Self::CHANNEL)
    }

    /// The channel of the input VC.
    pub fn channel(self) -> u32 {
        self.0 & ((1 << Self::CHANNEL) - 1)
    }

    /// The output port.
    pub fn output(self) -> usize {
        (self.0 >> Self::CHANNEL) as usize
    }
}

impl Allocators {
    /// Switch allocation of one router: as [`Allocators::allocate_switches`], and a winner says which branch it is. An input port sends one flit to
    /// one output, so of the branches that wait there one wins at most.
    pub(super) fn allocate_tree_switch<const P: usize, const N: usize>(
        &mut self,
        router: &mut Router<P, N>,
        worklists: &Worklists,
    ) {
        let index = router.info.index;
        let (mut inputs, mut outputs) = (u64::from(worklists.asking.field::<P>(index as usize)), 0u64);
        while inputs != 0 {
            let input = take_lowest(&mut inputs);
            let port = &router.ports[input as usize];
            let output = pick(port.outputs, port.in_ptr.into());
            self.chosen[output as usize] |= 1 << input;
            outputs |= 1 << output;
        }
        while outputs != 0 {
            let output = take_lowest(&mut outputs) as usize;
            let chosen = std::mem::take(&mut self.chosen[output]);
            let input = pick(chosen, router.ports[output].out_ptr.into()) as usize;
            let vcs = router.asking(input, output);
            let vc = if N > P { pick(vcs, router.ports[input].vc_ptr.into()) } else { 0 };
            if self.rotate {
                router.ports[output].out_ptr = input as u8 + 1;
                let port = &mut router.ports[input];
                port.in_ptr = output as u8 + 1;
                port.vc_ptr = vc as u8 + 1;
            }
            let local = input * Router::<P, N>::VCS + vc as usize;
            self.winners.push(BranchWinner::new(index * N as u32 + local as u32, output as u32).0);
        }
    }
}

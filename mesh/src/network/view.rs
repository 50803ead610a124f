//! One router's part of the tables, for the allocators.

use super::bits::take_lowest;
use super::lane::Lane;
use super::router::{Fabric, InVc, NO_VC, OutVc, Port, Router};

/// One router's part of the tables. A *local* index of a VC is `port << vc_shift | vc`.
pub(super) struct View<'a> {
    pub state: &'a mut Router,
    pub ports: &'a mut [Port],
    pub ins: &'a mut [InVc],
    pub outs: &'a mut [OutVc],
    /// Heads that wait in each pool, `pool_words` words each.
    pub waits: &'a mut [u64],
    pub lanes: &'a [Lane],
    pub lanes_overlap: bool,
    pub pool_words: u32,
    pub vc_shift: u32,
    pub vcs: u32,
    /// The first VC in the tables over all routers.
    pub first_channel: u32,
}

impl Fabric {
    /// One router's part of the tables.
    #[inline(always)]
    pub fn view(&mut self, router: u32) -> View<'_> {
        let state = &mut self.routers[router as usize];
        let (first_port, ports) = (state.first_port as usize, state.ports as usize);
        let first_channel = first_port << self.vc_shift;
        let channels = ports << self.vc_shift;
        let pools = ports * self.lanes.len() * self.pool_words as usize;
        let first_pool = state.first_pool as usize * self.pool_words as usize;
        View {
            state,
            ports: &mut self.ports[first_port..first_port + ports],
            ins: &mut self.in_vcs[first_channel..first_channel + channels],
            outs: &mut self.out_vcs[first_channel..first_channel + channels],
            waits: &mut self.waits[first_pool..first_pool + pools],
            lanes: &self.lanes,
            lanes_overlap: self.lanes_overlap,
            pool_words: self.pool_words,
            vc_shift: self.vc_shift,
            vcs: self.vcs,
            first_channel: first_channel as u32,
        }
    }
}

impl View<'_> {
    /// The VCs that a pool of an output port may use.
    #[inline(always)]
    pub fn pool_vcs(&self, lane: u32, output: u32) -> u32 {
        self.lanes[lane as usize].vcs(self.state.locals >> output & 1 != 0)
    }

    #[inline(always)]
    pub fn local(&self, port: u32, vc: u32) -> u32 {
        port << self.vc_shift | vc
    }

    /// Port and VC number.
    #[inline(always)]
    pub fn split(&self, local: u32) -> (u32, u32) {
        (local >> self.vc_shift, local & ((1 << self.vc_shift) - 1))
    }

    /// The input VCs that wait in a pool.
    pub fn heads(&self, pool: u32) -> impl Iterator<Item = u32> {
        let first = (pool * self.pool_words) as usize;
        (0..).zip(&self.waits[first..first + self.pool_words as usize]).flat_map(|(word, &heads)| {
            let mut left: u64 = heads;
            std::iter::from_fn(move || (left != 0).then(|| (word << 6) + take_lowest(&mut left)))
        })
    }

    /// Takes a head that was granted a VC out of its pool.
    #[inline]
    pub fn stop_waiting(&mut self, pool: u32, local: u32) {
        let first = (pool * self.pool_words) as usize;
        let words = &mut self.waits[first..first + self.pool_words as usize];
        words[(local >> 6) as usize] &= !(1 << (local & 63));
        if words.iter().all(|&word| word == 0) {
            self.state.waiting &= !(1 << pool);
        }
    }

    /// Those VCs of an input port whose packets leave by an output port.
    #[inline]
    pub fn vcs_towards(&self, input: u32, vcs: u32, output: u32) -> u32 {
        let mut left = vcs as u64;
        let mut towards = 0;
        while left != 0 {
            let vc = take_lowest(&mut left);
            let leaves_by = self.ins[self.local(input, vc) as usize].out_port;
            towards |= ((leaves_by as u32 == output) as u32) << vc;
        }
        towards
    }

    /// The packet of an input port does not hold the switch any longer.
    pub fn let_go(&mut self, input: u32) {
        let holder = std::mem::replace(&mut self.ports[input as usize].holder, NO_VC);
        let out = self.ins[self.local(input, holder as u32) as usize].out - self.first_channel;
        self.ports[(out >> self.vc_shift) as usize].is_held = false;
        self.state.holding &= !(1 << input);
    }
}

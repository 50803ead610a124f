//! One router as slices, whatever its size: what the general allocators read.
//!
//! The allocators of the R3 fast path are compiled for each size of routers. The general ones are compiled once, for slices without sizes,
//! because they are large and their speed matters less.

use crate::bitset::{BitSet, take_lowest};
use crate::router::vc::{InVc, OutVc};
use crate::router::worklists::Worklists;
use crate::router::{Port, Router, RouterInfo};
use spikemesh_device::network::RouteClass;

/// One router, read only. VCs are `port << vc_shift | vc`.
pub(crate) struct RouterSlices<'a> {
    pub info: &'a RouterInfo,
    pub ports: &'a [Port],
    pub ins: &'a [InVc],
    pub outs: &'a [OutVc],
    /// By input port, then output port, of all ports that there is room for.
    requests: &'a [u32],
    /// Heads that wait in each pool, `pool_words` words each.
    waits: &'a [u64],
    ready: &'a BitSet,
    pub route_classes: &'a [RouteClass],
    /// The first pool of the router, and how many further it is to that of the next route class.
    first_pool: usize,
    class_pools: usize,
    pool_words: usize,
    pub vc_shift: u32,
    pub vcs: u32,
    /// Input ports that ask for the switch, and those that hold it.
    pub asking: u32,
    pub holding: u32,
}

impl<const P: usize, const N: usize> Router<P, N> {
    /// The router as slices.
    pub fn slices<'a>(&'a self, worklists: &'a Worklists) -> RouterSlices<'a> {
        let index = self.info.index;
        let first_pool = worklists.pool::<P>(0, index, 0);
        RouterSlices {
            first_pool,
            class_pools: worklists.pool::<P>(1, index, 0) - first_pool,
            pool_words: N.div_ceil(64),
            info: &self.info,
            ports: &self.ports,
            ins: &self.ins,
            outs: &self.outs,
            requests: self.requests.as_flattened(),
            waits: &worklists.waits,
            ready: &worklists.ready,
            route_classes: &worklists.route_classes,
            vc_shift: worklists.vc_shift,
            vcs: worklists.vcs,
            asking: worklists.asking.field::<P>(index as usize),
            holding: worklists.holding.field::<P>(index as usize),
        }
    }
}

impl RouterSlices<'_> {
    /// The route classes and output ports of pools that are ready.
    pub fn ready_pools(&self) -> impl Iterator<Item = (usize, u32)> + use<> {
        let mut pools = Vec::new();
        for route_class in 0..self.route_classes.len() {
            let first = self.first_pool + route_class * self.class_pools;
            let is_ready = |&output: &u32| self.ready.contains(first + output as usize);
            pools.extend((0..self.info.ports as u32).filter(is_ready).map(|output| (route_class, output)));
        }
        pools.into_iter()
    }

    /// The free VCs of a pool.
    #[inline(always)]
    pub fn free(&self, route_class: usize, output: u32) -> u32 {
        self.ports[output as usize].free
            & self.route_classes[route_class].vcs(self.info.is_local(output as usize))
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

    /// The VCs of an input port that ask for an output port.
    pub fn requests(&self, input: u32, output: u32) -> u32 {
        match self.vc_shift {
            0 => self.ports[input as usize].outputs >> output & 1,
            _ => self.requests[input as usize * self.ports.len() + output as usize],
        }
    }

    fn words(&self, route_class: usize, output: u32) -> std::ops::Range<usize> {
        let pool = self.first_pool + route_class * self.class_pools + output as usize;
        pool * self.pool_words..(pool + 1) * self.pool_words
    }

    /// The input VCs that wait in a pool.
    pub fn heads(&self, route_class: usize, output: u32) -> impl Iterator<Item = u32> {
        (0..).zip(&self.waits[self.words(route_class, output)]).flat_map(|(word, &heads)| {
            let mut left: u64 = heads;
            std::iter::from_fn(move || (left != 0).then(|| (word << 6) + take_lowest(&mut left)))
        })
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
}

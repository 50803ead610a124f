//! Virtual channels: each waiting head gets at most one, each channel at most one head.

use super::super::arbiter::{after, pick};
use super::super::bits::take_lowest;
use super::super::config::{Allocator, Config};
use super::super::router::{Fabric, Router, State};
use super::super::view::View;
use super::{Allocators, VcGrant};

/// A head that has chosen an output VC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    /// Distance from the output arbiter's pointer; the smallest wins.
    distance: u32,
    /// Input VC within the router.
    local: u32,
    pool: u32,
}

pub(super) const NO_OFFER: Offer = Offer { distance: u32::MAX, local: 0, pool: 0 };

impl Allocators {
    /// As [`Allocators::choose_vcs`] with input first, for routers whose input VCs fit a word and lanes that share no VC; hands over to it
    /// otherwise. Each pool is then a matter of its own.
    #[inline(always)]
    pub(super) fn choose_few_vcs(&mut self, fabric: &mut Fabric, router: u32) -> bool {
        if fabric.pool_words != 1 || fabric.lanes_overlap {
            return self.choose_vcs::<true>(fabric, router);
        }
        let Router { waiting, free_pools, first_port, first_pool, ports, locals, .. } =
            fabric.routers[router as usize];
        let ports = ports as u32;
        let (mut granted, mut pools) = (false, waiting & free_pools);
        while pools != 0 {
            let pool = take_lowest(&mut pools);
            let (mut output, mut lane) = (pool, 0);
            while output >= ports {
                output -= ports;
                lane += 1;
            }
            let all = fabric.lanes[lane].vcs(locals >> output & 1 != 0);
            let global = first_port + output;
            let free = fabric.ports[global as usize].free & all;
            if free == 0 {
                continue;
            }
            granted = true;
            let heads = fabric.waits[(first_pool + pool) as usize];
            let left = if heads.is_power_of_two() {
                let local = heads.trailing_zeros();
                let vc = &fabric.in_vcs[((first_port << fabric.vc_shift) + local) as usize];
                // Without a branch, which no processor could foresee.
                let turn = vc.turn_vc as u32 * (vc.turn_port as u32 == output) as u32;
                self.give(fabric, router, global, local, pick(free, turn));
                0
            } else if free.is_power_of_two() {
                // All choose the same.
                let vc = free.trailing_zeros();
                let turn = fabric.out_vcs[(global << fabric.vc_shift | vc) as usize].turn as u32;
                let local = pick_of_many(heads, turn);
                self.give(fabric, router, global, local, vc);
                heads & !(1 << local)
            } else {
                self.match_heads(fabric, router, global, heads, free)
            };
            fabric.waits[(first_pool + pool) as usize] = left;
            if left == 0 {
                fabric.routers[router as usize].waiting &= !(1 << pool);
            }
        }
        granted
    }

    /// Several heads and several free VCs of one output port. Returns the heads that got none.
    #[inline(never)]
    fn match_heads(&mut self, fabric: &mut Fabric, router: u32, global: u32, heads: u64, free: u32) -> u64 {
        let first_port = fabric.routers[router as usize].first_port;
        let mut chosen = [0u64; Config::MAX_VCS as usize];
        let (mut taken, mut left) = (0u64, heads);
        while left != 0 {
            let local = take_lowest(&mut left);
            let vc = &fabric.in_vcs[((first_port << fabric.vc_shift) + local) as usize];
            let turn = vc.turn_vc as u32 * (vc.turn_port as u32 == global - first_port) as u32;
            let wanted = pick(free, turn);
            chosen[wanted as usize] |= 1 << local;
            taken |= 1 << wanted;
        }
        let mut left = heads;
        while taken != 0 {
            let vc = take_lowest(&mut taken);
            let turn = fabric.out_vcs[(global << fabric.vc_shift | vc) as usize].turn as u32;
            let local = pick_of_many(chosen[vc as usize], turn);
            self.give(fabric, router, global, local, vc);
            left &= !(1 << local);
        }
        left
    }

    /// The head of a local input VC owns a VC of an output port from the next cycle on; both arbiters' pointers move past the winner.
    #[inline(always)]
    fn give(&self, fabric: &mut Fabric, router: u32, global: u32, local: u32, number: u32) {
        let shift = fabric.vc_shift;
        let state = &mut fabric.routers[router as usize];
        let (first_port, ports) = (state.first_port, state.ports as u32);
        let output = global - first_port;
        let in_vc = (first_port << shift) + local;
        let out_vc = global << shift | number;
        let vc = &mut fabric.in_vcs[in_vc as usize];
        let out = &mut fabric.out_vcs[out_vc as usize];
        if self.rotate {
            let next = after(number, fabric.vcs);
            vc.turn_port = if next == 0 { after(output, ports) } else { output } as u8;
            vc.turn_vc = next as u8;
            out.turn = after(local, ports << shift) as u16;
        }
        vc.state = State::Active;
        vc.out = out_vc;
        out.owner = in_vc;
        // Without branches, which no processor could foresee.
        let has_credit = out.credits > 0;
        let free = &mut fabric.ports[global as usize].free;
        *free &= !(1 << number);
        state.free_pools &= !((state.lanes * (*free == 0) as u64) << output);
        state.asking |= (has_credit as u32) << vc.port;
        fabric.ports[(in_vc >> shift) as usize].asking |= (has_credit as u32) << vc.number;
        fabric.asking.set_if(router as usize, has_credit);
    }

    /// Finds the heads of a router that win a VC. With `AT_ONCE` they own it from the next cycle on; otherwise they are noted. Returns
    /// whether there were any.
    #[inline(never)]
    pub(super) fn choose_vcs<const AT_ONCE: bool>(&mut self, fabric: &mut Fabric, router: u32) -> bool {
        let granted = self.choose_all_vcs::<AT_ONCE>(&mut fabric.view(router));
        if fabric.routers[router as usize].asking != 0 {
            fabric.asking.set(router as usize);
        }
        granted
    }

    fn choose_all_vcs<const AT_ONCE: bool>(&mut self, view: &mut View) -> bool {
        if self.vc_order == Allocator::SeparableOutputFirst {
            self.offer_vcs(view);
            return self.grant_offers::<AT_ONCE>(view);
        }
        let ports = view.state.ports as u32;
        let simple = view.pool_words == 1 && !view.lanes_overlap;
        let mut granted = false;
        let mut pools = view.state.waiting;
        while pools != 0 {
            let pool = take_lowest(&mut pools);
            let (output, lane) = (pool % ports, pool / ports);
            let free = view.ports[output as usize].free & view.pool_vcs(lane, output);
            if free == 0 {
                continue;
            }
            let heads = view.waits[(pool * view.pool_words) as usize];
            if simple && heads.is_power_of_two() {
                // One head and nobody else who could want the same VC.
                let local = heads.trailing_zeros();
                let vc = choose_free(view, local, output, free);
                view.stop_waiting(pool, local);
                self.grant_vc::<AT_ONCE>(view, local, output, vc);
                granted = true;
                continue;
            }
            self.offer_heads(view, pool, output, free);
        }
        self.grant_offers::<AT_ONCE>(view) || granted
    }

    /// Each head of a pool chooses a VC.
    #[inline]
    fn offer_heads(&mut self, view: &View, pool: u32, output: u32, free: u32) {
        for local in view.heads(pool) {
            let vc = choose_free(view, local, output, free);
            self.offer(view, view.local(output, vc), local, pool);
        }
    }

    /// The best offers win.
    fn grant_offers<const AT_ONCE: bool>(&mut self, view: &mut View) -> bool {
        let any = !self.offered.is_empty();
        while let Some(wanted) = self.offered.pop() {
            let Offer { local, pool, .. } = std::mem::replace(&mut self.offers[wanted as usize], NO_OFFER);
            view.stop_waiting(pool, local);
            let (output, vc) = view.split(wanted);
            self.grant_vc::<AT_ONCE>(view, local, output, vc);
        }
        any
    }

    /// Notes that a head wants an output VC, unless a head with precedence wants it too.
    #[inline]
    fn offer(&mut self, view: &View, wanted: u32, local: u32, pool: u32) {
        let turn = view.outs[wanted as usize].turn as u32;
        let heads = view.ins.len() as u32;
        let distance = if local >= turn { local - turn } else { local + heads - turn };
        let best = &mut self.offers[wanted as usize];
        if best.distance == u32::MAX {
            self.offered.push(wanted);
        }
        if distance < best.distance {
            *best = Offer { distance, local, pool };
        }
    }

    /// Each free output VC chooses a head, then each head one of the VCs that chose it. What is left are offers without rivals.
    fn offer_vcs(&mut self, view: &View) {
        let ports = view.state.ports as u32;
        for output in 0..ports {
            let free = view.ports[output as usize].free;
            let mut chosen: Vec<(u32, u32, u32)> = Vec::new();
            for vc in (0..view.vcs).filter(|vc| free >> vc & 1 != 0) {
                let wanted = view.local(output, vc);
                for lane in 0..view.lanes.len() as u32 {
                    let pool = lane * ports + output;
                    if view.state.waiting >> pool & 1 == 0 || view.pool_vcs(lane, output) >> vc & 1 == 0 {
                        continue;
                    }
                    for local in view.heads(pool) {
                        self.offer(view, wanted, local, pool);
                    }
                }
                if self.offered.last() == Some(&wanted) {
                    self.offered.pop();
                    let Offer { local, pool, .. } =
                        std::mem::replace(&mut self.offers[wanted as usize], NO_OFFER);
                    match chosen.iter_mut().find(|(head, ..)| *head == local) {
                        Some((_, _, vcs)) => *vcs |= 1 << vc,
                        None => chosen.push((local, pool, 1 << vc)),
                    }
                }
            }
            for (local, pool, vcs) in chosen {
                let vc = choose_free(view, local, output, vcs);
                self.offer(view, view.local(output, vc), local, pool);
            }
        }
    }

    /// A head has won: both arbiters' pointers move past the winner.
    fn grant_vc<const AT_ONCE: bool>(&mut self, view: &mut View, local: u32, output: u32, number: u32) {
        let wanted = view.local(output, number);
        let (in_vc, out_vc) = (view.first_channel + local, view.first_channel + wanted);
        let heads = view.ins.len() as u32;
        let vc = &mut view.ins[local as usize];
        let out = &mut view.outs[wanted as usize];
        if self.rotate {
            let next = after(number, view.vcs);
            let ports = view.state.ports as u32;
            vc.turn_port = if next == 0 { after(output, ports) } else { output } as u8;
            vc.turn_vc = next as u8;
            out.turn = after(local, heads) as u16;
        }
        if AT_ONCE {
            vc.state = State::Active;
            vc.out = out_vc;
            out.owner = in_vc;
            let has_credit = out.credits > 0;
            view.ports[output as usize].free &= !(1 << number);
            if has_credit {
                let (input, number) = view.split(local);
                view.ports[input as usize].asking |= 1 << number;
                view.state.asking |= 1 << input;
            }
        } else {
            vc.state = State::VcGranted;
            self.vc_winners.push(VcGrant { in_vc, out_vc });
        }
    }
}

/// The first of many at or after a pointer, wrapping around; the pointer may be beyond the word.
#[inline(always)]
fn pick_of_many(mask: u64, from: u32) -> u32 {
    let at_or_after = mask & u64::MAX.checked_shl(from).unwrap_or(0);
    (if at_or_after != 0 { at_or_after } else { mask }).trailing_zeros()
}

/// The VC that a head chooses among the free ones of its output port.
#[inline(always)]
fn choose_free(view: &View, local: u32, output: u32, free: u32) -> u32 {
    let head = &view.ins[local as usize];
    let turn = if head.turn_port as u32 == output { head.turn_vc as u32 } else { 0 };
    pick(free, turn)
}

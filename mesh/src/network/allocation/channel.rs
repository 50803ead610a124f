//! Virtual channels: each waiting head gets at most one, each channel at most one head.

use super::super::arbiter::{after, pick};
use super::super::bits::take_lowest;
use super::super::config::Allocator;
use super::super::router::{Fabric, Router, State};
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
    /// Finds the heads of a router that win a VC. With `AT_ONCE` they own it from the next cycle on; otherwise they are noted. Returns
    /// whether there were any.
    #[inline]
    pub(super) fn choose_vcs<const AT_ONCE: bool>(
        &mut self,
        router: u32,
        waiting: u64,
        fabric: &mut Fabric,
    ) -> bool {
        if self.vc_order == Allocator::SeparableOutputFirst {
            self.offer_vcs(router, fabric);
            return self.grant_offers::<AT_ONCE>(router, fabric);
        }
        let state = &fabric.routers[router as usize];
        let (first_port, first_pool, ports) = (state.first_port, state.first_pool, state.ports as u32);
        let locals = state.locals;
        let first_channel = first_port << fabric.vc_shift;
        let simple = fabric.pool_words == 1 && !fabric.lanes_overlap;
        let mut granted = false;
        let mut pools = waiting;
        while pools != 0 {
            let pool = take_lowest(&mut pools);
            let (mut output, mut lane) = (pool, 0);
            while output >= ports {
                output -= ports;
                lane += 1;
            }
            let lane = &fabric.lanes[lane];
            let all = if locals >> output & 1 != 0 { lane.eject } else { lane.transit };
            let free = fabric.ports[(first_port + output) as usize].free & all;
            if free == 0 {
                continue;
            }
            let first_word = ((first_pool + pool) * fabric.pool_words) as usize;
            if simple {
                let heads = fabric.waits[first_word];
                if heads.is_power_of_two() {
                    // One head and nobody else who could want the same VC.
                    let local = heads.trailing_zeros();
                    let wanted = choose_free(fabric, first_channel + local, output, free);
                    fabric.waits[first_word] = 0;
                    fabric.routers[router as usize].waiting &= !(1 << pool);
                    self.grant_vc::<AT_ONCE>(fabric, first_channel, ports, local, wanted);
                    granted = true;
                    continue;
                }
            }
            for word in 0..fabric.pool_words {
                let mut heads = fabric.waits[first_word + word as usize];
                while heads != 0 {
                    let local = (word << 6) + take_lowest(&mut heads);
                    let wanted = choose_free(fabric, first_channel + local, output, free);
                    self.offer(fabric, first_channel, ports, wanted, local, pool);
                }
            }
        }
        self.grant_offers::<AT_ONCE>(router, fabric) || granted
    }

    /// The best offers win.
    #[inline]
    fn grant_offers<const AT_ONCE: bool>(&mut self, router: u32, fabric: &mut Fabric) -> bool {
        if self.offered.is_empty() {
            return false;
        }
        let Router { first_port, ports, .. } = fabric.routers[router as usize];
        while let Some(wanted) = self.offered.pop() {
            let Offer { local, pool, .. } = std::mem::replace(&mut self.offers[wanted as usize], NO_OFFER);
            fabric.stop_waiting(router, pool, local);
            self.grant_vc::<AT_ONCE>(fabric, first_port << fabric.vc_shift, ports as u32, local, wanted);
        }
        true
    }

    /// Notes that a head wants an output VC, unless a head with precedence wants it too.
    #[inline]
    fn offer(&mut self, fabric: &Fabric, first_channel: u32, ports: u32, wanted: u32, local: u32, pool: u32) {
        let turn = fabric.out_vcs[(first_channel + wanted) as usize].turn as u32;
        let distance = if local >= turn { local - turn } else { local + (ports << fabric.vc_shift) - turn };
        let best = &mut self.offers[wanted as usize];
        if best.distance == u32::MAX {
            self.offered.push(wanted);
        }
        if distance < best.distance {
            *best = Offer { distance, local, pool };
        }
    }

    /// Each free output VC chooses a head, then each head one of the VCs that chose it. What is left are offers without rivals.
    fn offer_vcs(&mut self, router: u32, fabric: &Fabric) {
        let state = &fabric.routers[router as usize];
        let (first_port, ports) = (state.first_port, state.ports as u32);
        let first_channel = first_port << fabric.vc_shift;
        for output in 0..ports {
            let free = fabric.ports[(first_port + output) as usize].free;
            let pools = || (0..fabric.lanes.len() as u32).map(|lane| (lane, lane * ports + output));
            let mut chosen: Vec<(u32, u32, u32)> = Vec::new();
            for vc in (0..fabric.vcs).filter(|vc| free >> vc & 1 != 0) {
                let wanted = output << fabric.vc_shift | vc;
                for (lane, pool) in pools() {
                    if state.waiting >> pool & 1 == 0 || fabric.pool_vcs(state, lane, output) >> vc & 1 == 0 {
                        continue;
                    }
                    for local in fabric.heads(state, pool) {
                        self.offer(fabric, first_channel, ports, wanted, local, pool);
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
                let wanted = choose_free(fabric, first_channel + local, output, vcs);
                self.offer(fabric, first_channel, ports, wanted, local, pool);
            }
        }
    }

    /// A head has won: both arbiters' pointers move past the winner.
    #[inline]
    fn grant_vc<const AT_ONCE: bool>(
        &mut self,
        fabric: &mut Fabric,
        first_channel: u32,
        ports: u32,
        local: u32,
        wanted: u32,
    ) {
        let (in_vc, out_vc) = (first_channel + local, first_channel + wanted);
        if self.rotate {
            let (output, number) = fabric.split(wanted);
            let next = after(number, fabric.vcs);
            let vc = &mut fabric.in_vcs[in_vc as usize];
            vc.turn_port = if next == 0 { after(output, ports) } else { output } as u8;
            vc.turn_vc = next as u8;
            fabric.out_vcs[out_vc as usize].turn = after(local, ports << fabric.vc_shift) as u16;
        }
        if AT_ONCE {
            fabric.own_at_once(in_vc, out_vc);
        } else {
            fabric.in_vcs[in_vc as usize].state = State::VcGranted;
            self.vc_winners.push(VcGrant { in_vc, out_vc });
        }
    }
}

/// The output VC that a head chooses among the free ones of its output port, as `port << vc_shift | vc`.
#[inline]
fn choose_free(fabric: &Fabric, in_vc: u32, output: u32, free: u32) -> u32 {
    let head = &fabric.in_vcs[in_vc as usize];
    let turn = if head.turn_port as u32 == output { head.turn_vc as u32 } else { 0 };
    output << fabric.vc_shift | pick(free, turn)
}

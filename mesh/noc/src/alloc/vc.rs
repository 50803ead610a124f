//! VC allocation in general: each waiting head gets at most one output VC, each VC at most one head.

use super::Allocators;
use super::request::{NO_VC_REQUEST, VcGrant, VcRequest};
use crate::router::Router;
use crate::router::slices::RouterSlices;
use crate::router::vc::VcState;
use crate::router::worklists::Worklists;
use spikemesh_device::network::Allocator;

impl<const P: usize, const N: usize> Router<P, N> {
    /// A head has won a VC, which is in the allocator's pipeline until [`Router::take_vc`]. Its pool must not offer the head again, so it leaves
    /// now; the VC cannot be granted twice, because an allocator of several cycles is closed until its grants are taken.
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
            self.outs[out].ptr = local as u16 + 1;
        }
        self.leave_vc_alloc(local, worklists);
    }
}

impl Allocators {
    /// VC allocation of one router, for every configuration: fills `vc_winners`.
    ///
    /// Separable, one iteration, as BookSim2's `separable_input_first` and `separable_output_first`. A head asks for every free VC of its
    /// pools' ports, with credit or without; each side picks one. Requests are visited pool by pool, and only the best of each output VC
    /// is kept, so the arbiter's choice is a minimum of distances and needs no sorting.
    pub(crate) fn allocate_vcs(&mut self, slices: &RouterSlices) {
        self.vc_winners.clear();
        match self.vc_order {
            Allocator::SeparableInputFirst => {
                // Each head asks for the one VC that it chooses; rivals meet in `request_vc`.
                for (route_class, output) in slices.ready_pools() {
                    let free = slices.free(route_class, output);
                    for local in slices.heads(route_class, output) {
                        let vc = slices.ins[local as usize].choose_vc(output, free);
                        self.request_vc(slices, slices.local(output, vc), local);
                    }
                }
            }
            Allocator::SeparableOutputFirst => self.request_output_first(slices),
        }
        // The best requests win.
        while let Some(out) = self.requested.pop() {
            let VcRequest { local, .. } =
                std::mem::replace(&mut self.vc_requests[out as usize], NO_VC_REQUEST);
            self.vc_winners.push(VcGrant { local, out });
        }
    }

    /// A head asks for an output VC. Round robin: the request whose head is the shortest distance behind the pointer stays.
    #[inline]
    fn request_vc(&mut self, slices: &RouterSlices, wanted: u32, local: u32) {
        let ptr = slices.outs[wanted as usize].ptr as u32;
        let heads = slices.ins.len() as u32;
        let distance = if local >= ptr { local - ptr } else { local + heads - ptr };
        let best = &mut self.vc_requests[wanted as usize];
        if best.distance == u32::MAX {
            self.requested.push(wanted);
        }
        if distance < best.distance {
            *best = VcRequest { distance, local };
        }
    }

    /// Output first: each free output VC chooses a head, then each head one of the VCs that chose it. The requests that remain have no
    /// rivals.
    fn request_output_first(&mut self, slices: &RouterSlices) {
        for output in 0..slices.info.ports as u32 {
            let free = slices.ports[output as usize].free;
            let mut chosen: Vec<(u32, u32)> = Vec::new();
            for vc in (0..slices.vcs).filter(|vc| free >> vc & 1 != 0) {
                let wanted = slices.local(output, vc);
                for route_class in (0..slices.route_classes.len())
                    .filter(|&route_class| slices.free(route_class, output) >> vc & 1 != 0)
                {
                    for local in slices.heads(route_class, output) {
                        self.request_vc(slices, wanted, local);
                    }
                }
                // The VC has chosen: its best request is taken out again, and goes to the head's choices.
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
                let vc = slices.ins[local as usize].choose_vc(output, vcs);
                self.request_vc(slices, slices.local(output, vc), local);
            }
        }
    }
}

//! Who waits for whom: the edges of the graph in which a deadlock is a cycle.

use crate::network::Network;
use crate::packet::NO_PACKET;
use crate::router::Router;
use crate::router::array::RouterArray;
use crate::router::sized::on_routers;
use crate::router::vc::{InVc, NOBODY, VcState};
use crate::state::State;
use spikemesh_device::network::{NodeId, TerminalId};

/// What a packet waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// A virtual channel of an output port. All that it may use are held by these packets.
    Vc {
        /// The output port.
        port: u8,
        /// Tags of the packets that hold its virtual channels, by channel.
        holders: Vec<u32>,
    },
    /// A free place in the buffer behind an output VC that it holds.
    Credit {
        /// The output port.
        port: u8,
        /// The output VC.
        vc: u8,
        /// Tag of the packet at the front of that buffer, unless it is empty or a terminal's.
        holder: Option<u32>,
    },
    /// Nothing but its turn in an allocator, or the end of a stage: it will move.
    Grant {
        /// The output port.
        port: u8,
    },
    /// Flits of its own that have not arrived yet.
    Flits,
    /// A place in the first router's buffers, at its source.
    Injection {
        /// The terminal.
        terminal: TerminalId,
        /// Tags of the packets at the front of the buffers that it may use, by channel; empty buffers have none.
        holders: Vec<u32>,
    },
}

/// A packet that is not moving at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The packet.
    pub tag: u32,
    /// The node whose router, or whose terminal, it is in.
    pub node: NodeId,
    /// The input port that it is at, or for [`WaitsFor::Injection`] will be at.
    pub port: u8,
    /// The virtual channel there; `None` if it has none yet.
    pub vc: Option<u8>,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

impl Network {
    /// Every packet at the front of a buffer or of a source's queue and what it waits for, by node, port and VC;
    /// sources come last. Packets that move freely are among them; when no flit has moved for long, what is
    /// listed are the reasons.
    pub fn waiting(&self) -> Vec<Waiting> {
        on_routers!(&self.routers, array => self.state.waiting(array))
    }
}

impl State {
    fn waiting<const P: usize, const N: usize>(&self, array: &RouterArray<P, N>) -> Vec<Waiting> {
        let mut waiting = Vec::new();
        for router in &array.routers {
            for (local, vc) in router.ins.iter().enumerate() {
                let mut add = |waits_for| {
                    waiting.push(Waiting {
                        tag: self.packets.get(vc.packet).tag,
                        node: NodeId(router.info.index),
                        port: Router::<P, N>::port(local) as u8,
                        vc: Some(Router::<P, N>::number(local) as u8),
                        waits_for,
                    });
                };
                if array.worklists.trees.are_on && vc.state == VcState::Active {
                    self.branches_wait_for(array, router, local, add);
                } else if let Some(waits_for) = self.waits_for(array, router, vc) {
                    add(waits_for);
                }
            }
        }
        self.add_waiting_sources(array, &mut waiting);
        waiting
    }

    fn waits_for<const P: usize, const N: usize>(
        &self,
        array: &RouterArray<P, N>,
        router: &Router<P, N>,
        vc: &InVc,
    ) -> Option<WaitsFor> {
        let (worklists, port) = (&array.worklists, vc.out_port);
        let all = worklists.route_classes[vc.route_class as usize].vcs(router.info.is_local(port as usize));
        Some(match vc.state {
            VcState::Idle => return None,
            VcState::Active if vc.len == 0 => WaitsFor::Flits,
            VcState::Active if router.outs[vc.out as usize].credits == 0 => {
                self.waits_for_credit(array, router, vc.out.into())
            }
            VcState::VcAlloc if router.ports[port as usize].free & all == 0 => {
                WaitsFor::Vc { port, holders: self.holders(array, router, port.into(), all) }
            }
            _ => WaitsFor::Grant { port },
        })
    }

    /// What each branch of a packet waits for that has not taken the tail.
    fn branches_wait_for<const P: usize, const N: usize>(
        &self,
        array: &RouterArray<P, N>,
        router: &Router<P, N>,
        local: usize,
        mut add: impl FnMut(WaitsFor),
    ) {
        let worklists = &array.worklists;
        let branches = &worklists.trees.branches[router.channel(local)];
        for branch in branches.all.iter().filter(|branch| !branch.is_done) {
            let (port, output) = (branch.port, usize::from(branch.port));
            let route_class = router.class_of_branch(local, output, worklists);
            let all = worklists.route_classes[route_class].vcs(router.info.is_local(output));
            add(if branch.out == NOBODY {
                match router.ports[output].free & all {
                    0 => WaitsFor::Vc { port, holders: self.holders(array, router, output, all) },
                    _ => WaitsFor::Grant { port },
                }
            } else if !branches.has_flit(branch, router.ins[local].len) {
                WaitsFor::Flits
            } else if router.outs[usize::from(branch.out)].credits == 0 {
                self.waits_for_credit(array, router, branch.out.into())
            } else {
                WaitsFor::Grant { port }
            });
        }
    }

    /// Waiting for a place behind an output VC.
    fn waits_for_credit<const P: usize, const N: usize>(
        &self,
        array: &RouterArray<P, N>,
        router: &Router<P, N>,
        out: usize,
    ) -> WaitsFor {
        let next = router.outs[out].downstream;
        let holder = if next.is_terminal() { None } else { self.front_tag(array, next.channel()) };
        let (port, vc) = (Router::<P, N>::port(out) as u8, Router::<P, N>::number(out) as u8);
        WaitsFor::Credit { port, vc, holder }
    }

    /// The packets that hold some channels of an output port.
    fn holders<const P: usize, const N: usize>(
        &self,
        array: &RouterArray<P, N>,
        router: &Router<P, N>,
        output: usize,
        channels: u32,
    ) -> Vec<u32> {
        (0..array.worklists.vcs as usize)
            .filter(|number| channels >> number & 1 != 0)
            .map(|number| router.outs[output * Router::<P, N>::VCS + number].owner)
            .filter(|&owner| owner != NOBODY)
            .map(|owner| self.packets.get(router.ins[owner as usize].packet).tag)
            .collect()
    }

    /// The packet at the front of a buffer.
    fn front_tag<const P: usize, const N: usize>(
        &self,
        array: &RouterArray<P, N>,
        channel: u32,
    ) -> Option<u32> {
        let (index, local) = RouterArray::<P, N>::split(channel);
        let vc = &array.routers[index].ins[local];
        (vc.len > 0).then(|| self.packets.get(vc.front.slot()).tag)
    }

    fn add_waiting_sources<const P: usize, const N: usize>(
        &self,
        array: &RouterArray<P, N>,
        waiting: &mut Vec<Waiting>,
    ) {
        let classes = self.injectors.classes.len();
        for (index, queue) in self.injectors.queues.iter().enumerate() {
            if queue.first == NO_PACKET {
                continue;
            }
            let (terminal, class) = (index / classes, index % classes);
            let channel = self.injectors.terminals[terminal].channel;
            let vc = (queue.sent > 0).then_some(queue.vc);
            let usable = vc.map_or(self.injectors.classes[class], |vc| 1 << vc);
            let holders = (0..array.worklists.vcs)
                .filter(|number| usable >> number & 1 != 0)
                .filter_map(|number| self.front_tag(array, channel + number))
                .collect();
            let terminal = TerminalId(terminal as u32);
            waiting.push(Waiting {
                tag: self.packets.get(queue.first).tag,
                node: self.topology.place(terminal).0,
                port: Router::<P, N>::port(RouterArray::<P, N>::split(channel).1) as u8,
                vc,
                waits_for: WaitsFor::Injection { terminal, holders },
            });
        }
    }
}

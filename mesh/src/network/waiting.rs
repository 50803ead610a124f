//! Who waits for whom: what a watchdog prints when nothing moves any more.

use super::Network;
use super::packet::NO_PACKET;
use super::router::{NOBODY, State};
use super::topology::{NodeId, TerminalId};

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
    /// The switch, or a grant under way: it will move.
    Switch {
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
        let fabric = &self.fabric;
        let mut waiting = Vec::new();
        for (channel, vc) in fabric.in_vcs.iter().enumerate() {
            let Some(waits_for) = self.waits_for(channel as u32) else { continue };
            let (global, number) = fabric.split(channel as u32);
            let port = &fabric.in_ports[global as usize];
            waiting.push(Waiting {
                tag: self.packets.get(vc.packet).tag,
                node: NodeId(port.router),
                port: port.port,
                vc: Some(number as u8),
                waits_for,
            });
        }
        self.add_waiting_sources(&mut waiting);
        waiting
    }

    fn waits_for(&self, channel: u32) -> Option<WaitsFor> {
        let fabric = &self.fabric;
        let vc = &fabric.in_vcs[channel as usize];
        let router = fabric.in_ports[fabric.split(channel).0 as usize].router;
        let global = fabric.routers[router as usize].first_port + vc.out_port as u32;
        let port = vc.out_port;
        Some(match vc.state {
            State::Idle => return None,
            State::Active if vc.len == 0 => WaitsFor::Flits,
            State::Active => {
                let out = &fabric.out_vcs[fabric.channel(global, vc.out_vc as u32) as usize];
                if out.credits > 0 {
                    WaitsFor::Switch { port }
                } else {
                    let downstream = fabric.out_ports[global as usize].downstream.port();
                    let next = downstream.map(|next| fabric.channel(next, vc.out_vc as u32));
                    let holder = next.and_then(|next| self.front_tag(next));
                    WaitsFor::Credit { port, vc: vc.out_vc, holder }
                }
            }
            State::Waiting => {
                let free = fabric.out_ports[global as usize].free & fabric.class_vcs[vc.class as usize];
                if free != 0 {
                    return Some(WaitsFor::Switch { port });
                }
                let holders = (0..fabric.vcs)
                    .filter(|number| fabric.class_vcs[vc.class as usize] >> number & 1 != 0)
                    .map(|number| fabric.out_vcs[fabric.channel(global, number) as usize].owner)
                    .filter(|&owner| owner != NOBODY)
                    .map(|owner| self.packets.get(fabric.in_vcs[owner as usize].packet).tag)
                    .collect();
                WaitsFor::Vc { port, holders }
            }
            State::Routing | State::VcGranted | State::SwitchGranted => WaitsFor::Switch { port },
        })
    }

    /// The packet at the front of a buffer.
    fn front_tag(&self, channel: u32) -> Option<u32> {
        let occupied = self.fabric.in_vcs[channel as usize].len > 0;
        occupied.then(|| self.packets.get(self.fabric.front(channel).slot()).tag)
    }

    fn add_waiting_sources(&self, waiting: &mut Vec<Waiting>) {
        let fabric = &self.fabric;
        let classes = fabric.class_vcs.len();
        for (index, queue) in self.sources.queues.iter().enumerate() {
            if queue.first == NO_PACKET {
                continue;
            }
            let (terminal, class) = (index / classes, index % classes);
            let port = self.sources.sources[terminal].port;
            let vc = (queue.sent > 0).then_some(queue.vc);
            let usable = vc.map_or(fabric.class_vcs[class], |vc| 1 << vc);
            let holders = (0..fabric.vcs)
                .filter(|number| usable >> number & 1 != 0)
                .filter_map(|number| self.front_tag(fabric.channel(port, number)))
                .collect();
            let terminal = TerminalId(terminal as u32);
            waiting.push(Waiting {
                tag: self.packets.get(queue.first).tag,
                node: self.topology.place(terminal).0,
                port: fabric.in_ports[port as usize].port,
                vc,
                waits_for: WaitsFor::Injection { terminal, holders },
            });
        }
    }
}

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
        let fabric = &self.fabric;
        let mut waiting = Vec::new();
        for (channel, vc) in fabric.in_vcs.iter().enumerate() {
            let Some(waits_for) = self.waits_for(channel as u32) else { continue };
            waiting.push(Waiting {
                tag: self.packets.get(vc.packet).tag,
                node: NodeId(vc.router),
                port: vc.port,
                vc: Some(vc.number),
                waits_for,
            });
        }
        self.add_waiting_sources(&mut waiting);
        waiting
    }

    fn waits_for(&self, channel: u32) -> Option<WaitsFor> {
        let fabric = &self.fabric;
        let vc = &fabric.in_vcs[channel as usize];
        let port = vc.out_port;
        let router = &fabric.routers[vc.router as usize];
        let all = fabric.pool_vcs(router, vc.lane as u32, port as u32);
        let global = router.first_port + port as u32;
        Some(match vc.state {
            State::Idle => return None,
            State::Active if vc.len == 0 => WaitsFor::Flits,
            State::Active if fabric.out_vcs[vc.out as usize].credits == 0 => {
                let next = fabric.out_vcs[vc.out as usize].downstream;
                let holder = if next.is_terminal() { None } else { self.front_tag(next.channel()) };
                WaitsFor::Credit { port, vc: fabric.split(vc.out).1 as u8, holder }
            }
            State::Waiting if fabric.ports[global as usize].free & all == 0 => {
                let holders = (0..fabric.vcs)
                    .filter(|number| all >> number & 1 != 0)
                    .map(|number| fabric.out_vcs[fabric.channel(global, number) as usize].owner)
                    .filter(|&owner| owner != NOBODY)
                    .map(|owner| self.packets.get(fabric.in_vcs[owner as usize].packet).tag)
                    .collect();
                WaitsFor::Vc { port, holders }
            }
            _ => WaitsFor::Grant { port },
        })
    }

    /// The packet at the front of a buffer.
    fn front_tag(&self, channel: u32) -> Option<u32> {
        let occupied = self.fabric.in_vcs[channel as usize].len > 0;
        occupied.then(|| self.packets.get(self.fabric.front(channel).slot()).tag)
    }

    fn add_waiting_sources(&self, waiting: &mut Vec<Waiting>) {
        let fabric = &self.fabric;
        let classes = self.sources.classes.len();
        for (index, queue) in self.sources.queues.iter().enumerate() {
            if queue.first == NO_PACKET {
                continue;
            }
            let (terminal, class) = (index / classes, index % classes);
            let port = self.sources.sources[terminal].port;
            let vc = (queue.sent > 0).then_some(queue.vc);
            let usable = vc.map_or(self.sources.classes[class], |vc| 1 << vc);
            let holders = (0..fabric.vcs)
                .filter(|number| usable >> number & 1 != 0)
                .filter_map(|number| self.front_tag(fabric.channel(port, number)))
                .collect();
            let terminal = TerminalId(terminal as u32);
            waiting.push(Waiting {
                tag: self.packets.get(queue.first).tag,
                node: self.topology.place(terminal).0,
                port: fabric.in_vcs[fabric.channel(port, 0) as usize].port,
                vc,
                waits_for: WaitsFor::Injection { terminal, holders },
            });
        }
    }
}

//! The ways of packets: from being made to leaving the terminal to arriving.

use super::graph::{Delay, Edge, Node, PassGraph, When};
use crate::zero_load::{Alone, ZeroLoad};
use spikemesh_noc::{Cycle, PacketRequest, TerminalId};

/// A packet under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flying {
    /// The event at which it was made, and clocks from there until it may leave.
    pub made: Node,
    pub after: Cycle,
    /// When it may leave.
    pub created: Cycle,
    pub request: PacketRequest,
    pub alone: Alone,
    /// Its tail has left the terminal.
    pub left: Option<Node>,
    pub carries: Carries,
    /// The position in the pass of the frame that it belongs to.
    pub frame: usize,
    /// Of a batch in parts: where its waits are counted.
    pub waits: Option<u32>,
}

/// What a packet is of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carries {
    /// Events of a batch.
    Batch(u32),
    Marker,
    Token,
}

/// The last tail that left each terminal.
#[derive(Clone, Debug, Default)]
pub(super) struct Terminals(Vec<Last>);

/// The last tail that left a terminal, and the one behind it that would have if batches entered the FIFO whole.
#[derive(Clone, Copy, Debug)]
struct Last {
    left: Option<Node>,
    would: Option<Node>,
    packet: Option<PacketRequest>,
}

impl Last {
    /// What a packet takes behind the last one, if no other terminal's lets it wait.
    fn clocks_behind(&self, packet: &PacketRequest, zero_load: &mut ZeroLoad) -> Cycle {
        self.packet.map_or(Cycle::from(packet.flits), |before| zero_load.behind(&before, packet))
    }
}

impl Terminals {
    fn at(&mut self, terminal: TerminalId) -> &mut Last {
        let index = terminal.0 as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, Last { left: None, would: None, packet: None });
        }
        &mut self.0[index]
    }

    /// The last tail where batches enter the FIFO whole, and what a packet takes behind it.
    pub fn behind(&mut self, packet: &PacketRequest, zero_load: &mut ZeroLoad) -> Option<(Node, Cycle)> {
        let last = *self.at(packet.source);
        Some((last.would.or(last.left)?, last.clocks_behind(packet, zero_load)))
    }

    /// A packet would leave.
    pub fn would_leave(&mut self, packet: &PacketRequest, node: Node) {
        let last = self.at(packet.source);
        (last.would, last.packet) = (Some(node), Some(*packet));
    }

    /// A packet's tail leaves. Where it stood behind another one, what passed since that one's tail is its own time, and it could not leave before; else
    /// the terminal was free, and its flits and what the network let it wait are what keeps them apart.
    pub fn leaves(
        &mut self,
        graph: &mut PassGraph,
        now: Cycle,
        packet: &mut Flying,
        zero_load: &mut ZeroLoad,
    ) -> Node {
        let terminal = packet.request.source;
        let last = *self.at(terminal);
        let made = graph.times[packet.made as usize];
        let flits = u64::from(packet.request.flits);
        let before = last.left.map(|node| (node, graph.times[node as usize]));
        let waited = before.is_some_and(|(_, left)| packet.created <= left);
        let clocks = if waited { packet.after + flits - 1 } else { now - made };
        let delay = Delay::Packet { clocks, alone: packet.after + packet.alone.left };
        let own = Edge { from: packet.made, delay, when: packet.when() };
        let alone = last.clocks_behind(&packet.request, zero_load);
        let wait = match before {
            Some((_, left)) if waited => (now - left).saturating_sub(alone),
            _ => (now - packet.created).saturating_sub(packet.alone.left),
        };
        let behind = before.map(|(from, left)| {
            let clocks = if waited { now - left } else { (alone + wait).min(now - left) };
            Edge { from, delay: Delay::Behind(clocks), when: packet.when() }
        });
        let would = last.would.filter(|_| packet.waits.is_none());
        let would = would.map(|from| Edge { from, delay: Delay::Behind(alone + wait), when: When::Unbound });
        let node = graph.event(now, std::iter::once(own).chain(behind).chain(would));
        packet.left = Some(node);
        let would = last.would.filter(|_| packet.waits.is_some());
        *self.at(terminal) = Last { left: Some(node), would, packet: Some(packet.request) };
        if let Some(waits) = packet.waits {
            let waits = &mut graph.waits[waits as usize];
            waits.flits += flits;
            waits.terminal += wait;
        }
        node
    }
}

/// A packet's tail has arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub node: Node,
    pub flits: u32,
    /// The position in the pass of the frame that it belongs to.
    pub frame: usize,
    /// In which runs there is such a packet.
    pub when: When,
}

impl Flying {
    /// A packet of a batch in parts is not there where FIFOs hold all.
    fn when(&self) -> When {
        if self.waits.is_some() { When::Bound } else { When::Always }
    }

    /// Its tail arrives.
    pub fn arrives(&self, graph: &mut PassGraph, now: Cycle) -> Arrival {
        let (from, alone) = match self.left {
            Some(left) => (left, self.alone.arrived - self.alone.left),
            // Nobody waits until a token leaves.
            None => (self.made, self.after + self.alone.arrived),
        };
        let clocks = now - graph.times[from as usize];
        if let Some(waits) = self.waits {
            let waits = &mut graph.waits[waits as usize];
            waits.packets += 1;
            waits.network += clocks.saturating_sub(alone);
        }
        let when = self.when();
        let node = graph.event(now, [Edge { from, delay: Delay::Packet { clocks, alone }, when }]);
        Arrival { node, flits: self.request.flits, frame: self.frame, when }
    }
}

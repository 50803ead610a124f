//! The ways of packets: from being made to leaving the terminal to arriving.

use super::graph::{Delay, Edge, Node, PassGraph};
use crate::zero_load::Alone;
use spikemesh_noc::{Cycle, TerminalId};

/// A packet under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flying {
    /// The event at which it was made, and clocks from there until it may leave.
    pub made: Node,
    pub after: Cycle,
    /// When it may leave.
    pub created: Cycle,
    pub flits: u32,
    pub alone: Alone,
    /// Its tail has left the terminal.
    pub left: Option<Node>,
    pub carries: Carries,
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
pub(super) struct Terminals(Vec<Option<Node>>);

impl Terminals {
    /// A packet's tail leaves. Where it stood behind another one, what passed since that one's tail is its own time, and it could not leave before; else
    /// the terminal was free, and a flit a clock is what keeps them apart.
    pub fn leaves(
        &mut self,
        graph: &mut PassGraph,
        now: Cycle,
        terminal: TerminalId,
        packet: &mut Flying,
    ) -> Node {
        let index = terminal.0 as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, None);
        }
        let made = graph.times[packet.made as usize];
        let flits = u64::from(packet.flits);
        let before = self.0[index].map(|node| (node, graph.times[node as usize]));
        let waited = before.is_some_and(|(_, left)| packet.created <= left);
        let clocks = if waited { packet.after + flits - 1 } else { now - made };
        let own = Edge {
            from: packet.made,
            delay: Delay::Packet { clocks, alone: packet.after + packet.alone.left },
        };
        let behind = before.map(|(from, left)| {
            let clocks = if waited { now - left } else { flits.min(now - left) };
            Edge { from, delay: Delay::Behind(clocks) }
        });
        let node = graph.event(now, std::iter::once(own).chain(behind));
        packet.left = Some(node);
        self.0[index] = Some(node);
        node
    }
}

impl Flying {
    /// Its tail arrives.
    pub fn arrives(&self, graph: &mut PassGraph, now: Cycle) -> Node {
        let (from, alone) = match self.left {
            Some(left) => (left, self.alone.arrived - self.alone.left),
            // Nobody waits until a token leaves.
            None => (self.made, self.after + self.alone.arrived),
        };
        let clocks = now - graph.times[from as usize];
        graph.event(now, [Edge { from, delay: Delay::Packet { clocks, alone } }])
    }
}

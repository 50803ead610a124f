//! A unit as the graph sees it: what its next event waits for.

use std::collections::VecDeque;

use super::graph::{BEGIN, Delay, Edge, Node, PassGraph, StepClocks};
use super::parts::Parts;
use super::way::Arrival;
use crate::reason::{COMPUTE_STATES, compute_state};
use crate::unit::UnitState;
use spikemesh_noc::Cycle;

/// A batch that has entered the FIFO.
#[derive(Clone, Debug)]
struct Batch {
    events: u64,
    /// Its packets that have not left.
    packets: u32,
    /// Packets that have left.
    left: Vec<Node>,
    /// It and all before it have left.
    gone: Option<Node>,
}

/// Where a unit stands.
#[derive(Clone, Debug)]
pub(super) struct Producer {
    unit: u32,
    /// Events that its FIFO holds.
    capacity: u64,
    pub state: UnitState,
    pub done: usize,
    /// Its last event, and the steps since.
    pub front: Node,
    steps: [Cycle; COMPUTE_STATES.len()],
    /// When its present step began.
    pub since: Cycle,
    /// Its frame has no step in the graph yet.
    begins: bool,
    /// It holds the tokens of its frame.
    pub has_tokens: bool,
    /// What it waits for: by parity packets of the frames that it takes in, tokens with the frame that they are for, markers that leave.
    inputs: [Vec<Arrival>; 2],
    tokens: Vec<(Node, usize)>,
    pub markers: Vec<Node>,
    /// The end of its last frame; before, the beginning of the pass.
    pub ended: Node,
    /// The youngest batches: as many as matter for room.
    batches: VecDeque<Batch>,
    /// The number of the first of them.
    first_batch: u32,
    /// What has entered of a batch that is larger than the FIFO.
    pub parts: Option<Parts>,
}

impl Producer {
    pub fn new(unit: u32, capacity: u32, start: Cycle) -> Producer {
        Producer {
            unit,
            capacity: u64::from(capacity),
            state: UnitState::Idle,
            done: 0,
            front: BEGIN,
            steps: [0; COMPUTE_STATES.len()],
            since: start,
            begins: true,
            has_tokens: false,
            inputs: Default::default(),
            tokens: Vec::new(),
            markers: Vec::new(),
            ended: BEGIN,
            batches: VecDeque::new(),
            first_batch: 0,
            parts: None,
        }
    }

    /// Its frame begins: what was taken in is there, or the frame before is over.
    pub fn starts(&mut self, graph: &mut PassGraph, now: Cycle) {
        let mut waited_for = self.taken(1);
        if self.ended != BEGIN {
            waited_for.push(Edge::always(self.ended, Delay::Fixed(1)));
        } else if waited_for.is_empty() {
            waited_for.push(Edge::always(BEGIN, Delay::Fixed(now - graph.times[BEGIN as usize])));
        }
        self.front = graph.event(now, waited_for);
        self.steps = Default::default();
        self.since = now;
        self.begins = true;
        self.has_tokens = false;
    }

    /// A packet of a frame arrives.
    pub fn takes(&mut self, packet: Arrival) {
        self.inputs[packet.frame % 2].push(packet);
    }

    /// A token arrives, for a frame.
    pub fn may_send(&mut self, token: Node, frame: usize) {
        self.tokens.push((token, frame));
    }

    /// The first step of its frame that may emit begins.
    pub fn sends(&mut self, graph: &mut PassGraph, now: Cycle) {
        self.has_tokens = true;
        let done = self.done;
        let tokens: Vec<Node> =
            self.tokens.extract_if(.., |(_, frame)| *frame <= done).map(|(node, _)| node).collect();
        self.advances(graph, now, &tokens);
    }

    /// The packets of its frame; it goes on so many clocks after the last.
    fn taken(&mut self, clocks: Cycle) -> Vec<Edge> {
        let inputs = std::mem::take(&mut self.inputs[self.done % 2]).into_iter();
        let taken = |Arrival { node, flits, when, .. }| Edge {
            from: node,
            delay: Delay::Taken { clocks, flits },
            when,
        };
        inputs.map(taken).collect()
    }

    /// A step is over.
    pub fn step(&mut self, graph: &mut PassGraph, now: Cycle) {
        if let Some(state) = compute_state(self.state) {
            self.steps[state] += now - self.since;
            graph.units[self.unit as usize].clocks[state] += now - self.since;
        }
        self.since = now;
    }

    /// What its next event waits for: its own steps since the last one.
    fn own(&mut self, graph: &mut PassGraph) -> Edge {
        let first = graph.steps.len() as u32;
        for (state, clocks) in (0u8..).zip(&mut self.steps) {
            if *clocks > 0 {
                graph.steps.push(StepClocks { state, clocks: std::mem::take(clocks) });
            }
        }
        let end = graph.steps.len() as u32;
        let begins = std::mem::take(&mut self.begins);
        let delay = match first == end && !begins {
            true => Delay::Fixed(0),
            false => Delay::Steps { unit: self.unit, first, end, begins },
        };
        Edge::always(self.front, delay)
    }

    /// An event of its own.
    pub fn advances(&mut self, graph: &mut PassGraph, now: Cycle, waited_for: &[Node]) {
        let own = self.own(graph);
        let others = waited_for.iter().map(|&from| Edge::always(from, Delay::Fixed(0)));
        self.front = graph.event(now, std::iter::once(own).chain(others));
        self.since = now;
    }

    /// Packets of a batch enter the FIFO, and may leave from cycle `created` on: gives the number of the batch, and the event from which they may
    /// leave with the clocks after it.
    pub fn enters(
        &mut self,
        graph: &mut PassGraph,
        now: Cycle,
        created: Cycle,
        events: u64,
        packets: u32,
    ) -> (u32, Node, Cycle) {
        // Room is made by the last batch but those that fit beside this one.
        let mut sum = events;
        let beside = |batch: &Batch| {
            sum += batch.events;
            sum <= self.capacity
        };
        let fit = self.batches.iter().rev().map(beside).take_while(|fits| *fits).count();
        let room = (self.batches.len() - fit).checked_sub(1).map(|last| {
            self.batches.drain(..last);
            self.first_batch = self.first_batch.wrapping_add(last as u32);
            self.batches[0].gone
        });
        let number = self.first_batch.wrapping_add(self.batches.len() as u32);
        self.batches.push_back(Batch { events, packets, left: Vec::new(), gone: None });
        let Some(room) = room.flatten() else {
            self.advances(graph, now, &[]);
            return (number, self.front, created - now);
        };
        // A packet may leave in the cycle in which its step ends; after a stall the network has moved, and it is a clock later.
        let stalled = self.state == UnitState::StallFifo;
        graph.waits_for_room |= stalled;
        let after = if stalled { 0 } else { created - now };
        let own = self.own(graph);
        let over = graph.event(if stalled { self.since } else { now }, [own]);
        let both = |after: Cycle, moved: Cycle| {
            [Edge::always(over, Delay::Fixed(after)), Edge::always(room, Delay::Room(moved))]
        };
        self.front = graph.event(now, both(0, 0));
        self.since = now;
        // Of events that no route wants nothing leaves, and the pass may be over before it could.
        let made = if packets > 0 { graph.event(created, both(after, 1)) } else { self.front };
        (number, made, 0)
    }

    /// A packet of a batch has left.
    pub fn leaves(&mut self, graph: &mut PassGraph, now: Cycle, number: u32, node: Node) {
        let batch = &mut self.batches[number.wrapping_sub(self.first_batch) as usize];
        batch.packets -= 1;
        batch.left.push(node);
        let mut before = None;
        for batch in &mut self.batches {
            if batch.gone.is_none() {
                if batch.packets > 0 {
                    break;
                }
                let nodes = std::mem::take(&mut batch.left).into_iter().chain(before);
                let edges = nodes.map(|from| Edge::always(from, Delay::Fixed(0)));
                batch.gone = Some(graph.event(now, edges));
            }
            before = batch.gone;
        }
    }

    /// Its frame is over: all markers have left, or everything has arrived.
    pub fn ends(&mut self, graph: &mut PassGraph, now: Cycle, is_sink: bool) -> Node {
        let edges: Vec<Edge> = match is_sink {
            true => self.taken(0),
            false => {
                let markers = std::mem::take(&mut self.markers).into_iter();
                markers.map(|from| Edge::always(from, Delay::Fixed(0))).collect()
            }
        };
        self.ended = graph.event(now, edges);
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_that_no_route_wants_add_nothing_later() {
        let mut graph = PassGraph { first: vec![0], ..PassGraph::default() };
        graph.event(0, []);
        let mut producer = Producer::new(0, 4, 0);
        let (number, made, _) = producer.enters(&mut graph, 5, 5, 4, 1);
        let left = graph.event(7, [Edge::always(made, Delay::Fixed(2))]);
        producer.leaves(&mut graph, 7, number, left);
        producer.enters(&mut graph, 9, 10, 4, 0);
        assert_eq!(graph.times.iter().max(), Some(&9));
    }
}

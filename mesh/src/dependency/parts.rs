//! A batch that is larger than the FIFO enters in parts. Where FIFOs do not bind it would enter whole, in fewer packets: those are in the graph beside
//! the ones that were.

use super::graph::{Delay, Edge, Node, PassGraph, Waits, When};
use super::way::{Arrival, Terminals};
use crate::probe::Sender;
use crate::unit::{UnitId, continues};
use crate::zero_load::ZeroLoad;
use spikemesh_isa::packet::{self, Head, PACKET_WORDS};
use spikemesh_noc::{Cycle, PacketRequest};

/// What has entered of such a batch.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// From when its packets might leave: clocks after an event.
    made: Node,
    after: Cycle,
    flows: Vec<Flow>,
}

/// What goes to one receiver.
#[derive(Clone, Debug)]
struct Flow {
    target: UnitId,
    request: PacketRequest,
    /// Words that follow each other without another head: packets close where a run ends.
    runs: Vec<usize>,
    /// The last packet.
    head: Head,
    words: usize,
    /// What its packets wait, in [`PassGraph::waits`].
    waits: u32,
}

impl Parts {
    pub fn new(made: Node, after: Cycle) -> Parts {
        Parts { made, after, flows: Vec::new() }
    }

    /// Adds a packet of a part; gives where its waits are counted.
    pub fn add(&mut self, graph: &mut PassGraph, sender: &Sender, request: &PacketRequest) -> u32 {
        let Sender { target, head, words, .. } = *sender;
        match self.flows.iter_mut().find(|flow| flow.target == target) {
            Some(flow) => {
                match flow.runs.last_mut() {
                    Some(run) if continues(flow.head, flow.words, head) => *run += words,
                    _ => flow.runs.push(words),
                }
                (flow.head, flow.words) = (head, words);
                flow.waits
            }
            None => {
                let waits = graph.waits.len() as u32;
                graph.waits.push(Waits::default());
                self.flows.push(Flow { target, request: *request, runs: vec![words], head, words, waits });
                waits
            }
        }
    }

    /// The batch of a frame has entered: gives the packets that it would have been in one piece, as they arrive.
    pub fn whole(
        self,
        frame: usize,
        graph: &mut PassGraph,
        terminals: &mut Terminals,
        zero_load: &mut ZeroLoad,
    ) -> Vec<(UnitId, Arrival)> {
        let mut arrivals = Vec::new();
        for Flow { target, request, runs, waits, .. } in self.flows {
            for mut run in runs {
                while run > 0 {
                    let words = run.min(PACKET_WORDS);
                    run -= words;
                    let flits = packet::flits(words) as u32;
                    let packet = PacketRequest { flits, ..request };
                    let alone = zero_load.of(&packet);
                    let own = Delay::Fixed(self.after + alone.left);
                    let own = Edge { from: self.made, delay: own, when: When::Unbound };
                    let behind = terminals.behind(&packet, zero_load).into_iter().map(|(from, clocks)| {
                        Edge { from, delay: Delay::BehindWhole { clocks, flits, waits }, when: When::Unbound }
                    });
                    let start = graph.times[0];
                    let left = graph.event(start, std::iter::once(own).chain(behind));
                    terminals.would_leave(&packet, left);
                    let delay = Delay::WayWhole { alone: alone.arrived - alone.left, waits };
                    let way = Edge { from: left, delay, when: When::Unbound };
                    let node = graph.event(start, [way]);
                    arrivals.push((target, Arrival { node, flits, frame, when: When::Unbound }));
                }
            }
        }
        arrivals
    }
}

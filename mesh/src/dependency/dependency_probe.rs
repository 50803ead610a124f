//! The probe that records a graph.

use super::graph::{Graph, GraphUnit, PassGraph};
use super::parts::Parts;
use super::producer::Producer;
use super::way::{Arrival, Carries, Flying, Terminals};
use crate::probe::{Act, PassBegin, Probe, Sender};
use crate::reason::COMPUTE_STATES;
use crate::simulator::Simulator;
use crate::unit::{LOST, UnitId, UnitState};
use crate::zero_load::ZeroLoad;
use spikemesh_isa::BufferId;
use spikemesh_noc::trace::PacketKind;
use spikemesh_noc::{Cycle, PacketRequest, TerminalId};

/// Records which event waited for which. Memory grows with the number of packets.
#[derive(Clone, Debug)]
pub struct DependencyProbe {
    /// Buffers that are outputs of the program.
    outputs: Vec<BufferId>,
    zero_load: ZeroLoad,
    graph: Graph,
    present: Present,
}

/// The present pass.
#[derive(Clone, Debug, Default)]
struct Present {
    graph: PassGraph,
    /// Indices of its frames in the run.
    frames: Vec<usize>,
    units: Vec<Producer>,
    /// By unit: its input maps.
    maps: Vec<u8>,
    /// The first sink, and which of them are outputs of the program.
    sinks: usize,
    outputs: Vec<bool>,
    queues: Terminals,
    /// By tag: packets under way.
    flying: Vec<Option<Flying>>,
    /// What the unit that acts has made.
    made: Vec<(Cycle, Sender, PacketRequest)>,
    /// Its events that have entered the FIFO.
    entered: u64,
}

impl DependencyProbe {
    /// For a run of this simulator with so many frames.
    pub fn new(simulator: &Simulator, frames: usize) -> DependencyProbe {
        DependencyProbe {
            outputs: simulator.program().outputs.iter().map(|output| output.buffer).collect(),
            zero_load: ZeroLoad::new(&simulator.device().network_config()),
            graph: Graph { passes: Vec::new(), frames },
            present: Present::default(),
        }
    }

    /// What was recorded. Of a run that ended early it holds what there was.
    pub fn into_graph(self) -> Graph {
        self.graph
    }
}

/// It looks at no flit, grant or buffer.
impl spikemesh_noc::Probe for DependencyProbe {
    const OBSERVES_NETWORK: bool = false;
}

impl Probe for DependencyProbe {
    const ACTS: bool = true;

    fn wants_packets(&self) -> bool {
        true
    }

    fn begin(&mut self, pass: &PassBegin) {
        let plan = pass.plan;
        let mut graph = PassGraph {
            pass: pass.index,
            load: pass.start - pass.loaded,
            first: vec![0],
            ..PassGraph::default()
        };
        graph.event(pass.start, []);
        let facts = plan.step_scales().zip(&plan.terminals).zip(&plan.output_maps);
        graph.units = facts
            .map(|((scale, &terminal), &output_map)| GraphUnit {
                terminal,
                output_map,
                scale,
                clocks: [0; COMPUTE_STATES.len()],
            })
            .collect();
        self.present = Present {
            graph,
            frames: pass.frames.to_vec(),
            units: (0..)
                .zip(plan.fifos())
                .map(|(unit, fifo)| Producer::new(unit, fifo, pass.start))
                .collect(),
            maps: plan.input_maps().collect(),
            sinks: plan.names.len() - plan.sinks.len(),
            outputs: plan.sinks.iter().map(|sink| self.outputs.contains(&sink.buffer)).collect(),
            ..Present::default()
        };
    }

    fn acting(&mut self, _: Cycle, _: UnitId, _: Act) {
        self.present.made.clear();
        self.present.entered = 0;
    }

    fn entered(&mut self, _: Cycle, _: UnitId, events: usize) {
        self.present.entered = events as u64;
    }

    fn packet(&mut self, created: Cycle, sender: Sender, packet: &PacketRequest, _: &[TerminalId]) {
        self.present.made.push((created, sender, *packet));
    }

    fn acted(&mut self, cycle: Cycle, unit: UnitId, act: Act, state: UnitState, done: usize) {
        self.present.acted(cycle, unit, act, (state, done), &mut self.zero_load);
    }

    fn end(&mut self, cycle: Cycle) {
        let mut graph = std::mem::take(&mut self.present).graph;
        // A pass that is cut short may end before what was made last could leave.
        graph.settle = cycle.saturating_sub(graph.times.iter().max().copied().unwrap_or(cycle));
        self.graph.passes.push(graph);
    }
}

/// True of what takes room in a FIFO.
fn carries_events(kind: PacketKind) -> bool {
    !matches!(kind, PacketKind::Token | PacketKind::Marker)
}

impl Present {
    fn acted(
        &mut self,
        now: Cycle,
        unit: UnitId,
        act: Act,
        (state, done): (UnitState, usize),
        zero_load: &mut ZeroLoad,
    ) {
        let index = unit.0 as usize;
        let is_sink = index >= self.sinks;
        match act {
            Act::Start => {}
            Act::Timer => {
                let Present { graph, units, .. } = self;
                let producer = &mut units[index];
                if producer.state == UnitState::Receive {
                    producer.starts(graph, now);
                } else {
                    producer.step(graph, now);
                }
            }
            Act::Sent { tag, .. } => self.left(now, index, tag, zero_load),
            Act::Data { tag, .. } => {
                let arrived = self.arrived(now, tag);
                arrived.into_iter().for_each(|packet| self.units[index].takes(packet));
            }
            Act::Token { source, tag } => {
                let arrived = self.arrived(now, tag);
                // A frame more than the maps that are free at reset.
                let maps = self.maps[source.0 as usize];
                let token = arrived.map(|token| (token.node, token.frame + usize::from(maps)));
                token.into_iter().for_each(|(node, frame)| self.units[index].may_send(node, frame));
            }
        }
        let Present { graph, units, .. } = self;
        let producer = &mut units[index];
        let mut batch = self.made.iter().filter(|(_, sender, _)| carries_events(sender.kind));
        let packets = batch.clone().count() as u32;
        let mut from = None;
        let mut number = 0;
        if let Some(&(created, ..)) = batch.next() {
            let (batch, node, after) = producer.enters(graph, now, created, self.entered, packets);
            number = batch;
            from = Some((node, after));
            if state == UnitState::StallFifo {
                producer.parts.get_or_insert_with(|| Parts::new(node, after));
            }
        }
        let mut parts = producer.parts.take();
        if state.emits() && !producer.has_tokens {
            producer.sends(graph, now);
        }
        if state == UnitState::Flush && producer.state != UnitState::Flush && from.is_none() {
            producer.advances(graph, now, &[]);
        }
        if done > producer.done {
            let end = producer.ends(graph, now, is_sink);
            if is_sink && self.outputs[index - self.sinks] {
                graph.ends.push((self.frames[producer.done], end));
            }
            from = Some((end, 1));
        }
        // Tokens are of the frame that they end.
        let frame = producer.done;
        (producer.state, producer.done) = (state, done);
        let front = producer.front;
        for (created, sender, packet) in std::mem::take(&mut self.made) {
            if packet.tag == LOST {
                continue;
            }
            let carries = match sender.kind {
                PacketKind::Token => Carries::Token,
                PacketKind::Marker => Carries::Marker,
                _ => Carries::Batch(number),
            };
            let (made, after) = from.unwrap_or((front, created - now));
            let tag = packet.tag as usize;
            if tag >= self.flying.len() {
                self.flying.resize(tag + 1, None);
            }
            let (request, alone) = (packet, zero_load.of(&packet));
            let waits = parts.as_mut().filter(|_| carries_events(sender.kind));
            let waits = waits.map(|parts| parts.add(&mut self.graph, &sender, &packet));
            self.flying[tag] =
                Some(Flying { made, after, created, request, alone, left: None, carries, frame, waits });
        }
        if state == UnitState::StallFifo {
            self.units[index].parts = parts;
        } else if let Some(parts) = parts {
            for (UnitId(target), arrival) in parts.whole(frame, &mut self.graph, &mut self.queues, zero_load)
            {
                self.units[target as usize].takes(arrival);
            }
        }
    }

    /// A packet's tail leaves its terminal.
    fn left(&mut self, now: Cycle, unit: usize, tag: u32, zero_load: &mut ZeroLoad) {
        let Some(packet) = self.flying.get_mut(tag as usize).and_then(Option::as_mut) else { return };
        let node = self.queues.leaves(&mut self.graph, now, packet, zero_load);
        let producer = &mut self.units[unit];
        match packet.carries {
            Carries::Batch(number) => producer.leaves(&mut self.graph, now, number, node),
            Carries::Marker => producer.markers.push(node),
            Carries::Token => {}
        }
    }

    /// A packet's tail arrives.
    fn arrived(&mut self, now: Cycle, tag: u32) -> Option<Arrival> {
        // Of a tree the first arrival: what would help is not foretold for trees.
        let packet = self.flying.get_mut(tag as usize).and_then(Option::take)?;
        Some(packet.arrives(&mut self.graph, now))
    }
}

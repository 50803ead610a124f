//! The graph of a run: events in the order in which they happened, each with what it waited for.

use crate::reason::COMPUTE_STATES;
use crate::unit::{StepScale, UnitId};
use spikemesh_isa::OutputMapId;
use spikemesh_noc::{Cycle, TerminalId};

/// An event of a pass, by its place in the total order.
pub(super) type Node = u32;

/// The first event of a pass: it begins.
pub(super) const BEGIN: Node = 0;

/// An event is not before another one, and a delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub from: Node,
    pub delay: Delay,
    pub when: When,
}

impl Edge {
    /// One that always holds.
    pub fn always(from: Node, delay: Delay) -> Edge {
        Edge { from, delay, when: When::Always }
    }
}

/// In which runs an event waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// Where FIFOs hold what they held.
    Bound,
    /// Where FIFOs hold all.
    Unbound,
}

/// How long after the other event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delay {
    /// Always so long.
    Fixed(Cycle),
    /// The steps of a unit, a range of [`PassGraph::steps`].
    Steps {
        unit: u32,
        first: u32,
        end: u32,
        /// They are the first of a frame: sums begin again.
        begins: bool,
    },
    /// What a packet takes, and what it would take alone in the network.
    Packet { clocks: Cycle, alone: Cycle },
    /// A packet waits until the one before it at its terminal has left; alone it would not.
    Behind(Cycle),
    /// A batch waits for room in the FIFO.
    Room(Cycle),
    /// A packet of so many flits was taken in. Where others make the order and times of packets, the unit takes a flit a clock.
    Taken { clocks: Cycle, flits: u32 },
    /// As `Behind`, of a packet of so many flits that there would be if its batch entered the FIFO whole.
    BehindWhole { clocks: Cycle, flits: u32, waits: u32 },
    /// What such a packet takes from leaving to arriving.
    WayWhole { alone: Cycle, waits: u32 },
}

/// What the packets waited that a batch in parts sent to one receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Waits {
    pub flits: u64,
    pub packets: u64,
    /// Clocks in the terminal that they stood longer than one flit a clock takes.
    pub terminal: Cycle,
    /// Clocks in the network.
    pub network: Cycle,
}

/// Clocks of steps of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StepClocks {
    /// The position of the kind in [`COMPUTE_STATES`].
    pub state: u8,
    pub clocks: Cycle,
}

/// What changes ask of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GraphUnit {
    pub terminal: TerminalId,
    /// The map that it helps to produce.
    pub output_map: Option<OutputMapId>,
    /// What its steps took; none if its clock is always the device's.
    pub scale: Option<StepScale>,
    /// Clocks of its steps by kind.
    pub clocks: [Cycle; COMPUTE_STATES.len()],
}

/// One pass at work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PassGraph {
    /// Its index in the program.
    pub pass: usize,
    /// Clocks of its load.
    pub load: Cycle,
    /// Where each event begins in `edges`; one more for the end.
    pub first: Vec<u32>,
    pub edges: Vec<Edge>,
    pub steps: Vec<StepClocks>,
    pub waits: Vec<Waits>,
    pub units: Vec<GraphUnit>,
    pub waits_for_room: bool,
    /// When each event was, from the first cycle of the run on.
    pub times: Vec<Cycle>,
    /// Outputs of frames that are whole: index of the frame in the run, event.
    pub ends: Vec<(usize, Node)>,
    /// From the last event to the end of the pass: credits return.
    pub settle: Cycle,
}

impl PassGraph {
    /// Adds an event.
    pub fn event(&mut self, time: Cycle, waited_for: impl IntoIterator<Item = Edge>) -> Node {
        self.edges.extend(waited_for);
        self.first.push(self.edges.len() as u32);
        self.times.push(time);
        self.times.len() as Node - 1
    }

    /// What an event waited for.
    pub fn edges(&self, node: usize) -> &[Edge] {
        &self.edges[self.first[node] as usize..self.first[node + 1] as usize]
    }
}

/// Every event of a run of which another one waited, pass by pass as they ran. Evaluated without a change it gives the run, to the clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    pub(super) passes: Vec<PassGraph>,
    /// Frames of the run.
    pub(super) frames: usize,
}

impl Graph {
    /// Number of events.
    pub fn events(&self) -> usize {
        self.passes.iter().map(|pass| pass.times.len()).sum()
    }

    /// Clocks of the steps of a unit of a pass by kind, in the order of [`COMPUTE_STATES`], of all its frames.
    pub fn step_clocks(&self, pass: usize, unit: UnitId) -> [Cycle; COMPUTE_STATES.len()] {
        let mut sums = [0; COMPUTE_STATES.len()];
        for pass in self.passes.iter().filter(|graph| graph.pass == pass) {
            let clocks = pass.units[unit.0 as usize].clocks;
            sums.iter_mut().zip(clocks).for_each(|(sum, clocks)| *sum += clocks);
        }
        sums
    }

    /// True if a batch of some unit waited for room in its FIFO.
    pub fn waits_for_room(&self) -> bool {
        self.passes.iter().any(|pass| pass.waits_for_room)
    }

    /// Clocks of all loads.
    pub fn loads(&self) -> Cycle {
        self.passes.iter().map(|pass| pass.load).sum()
    }
}

//! The loop that sets the period of a batch: of the cycles in the graph of frames and tokens the one with the largest mean.
//!
//! The nodes are stages of units, the edges say how long after one stage another one comes, of the same frame or of the next. Delays are those of
//! the last frame: exact where one image is repeated and its frames follow each other steadily.

use super::critical_path::{CriticalPath, PathPart, Resource};
use super::cycle_ratio::{Edge, Ratio, largest};
use super::pass_timeline::{PassTimeline, Timeline};
use crate::reason::{BlameTable, Reason};
use crate::simulator::{Outcome, Simulator};
use crate::unit::{FrameRecord, UnitId};
use spikemesh_noc::Cycle;

/// A moment in a frame of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Its first step begins.
    Start,
    /// Its first step that may emit begins: all consumers' maps are free.
    Emit,
    /// Its last step is over.
    Computed,
    /// Its last tail has left, or of a sink its last word has come.
    End,
}

impl Stage {
    const ALL: [Stage; 4] = [Stage::Start, Stage::Emit, Stage::Computed, Stage::End];

    /// Its name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Start => "start",
            Stage::Emit => "emit",
            Stage::Computed => "computed",
            Stage::End => "end",
        }
    }
}

/// A step of the loop: from one stage to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodStep {
    /// A unit.
    pub from: UnitId,
    /// Its stage.
    pub from_stage: Stage,
    /// The same unit, or another one that waits for it.
    pub to: UnitId,
    /// Its stage.
    pub to_stage: Stage,
    /// Clocks between them.
    pub clocks: Cycle,
    /// So many frames later.
    pub frames: u64,
}

/// What sets the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Period {
    /// A loop of units that wait for each other.
    Loop {
        /// Clocks of the loop, for so many frames.
        ratio: Ratio,
        /// Once around it.
        steps: Vec<PeriodStep>,
    },
    /// Frames do not overlap: each runs all passes before the next begins, along this path.
    Passes {
        /// From the end of the frame before the last to the end of the last.
        path: CriticalPath,
    },
}

impl Period {
    /// Of a batch that was recorded. None if fewer than two of its frames have ended.
    pub fn of(simulator: &Simulator, timeline: &Timeline, outcome: &Outcome) -> Option<Period> {
        let last = outcome.finished.checked_sub(2)? + 1;
        match &timeline.passes[..] {
            [pass] if simulator.passes().len() == 1 => {
                let units = &outcome.passes[0].units;
                let records: Vec<&[FrameRecord]> = units.iter().map(|unit| unit.frames.as_slice()).collect();
                let sinks = records.len() - simulator.passes()[0].sinks.len();
                let plan = &simulator.passes()[0];
                let (blames, maps) = (&*plan.blames, plan.input_maps().collect());
                let graph = Graph { pass, blames, records, maps, sinks, frame: last };
                graph.period()
            }
            _ => {
                let path = CriticalPath::of(simulator, timeline, outcome, last)?;
                Some(Period::Passes { path: path.since(outcome.frames[last - 1].end) })
            }
        }
    }

    /// Clocks per frame.
    pub fn clocks(&self) -> f64 {
        match self {
            Period::Loop { ratio, .. } => ratio.as_f64(),
            Period::Passes { path } => path.clocks() as f64,
        }
    }

    /// Clocks of the loop by pass and unit: of a step within a unit that unit's, between two the receiver's.
    pub fn parts(&self) -> Vec<(usize, UnitId, Cycle)> {
        match self {
            Period::Loop { steps, .. } => steps.iter().map(|step| (0, step.to, step.clocks)).collect(),
            Period::Passes { path } => path.parts.iter().filter_map(owner).collect(),
        }
    }
}

fn owner(part: &PathPart) -> Option<(usize, UnitId, Cycle)> {
    match part.resource {
        Resource::Unit { unit, .. } => Some((part.pass, unit, part.clocks())),
        Resource::Packet { target, .. } => Some((part.pass, target, part.clocks())),
        Resource::Load | Resource::Settle => None,
    }
}

struct Graph<'a> {
    pass: &'a PassTimeline,
    blames: &'a BlameTable,
    /// By unit.
    records: Vec<&'a [FrameRecord]>,
    /// By unit: its input maps.
    maps: Vec<u8>,
    /// The first sink.
    sinks: usize,
    /// Position of the last frame.
    frame: usize,
}

impl Graph<'_> {
    fn node(unit: usize, stage: Stage) -> u32 {
        (unit * Stage::ALL.len() + stage as usize) as u32
    }

    /// The edges, with the delays of the last frame.
    fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (unit, records) in self.records.iter().enumerate() {
            let Some(record) = records.get(self.frame) else { continue };
            let emit = self.pass.flows.emits[unit].get(self.frame).copied().unwrap_or(record.computed);
            let is_sink = unit >= self.sinks;
            if !is_sink {
                // The wait for maps, all of it before the first step that may emit, is what the tokens' edges say.
                let times = [record.start + record.stall_token, emit, record.computed, record.end];
                for (stages, times) in Stage::ALL.windows(2).zip(times.windows(2)) {
                    let (from, to) = (Self::node(unit, stages[0]), Self::node(unit, stages[1]));
                    edges.push(Edge { from, to, delay: times[1] - times[0], shift: 0 });
                }
            }
            let mut has_producer = false;
            for place in self.blames.places(UnitId(unit as u32)) {
                let (reason, UnitId(other)) = self.blames.entry(place);
                let other = other as usize;
                match reason {
                    Reason::WaitInput => {
                        has_producer = true;
                        let (Some(came), Some(made)) = (
                            self.pass.flows.of_frame(place, self.frame as u32),
                            self.records[other].get(self.frame),
                        ) else {
                            continue;
                        };
                        let (stage, time) =
                            if is_sink { (Stage::End, came) } else { (Stage::Start, came + 1) };
                        edges.push(Edge {
                            from: Self::node(other, Stage::Computed),
                            to: Self::node(unit, stage),
                            delay: time - made.computed,
                            shift: 0,
                        });
                    }
                    Reason::WaitMap => {
                        let before = self.frame - 1;
                        let (Some(came), Some(freed)) =
                            (self.pass.flows.of_frame(place, before as u32), self.records[other].get(before))
                        else {
                            continue;
                        };
                        edges.push(Edge {
                            from: Self::node(other, Stage::End),
                            to: Self::node(unit, Stage::Emit),
                            delay: came - freed.end,
                            shift: self.maps[other].into(),
                        });
                    }
                    _ => {}
                }
            }
            if !is_sink && (!has_producer || self.maps[unit] > 1) {
                // Who needs not wait for input begins the next frame in the cycle after the last tail.
                let (from, to) = (Self::node(unit, Stage::End), Self::node(unit, Stage::Start));
                edges.push(Edge { from, to, delay: 1, shift: 1 });
            }
        }
        edges
    }

    fn period(&self) -> Option<Period> {
        let edges = self.edges();
        let (ratio, cycle) = largest(self.records.len() * Stage::ALL.len(), &edges)?;
        let of = |node: u32| {
            let (unit, stage) = (node as usize / Stage::ALL.len(), node as usize % Stage::ALL.len());
            (UnitId(unit as u32), Stage::ALL[stage])
        };
        let steps = cycle.into_iter().map(|index| {
            let Edge { from, to, delay, shift } = edges[index];
            let ((from, from_stage), (to, to_stage)) = (of(from), of(to));
            PeriodStep { from, from_stage, to, to_stage, clocks: delay, frames: shift }
        });
        Some(Period::Loop { ratio, steps: steps.collect() })
    }
}

//! What would help: the largest causes of a batch's time, what the recorded graph says would be without each, and what the same run says again.

use rayon::prelude::*;
use serde::Serialize;

use super::names::Names;
use crate::device::Scale;
use crate::isa::OutputMapId;
use crate::mesh::dependency::{Forecast, Graph};
use crate::mesh::probe::NoProbe;
use crate::mesh::timeline::{MergedPart, Resource, Timeline};
use crate::mesh::{COMPUTE_STATES, Change, Frame, Outcome, Reason, SimulationOptions, Simulator, UnitId};

/// So many causes are named.
const NAMED: usize = 5;

/// The steps of a layer stand for the clock of one of its units if halving them gives so much of what that gives.
const STANDS_FOR: f64 = 0.5;

/// FIFOs are named before packets if they give so much of what those give: packets that leave at once make room at once, so the one contains the other.
const WITHIN: f64 = 0.2;

/// A part that differs from its kind is named first if it gives so much of what the first one gives.
const OWN: f64 = 0.9;

/// A mapping of the same model that is different in one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherMapping {
    /// Another mode, by its name.
    Mode(String),
    /// Another placer, by its name.
    Placement(String),
    /// Neural processors that hold input maps twice as large.
    Capacity,
}

/// A cause, and what one thing made otherwise does to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CauseRow {
    /// `load`, `fifo`, `packets`, `steps`, `clock`; `maps`: two input maps, and `mode`, `placement` and `capacity` of other mappings, which are only run.
    pub cause: &'static str,
    /// What was made otherwise, in words.
    pub change: String,
    /// Of a clock the unit, of FIFOs the one that waits longest, of packets the sender of those that wait longest on the critical path.
    pub unit: Option<String>,
    /// Of packets who gets them.
    pub target: Option<String>,
    /// The layer of the unit, or that whose steps they are.
    pub layer: Option<String>,
    /// Of steps their kind, as in the reasons.
    pub step: Option<&'static str>,
    /// What the graph of the recorded run predicts. None of two input maps and of another mapping, which have graphs of their own.
    pub predicted: Option<CauseTimes>,
    /// What the same run says with the change. None if it did not come to its end.
    pub simulated: Option<CauseTimes>,
    /// Clocks that the change saves, of those of the makespan, by the run, or else by the prediction.
    pub gain: f64,
    /// The predicted makespan less the simulated one, of the simulated one.
    pub difference: Option<f64>,
    /// The basis of these times, whatever that of the device: `assumed`.
    pub basis: &'static str,
}

impl CauseRow {
    /// Where a cause is that is of no single part; nothing of a mapping.
    pub(crate) fn everywhere(&self) -> &'static str {
        match self.cause {
            "load" => "all passes",
            "maps" | "capacity" => "every NP",
            _ => "",
        }
    }

    /// Another mapping of the same model, which took so long.
    pub(super) fn of_mapping(mapping: &OtherMapping, makespan: u64, simulated: CauseTimes) -> CauseRow {
        let (cause, change) = match mapping {
            OtherMapping::Mode(mode) => ("mode", mode.clone()),
            OtherMapping::Placement(placer) => ("placement", placer.clone()),
            OtherMapping::Capacity => ("capacity", "room for maps twice as large".to_owned()),
        };
        CauseRow::run_only(cause, &change, makespan, simulated)
    }

    /// A second input map in each neural processor, if that saves anything.
    pub(super) fn of_second_map(
        simulator: &Simulator,
        frames: &[Frame],
        options: &SimulationOptions,
        makespan: u64,
    ) -> Option<CauseRow> {
        // A frame that is alone meets no other one.
        let simulator = simulator.with_second_map().filter(|_| frames.len() > 1)?;
        let ended = simulator.run(frames, 0, options, &mut NoProbe);
        let simulated = CauseTimes::simulated(&ended.into_finished().ok()?)?;
        let row = CauseRow::run_only("maps", "two input maps", makespan, simulated);
        (simulated.makespan < makespan).then_some(row)
    }

    /// A change that has no prediction.
    fn run_only(cause: &'static str, change: &str, makespan: u64, simulated: CauseTimes) -> CauseRow {
        CauseRow {
            cause,
            change: change.to_owned(),
            unit: None,
            target: None,
            layer: None,
            step: None,
            predicted: None,
            simulated: Some(simulated),
            gain: (makespan as f64 - simulated.makespan as f64) / makespan.max(1) as f64,
            difference: None,
            basis: "assumed",
        }
    }
}

/// The times of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CauseTimes {
    /// From its first cycle to the end of its last frame.
    pub makespan: u64,
    /// Between the ends of its last two frames.
    pub interval: Option<u64>,
}

impl CauseTimes {
    fn predicted(forecast: &Forecast) -> CauseTimes {
        CauseTimes { makespan: forecast.makespan(), interval: forecast.interval() }
    }

    /// Of a batch that came to its end.
    pub(super) fn simulated(outcome: &Outcome) -> Option<CauseTimes> {
        let makespan = outcome.frames.last()?.end;
        let before = outcome.frames.iter().rev().nth(1);
        Some(CauseTimes { makespan, interval: before.map(|frame| makespan - frame.end) })
    }
}

/// Something that may be a cause.
#[derive(Clone, Debug)]
struct Candidate {
    change: Change,
    /// A place where it shows: pass and unit.
    at: Option<(usize, UnitId)>,
    target: Option<UnitId>,
    /// The part differs from others of its kind.
    own: bool,
    predicted: CauseTimes,
}

/// The largest gain first, but for the rules of [`WITHIN`] and [`OWN`].
fn in_order(rows: &mut [(CauseRow, Candidate)]) {
    rows.sort_by(|(a, _), (b, _)| b.gain.total_cmp(&a.gain));
    let place = |change: Change| rows.iter().position(|(_, candidate)| candidate.change == change);
    if let (Some(packets), Some(fifo)) = (place(Change::ZeroLoad), place(Change::Fifo))
        && packets < fifo
        && rows[fifo].0.gain >= WITHIN * rows[packets].0.gain
    {
        rows[packets..=fifo].rotate_right(1);
    }
    let least = OWN * rows.first().map_or(0.0, |(row, _)| row.gain);
    if let Some(own) = rows.iter().position(|(row, candidate)| candidate.own && row.gain >= least) {
        rows[..=own].rotate_right(1);
    }
}

/// A finished batch with what was recorded of it.
pub(super) struct Recorded<'a> {
    pub simulator: &'a Simulator,
    pub frames: &'a [Frame],
    pub options: &'a SimulationOptions,
    pub timeline: &'a Timeline,
    pub graph: &'a Graph,
    /// Its critical path, merged.
    pub path: &'a [MergedPart],
}

impl Recorded<'_> {
    /// The causes that would save most, each run again: the largest first, by what the runs say.
    pub fn causes(&self) -> Vec<CauseRow> {
        let makespan = self.graph.forecast(None).makespan();
        let largest = self.largest(makespan);
        let run = |candidate: Candidate| (self.run_again(&candidate, makespan), candidate);
        let mut rows: Vec<(CauseRow, Candidate)> = largest.into_par_iter().map(run).collect();
        in_order(&mut rows);
        let load = rows.iter().position(|(_, candidate)| matches!(candidate.change, Change::Load(_)));
        let mut rows: Vec<CauseRow> = rows.into_iter().map(|(row, _)| row).collect();
        if let Some(load) = load {
            // What half of a load would save is said beside what all of it does.
            let half = self.candidate(Change::Load(Change::HALF), None, None, false);
            rows.insert(load + 1, self.run_again(&half, makespan));
        }
        rows.extend(CauseRow::of_second_map(self.simulator, self.frames, self.options, makespan));
        rows
    }

    /// The largest causes by what the graph predicts. No simulator runs.
    fn largest(&self, makespan: u64) -> Vec<Candidate> {
        let saved = |candidate: &Candidate| makespan.saturating_sub(candidate.predicted.makespan);
        let mut all = self.candidates();
        all.sort_by_key(|candidate| std::cmp::Reverse(saved(candidate)));
        let steps: Vec<(Option<OutputMapId>, u64)> = all
            .iter()
            .filter(|candidate| matches!(candidate.change, Change::Steps { .. }))
            .map(|candidate| (self.layer(candidate), saved(candidate)))
            .collect();
        all.retain(|candidate| {
            let stands_for = |&(layer, steps): &(Option<OutputMapId>, u64)| {
                layer == self.layer(candidate) && steps as f64 >= STANDS_FOR * saved(candidate) as f64
            };
            let is_clock = matches!(candidate.change, Change::Clock { .. }) && !candidate.own;
            saved(candidate) > 0 && !(is_clock && steps.iter().any(stands_for))
        });
        all.truncate(NAMED);
        all
    }

    fn layer(&self, candidate: &Candidate) -> Option<OutputMapId> {
        let (pass, UnitId(unit)) = candidate.at?;
        self.simulator.passes()[pass].output_maps[unit as usize]
    }

    fn candidate(
        &self,
        change: Change,
        at: Option<(usize, UnitId)>,
        target: Option<UnitId>,
        own: bool,
    ) -> Candidate {
        let predicted = CauseTimes::predicted(&self.graph.forecast(Some(change)));
        Candidate { change, at, target, own, predicted }
    }

    /// What the critical path goes through, and FIFOs if somebody waits for one.
    fn candidates(&self) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        let mut add = |change, at, target, own| {
            if all.iter().all(|known| known.change != change) {
                all.push(self.candidate(change, at, target, own));
            }
        };
        let mut waiting = self.path.to_vec();
        waiting.sort_by_key(|part| std::cmp::Reverse(part.clocks - part.zero_load));
        for part in &waiting {
            if let Resource::Packet { source, target, .. } = part.resource
                && part.clocks > part.zero_load
            {
                add(Change::ZeroLoad, Some((part.pass, source)), Some(target), false);
            }
        }
        if self.graph.waits_for_room() {
            add(Change::Fifo, self.waits_longest(), None, false);
        }
        for part in self.path {
            match part.resource {
                Resource::Load => add(Change::Load(Scale(0)), None, None, false),
                Resource::Unit { unit, reason: Reason::Compute } => {
                    let plan = &self.simulator.passes()[part.pass];
                    let index = unit.0 as usize;
                    if let Some(output_map) = plan.output_maps[index] {
                        let clocks = self.graph.step_clocks(part.pass, unit);
                        for (state, _) in COMPUTE_STATES.into_iter().zip(clocks).filter(|(_, c)| *c > 0) {
                            add(Change::Steps { output_map, state }, Some((part.pass, unit)), None, false);
                        }
                    }
                    if let Some(now) = plan.clock_scale(unit) {
                        let own = now > Scale::ONE;
                        let scale = if own { Scale::ONE } else { Scale((now.0 / 2).max(1)) };
                        let terminal = plan.terminals[index];
                        add(Change::Clock { terminal, scale }, Some((part.pass, unit)), None, own);
                    }
                }
                Resource::Unit { .. } | Resource::Packet { .. } | Resource::Settle => {}
            }
        }
        all
    }

    /// The unit that waits longest for its FIFO.
    fn waits_longest(&self) -> Option<(usize, UnitId)> {
        let mut longest = (0, None);
        for (pass, plan) in self.simulator.passes().iter().enumerate() {
            for unit in (0..plan.names.len() as u32).map(UnitId) {
                let runs = self.timeline.passes.iter().filter(|run| run.pass == pass);
                let intervals = runs.flat_map(|run| run.intervals(unit));
                let waits = intervals.filter(|interval| interval.reason == Reason::WaitFifo);
                let clocks: u64 = waits.map(|interval| interval.end - interval.start).sum();
                if clocks > longest.0 {
                    longest = (clocks, Some((pass, unit)));
                }
            }
        }
        longest.1
    }

    fn run_again(&self, candidate: &Candidate, makespan: u64) -> CauseRow {
        let Candidate { change, at, target, predicted, .. } = *candidate;
        let names = Names(self.simulator);
        let ended = self.simulator.changed(change).run(self.frames, 0, self.options, &mut NoProbe);
        let simulated = ended.into_finished().ok().and_then(|outcome| CauseTimes::simulated(&outcome));
        let time = simulated.unwrap_or(predicted).makespan;
        let (cause, words, step) = match change {
            Change::Load(scale) => {
                ("load", (if scale.0 == 0 { "removed" } else { "halved" }).to_owned(), None)
            }
            Change::Fifo => ("fifo", "FIFOs of 2^20 events".to_owned(), None),
            Change::ZeroLoad => ("packets", "each alone in the network".to_owned(), None),
            Change::Steps { state, .. } => ("steps", "halved".to_owned(), Some(state.name())),
            Change::Clock { scale, .. } => {
                let words = if scale == Scale::ONE {
                    "that of the device".to_owned()
                } else {
                    format!("times {scale}")
                };
                ("clock", words, None)
            }
        };
        let unit = at.filter(|_| step.is_none());
        CauseRow {
            cause,
            change: words,
            unit: unit.map(|(pass, unit)| names.unit(pass, unit)),
            target: at.and_then(|(pass, _)| target.map(|target| names.unit(pass, target))),
            layer: at.and_then(|(pass, unit)| names.layer(pass, unit)),
            step,
            predicted: Some(predicted),
            simulated,
            gain: (makespan as f64 - time as f64) / makespan.max(1) as f64,
            difference: simulated.map(|times| {
                (predicted.makespan as f64 - times.makespan as f64) / times.makespan.max(1) as f64
            }),
            basis: "assumed",
        }
    }
}

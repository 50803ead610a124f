//! Where the time of a batch went: the critical path of its last frame, and what sets the period.

use std::collections::BTreeMap;

use serde::Serialize;

use super::causes::{CauseRow, CauseTimes, OtherMapping, Recorded};
use super::error::Error;
use super::frames::FrameSource;
use super::job::Job;
use super::names::Names;
use super::unit_time::UnitTime;
use crate::document::{Document, Schema};
use crate::mesh::dependency::DependencyProbe;
use crate::mesh::probe::NoProbe;
use crate::mesh::timeline::{
    CriticalPath, MergedPart, PathPart, Period, PeriodStep, Resource, TimelineProbe,
};
use crate::mesh::{EarlyEnd, End, Ended, Frame, UnitId};

/// The first batch of a job, explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// Index of the last frame that has ended.
    pub frame: usize,
    /// The cycle in which it was taken in.
    pub start: u64,
    /// The cycle in which its last output arrived: the length of the path, which begins with the batch.
    pub end: u64,
    /// The path by unit and reason, the longest first.
    pub merged: Vec<MergedRow>,
    /// The path, part after part.
    pub path: Vec<PathRow>,
    /// From the end of each frame to the end of the next: where its clocks went.
    pub intervals: Vec<IntervalRow>,
    /// What sets the period, if at least two frames have ended.
    pub period: Option<PeriodRow>,
    /// What would help: the causes that cost most, the largest first, each with what is predicted without it, and what the same run says again. Empty
    /// where the batch did not come to its end.
    pub causes: Vec<CauseRow>,
    /// What units did when: not in JSON, where it would be most of it.
    #[serde(skip)]
    pub unit_times: Vec<UnitTime>,
}

impl Document for Explained {
    const SCHEMA: Schema = Schema::Explain;
}

/// What a part of a path is time of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceRow {
    /// The pass.
    pub pass: usize,
    /// `unit`, `packet`, `load`, `settle`.
    pub resource: &'static str,
    /// The unit, or the one that sent the packet.
    pub unit: Option<String>,
    /// The layer of that unit.
    pub layer: Option<String>,
    /// What the unit's time went by with; of a packet `arrival` or `departure`, whichever counts.
    pub reason: Option<&'static str>,
    /// Who gets the packet.
    pub target: Option<String>,
}

/// Parts with the same resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MergedRow {
    /// What they are time of.
    #[serde(flatten)]
    pub resource: ResourceRow,
    /// How many.
    pub parts: usize,
    /// Clocks.
    pub clocks: u64,
    /// Of a packet: clocks that it would take alone in the network.
    pub zero_load: u64,
    /// Of a packet: the rest, waiting for others.
    pub wait: u64,
    /// Clocks, of those of the path.
    pub share: f64,
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathRow {
    /// What it is time of.
    #[serde(flatten)]
    pub resource: ResourceRow,
    /// The frame that it belongs to.
    pub frame: Option<usize>,
    /// Its first cycle.
    pub start: u64,
    /// The cycle after its last: the start of the next part.
    pub end: u64,
    /// Of a packet: clocks that it would take alone in the network.
    pub zero_load: u64,
    /// Of a packet: the rest, waiting for others.
    pub wait: u64,
}

/// The time between the ends of two frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IntervalRow {
    /// Index of the later frame.
    pub frame: usize,
    /// Its clocks.
    pub clocks: u64,
    /// The path in it, the longest parts, at most three.
    pub merged: Vec<MergedRow>,
}

/// So many parts of an interval are named.
const NAMED: usize = 3;

/// What sets the period of a batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeriodRow {
    /// `loop`: units that wait for each other; `passes`: each frame runs all passes before the next begins.
    pub set_by: &'static str,
    /// Clocks per frame. Exact if one image is repeated.
    pub clocks: f64,
    /// Clocks from the end of the frame before the last to the end of the last.
    pub interval: u64,
    /// Clocks of a loop, all frames.
    pub loop_clocks: u64,
    /// Frames of a loop.
    pub loop_frames: u64,
    /// Once around the loop.
    pub steps: Vec<PeriodStepRow>,
    /// Units with their clocks, the longest first.
    pub units: Vec<PeriodUnitRow>,
}

/// From one stage of a unit to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodStepRow {
    /// A unit.
    pub from: String,
    /// `start`, `emit`, `computed`, `end`.
    pub from_stage: &'static str,
    /// The same unit, or one that waits for it.
    pub to: String,
    /// Its stage.
    pub to_stage: &'static str,
    /// Clocks between them.
    pub clocks: u64,
    /// So many frames later.
    pub frames: u64,
}

/// A unit that takes part in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodUnitRow {
    /// The unit.
    pub unit: String,
    /// Its layer.
    pub layer: Option<String>,
    /// Its clocks: of its own stages, and of what it waits for on the way from others.
    pub clocks: u64,
}

impl Explained {
    /// Runs the same frames in another program of the same model, and adds what that gives to what would help. A run that does not come to its end
    /// adds nothing.
    ///
    /// # Errors
    /// The input does not fit.
    pub fn add_mapping(&mut self, mapping: &OtherMapping, job: &Job) -> Result<(), Error> {
        let frames = batch(job)?;
        let ended = job.simulator.run(&frames, 0, &job.options, &mut NoProbe);
        let times = ended.into_finished().ok().and_then(|outcome| CauseTimes::simulated(&outcome));
        self.causes.extend(times.map(|times| CauseRow::of_mapping(mapping, self.end, times)));
        Ok(())
    }
}

/// The frames of the first batch of a job.
fn batch(job: &Job) -> Result<Vec<Frame>, Error> {
    let source = FrameSource::new(job.simulator.program(), job.input)?;
    if source.count() == 0 {
        return Err(Error::NoFrames);
    }
    Ok((0..source.count().min(job.batch)).map(|index| source.frame(index)).collect())
}

/// Runs the first batch of a job and explains it: None if no frame has ended. Then the batch runs again for each of the largest causes, with what
/// would help. Nothing is compared or written.
///
/// # Errors
/// The input has no samples or does not fit.
pub fn explain(job: &Job) -> Result<Ended<Option<Explained>, Error>, Vec<Error>> {
    let frames = batch(job).map_err(|error| vec![error])?;
    let simulator = job.simulator;
    // What would help is foretold for packets with one receiver only.
    let dependencies = (!simulator.has_trees()).then(|| DependencyProbe::new(simulator, frames.len()));
    let mut probe = (TimelineProbe::new(simulator), dependencies);
    let ended = simulator.run(&frames, 0, &job.options, &mut probe).map_failure(Error::from);
    let (outcome, mut end) = ended.into_parts();
    let (timeline, graph) = (probe.0.into_timeline(), probe.1.map(DependencyProbe::into_graph));
    let explained = outcome.finished.checked_sub(1).and_then(|frame| {
        let path = CriticalPath::of(simulator, &timeline, &outcome, frame)?;
        let period = Period::of(simulator, &timeline, &outcome);
        let ends: Vec<u64> = outcome.frames.iter().take(frame + 1).map(|frame| frame.end).collect();
        let (names, merged) = (Names(simulator), path.merged());
        let intervals = CriticalPath::intervals(simulator, &timeline, &outcome);
        let causes = match (&end, &graph) {
            (End::Early(_), _) => Vec::new(),
            (End::Finished, None) => {
                let makespan = ends[frame];
                CauseRow::of_second_map(simulator, &frames, &job.options, makespan).into_iter().collect()
            }
            (End::Finished, Some(graph)) => {
                let (options, path) = (&job.options, merged.as_slice());
                let timeline = &timeline;
                Recorded { simulator, frames: &frames, options, timeline, graph, path }.causes()
            }
        };
        Some(Explained {
            frame,
            start: outcome.frames[frame].start,
            end: ends[frame],
            merged: merged.iter().map(|part| names.merged(part, path.clocks())).collect(),
            path: path.parts.iter().map(|part| names.part(part)).collect(),
            intervals: (1..)
                .zip(&intervals)
                .map(|(frame, path)| {
                    let (clocks, merged) = (path.clocks(), path.merged());
                    let merged = merged.iter().take(NAMED).map(|part| names.merged(part, clocks)).collect();
                    IntervalRow { frame, clocks, merged }
                })
                .collect(),
            period: period.map(|period| names.period(&period, ends[frame] - ends[frame - 1])),
            causes,
            unit_times: names.unit_times(&timeline),
        })
    });
    if end.is_finished() && job.stopped() {
        end = End::Early(EarlyEnd::Stopped);
    }
    Ok(Ended::new(explained, end))
}

impl Names<'_> {
    fn resource(&self, pass: usize, resource: Resource) -> ResourceRow {
        let of = |resource, unit: Option<UnitId>, reason, target: Option<UnitId>| ResourceRow {
            pass,
            resource,
            unit: unit.map(|unit| self.unit(pass, unit)),
            layer: unit.and_then(|unit| self.layer(pass, unit)),
            reason,
            target: target.map(|target| self.unit(pass, target)),
        };
        match resource {
            Resource::Unit { unit, reason } => of("unit", Some(unit), Some(reason.name()), None),
            Resource::Packet { source, target, arrived } => {
                let reason = if arrived { "arrival" } else { "departure" };
                of("packet", Some(source), Some(reason), Some(target))
            }
            Resource::Load => of("load", None, None, None),
            Resource::Settle => of("settle", None, None, None),
        }
    }

    fn merged(&self, part: &MergedPart, all: u64) -> MergedRow {
        let MergedPart { pass, resource, parts, clocks, zero_load } = *part;
        let wait = if let Resource::Packet { .. } = resource { clocks - zero_load } else { 0 };
        let share = clocks as f64 / all.max(1) as f64;
        MergedRow { resource: self.resource(pass, resource), parts, clocks, zero_load, wait, share }
    }

    fn part(&self, part: &PathPart) -> PathRow {
        let PathPart { start, end, pass, frame, resource, zero_load } = *part;
        PathRow { resource: self.resource(pass, resource), frame, start, end, zero_load, wait: part.wait() }
    }

    fn period(&self, period: &Period, interval: u64) -> PeriodRow {
        let (set_by, loop_clocks, loop_frames, steps) = match period {
            Period::Loop { ratio, steps } => ("loop", ratio.clocks, ratio.frames, steps.as_slice()),
            Period::Passes { path } => ("passes", path.clocks(), 1, &[][..]),
        };
        let step = |step: &PeriodStep| PeriodStepRow {
            from: self.unit(0, step.from),
            from_stage: step.from_stage.name(),
            to: self.unit(0, step.to),
            to_stage: step.to_stage.name(),
            clocks: step.clocks,
            frames: step.frames,
        };
        let mut sums: BTreeMap<(String, Option<String>), u64> = BTreeMap::new();
        for (pass, unit, clocks) in period.parts() {
            *sums.entry((self.unit(pass, unit), self.layer(pass, unit))).or_default() += clocks;
        }
        let units = sums.into_iter().map(|((unit, layer), clocks)| PeriodUnitRow { unit, layer, clocks });
        let mut units: Vec<PeriodUnitRow> = units.collect();
        units.sort_by_key(|row| std::cmp::Reverse(row.clocks));
        PeriodRow {
            set_by,
            clocks: period.clocks(),
            interval,
            loop_clocks,
            loop_frames,
            steps: steps.iter().map(step).collect(),
            units,
        }
    }
}

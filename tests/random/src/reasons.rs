//! The law of reasons: every cycle of every unit has one reason, and the critical path of a frame has every cycle of it.

use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::mesh::dependency::{DependencyProbe, Graph};
use spikemesh::mesh::timeline::{
    CriticalPath, Interval, PassTimeline, Period, Resource, Timeline, TimelineProbe,
};
use spikemesh::mesh::{
    Frame, Loss, Outcome, PlantedLoss, Reason, ReasonCounts, ReasonProbe, SimulationOptions, Simulator,
    UnitId,
};
use spikemesh::model::Model;
use spikemesh::noc::Cycle;

/// A run with all that is recorded of its time.
pub struct TimedRun {
    /// What it left, whole or in part.
    pub outcome: Outcome,
    /// True if it came to its end.
    pub finished: bool,
    /// Clocks by unit and reason.
    pub counts: ReasonCounts,
    /// Intervals.
    pub timeline: Timeline,
    /// Which event waited for which.
    pub graph: Graph,
}

impl TimedRun {
    /// Runs a batch.
    pub fn new(simulator: &Simulator, frames: &[Frame], options: &SimulationOptions) -> TimedRun {
        let dependencies = DependencyProbe::new(simulator, frames.len());
        let mut probe = (ReasonProbe::new(simulator), (TimelineProbe::new(simulator), dependencies));
        let ended = simulator.run(frames, 0, options, &mut probe);
        let (outcome, end) = ended.into_parts();
        let (counts, (timeline, graph)) = (probe.0.into_counts(), probe.1);
        let (timeline, graph) = (timeline.into_timeline(), graph.into_graph());
        TimedRun { outcome, finished: end.is_finished(), counts, timeline, graph }
    }

    /// Holds it against the law.
    ///
    /// # Errors
    /// What breaks it.
    pub fn check(&self, simulator: &Simulator) -> Result<(), String> {
        let TimedRun { outcome, counts, timeline, .. } = self;
        add_up(counts, outcome.cycles)?;
        timeline.passes.iter().try_for_each(|pass| tile(simulator, pass))?;
        follow_each_other(timeline, outcome.cycles)?;
        agree(counts, timeline)?;
        if self.finished {
            are_those_of_frames(counts, outcome)?;
            have_blame(counts)?;
            // A graph follows packets with one receiver.
            if !simulator.has_trees() {
                is_why(&self.graph, outcome)?;
            }
        }
        let mut intervals = CriticalPath::intervals(simulator, timeline, outcome).into_iter();
        for frame in 0..outcome.finished {
            let path = CriticalPath::of(simulator, timeline, outcome, frame);
            let path = path.ok_or_else(|| format!("frame {frame} has no path"))?;
            is_whole(&path, timeline, outcome.frames[frame].end)
                .map_err(|what| format!("path of frame {frame}: {what}"))?;
            let of_frame = path.since(outcome.frames[frame].start).clocks();
            if frame > 0 && intervals.next() != Some(path.since(outcome.frames[frame - 1].end)) {
                return Err(format!("the interval before the end of frame {frame} is no part of its path"));
            }
            let cycles = outcome.frames[frame].end - outcome.frames[frame].start;
            if of_frame != cycles {
                return Err(format!(
                    "the path of frame {frame} since its start has {of_frame} of {cycles} clocks"
                ));
            }
        }
        Ok(())
    }

    /// Holds the period against the interval between the last two frames, which are the same image. Gives the relative error.
    ///
    /// # Errors
    /// There is no period.
    pub fn period_error(&self, simulator: &Simulator) -> Result<f64, String> {
        let period = Period::of(simulator, &self.timeline, &self.outcome).ok_or("no period")?;
        let ends = &self.outcome.frames[self.outcome.finished - 2..self.outcome.finished];
        let interval = (ends[1].end - ends[0].end) as f64;
        Ok((period.clocks() - interval) / interval)
    }
}

fn texts(errors: &[impl ToString]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The period may differ from the interval by so much of it.
pub const PERIOD_ERROR: f64 = 0.005;

/// A template, mapped, with one image.
pub struct Mapped {
    simulator: Simulator,
    frame: Frame,
}

impl Mapped {
    /// Maps a template, or a model, onto the AKD1500; layers without weights get random ones.
    ///
    /// # Errors
    /// It cannot be read, or is refused.
    pub fn new(file: &Path, mode: Mode) -> Result<Mapped, String> {
        Mapped::onto(Device::load("akd1500").map_err(|errors| texts(&errors))?, file, mode)
    }

    /// Maps onto a device.
    ///
    /// # Errors
    /// The model cannot be read, or is refused.
    pub fn onto(device: Device, file: &Path, mode: Mode) -> Result<Mapped, String> {
        let (mut model, _) = Model::read(file).map_err(|errors| texts(&errors))?;
        model.randomise(1);
        let compiled = compile(&model, &device, &mode.into()).map_err(|errors| texts(&errors))?;
        let simulator = Simulator::new(compiled.program, device).map_err(|errors| texts(&errors))?;
        let program = simulator.program();
        let frame = match (program.passes[0].hrc.as_ref(), program.input) {
            (Some(hrc), _) => Frame::Image((0..hrc.image.len()).map(|i| (i * 89 % 251) as u8).collect()),
            (None, buffer) => {
                let map = program.buffers[usize::from(buffer.ok_or("no input")?.0)].map;
                Frame::Events((0..map.len()).map(|i| (i % 2 * (1 + i % 15)) as i32).collect())
            }
        };
        Ok(Mapped { simulator, frame })
    }

    /// The same on a network that loses something.
    pub fn losing(self, loss: Loss) -> Mapped {
        Mapped { simulator: self.simulator.with_planted_loss(PlantedLoss { loss, number: 2 }), ..self }
    }

    /// The loaded program.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The image so many times.
    pub fn frames(&self, count: usize) -> Vec<Frame> {
        vec![self.frame.clone(); count]
    }

    /// Runs the image so many times, in one batch.
    pub fn run(&self, batch: usize) -> TimedRun {
        let options = SimulationOptions { record_output_maps: false, ..SimulationOptions::default() };
        TimedRun::new(&self.simulator, &self.frames(batch), &options)
    }

    /// Holds batches of 1 and 4 against the law of reasons. Gives the relative error of the period.
    ///
    /// # Errors
    /// What breaks it.
    pub fn check(&self) -> Result<f64, String> {
        self.run(1).check(&self.simulator).map_err(|what| format!("batch 1: {what}"))?;
        let run = self.run(4);
        run.check(&self.simulator).map_err(|what| format!("batch 4: {what}"))?;
        run.period_error(&self.simulator)
    }
}

/// The reasons of each unit add up to the span, and the states to the clocks of computing.
///
/// # Errors
/// The first unit of which they do not.
pub fn add_up(counts: &ReasonCounts, span: Cycle) -> Result<(), String> {
    if counts.span != span {
        return Err(format!("the span is {} of {span} clocks", counts.span));
    }
    for (pass, units) in counts.passes.iter().enumerate() {
        for (unit, clocks) in units.iter().enumerate() {
            if let Some(receiving) = clocks.receiving {
                let sum = receiving.iter().sum::<u64>();
                if sum != span {
                    return Err(format!(
                        "pass {pass}, unit {unit}: reasons of receiving add up to {sum} of {span} clocks"
                    ));
                }
            }
            let (sum, states) = (clocks.sum(), clocks.states.iter().sum::<u64>());
            if sum != span {
                return Err(format!("pass {pass}, unit {unit}: reasons add up to {sum} of {span} clocks"));
            }
            let compute = clocks.of(Reason::Compute);
            if states != compute {
                return Err(format!(
                    "pass {pass}, unit {unit}: states add up to {states} of {compute} clocks"
                ));
            }
        }
    }
    Ok(())
}

/// The intervals of each unit tile the pass.
fn tile(simulator: &Simulator, pass: &PassTimeline) -> Result<(), String> {
    let names = &simulator.passes()[pass.pass].names;
    for (unit, name) in names.iter().enumerate() {
        tiles(pass.intervals(UnitId(unit as u32)), pass.start, pass.end)
            .map_err(|what| format!("pass {}, {name}: {what}", pass.pass))?;
    }
    Ok(())
}

/// The graph without a change is the run, event by event.
fn is_why(graph: &Graph, outcome: &Outcome) -> Result<(), String> {
    let ends: Vec<Cycle> = outcome.frames.iter().map(|frame| frame.end).collect();
    let forecast = graph.forecast(None);
    if forecast.ends != ends {
        return Err(format!("frames end in {ends:?}, by the graph in {:?}", forecast.ends));
    }
    if graph.is_exact() { Ok(()) } else { Err("an event of the graph has another time".to_owned()) }
}

/// Intervals that begin at `start`, follow each other, and end at `end`.
///
/// # Errors
/// The first gap or overlap.
pub fn tiles(intervals: &[Interval], start: Cycle, end: Cycle) -> Result<(), String> {
    let mut at = start;
    for interval in intervals {
        if interval.start != at || interval.end < interval.start {
            return Err(format!("{interval:?} where {at} is next"));
        }
        at = interval.end;
    }
    if at == end { Ok(()) } else { Err(format!("intervals end in {at}, the pass in {end}")) }
}

/// Passes and their loads tile the run.
fn follow_each_other(timeline: &Timeline, end: Cycle) -> Result<(), String> {
    let mut at = 0;
    for pass in &timeline.passes {
        if pass.loaded != at || pass.start < pass.loaded {
            return Err(format!("pass {} is loaded in {}, not {at}", pass.pass, pass.loaded));
        }
        at = pass.end;
    }
    if at == end { Ok(()) } else { Err(format!("passes end in {at}, the run in {end}")) }
}

/// Sums of intervals are the counts.
fn agree(counts: &ReasonCounts, timeline: &Timeline) -> Result<(), String> {
    for (index, units) in counts.passes.iter().enumerate() {
        let runs = || timeline.passes.iter().filter(|pass| pass.pass == index);
        for (unit, clocks) in units.iter().enumerate() {
            for reason in Reason::ALL {
                let intervals = runs().flat_map(|pass| pass.intervals(UnitId(unit as u32)));
                let sum: Cycle = intervals
                    .filter(|i| i.reason == reason)
                    .map(|interval| interval.end - interval.start)
                    .sum();
                let beside = match reason {
                    Reason::Load => runs().map(|pass| pass.start - pass.loaded).sum(),
                    Reason::Unused => counts.span - runs().map(|pass| pass.end - pass.loaded).sum::<Cycle>(),
                    _ => 0,
                };
                let counted = clocks.of(reason);
                if sum + beside != counted {
                    let name = reason.name();
                    return Err(format!(
                        "pass {index}, unit {unit}: {name} {counted}, intervals {}",
                        sum + beside
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The counts are those that units keep of their frames.
fn are_those_of_frames(counts: &ReasonCounts, outcome: &Outcome) -> Result<(), String> {
    for (pass, (units, outcome)) in counts.passes.iter().zip(&outcome.passes).enumerate() {
        for (clocks, unit) in units.iter().zip(&outcome.units) {
            // A sink computes nothing and sends no marker.
            let sends = unit.frames.iter().any(|record| record.computed > record.start)
                || clocks.of(Reason::Drain) > 0;
            let sum =
                |of: &dyn Fn(&spikemesh::mesh::FrameRecord) -> u64| unit.frames.iter().map(of).sum::<u64>();
            let expected = [
                (Reason::Compute, sum(&|record| record.clocks())),
                (Reason::WaitFifo, sum(&|record| record.stall_fifo)),
                (Reason::WaitMap, sum(&|record| record.stall_token)),
                (Reason::Drain, if sends { sum(&|record| record.end + 1 - record.computed) } else { 0 }),
            ];
            if let Some((reason, kept)) =
                expected.into_iter().find(|(reason, kept)| clocks.of(*reason) != *kept)
            {
                let (name, counted) = (reason.name(), clocks.of(reason));
                return Err(format!("pass {pass}, {}: {name} {counted}, its frames {kept}", unit.name));
            }
        }
    }
    Ok(())
}

/// In a run that came to its end all waits have someone to blame.
fn have_blame(counts: &ReasonCounts) -> Result<(), String> {
    for (pass, units) in counts.passes.iter().enumerate() {
        for (unit, clocks) in units.iter().enumerate() {
            for reason in [Reason::WaitInput, Reason::WaitMap, Reason::WaitFifo] {
                let blames = counts.blames(pass, unit).filter(|blame| blame.reason == reason);
                let (sum, waited) = (blames.map(|blame| blame.clocks).sum::<u64>(), clocks.of(reason));
                if sum != waited {
                    let name = reason.name();
                    return Err(format!(
                        "pass {pass}, unit {unit}: {sum} of {waited} clocks of {name} have blame"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// A path tiles the time up to `end`, and its units do then what it says.
///
/// # Errors
/// The first part that does not fit.
pub fn is_whole(path: &CriticalPath, timeline: &Timeline, end: Cycle) -> Result<(), String> {
    let mut at = 0;
    for part in &path.parts {
        if part.start != at || part.end <= part.start || part.zero_load > part.clocks() {
            return Err(format!("{part:?} where {at} is next"));
        }
        at = part.end;
        let Resource::Unit { unit, reason } = part.resource else { continue };
        let mut passes = timeline.passes.iter().filter(|pass| pass.pass == part.pass);
        let does = |pass: &PassTimeline| {
            pass.intervals(unit).iter().any(|interval| {
                interval.reason == reason && interval.start <= part.start && part.end <= interval.end
            })
        };
        if !passes.any(does) {
            return Err(format!("{part:?} is no time of its unit"));
        }
    }
    if at == end && path.clocks() == end {
        Ok(())
    } else {
        Err(format!("it ends in {at}, the frame in {end}"))
    }
}

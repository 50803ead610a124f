//! Running a program on frames: the simulation, the comparison with the engine, and what is left on disk.
//!
//! ```
//! use spikemesh::compiler::{Mode, compile};
//! use spikemesh::engine::Input;
//! use spikemesh::mesh::{Device, Simulator};
//! use spikemesh::model::{Dims, FullyConnected, InputData, Model, Parameters};
//! use spikemesh::run::{Job, simulate};
//! use spikemesh::tensor::Dense;
//!
//! let mut model = Model::new("tiny");
//! let input = Dims { width: 4, height: 4, channels: 1 };
//! model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
//! let head = FullyConnected { num_neurons: 10, weights_bits: 4, activation: Default::default() };
//! model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
//! model.randomise(1);
//!
//! let device = Device::load("two-nodes").unwrap();
//! let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
//! let simulator = Simulator::new(&program, &device).unwrap();
//! let images = Dense { shape: [2, 4, 4, 1], data: (0..32).map(|i| i % 16).collect() };
//! let ended = simulate(&Job::new(&simulator, &Input::Images(images)).against(&model)).unwrap();
//! let results = ended.into_finished().unwrap();
//! assert_eq!(results.frames.len(), 2);
//! assert!(results.differences.is_empty());
//! ```

mod claim;
mod directory;
mod frames;
mod stats;

use std::io::BufWriter;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use miette::Diagnostic;
use rayon::prelude::*;
use thiserror::Error as ThisError;

pub use crate::golden::Difference;
pub use claim::Claim;
pub use directory::{Directory, Info, sha256};
pub use frames::frames;
pub use spikemesh_mesh::HostSpeed;
pub use stats::{FrameStats, LayerStats, Stats, UnitStats};

use crate::device::Device;
use crate::engine::{self, Engine, Input};
use crate::files::atomic_file;
use crate::golden;
use crate::mesh::probe::background::BackgroundWriter;
use crate::mesh::probe::events::{EventProbe, Spike};
use crate::mesh::probe::trace::TraceProbe;
use crate::mesh::probe::wave::WaveProbe;
use crate::mesh::simulator::{self, Options, Outcome};
use crate::mesh::{EarlyEnd, End, Ended, Frame, Simulator};
use crate::model::Model;
use crate::noc::Cycle;
use crate::noc::NoProbe;
use crate::tensor::{self, Dense, Sparse};

/// What stops a run.
#[derive(Debug, ThisError, Diagnostic)]
pub enum Error {
    /// The simulator cannot go on.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Simulator(#[from] simulator::Error),
    /// The engine refuses the model or the input.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Engine(#[from] engine::Error),
    /// The program was not made from the model.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Golden(#[from] golden::Error),
    /// The input does not fit the program.
    #[error("{came}, and the program takes {takes}")]
    #[diagnostic(
        code(run::input),
        help("give an array of that shape; images are (n, h, w, c), events (n, w, h, c)")
    )]
    Input {
        /// What came.
        came: String,
        /// What was expected.
        takes: String,
    },
    /// An array of the run directory cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Array(#[from] tensor::Error),
    /// A file of the run directory cannot be written.
    #[error("cannot write {path}: {cause}")]
    #[diagnostic(code(run::write), help("choose another directory with `-o`, or make room on the disk"))]
    Write {
        /// The file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
}

impl Error {
    pub(crate) fn write(path: &Path, cause: std::io::Error) -> Error {
        Error::Write { path: path.display().to_string(), cause }
    }
}

/// What to run.
pub struct Job<'a> {
    simulator: &'a Simulator<'a>,
    input: &'a Input,
    golden: Option<&'a Model>,
    batch: usize,
    options: Options,
    waves: Option<(&'a Path, &'a Device)>,
    trace: Option<&'a Path>,
    events: bool,
    stop: Option<&'a AtomicBool>,
    progress: &'a (dyn Fn(usize) + Sync),
}

impl<'a> Job<'a> {
    /// Every sample of `input`, one at a time.
    pub fn new(simulator: &'a Simulator<'a>, input: &'a Input) -> Job<'a> {
        Job {
            simulator,
            input,
            golden: None,
            batch: 1,
            options: Options { record_groups: false, ..Options::default() },
            waves: None,
            trace: None,
            events: false,
            stop: None,
            progress: &|_| {},
        }
    }

    /// Compares every layer of every frame with the engine.
    pub fn against(self, model: &'a Model) -> Job<'a> {
        Job { golden: Some(model), options: Options { record_groups: true, ..self.options }, ..self }
    }

    /// Frames that enter the mesh one behind the other, from reset. Default 1.
    pub fn batch(self, batch: usize) -> Job<'a> {
        Job { batch: batch.max(1), ..self }
    }

    /// Stops with an error beyond this cycle of a batch.
    pub fn max_cycles(self, max_cycles: Cycle) -> Job<'a> {
        Job { options: Options { max_cycles, ..self.options }, ..self }
    }

    /// Writes waves of the first batch to a file.
    pub fn waves(self, path: &'a Path, device: &'a Device) -> Job<'a> {
        Job { waves: Some((path, device)), ..self }
    }

    /// Writes the packets of the first batch to a file, as `.spt`.
    pub fn trace(self, path: &'a Path) -> Job<'a> {
        Job { trace: Some(path), ..self }
    }

    /// Keeps every event with its cycle, see [`Results::events`].
    pub fn events(self, events: bool) -> Job<'a> {
        Job { events, ..self }
    }

    /// Ends early, with what is finished, once `stop` is set.
    pub fn stop(self, stop: &'a AtomicBool) -> Job<'a> {
        Job { stop: Some(stop), ..self }
    }

    /// Called with the number of frames that have just been finished.
    pub fn progress(self, progress: &'a (dyn Fn(usize) + Sync)) -> Job<'a> {
        Job { progress, ..self }
    }

    fn stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

/// One finished frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameResult {
    /// Clocks from the first value taken in to the last output at the event DMA.
    pub cycles: Cycle,
    /// The output map (w, h, c).
    pub output: Vec<i32>,
}

/// The finished frames of a job, compared, with their counters.
#[derive(Debug)]
pub struct Results {
    /// Finished frames, in the order of the input.
    pub frames: Vec<FrameResult>,
    /// The first difference of every frame that differs from the engine.
    pub differences: Vec<Difference>,
    /// Every event of the finished frames if the job asked for them: batch by batch, in each in the order of emission.
    pub events: Vec<Spike>,
    /// Counters by frame, layer and unit.
    pub stats: Stats,
    /// How fast this host was.
    pub host: HostSpeed,
    /// Time spent simulating, and what was simulated in it.
    simulating: Duration,
    clocks: Cycle,
}

/// Runs a job. Batches run on all cores; the results do not depend on how many there are.
///
/// A job that ends early gives the frames that were finished before.
///
/// # Errors
/// The input does not fit, the engine refuses the model, the program was not made from it, waves cannot be written.
pub fn simulate(job: &Job) -> Result<Ended<Results, Error>, Vec<Error>> {
    let frames = frames(job.simulator.program(), job.input).map_err(|e| vec![e])?;
    if let Some(model) = job.golden {
        golden::check(job.simulator.program(), model).map_err(|e| vec![e.into()])?;
    }
    let engine = job.golden.map(Engine::new).transpose().map_err(from_engine)?;
    let batches: Vec<(usize, &[Frame])> =
        frames.chunks(job.batch).enumerate().map(|(i, batch)| (i * job.batch, batch)).collect();
    let mut results = Results {
        frames: Vec::new(),
        differences: Vec::new(),
        events: Vec::new(),
        stats: Stats::new(job.simulator),
        host: HostSpeed::default(),
        simulating: Duration::ZERO,
        clocks: 0,
    };
    let mut rest = batches.as_slice();
    let mut first_part = None;
    if let (true, Some((first, others))) = (job.waves.is_some() || job.trace.is_some(), rest.split_first()) {
        let begin = Instant::now();
        let (ended, events) = written(job, first.1).map_err(|error| vec![error])?;
        first_part = Some(Part::new(job, engine.as_ref(), first, ended, events, begin.elapsed()));
        rest = others;
    }
    let end = match batches_of(job, engine.as_ref(), first_part, rest, &mut results) {
        Ok(()) => End::Finished,
        Err(early) => End::Early(early),
    };
    let clock_hz = *job.simulator.device().clock_hz;
    results.host = HostSpeed::new(results.clocks, results.simulating.as_secs_f64(), clock_hz);
    Ok(Ended::new(results, end))
}

/// Adds the first batch, if it ran already, then runs and adds the others, in slices: so the memory in use stays bounded, and a stop takes effect
/// soon.
fn batches_of(
    job: &Job,
    engine: Option<&Engine>,
    first: Option<Part>,
    rest: &[(usize, &[Frame])],
    results: &mut Results,
) -> Result<(), EarlyEnd<Error>> {
    first.map_or(Ok(()), |part| results.add(part))?;
    for slice in rest.chunks(rayon::current_num_threads() * 4) {
        if job.stopped() {
            return Err(EarlyEnd::Stopped);
        }
        let parts: Vec<Part> = slice
            .par_iter()
            .map(|batch| {
                let begin = Instant::now();
                let mut events = EventProbe::default();
                let ended = if job.events {
                    job.simulator.run(batch.1, 0, &job.options, &mut events)
                } else {
                    job.simulator.run(batch.1, 0, &job.options, &mut NoProbe)
                };
                Part::new(job, engine, batch, ended, events.spikes, begin.elapsed())
            })
            .collect();
        parts.into_iter().try_for_each(|part| results.add(part))?;
    }
    Ok(())
}

/// Runs a batch, and writes waves and trace of it; a batch that fails or reaches a limit leaves no file.
fn written(job: &Job, frames: &[Frame]) -> Result<(Ended<Outcome>, Vec<Spike>), Error> {
    let create = |path: &Path| atomic_file::create(path).map_err(|cause| Error::write(path, cause));
    let mut writer = job.waves.map(|(path, _)| create(path).map(BackgroundWriter::new)).transpose()?;
    let wave = match (&mut writer, job.waves) {
        (Some(writer), Some((path, device))) => {
            let wave = WaveProbe::new(writer, job.simulator.units(), &device.network_config());
            Some(wave.map_err(|cause| Error::write(path, cause))?)
        }
        _ => None,
    };
    let trace = job.trace.map(|path| {
        let trace = TraceProbe::new(BufWriter::new(create(path)?));
        trace.map_err(|cause| Error::write(path, cause))
    });
    let mut probe = (wave, (trace.transpose()?, EventProbe::default()));
    let (outcome, end) = job.simulator.run(frames, 0, &job.options, &mut probe).into_parts();
    let (wave, (trace, events)) = probe;
    let events = if job.events { events.spikes } else { Vec::new() };
    if let End::Early(EarlyEnd::Stopped | EarlyEnd::Limit(_) | EarlyEnd::Failure(_)) = end {
        return Ok((Ended::new(outcome, end), events));
    }
    if let (Some(wave), Some((path, _))) = (wave, job.waves) {
        let write = |cause| Error::write(path, cause);
        wave.finish().map_err(write)?;
        if let Some(writer) = writer {
            atomic_file::commit(writer.finish().map_err(write)?, path).map_err(write)?;
        }
    }
    if let (Some(trace), Some(path)) = (trace, job.trace) {
        let write = |cause| Error::write(path, cause);
        let file = trace.finish().map_err(write)?.into_inner().map_err(|error| write(error.into_error()))?;
        atomic_file::commit(file, path).map_err(write)?;
    }
    Ok((Ended::new(outcome, end), events))
}

fn first_error(mut errors: Vec<engine::Error>) -> Error {
    errors.swap_remove(0).into()
}

fn from_engine(errors: Vec<engine::Error>) -> Vec<Error> {
    errors.into_iter().map(Error::from).collect()
}

/// What a batch left, compared.
struct Part {
    outcome: Outcome,
    end: End<Error>,
    differences: Vec<Difference>,
    events: Vec<Spike>,
    simulating: Duration,
}

impl Part {
    fn new(
        job: &Job,
        engine: Option<&Engine>,
        &(first, frames): &(usize, &[Frame]),
        ended: Ended<Outcome>,
        mut events: Vec<Spike>,
        simulating: Duration,
    ) -> Part {
        let (mut outcome, mut end) = ended.map_failure(Error::from).into_parts();
        let mut compared = Vec::new();
        // Where a batch hangs, the maps are compared as well: a wrong value is often why.
        if let End::Finished | End::Early(EarlyEnd::Hang(_)) = end
            && let (Some(engine), Some(model)) = (engine, job.golden)
        {
            match differences(job, engine, model, first, &outcome) {
                Ok(differences) => compared = differences,
                Err(error) => end = End::Early(EarlyEnd::Failure(error)),
            }
        }
        for event in &mut events {
            event.frame += first as u32;
        }
        for frame in &mut outcome.frames {
            frame.groups = Vec::new();
        }
        if end.is_finished() {
            (job.progress)(frames.len());
        }
        Part { outcome, end, differences: compared, events, simulating }
    }
}

/// The first difference of every frame of a batch that differs from the engine.
fn differences(
    job: &Job,
    engine: &Engine,
    model: &Model,
    first: usize,
    outcome: &Outcome,
) -> Result<Vec<Difference>, Error> {
    let mut differences = Vec::new();
    for (index, frame) in outcome.frames.iter().enumerate() {
        // The input was checked as a whole, so what is left to fail is one value: a potential beyond 32 bits.
        let trace = engine.trace(&sample(job.input, first + index), 0).map_err(first_error)?;
        differences.extend(golden::compare(job.simulator.program(), model, &trace, frame, first + index));
    }
    Ok(differences)
}

impl Results {
    /// Adds a batch. The frames of a batch that ended early are no results.
    fn add(&mut self, part: Part) -> Result<(), EarlyEnd<Error>> {
        let Part { outcome, end, differences, events, simulating } = part;
        self.differences.extend(differences);
        if let End::Early(early) = end {
            return Err(early);
        }
        self.simulating += simulating;
        if let (Some(first), Some(last)) = (outcome.frames.first(), outcome.frames.last()) {
            self.clocks += last.end - first.start;
        }
        self.events.extend(events);
        self.stats.add(&outcome);
        let frames = outcome.frames.into_iter();
        self.frames.extend(
            frames.map(|frame| FrameResult { cycles: frame.end - frame.start, output: frame.output }),
        );
        Ok(())
    }
}

/// One sample of an input, as an input of its own.
fn sample(input: &Input, index: usize) -> Input {
    match input {
        Input::Images(images) => {
            let [_, h, w, c] = images.shape;
            Input::Images(Dense { shape: [1, h, w, c], data: images.sample(index).to_vec() })
        }
        Input::Events(events) => {
            let [_, w, h, c] = events.shape;
            let of_sample = events.events.iter().filter(|e| e.n as usize == index);
            let events = of_sample.map(|e| crate::tensor::sparse::Event { n: 0, ..*e }).collect();
            Input::Events(Sparse { shape: [1, w, h, c], events })
        }
    }
}

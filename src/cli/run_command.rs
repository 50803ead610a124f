//! The verbs `run` and `demo`: simulate a program on an input, compare with the engine, write the run directory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use miette::Diagnostic;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::interrupt;
use super::logging;
use super::outputs::check_overwrite;
use super::run_summary::{FullestNp, RunSummary};
use super::wave_args::{WaveArgs, WaveLimit, sizes};
use crate::compiler::MappingReport;
use crate::device::{Device, Setting};
use crate::device_rules::DeviceRules;
use crate::engine::{Input, InputOrder};
use crate::isa::{self, Program};
use crate::mesh::{EarlyEnd, End, HostSpeed, Simulator};
use crate::model::Model;
use crate::noc::Cycle;
use crate::run::{
    self, DEVICE, DirectoryWriter, Earlier, INPUTS, JOURNAL, Job, Labels, OutputRecord, PLAN, PROGRAM,
    RunIdentity, RunInfo, RunStatus, RunWriter, STATS, Tally, WaveRequest, output_arrays, resumed, sha256,
    simulate_into, written_arrays,
};
use crate::words::plural;

const TRACE: &str = "trace.spt";

/// A program, its input, and what to record.
pub(super) struct RunCommand<'a> {
    pub device: &'a Device,
    /// Its constants that are set for this run.
    pub settings: Vec<Setting>,
    pub program: &'a Program,
    /// The model that the program was compiled from: the engine runs it for comparison.
    pub model: Option<&'a Model>,
    pub model_sha256: Option<String>,
    pub random_weights: Option<u64>,
    pub input: &'a Input,
    pub input_sha256: Option<String>,
    /// Where it is in the directory.
    pub kept: KeptInput<'a>,
    /// The file that it came from.
    pub input_path: Option<&'a Path>,
    /// How the axes of the input were read.
    pub input_order: InputOrder,
    /// The class of every sample, for some outputs.
    pub labels: &'a [Labels],
    pub batch: usize,
    pub waves: &'a WaveArgs,
    pub trace: bool,
    pub max_cycles: Cycle,
    pub directory: &'a Path,
    /// Files that the run reads: none of them may be written or removed.
    pub reads: Vec<&'a Path>,
    /// Files that come with the run: names and contents.
    pub extra: &'a [(&'a str, &'a [u8])],
    /// Go on with the run that the directory holds.
    pub resume: bool,
    /// The arguments of the command, to go on with it later.
    pub command: Vec<String>,
    /// How the model was mapped, unless the program came as a file.
    pub plan: Option<&'a MappingReport>,
    /// The rules that the model breaks, if there is a model.
    pub rules: Option<&'a DeviceRules>,
}

/// Where the inputs of a run are in its directory.
pub(super) enum KeptInput<'a> {
    /// Nowhere.
    No,
    /// In a file that comes with the run.
    Extra(&'a str),
    /// In the file of inputs: its bytes, until they are written.
    Bytes(Cow<'a, [u8]>),
}

impl KeptInput<'_> {
    fn name(&self) -> Option<&str> {
        match self {
            KeptInput::No => None,
            KeptInput::Extra(name) => Some(name),
            KeptInput::Bytes(_) => Some(INPUTS),
        }
    }
}

/// Why a run fails after it started.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum RunFailure {
    /// Mesh and engine disagree: one of them, or the program, is wrong.
    #[error("{count} of {} from the engine; the first: {first}", plural(*frames, "frame differs", "frames differ"))]
    #[diagnostic(code(run::mismatch), help("{}", blame(*compiled, "the program is not what the model of --golden compiles to: map the model again")))]
    Mismatch { count: usize, frames: usize, compiled: bool, first: String },
    /// A hang: no unit and no flit can move.
    #[error("nothing moves after cycle {cycle} of frame {frame}:\n  {waiting}")]
    #[diagnostic(
        code(run::hang),
        help(
            "{}",
            blame(
                *compiled,
                "the program sends too little or to the wrong unit: compare `spikemesh disasm` with a fresh `spikemesh map`"
            )
        )
    )]
    Hang { cycle: Cycle, frame: usize, compiled: bool, waiting: String },
    /// A signal: Ctrl-C, or a request to end.
    #[error("interrupted after {finished} of {}; they are in {directory}, marked `interrupted`", plural(*frames, "frame", "frames"))]
    #[diagnostic(code(run::interrupted))]
    Interrupted { finished: usize, frames: usize, directory: String },
}

/// Whom to blame: a program that was compiled a moment ago is no file of the user's.
fn blame(compiled: bool, program: &'static str) -> &'static str {
    if compiled {
        "the model was compiled by this run, so this is a defect of Spikemesh: please report it with the model and the run directory"
    } else {
        program
    }
}

impl RunCommand<'_> {
    /// Runs the simulation. Finished frames are on disk before an error is returned; none if the run was complete already.
    pub fn execute(mut self, console: &Console) -> Result<Option<RunSummary>, VerbError> {
        let failed = |error: run::Error| VerbError::one(Exit::Error, error);
        let program = isa::encode(self.program).map_err(|e| VerbError::all(Exit::Error, e))?;
        let identity = self.identity(&program);
        let simulator = Simulator::new(self.program.clone(), self.device.clone())
            .map_err(|e| VerbError::all(Exit::Error, e))?;
        let waves = self.waves.request(self.directory, *self.device.clock_hz);
        if let Some(waves) = &waves {
            let frames = waves.plan.batch(self.batch, self.input.samples());
            waves.plan.check(&simulator, frames).map_err(|error| VerbError::one(Exit::Error, error))?;
            if !self.resume {
                check_overwrite(&self.reads, &self.waves.paths_outside(), true)?;
            }
        }
        if !self.resume {
            interrupt::keep();
        }
        let mut directory = DirectoryWriter::lock(self.directory).map_err(failed)?;
        let (mut info, earlier) = if self.resume {
            let info = resumed(self.directory, &identity).map_err(failed)?;
            if matches!(info.status, RunStatus::Complete | RunStatus::Mismatch) {
                return self.finished_before(info, console).map(|()| None);
            }
            let earlier =
                Earlier::of(&directory, &identity.digest(), &simulator, self.labels, identity.frames);
            (RunInfo { status: RunStatus::Running, ..info }, Some(earlier.map_err(failed)?))
        } else {
            (self.info(identity), None)
        };
        // From here on the directory changes.
        interrupt::keep();
        let names = self.names();
        if self.resume {
            directory.go_on(&mut info, &names, &self.reads)
        } else {
            directory.begin(&mut info, &names, &self.reads)
        }
        .map_err(failed)?;
        directory.put(PROGRAM, &program).map_err(failed)?;
        directory.put(DEVICE, self.device.ron_text().as_bytes()).map_err(failed)?;
        if let KeptInput::Bytes(bytes) = &mut self.kept {
            directory.put(INPUTS, bytes).map_err(failed)?;
            // The run has them as an array.
            *bytes = Cow::default();
        }
        if let Some(plan) = self.plan {
            directory.json(PLAN, plan).map_err(failed)?;
        }
        for (name, bytes) in self.extra {
            directory.put(name, bytes).map_err(failed)?;
        }
        let digest = info.identity.digest();
        let writer = match earlier {
            Some(earlier) => RunWriter::go_on(directory, earlier, &digest, &simulator, self.labels),
            None => RunWriter::begin(directory, &digest, &simulator, self.labels),
        };
        let mut writer = writer.map_err(failed)?;
        if self.resume {
            let count = plural(writer.tally().frames(), "frame is", "frames are");
            console.note(format!("{count} there of {}: going on", info.identity.frames));
        }

        let before = info.host_seconds;
        let begin = Instant::now();
        let ended = self.simulate(&simulator, waves.as_ref(), &mut writer, console);
        let end = match ended {
            Ok(end) => end,
            Err(errors) => {
                let (directory, _) = writer.abandon();
                info.status = RunStatus::Failed;
                // Report the errors of the run, not that this file cannot be written.
                let _ = directory.end(&mut info);
                return Err(VerbError::all(Exit::Error, errors));
            }
        };
        waves.iter().flat_map(WaveLimit::of).for_each(|limit| console.warn(limit));
        let is_whole = end.is_finished();
        let (directory, tally) = match writer.finish(is_whole) {
            Ok(results) => results,
            Err(error) => {
                // Why the simulation ended comes first: a full disk is full for the results too.
                let first = match end {
                    End::Early(EarlyEnd::Failure(first)) => first,
                    _ => error,
                };
                return Err(failed(first));
            }
        };
        self.note(&mut info, &tally);
        logging::reasons(&tally.stats);
        info.host_seconds = before + begin.elapsed().as_secs_f64();
        let failure = self.failure(&tally, end, info.identity.frames);
        info.status = match failure.as_ref().map(|f| f.exit) {
            None => RunStatus::Complete,
            Some(Exit::Hang) => RunStatus::Hang,
            Some(Exit::Mismatch) if is_whole => RunStatus::Mismatch,
            Some(Exit::Interrupted | Exit::Mismatch) => RunStatus::Interrupted,
            Some(_) => RunStatus::Failed,
        };
        let ended = directory.end(&mut info).map_err(failed);
        match failure {
            Some(failure) => Err(failure),
            None => ended.map(|()| Some(self.summary(info, &tally))),
        }
    }

    fn simulate(
        &self,
        simulator: &Simulator,
        waves: Option<&WaveRequest>,
        writer: &mut RunWriter,
        console: &Console,
    ) -> Result<End<run::Error>, Vec<run::Error>> {
        let first = writer.tally().frames();
        let files = waves.cloned();
        let beside = move || files.as_ref().map(sizes).unwrap_or_default();
        let watch = console.watch_beside("frames", beside);
        watch.progress().expect(self.input.samples() as u64);
        watch.progress().add(first as u64);
        let stop = interrupt::stop().counted(watch.progress());
        let trace = writer.directory().file(TRACE);
        let mut job =
            Job::new(simulator, self.input).batch(self.batch).max_cycles(self.max_cycles).stop(&stop);
        if let Some(model) = self.model {
            job = job.against(model);
        }
        if let Some(waves) = waves {
            job = job.waves(waves);
        }
        if self.trace {
            job = job.trace(&trace);
        }
        let end = simulate_into(&job, first, writer);
        drop(watch);
        end
    }

    /// What is run: all that a result depends on.
    fn identity(&self, program: &[u8]) -> RunIdentity {
        let arrays = output_arrays(self.program).into_iter().enumerate();
        let outputs = arrays.map(|(index, array)| {
            let labels = self.labels_of(index);
            OutputRecord {
                name: array.name,
                file: array.file,
                labels_sha256: labels.map(|labels| labels.sha256.clone()),
                accuracy_by: labels.map(|labels| labels.rule.name().to_owned()),
                num_classes: labels.map(|labels| labels.classes),
            }
        });
        let (outputs, last) = (outputs.collect(), self.labels_of(self.program.outputs.len() - 1));
        RunIdentity {
            spikemesh: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.program.name.clone(),
            model_sha256: self.model_sha256.clone(),
            program_sha256: sha256(program),
            device: self.device.name.clone(),
            device_sha256: self.device.sha256(),
            settings: self.settings.clone(),
            clock_hz: *self.device.clock_hz,
            rules: self.rules.map(|rules| serde_json::to_value(rules.record()).unwrap_or_default()),
            mode: self.plan.map(|plan| plan.mode),
            input_sha256: self.input_sha256.clone(),
            input_file: self.kept.name().map(str::to_owned),
            input_order: self.input_order.name().to_owned(),
            random_weights: self.random_weights,
            batch: self.batch,
            frames: self.input.samples(),
            max_cycles: self.max_cycles,
            compared: self.model.is_some(),
            labels_sha256: last.map(|labels| labels.sha256.clone()),
            accuracy_by: last.map(|labels| labels.rule.name().to_owned()),
            num_classes: last.map(|labels| labels.classes),
            outputs,
            waves: self.waves.is_given(),
            wave_options: self.waves.identity(),
            trace: self.trace,
        }
    }

    /// The labels of an output, by its position.
    fn labels_of(&self, output: usize) -> Option<&Labels> {
        self.labels.iter().find(|labels| labels.output == output)
    }

    /// A run that begins.
    fn info(&self, identity: RunIdentity) -> RunInfo {
        RunInfo {
            status: RunStatus::Running,
            identity,
            finished: 0,
            frames_compared: 0,
            frames_different: 0,
            first_difference: None,
            accuracy: None,
            accuracies: BTreeMap::new(),
            files: BTreeMap::new(),
            host_seconds: 0.0,
            host_threads: rayon::current_num_threads(),
            host_peak_bytes: None,
            host: HostSpeed::default(),
            host_input: self
                .input_path
                .and_then(|path| Some(std::path::absolute(path).ok()?.to_str()?.to_owned())),
            host_folder: std::env::current_dir().ok().and_then(|folder| Some(folder.to_str()?.to_owned())),
            host_command: self.command.clone(),
        }
    }

    /// Notes what was found.
    fn note(&self, info: &mut RunInfo, tally: &Tally) {
        let frames = tally.frames();
        info.finished = frames;
        info.frames_compared = tally.compared;
        info.frames_different = tally.different;
        info.first_difference = tally.first_difference.clone();
        if frames > 0 {
            let shares = self.labels.iter().zip(&tally.right).map(|(labels, right)| {
                let name = info.identity.outputs[labels.output].name.clone();
                (name, *right as f64 / frames as f64)
            });
            info.accuracies = shares.collect();
            let last = info.identity.outputs.last().map(|output| output.name.as_str());
            info.accuracy = last.and_then(|last| info.accuracies.get(last).copied());
        }
        info.host = tally.host(*self.device.clock_hz);
        info.host_peak_bytes = crate::process_status::peak_bytes();
    }

    /// The files that the run may write.
    fn names(&self) -> Vec<String> {
        let fixed = [PROGRAM, DEVICE, STATS, JOURNAL];
        let inputs = matches!(self.kept, KeptInput::Bytes(_));
        let asked = [(PLAN, self.plan.is_some()), (INPUTS, inputs), (TRACE, self.trace)];
        let asked = asked.into_iter().filter_map(|(name, asked)| asked.then_some(name));
        let extra = self.extra.iter().map(|(name, _)| *name);
        let arrays = written_arrays(self.program).into_iter().map(|array| array.file);
        let names = fixed.into_iter().chain(asked).chain(extra).map(str::to_owned);
        names.chain(self.waves.names()).chain(arrays).collect()
    }

    /// A run that should go on, and has simulated all of its frames.
    fn finished_before(&self, info: RunInfo, console: &Console) -> Result<(), VerbError> {
        match info.first_difference {
            Some(first) => Err(VerbError::one(
                Exit::Mismatch,
                RunFailure::Mismatch {
                    count: info.frames_different as usize,
                    frames: info.identity.frames,
                    compiled: self.plan.is_some(),
                    first,
                },
            )),
            None => console.data(&info, |info| {
                let frames = plural(info.finished, "frame", "frames");
                format!("{} is complete: {frames}, nothing is left to run", self.directory.display())
            }),
        }
    }

    fn summary(&self, info: RunInfo, tally: &Tally) -> RunSummary {
        let stats = &tally.stats;
        let energy = &stats.energy;
        let millijoules = |picojoules: f64| picojoules / 1e9 / tally.frames().max(1) as f64;
        RunSummary {
            latency: stats.latency,
            throughput: stats.throughput,
            energy_mj: millijoules(energy.total_pj),
            energy_floor_mj: millijoules(energy.floor_pj),
            energy_work_mj: millijoules(energy.dynamic_pj),
            energy_network_mj: millijoules(energy.network_pj),
            network_share: energy.network_share,
            network_share_at_most: energy.network_share_at_most,
            parts_basis: energy.parts_basis,
            floor_watts: *self.device.energy.floor_watts,
            floor_basis: energy.floor_basis,
            cycles_claim: stats.cycles_claim.clone(),
            throughput_claim: stats.throughput_claim.clone(),
            energy_claim: energy.total_claim.clone(),
            energy_work_claim: energy.claim.clone(),
            fullest_np: self.plan.and_then(|plan| {
                // Of equal layers the first.
                let most = plan.layers.iter().rev().max_by_key(|layer| layer.total_bytes)?;
                let (layer, bytes) = (most.name.clone(), most.total_bytes);
                Some(FullestNp { layer, bytes, capacity_bytes: plan.capacity.total })
            }),
            host: info.host,
            notes: stats.notes.clone(),
            layers_compared: if info.identity.compared { self.program.output_maps.len() } else { 0 },
            waves: self.waves.paths(self.directory).iter().map(|path| path.display().to_string()).collect(),
            trace: self.trace.then(|| self.directory.join(TRACE).display().to_string()),
            directory: self.directory.display().to_string(),
            input_order: self.input_order,
            info,
        }
    }

    /// What makes the run a failure: how it ended, or a difference from the engine.
    fn failure(&self, tally: &Tally, end: End<run::Error>, frames: usize) -> Option<VerbError> {
        let mismatch = self.mismatch(tally);
        let failure = match end {
            End::Early(EarlyEnd::Failure(error)) => VerbError::one(Exit::Error, error),
            End::Early(EarlyEnd::Limit(limit)) => VerbError::one(Exit::LimitHit, limit),
            End::Early(EarlyEnd::Hang(hang)) => {
                let waiting = hang.waiting.join("\n  ");
                let hang = RunFailure::Hang {
                    cycle: hang.cycle,
                    frame: tally.frames(),
                    compiled: self.plan.is_some(),
                    waiting,
                };
                let mut failure = VerbError::one(Exit::Hang, hang);
                failure.problems.extend(mismatch.map(miette::Report::new));
                failure
            }
            End::Early(EarlyEnd::Stopped) => mismatch.map_or_else(
                || {
                    let directory = self.directory.display().to_string();
                    let finished = tally.frames();
                    VerbError::one(Exit::Interrupted, RunFailure::Interrupted { finished, frames, directory })
                },
                |mismatch| VerbError::one(Exit::Mismatch, mismatch),
            ),
            End::Finished => return mismatch.map(|mismatch| VerbError::one(Exit::Mismatch, mismatch)),
        };
        Some(failure)
    }

    fn mismatch(&self, tally: &Tally) -> Option<RunFailure> {
        let first = tally.first_difference.clone()?;
        let count = tally.different as usize;
        Some(RunFailure::Mismatch {
            count,
            // The frames of a batch that hangs are compared as well, without being finished.
            frames: tally.frames().max(count),
            compiled: self.plan.is_some(),
            first,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_just_compiled_is_not_blamed_on_the_user() {
        let help = |compiled| {
            let hang = RunFailure::Hang { cycle: 7, frame: 0, compiled, waiting: String::new() };
            let mismatch = RunFailure::Mismatch { count: 1, frames: 1, compiled, first: String::new() };
            [hang, mismatch].map(|failure| failure.help().unwrap().to_string())
        };
        assert!(help(true).iter().all(|help| help.contains("report it") && !help.contains("map")));
        assert!(help(false).iter().all(|help| help.contains("map")));
    }
}

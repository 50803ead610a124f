//! The verbs `run` and `demo`: simulate a program on an input, compare with the engine, write the run directory.

use std::path::Path;
use std::time::Instant;

use miette::Diagnostic;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::interrupt;
use super::run_summary::RunSummary;
use crate::compiler::MappingReport;
use crate::device::Device;
use crate::device_rules::DeviceRules;
use crate::engine::{Input, InputOrder};
use crate::isa::Program;
use crate::mesh::{EarlyEnd, End, Simulator};
use crate::model::Model;
use crate::noc::Cycle;
use crate::run::{self, Job, Labels, RunDirectory, RunInfo, RunResults, simulate};
use crate::words::plural;

/// A program, its input, and what to record.
pub(super) struct RunCommand<'a> {
    pub device: &'a Device,
    pub program: &'a Program,
    /// The model that the program was compiled from: the engine runs it for comparison.
    pub model: Option<&'a Model>,
    pub model_sha256: Option<String>,
    pub random_weights: Option<u64>,
    pub input: &'a Input,
    pub input_sha256: Option<String>,
    /// How the axes of the input were read.
    pub input_order: InputOrder,
    /// The class of every sample.
    pub labels: Option<&'a Labels>,
    pub batch: usize,
    pub waves: bool,
    pub trace: bool,
    pub max_cycles: Cycle,
    pub directory: &'a Path,
    /// Files of the directory may be overwritten, whatever they are.
    pub on_purpose: bool,
    /// How the model was mapped, unless the program came as a file.
    pub plan: Option<&'a MappingReport>,
    /// The rules that the model breaks, if there is a model.
    pub rules: Option<&'a DeviceRules>,
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
    #[error("interrupted after {finished} of {frames} frames; they are in {directory}, marked `interrupted`")]
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
    /// Runs the simulation. Finished frames are on disk before an error is returned.
    pub fn execute(&self, console: &Console) -> Result<RunSummary, VerbError> {
        let samples = self.input.samples();
        let simulator = Simulator::new(self.program.clone(), self.device.clone())
            .map_err(|e| VerbError::all(Exit::Error, e))?;
        let failed = |error: run::Error| VerbError::one(Exit::Error, error);
        let directory = RunDirectory::create(self.directory, self.on_purpose).map_err(failed)?;
        let mut info = RunInfo {
            spikemesh: env!("CARGO_PKG_VERSION"),
            status: "running",
            model: self.program.name.clone(),
            model_sha256: self.model_sha256.clone(),
            program_sha256: directory.program(self.program).map_err(failed)?,
            device: self.device.name.clone(),
            device_sha256: self.device.sha256(),
            clock_hz: *self.device.clock_hz,
            rules: self.rules.map(DeviceRules::record),
            input_sha256: self.input_sha256.clone(),
            input_order: self.input_order.name(),
            random_weights: self.random_weights,
            batch: self.batch,
            frames: samples,
            finished: 0,
            compared: self.model.is_some(),
            frames_compared: 0,
            frames_different: 0,
            first_difference: None,
            accuracy: None,
            accuracy_by: None,
            num_classes: None,
            host_seconds: 0.0,
            host_threads: rayon::current_num_threads(),
        };
        directory.info(&info).map_err(failed)?;
        if let Some(plan) = self.plan {
            directory.plan(plan).map_err(failed)?;
        }

        let begin = Instant::now();
        let bar = console.progress(samples as u64, "frames");
        let stop = interrupt::stop();
        let progress = |frames: usize| bar.inc(frames as u64);
        let waves = directory.file("waves.vcd");
        let trace = directory.file("trace.spt");
        let mut job = Job::new(&simulator, self.input)
            .batch(self.batch)
            .max_cycles(self.max_cycles)
            .stop(&stop)
            .progress(&progress);
        if let Some(model) = self.model {
            job = job.against(model);
        }
        if self.waves {
            job = job.waves(&waves);
        }
        if self.trace {
            job = job.trace(&trace);
        }
        let ended = simulate(&job);
        bar.finish_and_clear();
        let (results, end) = match ended {
            Ok(ended) => ended.into_parts(),
            Err(errors) => {
                info.status = "failed";
                // Report the errors of the run, not that this file cannot be written.
                let _ = directory.info(&info);
                return Err(VerbError::all(Exit::Error, errors));
            }
        };
        info.finished = results.frames.len();
        info.frames_compared = results.compared;
        info.frames_different = results.differences.len();
        info.first_difference = results.differences.first().map(ToString::to_string);
        if let (Some(labels), false) = (self.labels, results.frames.is_empty()) {
            let right = labels.right(&results.output(self.program));
            info.accuracy = Some(right as f64 / results.frames.len() as f64);
            info.accuracy_by = Some(labels.rule.name());
            info.num_classes = Some(labels.classes);
        }
        info.host_seconds = begin.elapsed().as_secs_f64();
        let failure = self.failure(&results, end, samples);
        info.status = match failure.as_ref().map(|f| f.exit) {
            None => "complete",
            Some(Exit::Hang) => "hang",
            Some(Exit::Mismatch) => "mismatch",
            Some(Exit::Interrupted) => "interrupted",
            Some(_) => "failed",
        };
        directory.results(self.program, &results).map_err(failed)?;
        directory.info(&info).map_err(failed)?;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(self.summary(info, &results)),
        }
    }

    fn summary(&self, info: RunInfo, results: &RunResults) -> RunSummary {
        let cycles: Vec<Cycle> = results.frames.iter().map(|f| f.cycles).collect();
        let mean_cycles = cycles.iter().sum::<Cycle>() as f64 / cycles.len().max(1) as f64;
        // Frames of a batch overlap: the rate is that of whole batches.
        let busy: Cycle = results
            .stats
            .frames
            .chunks(self.batch)
            .filter_map(|b| Some(b.last()?.end - b.first()?.start))
            .sum();
        RunSummary {
            mean_cycles,
            min_cycles: cycles.iter().copied().min().unwrap_or(0),
            max_cycles: cycles.iter().copied().max().unwrap_or(0),
            frames_per_second: cycles.len() as f64 * info.clock_hz as f64 / (busy.max(1) as f64),
            dynamic_mj: results.stats.energy.dynamic_pj / 1e9 / cycles.len().max(1) as f64,
            floor_watts: *self.device.energy.floor_watts,
            floor_basis: results.stats.energy.floor_basis,
            cycles_claim: results.stats.cycles_claim.clone(),
            throughput_claim: results.stats.throughput_claim.clone(),
            energy_claim: results.stats.energy.claim.clone(),
            fullest: self.plan.and_then(|plan| {
                // Of equal layers the first.
                let most = plan.layers.iter().rev().max_by_key(|layer| layer.total_bytes)?;
                Some((most.name.clone(), most.total_bytes, plan.capacity.total))
            }),
            host: results.host,
            layers_compared: if info.compared { self.program.output_maps.len() } else { 0 },
            waves: self.waves.then(|| self.directory.join("waves.vcd").display().to_string()),
            trace: self.trace.then(|| self.directory.join("trace.spt").display().to_string()),
            directory: self.directory.display().to_string(),
            input_order: self.input_order,
            info,
        }
    }

    /// What makes the run a failure: how it ended, or a difference from the engine.
    fn failure(&self, results: &RunResults, end: End<run::Error>, frames: usize) -> Option<VerbError> {
        let mismatch = self.mismatch(results);
        let failure = match end {
            End::Early(EarlyEnd::Failure(error)) => VerbError::one(Exit::Error, error),
            End::Early(EarlyEnd::Limit(limit)) => VerbError::one(Exit::LimitHit, limit),
            End::Early(EarlyEnd::Hang(hang)) => {
                let waiting = hang.waiting.join("\n  ");
                let hang = RunFailure::Hang {
                    cycle: hang.cycle,
                    frame: results.frames.len(),
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
                    let finished = results.frames.len();
                    VerbError::one(Exit::Interrupted, RunFailure::Interrupted { finished, frames, directory })
                },
                |mismatch| VerbError::one(Exit::Mismatch, mismatch),
            ),
            End::Finished => return mismatch.map(|mismatch| VerbError::one(Exit::Mismatch, mismatch)),
        };
        Some(failure)
    }

    fn mismatch(&self, results: &RunResults) -> Option<RunFailure> {
        results.differences.first().map(|first| RunFailure::Mismatch {
            count: results.differences.len(),
            // The frames of a batch that hangs are compared as well, without being finished.
            frames: results.frames.len().max(results.differences.len()),
            compiled: self.plan.is_some(),
            first: first.to_string(),
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

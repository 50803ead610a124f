//! Runs one case and compares it with its golden file.

use std::path::{Path, PathBuf};

use super::case_entry::Case;
use super::comparison::{Found, Tolerance, compare};
use super::error::Error;
use super::failed_run::FailedRun;
use super::golden_file::Golden;
use super::golden_record::Subject;
use super::mismatch::Mismatch;
use super::report::CaseStatus;
use super::time_limit::TimeLimit;
use crate::Stop;
use crate::compiler::{Compilation, CompileOptions, compile};
use crate::device::Device;
use crate::device_rules::DeviceRules;
use crate::engine::{Engine, MapValues};
use crate::mesh::{EarlyEnd, Simulator};
use crate::model::Model;
use crate::run::{
    FrameSource, InputFile, Job, LabelFile, LabelOptions, Labels, RunResults, output_arrays, sha256, simulate,
};
use crate::tensor::npy;

/// A case that ran.
pub(super) struct CaseRun {
    pub frames: usize,
    pub cycles: u64,
    pub status: CaseStatus,
    /// Inputs of events of 1 or 3 channels and equal sides were taken as images, and the case does not name their order.
    pub ambiguous: bool,
    pub rules: DeviceRules,
    /// What it takes to run it again, if it failed and that was asked for.
    pub failed: Option<Box<FailedRun>>,
}

/// How cases run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CaseOptions {
    /// Write golden files.
    pub bless: bool,
    /// Keep what it takes to run a case again that fails.
    pub keep_failed: bool,
}

/// What a case is made from.
struct Made {
    device: Device,
    model: Model,
    model_sha256: String,
    compiled: Compilation,
    rules: DeviceRules,
    file: InputFile,
}

impl CaseRun {
    /// Runs a case.
    ///
    /// # Errors
    /// It cannot run or be compared, for all these reasons.
    pub fn of(case: &Case, folder: &Path, options: CaseOptions, stop: &Stop) -> Result<CaseRun, Vec<Error>> {
        let Some(seconds) = case.time_limit else { return CaseRun::limited(case, folder, options, stop) };
        let limit = TimeLimit::new(seconds, stop);
        let result = limit.watch(|stop| CaseRun::limited(case, folder, options, stop));
        match result {
            Err(errors) if limit.is_over() && errors.iter().any(Error::is_stop) => {
                Err(one(Error::TimeLimit { seconds }))
            }
            result => result,
        }
    }

    fn limited(case: &Case, folder: &Path, options: CaseOptions, stop: &Stop) -> Result<CaseRun, Vec<Error>> {
        let made = Made::of(case, folder, stop)?;
        let program = made.compiled.program.clone();
        let simulator = Simulator::new(program.clone(), made.device.clone()).map_err(all)?;
        let Made { device, model, model_sha256, compiled, rules, file } = made;
        let inputs_sha256 = file.sha256.clone();
        let labels = labels(case, folder, file.samples(), &model, &compiled).map_err(one)?;
        let bytes = options.keep_failed.then(|| file.npy()).transpose().map_err(|error| one(error.into()))?;
        let input = file.ordered(&program, case.order).map_err(|error| one(error.into()))?;
        let mut job = Job::new(&simulator, &input.input).batch(case.batch).stop(stop).layers();
        if options.bless {
            job = job.against(&model);
        }
        // A part of the frames is neither compared nor blessed.
        let ended = simulate(&job).map_err(all)?.into_finished();
        let subject = Subject {
            model: &model,
            program: &program,
            device: &device,
            mode: case.mode,
            batch: case.batch,
            inputs_sha256,
        };
        let status = match ended {
            Ok(results) => {
                Ok((results.frames.len(), results.frames.iter().map(|frame| frame.cycles).sum(), {
                    let judged = Judged { case, folder, labels: labels.as_ref(), results: &results, options };
                    judged.status(&subject, &input.input, &simulator)?
                }))
            }
            Err(early) => Err(one(early.end.into())),
        };
        let (frames, cycles, status) = match status {
            Ok(status) => status,
            Err(errors) if errors.iter().any(Error::is_stop) => return Err(errors),
            Err(errors) => (0, 0, CaseStatus::Error(errors)),
        };
        let failed = bytes.filter(|_| !matches!(status, CaseStatus::Passed | CaseStatus::Blessed));
        let settings = device.in_force(&case.set);
        let failed = failed.map(|input_bytes| {
            Box::new(FailedRun {
                settings,
                device,
                compiled,
                rules: rules.clone(),
                model,
                model_sha256,
                random_weights: case.random_weights,
                input: input.input,
                input_bytes,
                order: input.order,
                batch: case.batch,
            })
        });
        Ok(CaseRun { frames, cycles, status, ambiguous: input.ambiguous, rules, failed })
    }
}

impl Made {
    fn of(case: &Case, folder: &Path, stop: &Stop) -> Result<Made, Vec<Error>> {
        let device = match case.device.ends_with(".ron") {
            true => Device::load(&folder.join(&case.device).to_string_lossy()),
            false => Device::load(&case.device),
        };
        let device = device.and_then(|device| device.with(&case.set));
        // Both are loaded before an error is returned, so that all errors are reported at once.
        let model = Model::read(&folder.join(&case.model));
        let (device, (mut model, bytes)) = match (device, model) {
            (Ok(device), Ok(model)) => (device, model),
            (device, model) => {
                let mut errors: Vec<Error> = device.err().into_iter().flatten().map(Error::from).collect();
                errors.extend(model.err().into_iter().flatten().map(Error::from));
                return Err(errors);
            }
        };
        if let Some(seed) = case.random_weights {
            model.randomise(seed);
        }
        let rules = DeviceRules::check(&model, Some(&device), None);
        let file = inputs(&case.inputs, folder, stop)?;
        let file = first(file, case.frames).map_err(one)?;
        let compiled =
            compile(&model, &device, &CompileOptions::from(case.mode).with_stop(stop)).map_err(all)?;
        Ok(Made { device, model, model_sha256: sha256(&bytes), compiled, rules, file })
    }
}

/// A case that has simulated all of its frames.
struct Judged<'a> {
    case: &'a Case,
    folder: &'a Path,
    labels: Option<&'a Labels>,
    results: &'a RunResults,
    options: CaseOptions,
}

impl Judged<'_> {
    fn status(
        &self,
        subject: &Subject,
        input: &crate::engine::Input,
        simulator: &Simulator,
    ) -> Result<CaseStatus, Vec<Error>> {
        let Some(path) = self.case.golden.as_ref().map(|golden| self.folder.join(golden)) else {
            return Ok(CaseStatus::Passed);
        };
        let found = subject.golden(&self.results.frames);
        if self.options.bless {
            let differences = &self.results.differences;
            if !differences.is_empty() {
                return Err(differences.iter().cloned().map(Error::NotExact).collect());
            }
            found.write(&path).map_err(one)?;
            return Ok(CaseStatus::Blessed);
        }
        let golden = Golden::read(&path).map_err(one)?;
        let engine = |frame: usize, layer: &str| {
            let source = FrameSource::new(simulator.program(), input).ok()?;
            let trace = Engine::new(subject.model).ok()?.trace(&source.sample(frame), 0).ok()?;
            let map = trace.iter().find(|map| subject.model.layer(map.layer).name == layer)?;
            Some(match &map.values {
                MapValues::Levels(levels) => levels.iter().map(|&level| i32::from(level)).collect(),
                MapValues::Potentials(potentials) => potentials.clone(),
            })
        };
        let found = Found { golden: &found, frames: &self.results.frames, engine: &engine };
        let tolerance = Tolerance { cycles: self.case.tolerance, fewer_frames: self.case.frames.is_some() };
        let mut mismatches = compare(&golden, &found, tolerance)?;
        mismatches.extend(self.accuracy(subject));
        Ok(if mismatches.is_empty() { CaseStatus::Passed } else { CaseStatus::Failed(mismatches) })
    }

    /// The accuracy, if it is too small.
    fn accuracy(&self, subject: &Subject) -> Option<Mismatch> {
        let (labels, expected) = (self.labels?, self.case.accuracy?);
        let frames = &self.results.frames;
        let arrays = output_arrays(subject.program);
        let values = frames.iter().map(|frame| frame.outputs[labels.output].as_slice());
        let right = labels.right(0, &arrays[labels.output].output(values));
        let found = right as f64 / frames.len() as f64;
        (found < expected).then_some(Mismatch::Accuracy { expected, found })
    }
}

fn one(error: Error) -> Vec<Error> {
    vec![error]
}

fn all<E>(errors: Vec<E>) -> Vec<Error>
where
    Error: From<E>,
{
    errors.into_iter().map(Error::from).collect()
}

/// The samples of some files, one after the other.
fn inputs(paths: &[PathBuf], folder: &Path, stop: &Stop) -> Result<InputFile, Vec<Error>> {
    let mut all: Option<InputFile> = None;
    for path in paths {
        let path = folder.join(path);
        let file = InputFile::read_until(&path, stop).map_err(|error| one(error.into()))?;
        let file = file.ok_or_else(|| one(Error::Early(EarlyEnd::Stopped)))?;
        all = Some(match all {
            None => file,
            Some(all) => {
                let (before, next) = (all.shape(), file.shape());
                all.then(file).ok_or_else(|| one(Error::InputShapes { path, before, next }))?
            }
        });
    }
    all.ok_or_else(|| one(Error::NoFrames))
}

/// The first `frames` inputs, at least one.
fn first(mut file: InputFile, frames: Option<usize>) -> Result<InputFile, Error> {
    let inputs = file.samples();
    let frames = frames.unwrap_or(inputs);
    if frames > inputs {
        return Err(Error::Frames { frames, inputs });
    }
    if frames == 0 {
        return Err(Error::NoFrames);
    }
    file.truncate(frames);
    Ok(file)
}

/// The labels of a case, for its samples.
fn labels(
    case: &Case,
    folder: &Path,
    samples: usize,
    model: &Model,
    compiled: &Compilation,
) -> Result<Option<Labels>, Error> {
    if case.labels.is_empty() {
        return Ok(None);
    }
    let mut labels = Vec::new();
    for path in &case.labels {
        let path = folder.join(path);
        let bytes = npy::read_bytes(&path)?;
        labels.extend(npy::parse::<i32>(&path.display().to_string(), &bytes)?.data);
    }
    if case.frames.is_some() {
        labels.truncate(samples);
    }
    let file = LabelFile { labels, sha256: String::new() };
    Ok(Some(Labels::new(file, samples, &LabelOptions::default(), Some(model), &compiled.program)?))
}

//! Runs a case and compares it with its reference.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::golden_file::{Golden, GoldenOutput};
use super::manifest::{Case, Manifest};
use super::report::{CaseReport, CaseStatus, Mismatch, RegressionReport};
use crate::Stop;
use crate::compiler::{CompileOptions, compile};
use crate::device::Device;
use crate::device_rules::DeviceRules;
use crate::files::is_same_file;
use crate::isa::Program;
use crate::mesh::{EarlyEnd, Simulator};
use crate::model;
use crate::run::{FrameResult, InputFile, Job, output_arrays, simulate};
use crate::words::plural;

/// Runs every case of a manifest, in its order; `done` is called with each finished case. With `bless` new
/// references are written, if the mesh agrees with the engine. Once `stop` is set, the case that is running and those behind it are left out.
pub fn run(
    manifest: Manifest,
    bless: bool,
    stop: &Stop,
    done: &mut dyn FnMut(&CaseReport),
) -> RegressionReport {
    let name = manifest.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (mut cases, mut left) = (Vec::new(), Vec::new());
    let (inputs, goldens) = (manifest.inputs(), manifest.goldens());
    // Before anything is written: a file that is both would be lost.
    let check = |case: Case| {
        let path = manifest.folder.join(&case.golden);
        let same = |files: &[PathBuf]| files.iter().filter(|file| is_same_file(file, &path)).count();
        if bless && (same(&inputs) > 0 || same(&goldens) > 1) {
            return Err(one(Error::GoldenIsUsed { path }));
        }
        Ok(case)
    };
    for (name, case) in manifest.cases {
        if stop.is_set() {
            left.push(name);
            continue;
        }
        let result = case
            .map_err(one)
            .and_then(&check)
            .and_then(|case| CaseRun::of(&case, &manifest.folder, bless, stop));
        if let Err(errors) = &result
            && errors.iter().any(Error::is_stop)
        {
            left.push(name);
            continue;
        }
        let report = match result {
            Ok(run) => {
                let cycles = run.frames.iter().map(|frame| frame.cycles).sum();
                CaseReport {
                    name,
                    frames: run.frames.len(),
                    cycles,
                    ambiguous: run.ambiguous,
                    rules: Some(run.rules),
                    status: run.status,
                }
            }
            Err(errors) => CaseReport {
                name,
                frames: 0,
                cycles: 0,
                ambiguous: false,
                rules: None,
                status: CaseStatus::Error(errors),
            },
        };
        done(&report);
        cases.push(report);
    }
    RegressionReport { name, cases, left }
}

struct CaseRun {
    frames: Vec<FrameResult>,
    status: CaseStatus,
    /// See [`CaseReport::ambiguous`].
    ambiguous: bool,
    rules: DeviceRules,
}

impl CaseRun {
    fn of(case: &Case, folder: &Path, bless: bool, stop: &Stop) -> Result<CaseRun, Vec<Error>> {
        let device = match case.device.ends_with(".ron") {
            true => Device::load(&folder.join(&case.device).to_string_lossy()),
            false => Device::load(&case.device),
        };
        let device = device.and_then(|device| device.with(&case.set));
        // Both are loaded before an error is returned, so that all errors are reported at once.
        let model = model::Model::load(&folder.join(&case.model));
        let (device, mut model) = match (device, model) {
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
        let file =
            InputFile::read_until(&folder.join(&case.inputs), stop).map_err(|error| one(error.into()))?;
        let file = file.ok_or_else(|| one(Error::Early(EarlyEnd::Stopped)))?;
        let file = first(file, case.frames).map_err(one)?;
        let compiled =
            compile(&model, &device, &CompileOptions::from(case.mode).with_stop(stop)).map_err(all)?;
        let simulator = Simulator::new(compiled.program.clone(), device.clone()).map_err(all)?;
        let input = file.ordered(&compiled.program, case.order).map_err(|error| one(error.into()))?;
        let mut job = Job::new(&simulator, &input.input).stop(stop);
        if bless {
            job = job.against(&model);
        }
        // A part of the frames is neither compared nor blessed.
        let results = simulate(&job).map_err(all)?.into_finished().map_err(|early| one(early.end.into()))?;
        let found = golden(&compiled.program, &device, &results.frames);
        let path = folder.join(&case.golden);
        let status = if bless {
            if !results.differences.is_empty() {
                return Err(results.differences.into_iter().map(Error::NotExact).collect());
            }
            found.write(&path).map_err(one)?;
            CaseStatus::Blessed
        } else {
            compare(case, &Golden::read(&path).map_err(one)?, &found)?
        };
        Ok(CaseRun { frames: results.frames, status, ambiguous: input.ambiguous, rules })
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

/// What the frames of a case are as a golden file.
fn golden(program: &Program, device: &Device, frames: &[FrameResult]) -> Golden {
    let outputs = output_arrays(program).into_iter().enumerate().map(|(index, array)| GoldenOutput {
        name: array.name.clone(),
        shape: array.shape(0)[1..].try_into().unwrap_or_default(),
        frames: frames.iter().map(|frame| frame.outputs[index].clone()).collect(),
    });
    Golden {
        device: device.name.clone(),
        device_sha256: device.sha256(),
        cycles: frames.iter().map(|frame| frame.cycles).collect(),
        outputs: outputs.collect(),
    }
}

/// Compares what a case gave with its reference, which may cover more frames if the manifest says how many are used.
fn compare(case: &Case, reference: &Golden, found: &Golden) -> Result<CaseStatus, Vec<Error>> {
    let mut errors = Vec::new();
    let mut size = |what: String, found: String, expected: String| {
        if found != expected {
            errors.push(Error::GoldenSize { what, found, expected });
        }
    };
    let (frames, golden_frames) = (found.cycles.len(), reference.cycles.len());
    if case.frames.is_none() || golden_frames < frames {
        let count = |frames| plural(frames, "frame", "frames");
        size("file".to_owned(), format!("of {}", count(golden_frames)), format!("of {}", count(frames)));
    }
    let names = |golden: &Golden| {
        golden.outputs.iter().map(|output| format!("`{}`", output.name)).collect::<Vec<_>>().join(", ")
    };
    size("list of outputs".to_owned(), names(reference), names(found));
    for (golden, output) in reference.outputs.iter().zip(&found.outputs) {
        let shape = |output: &GoldenOutput| format!("{:?}", output.shape);
        size(format!("shape of `{}`", output.name), shape(golden), shape(output));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut mismatches = Vec::new();
    for (frame, (&found_cycles, &expected)) in found.cycles.iter().zip(&reference.cycles).enumerate() {
        for (golden, output) in reference.outputs.iter().zip(&found.outputs) {
            mismatches.extend(output_mismatch(frame, golden, output));
        }
        if found_cycles != expected {
            mismatches.push(Mismatch::Cycles { frame, expected, found: found_cycles });
        }
    }
    if mismatches.is_empty() {
        return Ok(CaseStatus::Passed);
    }
    if reference.device_sha256 != found.device_sha256 {
        mismatches.push(Mismatch::Device { name: found.device.clone() });
    }
    Ok(CaseStatus::Failed(mismatches))
}

fn output_mismatch(frame: usize, golden: &GoldenOutput, found: &GoldenOutput) -> Option<Mismatch> {
    let (expected, found) = (&golden.frames[frame], &found.frames[frame]);
    let mut differing =
        expected.iter().zip(found).enumerate().filter(|(_, (expected, found))| expected != found);
    let (index, (&expected, &value)) = differing.next()?;
    let [_, height, channels] = golden.shape;
    Some(Mismatch::Output {
        frame,
        output: golden.name.clone(),
        x: index / channels / height,
        y: index / channels % height,
        neuron: index % channels,
        expected,
        found: value,
        differing: 1 + differing.count(),
        values: found.len(),
    })
}

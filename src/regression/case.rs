//! Runs a case and compares it with its reference.

use std::path::{Path, PathBuf};

use super::cycles;
use super::error::Error;
use super::manifest::{Case, Cycles, Manifest};
use super::report::{CaseReport, CaseStatus, Mismatch, RegressionReport};
use crate::Stop;
use crate::compiler::{CompileOptions, compile};
use crate::device::Device;
use crate::device_rules::DeviceRules;
use crate::files::make_folders;
use crate::mesh::Simulator;
use crate::model;
use crate::run::{FrameResult, InputFile, Job, simulate};
use crate::tensor::{Dense, npy};

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
    for (name, case) in manifest.cases {
        if stop.is_set() {
            left.push(name);
            continue;
        }
        let result = case.map_err(one).and_then(|case| CaseRun::of(&case, &manifest.folder, bless, stop));
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
        let file = InputFile::read(&folder.join(&case.inputs)).map_err(Error::from);
        let file = file.and_then(|file| first(file, case.frames)).map_err(one)?;
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
        let map = compiled.program.buffers[usize::from(compiled.program.output.0)].map;
        let shape = [results.frames.len(), map.width as usize, map.height as usize, map.channels as usize];
        let status = if bless {
            if !results.differences.is_empty() {
                return Err(results.differences.into_iter().map(Error::NotExact).collect());
            }
            write(case, folder, shape, &results.frames).map_err(one)?;
            CaseStatus::Blessed
        } else {
            compare(case, folder, shape, &results.frames)?
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

/// Reads a reference, if there is one.
fn reference<T>(path: PathBuf, read: impl Fn(&Path) -> Result<T, Error>) -> Result<T, Error> {
    match path.try_exists() {
        Ok(false) => Err(Error::NoReference { path }),
        _ => read(&path),
    }
}

/// Makes the folder of a reference.
fn make_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folders(folder).map_err(|source| Error::Io {
        action: "create",
        path: folder.to_path_buf(),
        source,
    })
}

/// Compares frames with the references. A reference may cover more inputs than `frames` of the case.
fn compare(
    case: &Case,
    folder: &Path,
    shape: [usize; 4],
    frames: &[FrameResult],
) -> Result<CaseStatus, Vec<Error>> {
    let outputs = reference(folder.join(&case.outputs), |path| Ok(npy::read_dense::<i32>(path)?));
    let cycles = match &case.cycles {
        Cycles::List(list) => Ok(list.clone()),
        Cycles::File(path) => reference(folder.join(path), cycles::read),
    };
    let (outputs, cycles) = match (outputs, cycles) {
        (Ok(outputs), Ok(cycles)) => (outputs, cycles),
        (outputs, cycles) => return Err(outputs.err().into_iter().chain(cycles.err()).collect()),
    };
    let count_fits = |n: usize| n == frames.len() || case.frames.is_some() && n > frames.len();
    let mut errors = Vec::new();
    if outputs.shape[1..] != shape[1..] || !count_fits(outputs.shape[0]) {
        let (found, expected) = (format!("{:?}", outputs.shape), format!("{shape:?}"));
        errors.push(Error::GoldenSize { what: "outputs", found, expected });
    }
    if !count_fits(cycles.len()) {
        let (found, expected) = (cycles.len().to_string(), frames.len().to_string());
        errors.push(Error::GoldenSize { what: "cycles", found, expected });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut mismatches = Vec::new();
    for (index, (frame, &expected)) in frames.iter().zip(&cycles).enumerate() {
        mismatches.extend(output_mismatch(index, &outputs, &frame.output));
        if frame.cycles != expected {
            mismatches.push(Mismatch::Cycles { frame: index, expected, found: frame.cycles });
        }
    }
    Ok(if mismatches.is_empty() { CaseStatus::Passed } else { CaseStatus::Failed(mismatches) })
}

fn output_mismatch(frame: usize, golden: &Dense<i32>, found: &[i32]) -> Option<Mismatch> {
    let expected = golden.sample(frame);
    let mut differing =
        expected.iter().zip(found).enumerate().filter(|(_, (expected, found))| expected != found);
    let (index, (&expected, &value)) = differing.next()?;
    let [_, _, height, channels] = golden.shape;
    Some(Mismatch::Output {
        frame,
        x: index / channels / height,
        y: index / channels % height,
        neuron: index % channels,
        expected,
        found: value,
        differing: 1 + differing.count(),
        values: found.len(),
    })
}

fn write(case: &Case, folder: &Path, shape: [usize; 4], frames: &[FrameResult]) -> Result<(), Error> {
    let cycles: Vec<u64> = frames.iter().map(|frame| frame.cycles).collect();
    match &case.cycles {
        Cycles::List(list) if *list != cycles => {
            return Err(Error::InlineCycles { found: list.clone(), expected: cycles });
        }
        Cycles::List(_) => {}
        Cycles::File(path) => {
            make_folder(&folder.join(path))?;
            cycles::write(&folder.join(path), &cycles)?;
        }
    }
    let data: Vec<i32> = frames.iter().flat_map(|frame| frame.output.iter().copied()).collect();
    make_folder(&folder.join(&case.outputs))?;
    Ok(npy::write(&folder.join(&case.outputs), &shape, &data)?)
}

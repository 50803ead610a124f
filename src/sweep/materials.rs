//! What points are made from: the files of a space, each read once.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::axis::AxisKind;
use super::error::Error;
use super::kept::Kept;
use super::refusal::Refusal;
use super::space::Space;
use crate::device::{self, Device, Reader, SettableDevice, Setting, reader};
use crate::engine::{Engine, Input};
use crate::isa::Program;
use crate::model::Model;
use crate::run::{self, InputFile, LabelFile, LabelOptions, Labels, input_shape, sha256};
use crate::tensor::npy;

/// Prepared inputs that are kept: points beside each other use the same ones.
const KEPT_INPUTS: usize = 8;

/// The files of a space.
pub(super) struct Materials {
    models: BTreeMap<String, ModelFile>,
    devices: BTreeMap<String, BaseDevice>,
    inputs: BTreeMap<String, InputFile>,
    labels: BTreeMap<String, LabelFile>,
    prepared: Kept<(String, usize, String), Result<Arc<Input>, Refusal>>,
    /// Models with random weights.
    drawn: Kept<(String, u64), Arc<PreparedModel>>,
}

/// A model as its file has it.
struct ModelFile {
    prepared: Arc<PreparedModel>,
    sha256: String,
}

/// A model and its engine, which is made when it is needed first.
pub(super) struct PreparedModel {
    pub model: Model,
    engine: OnceLock<Result<Engine, Refusal>>,
}

/// A device before constants are set.
pub(super) struct BaseDevice {
    pub settable: SettableDevice,
    /// Its constants, and whether a mapping reads them.
    mapping_reads: HashMap<String, bool>,
    /// Hash of what is no part of the canonical text and changes what results claim.
    pub claims_sha256: String,
}

impl BaseDevice {
    fn new(device: Device) -> BaseDevice {
        let claims_sha256 = claims_of(&device);
        let paths = device.constant_lines().into_iter().map(|line| line.path);
        let mapping_reads = paths.map(|path| (path.clone(), mapping_reads(&path)));
        BaseDevice {
            mapping_reads: mapping_reads.collect(),
            settable: SettableDevice::new(device),
            claims_sha256,
        }
    }

    /// Whether a mapping may read a constant of the device, or of one that was made from it.
    pub fn mapping_reads(&self, path: &str) -> bool {
        self.mapping_reads.get(path).copied().unwrap_or_else(|| mapping_reads(path))
    }
}

impl Materials {
    /// Reads all files of a space.
    ///
    /// # Errors
    /// All files that cannot be read; constants that no device has.
    pub fn of(space: &Space) -> Result<Materials, Vec<Error>> {
        let mut errors: Vec<Error> = Vec::new();
        let mut materials = Materials {
            models: BTreeMap::new(),
            devices: BTreeMap::new(),
            inputs: BTreeMap::new(),
            labels: BTreeMap::new(),
            prepared: Kept::new(KEPT_INPUTS),
            drawn: Kept::new(KEPT_INPUTS),
        };
        for axis in space.axes() {
            for value in &axis.values {
                let path = Path::new(value);
                match axis.kind {
                    AxisKind::Model => match Model::read(path) {
                        Ok((model, bytes)) => {
                            let prepared = Arc::new(PreparedModel { model, engine: OnceLock::new() });
                            materials
                                .models
                                .insert(value.clone(), ModelFile { prepared, sha256: sha256(&bytes) });
                        }
                        Err(more) => errors.extend(more.into_iter().map(Error::from)),
                    },
                    AxisKind::Device => match Device::load(value) {
                        Ok(device) => drop(materials.devices.insert(value.clone(), BaseDevice::new(device))),
                        Err(more) => errors.extend(more.into_iter().map(Error::from)),
                    },
                    AxisKind::Input => match InputFile::read(path) {
                        Ok(file) => drop(materials.inputs.insert(value.clone(), file)),
                        Err(error) => errors.push(error.into()),
                    },
                    AxisKind::Labels => match read_labels(path) {
                        Ok(file) => drop(materials.labels.insert(value.clone(), file)),
                        Err(error) => errors.push(error.into()),
                    },
                    _ => {}
                }
            }
        }
        errors.extend(materials.unknown_constants(space));
        if errors.is_empty() { Ok(materials) } else { Err(errors) }
    }

    /// Axes that no device has a constant for: a misspelt name would make a row of errors of each point.
    fn unknown_constants(&self, space: &Space) -> Vec<Error> {
        let settings = space.axes().iter().filter(|axis| axis.kind == AxisKind::Setting);
        let mut errors = Vec::new();
        for axis in settings {
            let Some(value) = axis.values.first() else { continue };
            let setting = Setting { path: axis.name.clone(), value: value.clone() };
            let tries = self.devices.values().map(|base| base.settable.with(std::slice::from_ref(&setting)));
            let unknown: Option<Vec<_>> = tries
                .map(|tried| {
                    let wrong = tried.err().unwrap_or_default();
                    wrong.into_iter().find(|error| matches!(error, device::Error::UnknownConstant { .. }))
                })
                .collect();
            errors.extend(unknown.into_iter().flatten().take(1).map(Error::from));
        }
        errors
    }

    /// A device of the space.
    pub fn device(&self, name: &str) -> &BaseDevice {
        &self.devices[name]
    }

    /// The hash of a model's file.
    pub fn model_sha256(&self, name: &str) -> &str {
        &self.models[name].sha256
    }

    /// A model of the space; with a seed, layers without weights have random ones.
    pub fn model(&self, name: &str, seed: Option<u64>) -> Arc<PreparedModel> {
        let file = &self.models[name].prepared;
        let Some(seed) = seed else { return file.clone() };
        self.drawn.get((name.to_owned(), seed), || {
            let mut model = file.model.clone();
            model.randomise(seed);
            Arc::new(PreparedModel { model, engine: OnceLock::new() })
        })
    }

    /// Hash and number of samples of an input.
    pub fn input_facts(&self, name: &str) -> (&str, usize) {
        let file = &self.inputs[name];
        (&file.sha256, file.samples())
    }

    /// The hash of labels.
    pub fn labels_sha256(&self, name: &str) -> &str {
        &self.labels[name].sha256
    }

    /// The first `frames` inputs, as a program takes them.
    ///
    /// # Errors
    /// They do not fit.
    pub fn input(&self, name: &str, frames: usize, program: &Program) -> Result<Arc<Input>, Refusal> {
        let shape = format!("{:?}", input_shape(program).map(|shape| (shape.dims, shape.pixels)));
        self.prepared.get((name.to_owned(), frames, shape), || {
            let input = self.inputs[name].first(frames).ordered(program, None);
            input.map(|input| Arc::new(input.input)).map_err(|error| Refusal::first(&[error]))
        })
    }

    /// The labels of the first `frames` inputs.
    ///
    /// # Errors
    /// They are not those of the program.
    pub fn labels(
        &self,
        name: &str,
        frames: usize,
        model: &Model,
        program: &Program,
    ) -> Result<Labels, run::Error> {
        let LabelFile { labels, sha256 } = &self.labels[name];
        let labels = labels.iter().copied().take(frames).collect();
        let file = LabelFile { labels, sha256: sha256.clone() };
        Labels::new(file, frames, &LabelOptions::default(), Some(model), program)
    }
}

impl PreparedModel {
    /// The engine of the model.
    ///
    /// # Errors
    /// It refuses the model.
    pub fn engine(&self) -> Result<&Engine, Refusal> {
        let make = || Engine::new(&self.model).map_err(|errors| Refusal::first(&errors));
        self.engine.get_or_init(make).as_ref().map_err(Clone::clone)
    }
}

fn mapping_reads(path: &str) -> bool {
    reader(path) != Some(Reader::Run)
}

fn read_labels(path: &Path) -> Result<LabelFile, crate::tensor::Error> {
    let bytes = npy::read_bytes(path)?;
    let array = npy::parse::<i32>(&path.display().to_string(), &bytes)?;
    Ok(LabelFile { labels: array.data, sha256: sha256(&bytes) })
}

/// The hash of what a device's results claim beyond its canonical text: its name, profile and calibrations.
fn claims_of(device: &Device) -> String {
    let whole = serde_json::to_value(device).unwrap_or_default();
    let parts =
        ["name", "profile", "calibration", "load_calibration", "energy_calibration", "network_energy_bound"]
            .map(|part| whole[part].to_string());
    sha256(parts.join("\n").as_bytes())
}

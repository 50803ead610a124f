//! A point: what is simulated, and what it is known by.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::axis::{Axis, AxisKind, MODES};
use super::materials::{BaseDevice, Materials};
use super::refusal::Refusal;
use super::space::Space;
use crate::compiler::Mode;
use crate::device::{ConstantLine, Device, Setting, sha256_of_lines};
use crate::mapping::{self, MappingObjective, MappingOptions, PlacerChoice, PlacerName};

/// The version of what is kept of a point: raised when the same point would get another record.
const RECORD_VERSION: u32 = 1;
/// The limit of a batch, as `run` has it.
const MOST_CYCLES: u64 = 1 << 40;

/// All that the results of a point depend on. Its digest names the point's folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointIdentity {
    /// The version of the record.
    pub record: u32,
    /// The version of the program that simulates.
    pub spikemesh: String,
    /// Name of the device.
    pub device: String,
    /// Hash of its canonical text.
    pub device_sha256: String,
    /// Hash of its profile and calibrations.
    pub claims_sha256: String,
    /// Hash of the model's file.
    pub model_sha256: String,
    /// The seed of layers without weights.
    pub random_weights: Option<u64>,
    /// Hash of the file of inputs.
    pub input_sha256: String,
    /// How many of them.
    pub frames: u64,
    /// Hash of the file of labels.
    pub labels_sha256: Option<String>,
    /// How many neural processors the mapping uses.
    pub mode: Mode,
    /// How they are chosen.
    pub placer: Option<String>,
    /// What annealing makes small.
    pub objective: Option<String>,
    /// How long it tries.
    pub effort: Option<u64>,
    /// Where its random numbers begin.
    pub seed: Option<u64>,
    /// Frames of a batch.
    pub batch: u64,
    /// The cycle before which a batch ends.
    pub max_cycles: u64,
    /// Every layer is compared with the engine.
    pub check: bool,
}

impl PointIdentity {
    /// How its model is mapped.
    ///
    /// # Errors
    /// A part of it has no effect.
    pub(super) fn mapping(&self) -> Result<MappingOptions, Refusal> {
        let choice = PlacerChoice {
            placer: self.placer.as_deref().and_then(PlacerName::named),
            objective: self.objective.as_deref().and_then(MappingObjective::named),
            effort: self.effort.map(|effort| u32::try_from(effort).unwrap_or(u32::MAX)),
            seed: self.seed,
        };
        choice.options(self.mode).map_err(|none| Refusal::first(&[NoEffect(none)]))
    }

    /// What a point is known by: the first 32 hexadecimal digits of the SHA-256 of its identity as JSON.
    pub fn digest(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        hexadecimal(&Sha256::digest(text), 32)
    }
}

/// A point of a space.
pub(super) struct Point {
    /// The values of the axes that name files.
    pub model: String,
    pub input: String,
    pub labels: Option<String>,
    /// The device with all constants set.
    pub device: Device,
    pub identity: PointIdentity,
    /// The hash of all that its mapping reads.
    pub program: [u8; 16],
}

/// A part of a mapping that would change nothing.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{} has no effect with the placer {}", .0.option, .0.placer)]
#[diagnostic(code(sweep::no_effect), help("it has one with the placer {}", .0.needs))]
struct NoEffect(mapping::NoEffect);

/// What a point is known by, as far as that takes time to find.
#[derive(Clone, Debug)]
pub(super) struct PointKeys {
    /// Hash of the device's canonical text.
    pub device_sha256: String,
    /// Hash of all that the mapping reads.
    pub program: [u8; 16],
}

impl Point {
    /// Makes a point; `keys` if they are known.
    ///
    /// # Errors
    /// The device does not take the constants.
    pub fn of(
        space: &Space,
        point: u64,
        materials: &Materials,
        keys: Option<&PointKeys>,
    ) -> Result<Point, Refusal> {
        let values = space.values(point);
        let text = |kind: AxisKind| value_of(space.axes(), &values, kind);
        let number = |kind: AxisKind| text(kind).and_then(|text| text.parse::<u64>().ok());
        let base = materials.device(text(AxisKind::Device).unwrap_or_default());
        let is_setting = |(axis, _): &(&Axis, &&str)| axis.kind == AxisKind::Setting;
        let settings: Vec<Setting> = space
            .axes()
            .iter()
            .zip(&values)
            .filter(is_setting)
            .map(|(axis, value)| Setting { path: axis.name.clone(), value: (*value).to_owned() })
            .collect();
        // With keys it was made before, and checked.
        let known = keys.and_then(|_| base.settable.with_unchecked(&settings));
        let device = known.map_or_else(|| base.settable.with(&settings), Ok);
        let device = device.map_err(|errors| Refusal::first(&errors))?;
        let (model, input) =
            (text(AxisKind::Model).unwrap_or_default(), text(AxisKind::Input).unwrap_or_default());
        let labels = text(AxisKind::Labels);
        let mode = text(AxisKind::Mode).unwrap_or_default();
        let mode = MODES.iter().find(|(name, _)| *name == mode).map_or(Mode::Minimal, |(_, mode)| *mode);
        let (input_sha256, samples) = materials.input_facts(input);
        let mut identity = PointIdentity {
            record: RECORD_VERSION,
            spikemesh: env!("CARGO_PKG_VERSION").to_owned(),
            device: device.name.clone(),
            device_sha256: String::new(),
            claims_sha256: base.claims_sha256.clone(),
            model_sha256: materials.model_sha256(model).to_owned(),
            random_weights: number(AxisKind::RandomWeights),
            input_sha256: input_sha256.to_owned(),
            frames: number(AxisKind::Frames).map_or(samples as u64, |frames| frames.min(samples as u64)),
            labels_sha256: labels.map(|labels| materials.labels_sha256(labels).to_owned()),
            mode,
            placer: text(AxisKind::Placer).map(str::to_owned),
            objective: text(AxisKind::Objective).map(str::to_owned),
            effort: number(AxisKind::Effort),
            seed: number(AxisKind::Seed),
            batch: number(AxisKind::Batch).unwrap_or(1),
            max_cycles: number(AxisKind::MaxCycles).unwrap_or(MOST_CYCLES),
            check: space.check(),
        };
        let keys = keys.cloned().unwrap_or_else(|| {
            let lines = device.constant_lines();
            let device_sha256 = sha256_of_lines(&lines);
            PointKeys { device_sha256, program: mapping_key(&identity, &lines, base) }
        });
        identity.device_sha256 = keys.device_sha256;
        let (model, input, labels) = (model.to_owned(), input.to_owned(), labels.map(str::to_owned));
        Ok(Point { model, input, labels, device, identity, program: keys.program })
    }

    /// What it is known by.
    pub fn keys(&self) -> PointKeys {
        PointKeys { device_sha256: self.identity.device_sha256.clone(), program: self.program }
    }
}

fn value_of<'a>(axes: &[Axis], values: &[&'a str], kind: AxisKind) -> Option<&'a str> {
    axes.iter().position(|axis| axis.kind == kind).map(|axis| values[axis])
}

/// The hash of all that a mapping reads: points with the same one have the same program.
fn mapping_key(identity: &PointIdentity, lines: &[ConstantLine], base: &BaseDevice) -> [u8; 16] {
    let PointIdentity { device, model_sha256, random_weights, mode, placer, objective, effort, seed, .. } =
        identity;
    let mut hash = Sha256::new();
    hash.update(format!("{device}\n{model_sha256}\n{random_weights:?}\n{mode:?}\n"));
    hash.update(format!("{placer:?}\n{objective:?}\n{effort:?}\n{seed:?}\n"));
    // Placements are simulated: clocks depend on everything.
    let simulates = objective.as_deref() == Some("cycles");
    for line in lines.iter().filter(|line| simulates || base.mapping_reads(&line.path)) {
        [&line.path, "=", &line.value, "\n"].into_iter().for_each(|part| hash.update(part));
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// The first `digits` hexadecimal digits of some bytes.
pub(super) fn hexadecimal(bytes: &[u8], digits: usize) -> String {
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(digits);
    text
}

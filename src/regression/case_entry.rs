//! A case of a manifest: as it is written, and as it runs.

use std::path::{Path, PathBuf};

use ron::value::RawValue;
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer};

use crate::compiler::Mode;
use crate::device::Setting;
use crate::engine::InputOrder;

/// One case that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Unique in the manifest.
    pub name: String,
    /// What it can be selected by.
    pub tags: Vec<String>,
    /// A template, .fb or .fbz.
    pub model: PathBuf,
    /// A seed for layers without weights.
    pub random_weights: Option<u64>,
    /// A device's name, or a .ron file.
    pub device: String,
    /// Constants of the device that are set for this case.
    pub set: Vec<Setting>,
    /// How many neural processors to spend.
    pub mode: Mode,
    /// Images, uint8 (n, h, w, c), or events (n, w, h, c): files whose samples follow one another.
    pub inputs: Vec<PathBuf>,
    /// The order of their axes; by default that of their number of channels.
    pub order: Option<InputOrder>,
    /// Only this many inputs, from the first.
    pub frames: Option<usize>,
    /// Frames of a batch.
    pub batch: usize,
    /// The class of every sample: files that follow one another.
    pub labels: Vec<PathBuf>,
    /// Least share of samples that have their class.
    pub accuracy: Option<f64>,
    /// Share by which clocks may differ.
    pub tolerance: f64,
    /// Seconds of this host that the case may take.
    pub time_limit: Option<f64>,
    /// The code of the error that it must fail with.
    pub refusal: Option<String>,
    /// The golden file; none of a case that must fail.
    pub golden: Option<PathBuf>,
}

/// One case as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseEntry {
    name: String,
    #[serde(default)]
    tags: Vec<String>,
    model: PathBuf,
    #[serde(default)]
    random_weights: Option<u64>,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    devices: Vec<String>,
    #[serde(default)]
    set: Vec<Setting>,
    #[serde(default, deserialize_with = "mode")]
    mode: Option<Mode>,
    #[serde(default, deserialize_with = "modes")]
    modes: Vec<Mode>,
    #[serde(deserialize_with = "one_or_more")]
    inputs: Vec<PathBuf>,
    #[serde(default, deserialize_with = "order")]
    order: Option<InputOrder>,
    #[serde(default)]
    frames: Option<usize>,
    #[serde(default)]
    batch: Option<usize>,
    #[serde(default, deserialize_with = "one_or_more")]
    labels: Vec<PathBuf>,
    #[serde(default)]
    accuracy: Option<f64>,
    #[serde(default)]
    tolerance: Option<f64>,
    #[serde(default)]
    time_limit: Option<f64>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    golden: Option<PathBuf>,
}

impl CaseEntry {
    /// The cases that run: one for each device and mode.
    ///
    /// # Errors
    /// Fields that exclude each other, or that are not in their range.
    pub fn expand(self) -> Result<Vec<Case>, String> {
        self.check()?;
        let is_matrix = !self.devices.is_empty() || !self.modes.is_empty();
        let devices: Vec<String> = self.device.iter().chain(&self.devices).cloned().collect();
        let modes = match self.modes.is_empty() {
            true => vec![self.mode.unwrap_or_default()],
            false => self.modes.clone(),
        };
        let pairs = devices.iter().flat_map(|device| modes.iter().map(move |&mode| (device, mode)));
        let cases = pairs.map(|(device, mode)| {
            let stem = |device: &str| match device.ends_with(".ron") {
                true => Path::new(device).file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                false => device.to_owned(),
            };
            let mut parts = Vec::new();
            if !self.devices.is_empty() {
                parts.push(stem(device));
            }
            if !self.modes.is_empty() {
                parts.push(mode_name(mode));
            }
            let golden = self.golden.as_ref().map(|golden| match is_matrix {
                true => beside(golden, &parts),
                false => golden.clone(),
            });
            Case {
                name: if is_matrix {
                    format!("{}[{}]", self.name, parts.join(","))
                } else {
                    self.name.clone()
                },
                tags: self.tags.clone(),
                model: self.model.clone(),
                random_weights: self.random_weights,
                device: device.clone(),
                set: self.set.clone(),
                mode,
                inputs: self.inputs.clone(),
                order: self.order,
                frames: self.frames,
                batch: self.batch.unwrap_or(1),
                labels: self.labels.clone(),
                accuracy: self.accuracy,
                tolerance: self.tolerance.unwrap_or(0.0),
                time_limit: self.time_limit,
                refusal: self.refusal.clone(),
                golden,
            }
        });
        Ok(cases.collect())
    }

    fn check(&self) -> Result<(), String> {
        let within = |name: &str, value: Option<f64>, most: f64, least: f64| match value {
            Some(value) if !(least..=most).contains(&value) => {
                Err(format!("`{name}` is {value}, and must be {least} to {most}"))
            }
            _ => Ok(()),
        };
        if self.device.is_some() != self.devices.is_empty() {
            return Err("give one of `device` and `devices`".to_owned());
        }
        if self.mode.is_some() && !self.modes.is_empty() {
            return Err("give one of `mode` and `modes`".to_owned());
        }
        if self.inputs.is_empty() {
            return Err("`inputs` names no file".to_owned());
        }
        if self.golden.is_some() == self.refusal.is_some() {
            return Err("give one of `golden` and `refusal`: a case that must fail gives nothing to compare"
                .to_owned());
        }
        if self.accuracy.is_some() == self.labels.is_empty() {
            return Err("give both, `labels` and `accuracy`, or none of them".to_owned());
        }
        if self.batch == Some(0) {
            return Err("`batch` is 0, and must be at least 1".to_owned());
        }
        within("accuracy", self.accuracy, 1.0, 0.0)?;
        within("tolerance", self.tolerance, 1.0, 0.0)?;
        within("time_limit", self.time_limit, 1e6, 0.001)
    }
}

/// The name of a mode, as a manifest has it.
pub(super) fn mode_name(mode: Mode) -> String {
    serde_json::to_value(mode).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
}

/// A file beside another, with these parts before its extension.
fn beside(path: &Path, parts: &[String]) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    for part in parts {
        name.push(".");
        name.push(part);
    }
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// One path, or a list of them.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a path, or a list of paths")]
    enum OneOrMore {
        One(PathBuf),
        More(Vec<PathBuf>),
    }
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(path) => vec![path],
        OneOrMore::More(paths) => paths,
    })
}

/// A mode by its name on the command line, which is no word of RON.
fn named_mode<E: serde::de::Error>(name: &str) -> Result<Mode, E> {
    let mode: Result<Mode, serde::de::value::Error> = Mode::deserialize(name.into_deserializer());
    mode.map_err(|error| E::custom(format!("mode: {error}")))
}

fn mode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Mode>, D::Error> {
    named_mode(&String::deserialize(deserializer)?).map(Some)
}

fn modes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Mode>, D::Error> {
    Vec::<String>::deserialize(deserializer)?.iter().map(|name| named_mode(name)).collect()
}

/// An order by its name on the command line, quoted or not.
fn order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<InputOrder>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let name = raw.get_ron().trim().trim_matches('"');
    name.parse().map(Some).map_err(serde::de::Error::custom)
}

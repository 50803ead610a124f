//! `run.json`: what was run, on what, how it ended, and the files that hold the results.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::hashed_file::{FileRecord, sha256};
use crate::compiler::Mode;
use crate::device::Setting;
use crate::document::{Document, Marked, Schema};
use crate::mesh::HostSpeed;

/// What stands for the file's own hash while it is computed.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How the file ends, behind its own hash.
const END: &str = "\"\n}\n";

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Until it ends; for ever if its process was killed.
    Running,
    /// Every frame was simulated, and nothing differs.
    Complete,
    /// Every frame was simulated, and some differ from the engine.
    Mismatch,
    /// Nothing moved any more.
    Hang,
    /// Stopped by its user.
    Interrupted,
    /// A limit, or an error.
    Failed,
}

impl RunStatus {
    /// As `run.json` has it.
    pub fn name(self) -> &'static str {
        match self {
            RunStatus::Running => "running",
            RunStatus::Complete => "complete",
            RunStatus::Mismatch => "mismatch",
            RunStatus::Hang => "hang",
            RunStatus::Interrupted => "interrupted",
            RunStatus::Failed => "failed",
        }
    }
}

/// What a run is: two runs of the same are equal in all that does not depend on the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunIdentity {
    /// Version of Spikemesh.
    pub spikemesh: String,
    /// Name of the model.
    pub model: String,
    /// SHA-256 of the model file, if there was one.
    pub model_sha256: Option<String>,
    /// SHA-256 of the program file.
    pub program_sha256: String,
    /// Device.
    pub device: String,
    /// SHA-256 of the device's canonical text: of every constant's value and basis.
    pub device_sha256: String,
    /// Its constants that were set for this run, sorted.
    pub settings: Vec<Setting>,
    /// Clock of the device in Hz.
    pub clock_hz: u64,
    /// The limits that the model has to keep on the device, and those that it breaks, as `RulesRecord` has them; none without a model.
    pub rules: Option<serde_json::Value>,
    /// How a model was mapped, as `plan.json` has it; none of a program.
    pub mode: Option<Mode>,
    /// SHA-256 of the input file.
    pub input_sha256: Option<String>,
    /// The file of the directory that holds the inputs; none if they were too large to be kept.
    pub input_file: Option<String>,
    /// How the axes of the input were read: `images` (n, h, w, c) or `events` (n, w, h, c).
    pub input_order: String,
    /// Seed of random weights, if they were used.
    pub random_weights: Option<u64>,
    /// Frames of a batch.
    pub batch: usize,
    /// Frames asked for.
    pub frames: usize,
    /// A batch ends with an error beyond this cycle.
    pub max_cycles: u64,
    /// Whether every layer of every finished frame is compared with the engine.
    pub compared: bool,
    /// What the program gives out, in the order of layers.
    pub outputs: Vec<OutputRecord>,
    /// SHA-256 of the labels of the last layer, if they were given.
    pub labels_sha256: Option<String>,
    /// What gives the class: `evaluate` applies the thresholds and steps of the head, `predict` takes raw outputs.
    pub accuracy_by: Option<String>,
    /// Classes that the neurons of the last layer are divided into, if labels were given.
    pub num_classes: Option<usize>,
    /// Whether waves of the first batch are written.
    pub waves: bool,
    /// The options that say which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wave_options: Vec<String>,
    /// Whether the packets of the first batch are written.
    pub trace: bool,
}

/// An output in `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputRecord {
    /// Its layer.
    pub name: String,
    /// Its file.
    pub file: String,
    /// SHA-256 of its labels, if they were given.
    pub labels_sha256: Option<String>,
    /// What gives the class.
    pub accuracy_by: Option<String>,
    /// Classes that its neurons are divided into.
    pub num_classes: Option<usize>,
}

/// `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// How the run stands.
    pub status: RunStatus,
    /// What was run.
    #[serde(flatten)]
    pub identity: RunIdentity,
    /// Frames finished.
    pub finished: usize,
    /// Finished frames that were compared: a signal leaves some that were not.
    pub frames_compared: u64,
    /// Frames that differ from the engine.
    pub frames_different: u64,
    /// The first difference, as a sentence.
    pub first_difference: Option<String>,
    /// Share of finished frames whose class at the last layer is their label, if labels were given.
    pub accuracy: Option<f64>,
    /// The same for every output with labels, by the name of its layer.
    pub accuracies: BTreeMap<String, f64>,
    /// The files of the run with their hashes. While it runs, those that it may write or that it replaces, without.
    pub files: BTreeMap<String, Option<FileRecord>>,
    /// Wall-clock seconds on this host.
    pub host_seconds: f64,
    /// Threads of this host that were used.
    pub host_threads: usize,
    /// The most memory that the process had, in bytes; none where the system does not say it.
    pub host_peak_bytes: Option<u64>,
    /// Speed of the simulation on this host.
    #[serde(flatten)]
    pub host: HostSpeed,
    /// The file that the inputs came from, with its whole path.
    pub host_input: Option<String>,
    /// The folder in which the command ran.
    pub host_folder: Option<String>,
    /// The command, without the name of the program.
    pub host_command: Vec<String>,
}

impl Document for RunInfo {
    const SCHEMA: Schema = Schema::Run;
}

/// The file's own hash comes last, so that it can be replaced.
#[derive(Serialize)]
struct Sealed<'a> {
    #[serde(flatten)]
    info: Marked<'a, RunInfo>,
    sha256: &'static str,
}

impl RunInfo {
    /// The text of the file, with its own hash: the SHA-256 of the file with 64 zeros in its place.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let mut text =
            serde_json::to_string_pretty(&Sealed { info: Marked::new(self), sha256: NO_HASH })? + "\n";
        let hash = sha256(text.as_bytes());
        let end = text.len() - END.len();
        text.replace_range(end - NO_HASH.len()..end, &hash);
        Ok(text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<RunInfo, String> {
        let format: Format = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let ours = Schema::Run.to_string();
        match format.schema {
            Some(schema) if schema == ours => {}
            Some(other) => return Err(format!("its format is `{other}`, and this version reads `{ours}`")),
            None => return Err("it is no file of a run of this version".to_owned()),
        }
        let (body, hash) = text
            .strip_suffix(END)
            .and_then(|body| body.split_at_checked(body.len().checked_sub(NO_HASH.len())?))
            .ok_or("it does not end with its own hash")?;
        let found = sha256(format!("{body}{NO_HASH}{END}").as_bytes());
        if found != hash {
            return Err(format!("it was changed: its SHA-256 is {found}, and it says {hash}"));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

#[derive(Deserialize)]
struct Format {
    schema: Option<String>,
}

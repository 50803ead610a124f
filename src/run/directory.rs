//! The run directory: the files of a run. Every file is written under a temporary name and renamed, so that no file is ever incomplete.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::Error;
use super::results::RunResults;
use super::stats::Stats;
use crate::compiler::MappingReport;
use crate::device_rules::RulesRecord;
use crate::document::{Document, Marked, Schema};
use crate::files::{atomic_file, read_text};
use crate::isa::{self, Program};
use crate::mesh::HostSpeed;
use crate::tensor::npy;

/// `run.json`: what was run, on what, and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct RunInfo {
    /// Version of Spikemesh.
    pub spikemesh: &'static str,
    /// `complete`, `interrupted`, `hang`, `mismatch` or `failed`; `running` until it ends.
    pub status: &'static str,
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
    /// The limits that the model has to keep on the device, and those that it breaks; `null` without a model.
    pub rules: Option<RulesRecord>,
    /// Clock of the device in Hz.
    pub clock_hz: u64,
    /// SHA-256 of the input file.
    pub input_sha256: Option<String>,
    /// How the axes of the input were read: `images` (n, h, w, c) or `events` (n, w, h, c).
    pub input_order: &'static str,
    /// Seed of random weights, if they were used.
    pub random_weights: Option<u64>,
    /// Frames of a batch.
    pub batch: usize,
    /// Frames asked for.
    pub frames: usize,
    /// Frames finished.
    pub finished: usize,
    /// Whether every layer of every finished frame was compared with the engine.
    pub compared: bool,
    /// Finished frames that were compared: a signal leaves some that were not.
    pub frames_compared: usize,
    /// Frames that differ from the engine.
    pub frames_different: usize,
    /// The first difference, as a sentence.
    pub first_difference: Option<String>,
    /// Share of finished frames whose class is their label, if labels were given.
    pub accuracy: Option<f64>,
    /// What gave the class: `evaluate` applies the thresholds and steps of the head, `predict` takes raw outputs.
    pub accuracy_by: Option<&'static str>,
    /// Classes that the neurons of the output were divided into, if labels were given.
    pub num_classes: Option<usize>,
    /// Wall-clock seconds on this host.
    pub host_seconds: f64,
    /// Threads of this host that were used.
    pub host_threads: usize,
}

impl Document for MappingReport {
    const SCHEMA: Schema = Schema::Plan;
}

impl Document for RunInfo {
    const SCHEMA: Schema = Schema::Run;
}

/// `stats.json`.
#[derive(Serialize)]
struct StatsFile<'a> {
    #[serde(flatten)]
    stats: &'a Stats,
    #[serde(flatten)]
    host: HostSpeed,
}

impl Document for StatsFile<'_> {
    const SCHEMA: Schema = Schema::Stats;
}

/// What a run writes besides `run.json`.
const RESULTS: [&str; 6] =
    ["stats.json", "outputs.npy", "program.npx", "plan.json", "waves.vcd", "trace.spt"];

/// Largest `run.json` that is read, in bytes.
const MAX_INFO: u64 = 1 << 20;

/// A run directory.
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    /// Creates the directory if it does not exist. The files of an earlier run are removed, so that none is taken for one of this run.
    ///
    /// # Errors
    /// It cannot be created; it holds other files than those of a run, and is not made `on_purpose`.
    pub fn create(path: &Path, on_purpose: bool) -> Result<RunDirectory, Error> {
        std::fs::create_dir_all(path).map_err(|cause| Error::write(path, cause))?;
        let mut entries = std::fs::read_dir(path).map_err(|cause| Error::write(path, cause))?;
        let directory = RunDirectory { path: path.to_owned() };
        if directory.is_of_a_run() {
            directory.remove_results()?;
        } else if !on_purpose && entries.next().is_some() {
            return Err(Error::NotEmpty { path: path.to_owned() });
        }
        Ok(directory)
    }

    /// Whether its `run.json` is one of this program.
    fn is_of_a_run(&self) -> bool {
        let Ok(text) = read_text(&self.file("run.json"), MAX_INFO) else { return false };
        let info: Result<serde_json::Value, _> = serde_json::from_str(&text);
        info.is_ok_and(|info| {
            ["spikemesh", "program_sha256", "status"].iter().all(|key| info[key].is_string())
        })
    }

    /// Removes what a run writes, but for `run.json`, which is replaced.
    fn remove_results(&self) -> Result<(), Error> {
        for name in RESULTS {
            match std::fs::remove_file(self.file(name)) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::write(&self.file(name), cause));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes the program as `program.npx`; returns the hash of its bytes.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn program(&self, program: &Program) -> Result<String, Error> {
        let bytes = isa::write(program);
        self.bytes("program.npx", &bytes)?;
        Ok(sha256(&bytes))
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn info(&self, info: &RunInfo) -> Result<(), Error> {
        self.json("run.json", info)
    }

    /// Writes `plan.json`: how the model was mapped, with the memory footprint of every layer, as `spikemesh map --format json` prints it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn plan(&self, plan: &MappingReport) -> Result<(), Error> {
        self.json("plan.json", plan)
    }

    /// Writes `stats.json` and `outputs.npy`: potentials (n, w, h, c) int32, or levels as int32.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn results(&self, program: &Program, results: &RunResults) -> Result<(), Error> {
        self.json("stats.json", &StatsFile { stats: &results.stats, host: results.host })?;
        let map = program.buffers[usize::from(program.output.0)].map;
        let shape = [results.frames.len(), map.width as usize, map.height as usize, map.channels as usize];
        let values: Vec<i32> = results.frames.iter().flat_map(|frame| frame.output.iter().copied()).collect();
        Ok(npy::write(&self.file("outputs.npy"), &shape, &values)?)
    }

    fn json(&self, name: &str, document: &impl Document) -> Result<(), Error> {
        let mut text = serde_json::to_vec_pretty(&Marked::new(document))
            .map_err(|e| Error::write(&self.file(name), io::Error::other(e.to_string())))?;
        text.push(b'\n');
        self.bytes(name, &text)
    }

    fn bytes(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.file(name);
        atomic_file::write(&path, bytes).map_err(|cause| Error::write(&path, cause))
    }
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

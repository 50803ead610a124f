//! A run directory that is read: the one door to what a run left.
//!
//! ```no_run
//! use spikemesh::run::{RunDirectory, explain};
//!
//! let directory = RunDirectory::open("out".as_ref()).unwrap();
//! println!("{} frames of {}", directory.info().finished, directory.info().identity.model);
//! // The same run again, on the device as it was.
//! let again = directory.rerun().unwrap();
//! let explained = explain(&again.job()).unwrap();
//! ```

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::directory_error::DirectoryError;
use super::directory_writer::{Found, is_inside};
use super::error::Error;
use super::hashed_file::{FileRecord, record_of_bytes};
use super::input_file::InputFile;
use super::rerun::Rerun;
use super::run_info::{RunInfo, RunStatus};
use super::run_writer::STATS;
use crate::device::Device;
use crate::engine::{Input, InputOrder};
use crate::files::{FolderLock, ReadError, decode_text, read_limited};
use crate::isa::{PackedProgram, Program};
use crate::mesh::{self, Simulator};
use crate::tensor::{Dense, npy};

/// The program.
pub const PROGRAM: &str = "program.npx";
/// The mapping of a model.
pub const PLAN: &str = "plan.json";
/// The device as it was, with all settings.
pub const DEVICE: &str = "device.ron";
/// The inputs of a run, if they are kept.
pub const INPUTS: &str = "inputs.npy";

/// A run directory, of a run that has ended. Every file is compared with its hash when it is read.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    info: RunInfo,
}

impl RunDirectory {
    /// Opens it and reads `run.json`.
    ///
    /// # Errors
    /// There is no run, one of another version of the format, or one that has not ended: it is running, or was cut off.
    pub fn open(path: &Path) -> Result<RunDirectory, DirectoryError> {
        let not_a_run = |reason: String| DirectoryError::NotARun { path: path.to_owned(), reason };
        if !path.is_dir() {
            return Err(not_a_run("there is no such folder".to_owned()));
        }
        let info = match Found::at(path)? {
            Found::Run(info) => *info,
            Found::Empty => return Err(not_a_run("the folder is empty".to_owned())),
            Found::Other(reason) => return Err(not_a_run(reason)),
        };
        if info.status == RunStatus::Running {
            let lock = FolderLock::take(path).map_err(|cause| Error::read(path, cause))?;
            return Err(match lock {
                Some(_) => DirectoryError::CutOff { path: path.to_owned() },
                None => Error::Locked { path: path.to_owned() }.into(),
            });
        }
        if let Some(name) = info.files.keys().find(|name| !is_inside(path, name)) {
            return Err(not_a_run(format!("it lists `{name}`, which is outside")));
        }
        if let Some((name, _)) = info.files.iter().find(|(_, record)| record.is_none()) {
            return Err(not_a_run(format!("it has no hash of `{name}`")));
        }
        Ok(RunDirectory { path: path.to_owned(), info })
    }

    /// Opens one that a comparison may rest on: every frame was simulated.
    ///
    /// # Errors
    /// As [`RunDirectory::open`]; a run that ended early.
    pub fn open_whole(path: &Path) -> Result<RunDirectory, DirectoryError> {
        let directory = RunDirectory::open(path)?;
        let RunInfo { status, finished, .. } = directory.info;
        if matches!(status, RunStatus::Complete | RunStatus::Mismatch) {
            return Ok(directory);
        }
        let frames = directory.info.identity.frames;
        Err(DirectoryError::Partial { path: path.to_owned(), status: status.name(), finished, frames })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `run.json`.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// The names of its files with their hashes, `run.json` left out.
    pub fn files(&self) -> impl Iterator<Item = (&str, &FileRecord)> {
        self.info.files.iter().filter_map(|(name, record)| Some((name.as_str(), record.as_ref()?)))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// The run left no such file; it is missing, was changed, or cannot be read.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, DirectoryError> {
        let path = self.path.join(name);
        let Some(Some(written)) = self.info.files.get(name) else {
            return Err(DirectoryError::NoFile { path: self.path.clone(), name: name.to_owned() });
        };
        let changed =
            |found: String, written: String| DirectoryError::Changed { path: path.clone(), found, written };
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(changed("it is no file".to_owned(), "one".to_owned()));
        }
        let bytes = match read_limited(&path, written.bytes) {
            Ok(bytes) => bytes,
            Err(ReadError::TooLarge { .. }) => {
                return Err(changed(
                    "it is longer".to_owned(),
                    crate::words::plural(written.bytes, "byte", "bytes"),
                ));
            }
            Err(ReadError::Io(cause)) if cause.kind() == ErrorKind::NotFound => {
                return Err(DirectoryError::Missing { path });
            }
            Err(error) => return Err(Error::read(&path, error.into()).into()),
        };
        let found = record_of_bytes(written, &bytes);
        if found != *written {
            return Err(changed(format!("its {}", found.sum.text()), written.sum.digits().to_owned()));
        }
        Ok(bytes)
    }

    /// A file of JSON.
    fn json(&self, name: &str) -> Result<Value, DirectoryError> {
        let bytes = self.bytes(name)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| DirectoryError::Json { path: self.path.join(name), reason: error.to_string() })
    }

    /// `stats.json`, as docs/formats/run-directory.md has it.
    ///
    /// # Errors
    /// As [`RunDirectory::bytes`].
    pub fn stats(&self) -> Result<Value, DirectoryError> {
        self.json(STATS)
    }

    /// `plan.json`; none if a program was run.
    ///
    /// # Errors
    /// As [`RunDirectory::bytes`].
    pub fn plan(&self) -> Result<Option<Value>, DirectoryError> {
        self.info.files.contains_key(PLAN).then(|| self.json(PLAN)).transpose()
    }

    /// The device as it was, with everything that was set.
    ///
    /// # Errors
    /// As [`RunDirectory::bytes`]; everything that is wrong with it.
    pub fn device(&self) -> Result<Device, Vec<DirectoryError>> {
        let path = self.path.join(DEVICE);
        let unreadable = |error: ReadError| vec![Error::read(&path, error.into()).into()];
        let text = decode_text(self.bytes(DEVICE).map_err(one)?).map_err(unreadable)?;
        let device = Device::parse(&path.display().to_string(), &text).map_err(all)?;
        let (found, written) = (device.sha256(), self.info.identity.device_sha256.clone());
        if found != written {
            return Err(one(DirectoryError::OtherDevice { path, found, written }));
        }
        Ok(device)
    }

    /// The program that ran on a device, that of [`RunDirectory::device`].
    ///
    /// # Errors
    /// As [`RunDirectory::bytes`]; everything that is wrong with it.
    pub fn program(&self, device: &Device) -> Result<Program, Vec<DirectoryError>> {
        let bytes = self.bytes(PROGRAM).map_err(one)?;
        let packed = PackedProgram::read(&bytes)
            .map_err(|errors| all(errors.into_iter().map(mesh::Error::from).collect()))?;
        mesh::unpack(packed, device).map_err(all)
    }

    /// The array of an output over all frames, (n, w, h, c).
    ///
    /// # Errors
    /// As [`RunDirectory::bytes`]; no such output; no array of that kind.
    pub fn output(&self, layer: &str) -> Result<Dense<i32>, DirectoryError> {
        let output = self.info.identity.outputs.iter().find(|output| output.name == layer);
        let output = output.ok_or_else(|| DirectoryError::NoFile {
            path: self.path.clone(),
            name: format!("output of `{layer}`"),
        })?;
        Ok(npy::parse_dense(&self.path.join(&output.file).display().to_string(), &self.bytes(&output.file)?)?)
    }

    /// The inputs, as the run read them: those of the directory, otherwise those of the file that they came from if it holds the same.
    ///
    /// # Errors
    /// They were not kept, and that file is gone or has changed; they do not fit the program.
    pub fn input(&self, program: &Program) -> Result<Input, DirectoryError> {
        let identity = &self.info.identity;
        let file = match &identity.input_file {
            Some(name) => InputFile::parse(&self.path.join(name).display().to_string(), &self.bytes(name)?)?,
            None => self.outside()?,
        };
        let order: Option<InputOrder> = identity.input_order.parse().ok();
        Ok(file.ordered(program, order)?.input)
    }

    /// The inputs from where the run read them.
    fn outside(&self) -> Result<InputFile, DirectoryError> {
        let sha256 = self.info.identity.input_sha256.clone().unwrap_or_default();
        let none = |reason: String| DirectoryError::NoInputs {
            path: self.path.clone(),
            reason,
            sha256: sha256.clone(),
        };
        let Some(path) = &self.info.host_input else {
            return Err(none("run.json does not say where they came from".to_owned()));
        };
        let file = InputFile::read(Path::new(path)).map_err(|error| none(error.to_string()))?;
        if file.sha256 != sha256 {
            return Err(none(format!("{path}, where they came from, has the SHA-256 {}", file.sha256)));
        }
        Ok(file)
    }

    /// The program on its device.
    ///
    /// # Errors
    /// What [`RunDirectory::device`] and [`RunDirectory::program`] find.
    pub fn simulator(&self) -> Result<Simulator, Vec<DirectoryError>> {
        let device = self.device()?;
        let program = self.program(&device)?;
        Simulator::new(program, device).map_err(all)
    }

    /// Everything that it takes to simulate the same run again.
    ///
    /// # Errors
    /// What [`RunDirectory::device`], [`RunDirectory::program`] and [`RunDirectory::input`] find.
    pub fn rerun(&self) -> Result<Rerun, Vec<DirectoryError>> {
        let simulator = self.simulator()?;
        let input = self.input(simulator.program()).map_err(one)?;
        let identity = &self.info.identity;
        Ok(Rerun { simulator, input, batch: identity.batch, max_cycles: identity.max_cycles })
    }
}

fn one(error: DirectoryError) -> Vec<DirectoryError> {
    vec![error]
}

fn all<E: Into<DirectoryError>>(errors: Vec<E>) -> Vec<DirectoryError> {
    errors.into_iter().map(Into::into).collect()
}

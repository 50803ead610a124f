//! Why a run directory cannot be read, or is not what its run wrote.

use std::path::PathBuf;

use miette::Diagnostic;

use super::error::Error;
use crate::words::plural;
use crate::{device, mesh, tensor};

/// Why a run directory cannot be read, or is not what its run wrote.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum DirectoryError {
    /// Nothing says what should be in the folder.
    #[error("{} is no run directory: run.json: {reason}", path.display())]
    #[diagnostic(code(verify::not_a_run), help("name a folder that `spikemesh run -o` has written"))]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is wrong with its `run.json`.
        reason: String,
    },
    /// `run.json` says `running`, and nobody writes there: the process was killed.
    #[error("the run in {} was cut off: its run.json says `running`, and no process writes there", path.display())]
    #[diagnostic(code(verify::cut_off), help("go on with it: `spikemesh run --resume {}`", path.display()))]
    CutOff {
        /// The folder.
        path: PathBuf,
    },
    /// A file that the run wrote is not there.
    #[error("{} is missing", path.display())]
    #[diagnostic(code(verify::missing), help("run it again, or fetch the file from a copy"))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file is not what the run wrote.
    #[error("{} was changed: {found}, and the run wrote {written}", path.display())]
    #[diagnostic(code(verify::changed), help("run it again, or fetch the file from a copy"))]
    Changed {
        /// The file.
        path: PathBuf,
        /// What is there.
        found: String,
        /// What was written.
        written: String,
    },
    /// A run writes there now, or a file cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Run(#[from] Error),
    /// The run left no such file: it ended before, or did not make it.
    #[error("the run in {} has no {name}", path.display())]
    #[diagnostic(
        code(run::no_file),
        help("run it again to its end; docs/formats/run-directory.md says when which file is written")
    )]
    NoFile {
        /// The folder.
        path: PathBuf,
        /// The file.
        name: String,
    },
    /// The run ended early: what it left are other frames than it was asked for, and nothing may be compared with them.
    #[error("the run in {} ended early ({status}): {finished} of {} finished", path.display(), plural(*frames, "frame", "frames"))]
    #[diagnostic(code(run::partial), help("run it to its end, or go on with it: `spikemesh run --resume {}`", path.display()))]
    Partial {
        /// The folder.
        path: PathBuf,
        /// How it ended.
        status: &'static str,
        /// Frames finished.
        finished: usize,
        /// Frames asked for.
        frames: usize,
    },
    /// The inputs were too large to be kept, and the file that they came from is not there any more, or holds others.
    #[error("the run in {} holds no inputs, and {reason}", path.display())]
    #[diagnostic(
        code(run::no_inputs),
        help("give the file with the SHA-256 {sha256} its name again, or run with `--keep-inputs`")
    )]
    NoInputs {
        /// The folder.
        path: PathBuf,
        /// What is where they came from.
        reason: String,
        /// Their hash.
        sha256: String,
    },
    /// The device of the directory has other constants than the run says: another version of Spikemesh wrote it.
    #[error("{} describes another device than run.json: its SHA-256 is {found}, and the run says {written}", path.display())]
    #[diagnostic(code(run::other_device), help("make the directory again with this version"))]
    OtherDevice {
        /// The device file.
        path: PathBuf,
        /// The hash of its canonical text.
        found: String,
        /// What the run says.
        written: String,
    },
    /// A file of JSON that cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    #[diagnostic(code(run::json), help("make the directory again with this version"))]
    Json {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// What is wrong with the device.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Device(Box<device::Error>),
    /// What is wrong with the program.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Program(Box<mesh::Error>),
    /// What is wrong with an array.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Array(#[from] tensor::Error),
}

impl From<device::Error> for DirectoryError {
    fn from(error: device::Error) -> DirectoryError {
        DirectoryError::Device(Box::new(error))
    }
}

impl From<mesh::Error> for DirectoryError {
    fn from(error: mesh::Error) -> DirectoryError {
        DirectoryError::Program(Box::new(error))
    }
}

//! Whether a run directory holds what its run wrote.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::directory::{Found, is_inside};
use super::error::Error;
use super::hashed_file::record_of;
use super::run_info::{RunInfo, RunStatus};
use crate::files::FolderLock;
use crate::words::plural;

/// Why a run directory is not what a run wrote.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum VerifyError {
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
}

/// A run directory that was looked through.
#[derive(Debug)]
pub(crate) struct VerifiedRun {
    /// Its `run.json`.
    pub info: RunInfo,
    /// Everything that is wrong.
    pub errors: Vec<VerifyError>,
}

/// Compares every file that a run directory lists with its hash.
///
/// # Errors
/// It is no run directory, or a run writes there now.
pub(crate) fn verify_run(path: &Path) -> Result<VerifiedRun, VerifyError> {
    let not_a_run = |reason: String| VerifyError::NotARun { path: path.to_owned(), reason };
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
            Some(_) => VerifyError::CutOff { path: path.to_owned() },
            None => Error::Locked { path: path.to_owned() }.into(),
        });
    }
    let errors = info.files.iter().filter_map(|(name, written)| {
        let file = path.join(name);
        if !is_inside(path, name) {
            return Some(not_a_run(format!("it lists `{name}`, which is outside")));
        }
        match (record_of(&file), written) {
            (Ok(found), Some(written)) if found == *written => None,
            (Ok(found), Some(written)) => Some(if found.bytes == written.bytes {
                let (found, written) = (format!("its SHA-256 is {}", found.sha256), written.sha256.clone());
                VerifyError::Changed { path: file, found, written }
            } else {
                let (found, written) =
                    (format!("it has {}", plural(found.bytes, "byte", "bytes")), written.bytes.to_string());
                VerifyError::Changed { path: file, found, written }
            }),
            (_, None) => Some(not_a_run(format!("it has no hash of `{name}`"))),
            (Err(Error::Read { source, .. }), _) if source.kind() == ErrorKind::NotFound => {
                Some(VerifyError::Missing { path: file })
            }
            (Err(error), _) => Some(error.into()),
        }
    });
    let errors = errors.collect();
    Ok(VerifiedRun { info, errors })
}

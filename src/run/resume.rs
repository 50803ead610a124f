//! A run that goes on where it was cut off: whether it is the same run, and what its command was.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::directory_writer::Found;
use super::error::Error;
use super::run_info::{RunIdentity, RunInfo};

impl RunIdentity {
    /// The hash by which a journal knows its run.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.value().to_string()).into()
    }

    fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What differs from another: its name in `run.json`, and both values.
    fn differences(&self, other: &RunIdentity) -> Vec<String> {
        let (ours, theirs) = (self.value(), other.value());
        let fields = ours.as_object().into_iter().flatten();
        fields
            .filter(|(name, value)| theirs.get(name) != Some(value))
            .map(|(name, value)| {
                format!("`{name}` was {}, and is {value} now", theirs.get(name).unwrap_or(&Value::Null))
            })
            .collect()
    }
}

/// The run of a directory, if it is the one with this identity.
///
/// # Errors
/// The directory holds no run, or another.
pub(crate) fn resumed(path: &Path, identity: &RunIdentity) -> Result<RunInfo, Error> {
    let info = found(path)?;
    let differences = identity.differences(&info.identity);
    if differences.is_empty() { Ok(info) } else { Err(Error::Differs { path: path.to_owned(), differences }) }
}

/// The folder and the arguments that the run of a directory was started with.
///
/// # Errors
/// The directory holds no run, or one that was not started by a command.
pub(crate) fn command_of(path: &Path) -> Result<(PathBuf, Vec<OsString>), Error> {
    let info = found(path)?;
    match info.host_folder {
        Some(folder) if !info.host_command.is_empty() => {
            Ok((PathBuf::from(folder), info.host_command.into_iter().map(OsString::from).collect()))
        }
        _ => Err(Error::NoResume {
            path: path.to_owned(),
            reason: "its run.json does not say with which command it was started".to_owned(),
        }),
    }
}

fn found(path: &Path) -> Result<RunInfo, Error> {
    let none = |reason: String| Error::NoResume { path: path.to_owned(), reason };
    match Found::at(path).map_err(|error| none(error.to_string()))? {
        Found::Run(info) => Ok(*info),
        Found::Empty => Err(none("the folder is empty".to_owned())),
        Found::Other(reason) => Err(none(format!("run.json: {reason}"))),
    }
}

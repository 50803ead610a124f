//! Whether a run directory holds what its run wrote.

use std::io::ErrorKind;
use std::path::Path;

use super::directory::RunDirectory;
use super::directory_error::DirectoryError;
use super::error::Error;
use super::hashed_file::record_like;
use super::run_info::RunInfo;
use crate::words::plural;

/// A run directory that was looked through.
#[derive(Debug)]
pub(crate) struct VerifiedRun {
    /// Its `run.json`.
    pub info: RunInfo,
    /// Everything that is wrong.
    pub errors: Vec<DirectoryError>,
}

/// Compares every file that a run directory lists with its hash.
///
/// # Errors
/// It is no run directory, or a run writes there now.
pub(crate) fn verify_run(path: &Path) -> Result<VerifiedRun, DirectoryError> {
    let directory = RunDirectory::open(path)?;
    let errors = directory.files().filter_map(|(name, written)| {
        let file = path.join(name);
        match record_like(written, &file) {
            Ok(found) if found == *written => None,
            Ok(found) => Some(if found.bytes == written.bytes {
                let (found, written) = (format!("its {}", found.sum.text()), written.sum.digits().to_owned());
                DirectoryError::Changed { path: file, found, written }
            } else {
                let (found, written) =
                    (format!("it has {}", plural(found.bytes, "byte", "bytes")), written.bytes.to_string());
                DirectoryError::Changed { path: file, found, written }
            }),
            Err(Error::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Some(DirectoryError::Missing { path: file })
            }
            Err(error) => Some(error.into()),
        }
    });
    let errors = errors.collect();
    Ok(VerifiedRun { info: directory.info().clone(), errors })
}

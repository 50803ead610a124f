//! Files that verbs write. One rule: a file that the user names is not overwritten without `--force`; `-` is standard output.

use std::path::{Path, PathBuf};

use super::error::VerbError;
use super::exit::Exit;
use super::interrupt;
use crate::files::{self, OutputFile, is_replaced, is_same_file, is_standard_output};

/// An output file that is not written, because another file would be lost.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum OutputFileError {
    /// The file exists and is not changed.
    #[error("{} exists", path.display())]
    #[diagnostic(code(cli::exists), help("choose another name, or overwrite it with --force"))]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// One file would be read and written, or written twice.
    #[error("{} is named twice", path.display())]
    #[diagnostic(code(cli::same_file), help("give every file a name of its own"))]
    Same {
        /// The file.
        path: PathBuf,
    },
}

/// Begins a file, or standard output.
///
/// # Errors
/// It cannot be written.
pub(super) fn create(path: &Path) -> Result<OutputFile, VerbError> {
    OutputFile::create(path).map_err(|e| VerbError::io("write", path, e))
}

/// Ends a file.
///
/// # Errors
/// The disk is full.
pub(super) fn commit(file: OutputFile, path: &Path) -> Result<(), VerbError> {
    file.commit().map_err(|e| VerbError::io("write", path, e))
}

/// Writes a whole file, or to standard output.
///
/// # Errors
/// It cannot be written.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), VerbError> {
    interrupt::keep();
    files::write(path, bytes).map_err(|e| VerbError::io("write", path, e))
}

/// The file of a device, if it is given by its path and not by its name.
pub(super) fn device_file(name_or_path: Option<&str>) -> Option<&Path> {
    name_or_path.map(Path::new).filter(|path| path.is_file())
}

/// Refuses to write over an existing file without `force`, and over a file that is read or written in the same call. Devices and FIFOs lose
/// nothing.
///
/// # Errors
/// One for each file that would be lost.
pub(super) fn check_overwrite(read: &[&Path], written: &[&Path], force: bool) -> Result<(), VerbError> {
    let same =
        |a: &Path, b: &Path| is_same_file(a, b) && (is_replaced(a) || !a.exists() || is_standard_output(a));
    let mut errors = Vec::new();
    for (index, &path) in written.iter().enumerate() {
        let path_of = || path.to_path_buf();
        if read.iter().chain(&written[..index]).any(|other| same(path, other)) {
            errors.push(OutputFileError::Same { path: path_of() });
        } else if !force && is_replaced(path) {
            errors.push(OutputFileError::Exists { path: path_of() });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(VerbError::all(Exit::Error, errors)) }
}

//! Files that verbs write. One rule: a file that the user names is not overwritten without `--force`; `-` is standard output.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::VerbError;
use super::exit::Exit;
use crate::files::atomic_file;

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

/// True if a path stands for standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Writes a whole file, or to standard output.
///
/// # Errors
/// It cannot be written.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), VerbError> {
    let result = if is_stdout(path) {
        std::io::stdout().lock().write_all(bytes)
    } else {
        atomic_file::write(path, bytes)
    };
    result.map_err(|e| VerbError::io("write", path, e))
}

/// Refuses to write over an existing file without `force`, and over a file that is read or written in the same call.
///
/// # Errors
/// One for each file that would be lost.
pub(super) fn check_overwrite(read: &[&Path], written: &[&Path], force: bool) -> Result<(), VerbError> {
    let same = |a: &Path, b: &Path| {
        a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
    };
    let mut errors = Vec::new();
    for (index, &path) in written.iter().enumerate() {
        let path_of = || path.to_path_buf();
        if read.iter().chain(&written[..index]).any(|other| same(path, other)) {
            errors.push(OutputFileError::Same { path: path_of() });
        } else if !force && !is_stdout(path) && path.symlink_metadata().is_ok() {
            errors.push(OutputFileError::Exists { path: path_of() });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(VerbError::all(Exit::Error, errors)) }
}

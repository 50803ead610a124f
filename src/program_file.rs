//! Programs in files: `isa` encodes, this writes.

use std::path::Path;

use crate::files;
use crate::isa::{self, Error, FileError, Program};

/// Writes a program's file (`.npx`): whole or not at all.
///
/// # Errors
/// Everything that [`isa::verify`] finds, before anything is written; or why the system refused.
pub fn save_program(program: &Program, path: &Path) -> Result<(), Vec<Error>> {
    let bytes = isa::encode(program)?;
    files::write(path, &bytes)
        .map_err(|source| vec![FileError::Io { path: path.to_path_buf(), action: "write", source }.into()])
}

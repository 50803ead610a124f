//! Files that are whole or absent: written under another name, then renamed.
//!
//! All writing of files goes through [`create`] and [`commit`]: the place where a failing disk could be put for tests.

use std::io::{Result, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes a file. Whatever happens, `path` then holds `bytes` or what it held before.
///
/// # Errors
/// The folder cannot be written, or the disk is full.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)?;
    commit(file, path)
}

/// A temporary file in the folder of `path`. [`commit`] gives it the name `path`; dropped without that, it is removed.
///
/// # Errors
/// The folder cannot be written.
pub fn create(path: &Path) -> Result<NamedTempFile> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // Permissions as for any other file; without this only the user could read it. The umask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".").suffix(".part").tempfile_in(folder)
}

/// Gives a file that was made by [`create`] its name.
///
/// # Errors
/// The disk is full, or the name is taken by a folder.
pub fn commit(mut file: NamedTempFile, path: &Path) -> Result<()> {
    file.flush()?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

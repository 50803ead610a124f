//! Files that are whole or not there: written under another name, then renamed.

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

/// A file beside `path` that takes its name when it is given to [`commit`], and is gone if it never is.
///
/// # Errors
/// The folder cannot be written.
pub fn create(path: &Path) -> Result<NamedTempFile> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // What the umask leaves of it, as for any other file; the default would be for this user alone.
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

//! Files that are whole or not there: written aside, then renamed.

use std::io::{Result, Write};
use std::path::Path;

/// Writes a file. Whatever happens, `path` then holds `bytes` or what it held before.
///
/// # Errors
/// The folder cannot be written, or the disk is full.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // What the umask leaves of it, as for any other file; the default would be for this user alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut aside = builder.prefix(".").suffix(".part").tempfile_in(folder)?;
    aside.write_all(bytes)?;
    aside.as_file().sync_all()?;
    aside.persist(path)?;
    Ok(())
}

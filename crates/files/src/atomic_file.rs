//! Files that are whole or absent: written under another name, then renamed.
//!
//! All writing of files goes through [`create`] and [`commit`]: the place where a failing disk could be put for tests.

use std::fs::OpenOptions;
use std::io::{Result, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes a file. Whatever happens, `path` then holds `bytes` or what it held before.
///
/// # Errors
/// The folder cannot be written, or the disk is full.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = create(path)?;
    file.as_file_mut().write_all(bytes)?;
    commit(file, path)
}

/// A temporary file in the folder of `path`. [`commit`] gives it the name `path`; dropped without that, it is removed.
///
/// # Errors
/// The folder cannot be written.
pub fn create(path: &Path) -> Result<NamedTempFile> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    // Permissions as for any other file; without this only the user could read it. The umask still applies.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o666);
    // Opened here: an error of the library would show the temporary name and hide the system's number.
    tempfile::Builder::new().prefix(".").suffix(".part").make_in(folder, |path| options.open(path))
}

/// Gives a file that was made by [`create`] its name.
///
/// # Errors
/// The disk is full, or the name is taken by a folder.
pub fn commit(mut file: NamedTempFile, path: &Path) -> Result<()> {
    file.as_file_mut().flush()?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_the_systems_answer_without_the_temporary_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&folder.path().join("nowhere").join("file"), b"a").unwrap_err();
        assert!(error.raw_os_error().is_some(), "{error:?}");
        assert!(!error.to_string().contains(".part"), "{error}");
    }
}

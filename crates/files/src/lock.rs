//! A lock on a folder, held as long as the process that took it lives.

use std::fs::{File, TryLockError};
use std::io::Result;
use std::path::Path;

/// A lock on a folder. It is advisory: it stops those who ask for it. The system frees it when the process ends, however it ends, and it
/// leaves no file.
#[derive(Debug)]
pub struct FolderLock {
    _folder: Option<File>,
}

impl FolderLock {
    /// Takes the lock of a folder; none if somebody has it. On a disk without locks everybody gets it.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn take(folder: &Path) -> Result<Option<FolderLock>> {
        // Other systems do not open folders as files.
        if !cfg!(unix) {
            return Ok(Some(FolderLock { _folder: None }));
        }
        let folder = File::open(folder)?;
        match folder.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(FolderLock { _folder: Some(folder) })),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        assert!(first.is_some() && FolderLock::take(folder.path()).unwrap().is_none());
        drop(first);
        assert!(FolderLock::take(folder.path()).unwrap().is_some());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

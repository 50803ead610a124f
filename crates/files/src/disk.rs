//! Every change that the product makes to a disk, as one small trait: the place where a test puts a disk that fails.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

/// What is done to a disk. The methods as they stand do it; a test overrides them to fail at a call of its choice.
///
/// No file is written, renamed or removed other than through [`disk`]: `cargo xtask tidy` looks for it.
pub trait Disk: Send + Sync {
    /// Makes a folder whose parent exists.
    ///
    /// # Errors
    /// The system's answer; so for all other methods.
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    /// Makes an empty file for reading and writing. A name that is taken is an error.
    fn create(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // Permissions as for any other file; the umask still applies.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o666);
        options.open(path)
    }

    /// Opens what is there, to write at its end. It is not made shorter.
    fn append(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().append(true).open(path)
    }

    /// Writes all bytes. `path` is the name of the file, as messages show it.
    fn write(&self, mut file: &File, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let _ = path;
        file.write_all(bytes)
    }

    /// Makes a file shorter.
    fn truncate(&self, file: &File, path: &Path, length: u64) -> io::Result<()> {
        let _ = path;
        file.set_len(length)
    }

    /// Waits until the content of a file is on the disk.
    fn sync(&self, file: &File, path: &Path) -> io::Result<()> {
        let _ = path;
        file.sync_all()
    }

    /// Waits until the names in a folder are on the disk.
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    /// Gives a file another name, and replaces what has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    /// Removes an empty folder.
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

struct RealDisk;

impl Disk for RealDisk {}

static INSTALLED: RwLock<Option<Arc<dyn Disk>>> = RwLock::new(None);

/// The disk of this process.
pub fn disk() -> Arc<dyn Disk> {
    let installed = INSTALLED.read().unwrap_or_else(PoisonError::into_inner);
    installed.clone().unwrap_or_else(|| Arc::new(RealDisk))
}

/// Puts another disk in the place of the real one, for the whole process, or the real one back. For tests: nothing in the product calls it.
pub fn install(disk: Option<Arc<dyn Disk>>) {
    *INSTALLED.write().unwrap_or_else(PoisonError::into_inner) = disk;
}

/// Makes a folder and those above it that are missing.
///
/// # Errors
/// The system's answer.
pub fn make_folders(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        make_folders(above)?;
    }
    match disk().make_folder(path) {
        // Made by somebody else meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    }
}

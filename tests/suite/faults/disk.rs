//! A disk that fails at the n-th call, or on which the process or the power dies there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use spikemesh_files::{Disk, install};

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails; the next ones do not.
    Fail,
    /// The disk is full from then on: nothing can be written.
    Full,
    /// The process dies: the call and all later ones do nothing.
    Crash,
    /// It dies in the middle of the call: half of the bytes are written.
    Torn,
    /// The power goes: what was not waited for is lost.
    PowerCut,
}

pub const FAULTS: [Fault; 5] = [Fault::Fail, Fault::Full, Fault::Crash, Fault::Torn, Fault::PowerCut];

impl Fault {
    /// Whether the process goes on.
    pub fn survives(self) -> bool {
        matches!(self, Fault::Fail | Fault::Full)
    }
}

/// Counts the calls below a folder.
pub struct FaultyDisk {
    folder: PathBuf,
    fault: Option<(Fault, usize)>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// One line for each call.
    calls: Vec<String>,
    dead: bool,
    /// By file: how many of its bytes were waited for.
    synced: HashMap<(u64, u64), (Arc<File>, u64)>,
}

/// The real disk is back when this is dropped.
pub struct Installed(Arc<FaultyDisk>);

impl Installed {
    /// The calls so far.
    pub fn calls(&self) -> Vec<String> {
        self.0.state().calls.clone()
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        install(None);
    }
}

/// Puts a disk in the place of the real one, with a fault at the `n`-th call below `folder`.
pub fn faulty(folder: &Path, fault: Option<(Fault, usize)>) -> Installed {
    let disk = Arc::new(FaultyDisk { folder: folder.to_owned(), fault, state: Mutex::default() });
    install(Some(disk.clone()));
    Installed(disk)
}

/// What to do with a call.
enum Verdict {
    Go,
    Half,
    No(Error),
}

impl FaultyDisk {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call. `grows` says that it needs room on the disk.
    fn call(&self, what: &str, path: &Path, grows: bool) -> Verdict {
        if !path.starts_with(&self.folder) {
            return Verdict::Go;
        }
        let mut state = self.state();
        if state.dead {
            return Verdict::No(Error::other("the process is dead"));
        }
        let number = state.calls.len();
        let name = path.strip_prefix(&self.folder).unwrap_or(path).display();
        state.calls.push(format!("{what} {name}"));
        let Some((fault, at)) = self.fault else { return Verdict::Go };
        match fault {
            Fault::Fail if number == at => Verdict::No(Error::from_raw_os_error(5)),
            Fault::Full if number >= at && grows => Verdict::No(ErrorKind::StorageFull.into()),
            Fault::Fail | Fault::Full => Verdict::Go,
            _ if number < at => Verdict::Go,
            Fault::Torn => {
                state.dead = true;
                Verdict::Half
            }
            Fault::Crash => {
                state.dead = true;
                Verdict::No(Error::other("the process dies"))
            }
            Fault::PowerCut => {
                state.dead = true;
                for (file, length) in state.synced.values() {
                    file.set_len(*length).expect("a test can shorten its files");
                }
                Verdict::No(Error::other("the power goes"))
            }
        }
    }

    fn simple(&self, what: &str, path: &Path, grows: bool, act: impl FnOnce() -> Result<()>) -> Result<()> {
        match self.call(what, path, grows) {
            Verdict::Go => act(),
            Verdict::Half => Err(Error::other("the process dies")),
            Verdict::No(error) => Err(error),
        }
    }

    /// Notes how much of a file was waited for.
    fn note(&self, file: &File, synced: Option<u64>) {
        let Ok(metadata) = file.metadata() else { return };
        if !metadata.is_file() {
            return;
        }
        let mut state = self.state();
        let key = (metadata.dev(), metadata.ino());
        match state.synced.get_mut(&key) {
            Some((_, length)) => *length = synced.unwrap_or(*length).min(metadata.len()),
            None => {
                let copy = file.try_clone().expect("a file can be opened again");
                state.synced.insert(key, (Arc::new(copy), synced.unwrap_or(0)));
            }
        }
    }
}

struct Real;

impl Disk for Real {}

impl Disk for FaultyDisk {
    fn make_folder(&self, path: &Path) -> Result<()> {
        self.simple("make_folder", path, true, || Real.make_folder(path))
    }

    fn create(&self, path: &Path) -> Result<File> {
        match self.call("create", path, true) {
            Verdict::Go => {
                let file = Real.create(path)?;
                if path.starts_with(&self.folder) {
                    self.note(&file, None);
                }
                Ok(file)
            }
            Verdict::Half => Err(Error::other("the process dies")),
            Verdict::No(error) => Err(error),
        }
    }

    fn append(&self, path: &Path) -> Result<File> {
        match self.call("append", path, false) {
            Verdict::Go => Real.append(path),
            Verdict::Half => Err(Error::other("the process dies")),
            Verdict::No(error) => Err(error),
        }
    }

    fn write(&self, mut file: &File, path: &Path, bytes: &[u8]) -> Result<()> {
        match self.call("write", path, true) {
            Verdict::Go => Real.write(file, path, bytes),
            Verdict::Half => {
                file.write_all(&bytes[..bytes.len() / 2])?;
                Err(Error::other("the process dies"))
            }
            Verdict::No(error) => {
                // A full disk takes what it has room for.
                if error.kind() == ErrorKind::StorageFull {
                    file.write_all(&bytes[..bytes.len() / 3])?;
                }
                Err(error)
            }
        }
    }

    fn truncate(&self, file: &File, path: &Path, length: u64) -> Result<()> {
        self.simple("truncate", path, false, || {
            Real.truncate(file, path, length)?;
            self.note(file, None);
            Ok(())
        })
    }

    fn sync(&self, file: &File, path: &Path) -> Result<()> {
        self.simple("sync", path, false, || {
            let length = file.metadata()?.len();
            if path.starts_with(&self.folder) {
                self.note(file, Some(length));
            }
            Ok(())
        })
    }

    fn sync_folder(&self, path: &Path) -> Result<()> {
        self.simple("sync_folder", path, false, || Ok(()))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.simple("rename", to, false, || Real.rename(from, to))
    }

    fn remove(&self, path: &Path) -> Result<()> {
        // Looking for a file that is not there changes nothing.
        if path.symlink_metadata().is_err() {
            return Real.remove(path);
        }
        self.simple("remove", path, false, || Real.remove(path))
    }

    fn remove_folder(&self, path: &Path) -> Result<()> {
        self.simple("remove_folder", path, false, || Real.remove_folder(path))
    }
}

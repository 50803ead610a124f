//! A file that is being written: whole or absent where it replaces a file, written through where it is a device.

use std::fs::File;
use std::io::{self, ErrorKind, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, disk};
use crate::part::{self, Part, folder_of};
use crate::target::{Target, is_standard_output};

/// Bytes that are written at a time.
const BUFFER: usize = 1 << 16;
/// Bytes that are cut off, in turn, to make room on a full disk for the end of a part: none, as much as the end takes, two blocks of most disks,
/// a large block.
const ROOMS: [u64; 4] = [0, 1 << 11, 1 << 13, 1 << 17];

/// A file that is being written.
///
/// A regular file is written under another name and renamed by [`OutputFile::commit`]; dropped without that, it is removed, and what had its
/// name before stays. Symbolic links are followed: what they lead to is replaced. Devices, FIFOs and standard output are written through.
pub struct OutputFile {
    disk: Arc<dyn Disk>,
    place: Place,
    buffer: Vec<u8>,
}

enum Place {
    Aside { part: Part, target: PathBuf, whole: bool },
    Through { file: File, path: PathBuf },
    StandardOutput { closed: bool },
}

impl OutputFile {
    /// Begins a file. `-` is standard output.
    ///
    /// # Errors
    /// The folder or the device cannot be written, or the name is that of a folder.
    pub fn create(path: &Path) -> Result<OutputFile> {
        let disk = disk();
        let target = if is_standard_output(path) { Target::StandardOutput } else { Target::of(path)? };
        let place = match target {
            Target::StandardOutput => Place::StandardOutput { closed: false },
            Target::Through(path) => Place::Through { file: disk.append(&path)?, path },
            Target::File(target) => {
                part::remove_leftovers(&target);
                let part = Part::create(&*disk, &target)?;
                // Who may read a file does not change because it is written again.
                if let Ok(before) = std::fs::metadata(&target) {
                    let _ = part.file.set_permissions(before.permissions());
                }
                Place::Aside { part, target, whole: false }
            }
        };
        Ok(OutputFile { disk, place, buffer: Vec::with_capacity(BUFFER) })
    }

    /// Begins the first file of a new folder: nothing is replaced, and nobody has left anything.
    fn first(target: &Path) -> Result<OutputFile> {
        let disk = disk();
        let place =
            Place::Aside { part: Part::create(&*disk, target)?, target: target.to_owned(), whole: false };
        Ok(OutputFile { disk, place, buffer: Vec::with_capacity(BUFFER) })
    }

    /// Ends the file, and gives it its name.
    ///
    /// # Errors
    /// The disk is full, or the name was taken by a folder meanwhile.
    pub fn commit(self) -> Result<()> {
        self.end(true)
    }

    /// As [`OutputFile::commit`], for `synced` waiting until the disk has it all. A loss of power may leave a file that was not waited for empty or cut off.
    fn end(mut self, synced: bool) -> Result<()> {
        self.flush()?;
        match &mut self.place {
            Place::Aside { part, target, whole } => {
                if synced {
                    self.disk.sync(&part.file, &part.path)?;
                }
                part.rename(&*self.disk, target)?;
                *whole = true;
                if !synced {
                    return Ok(());
                }
                // Some disks cannot do that; the file is there all the same.
                match self.disk.sync_folder(folder_of(target)) {
                    Err(error) if is_unsupported(&error) => Ok(()),
                    result => result,
                }
            }
            Place::Through { .. } => Ok(()),
            Place::StandardOutput { closed: true } => Ok(()),
            Place::StandardOutput { .. } => io::stdout().lock().flush(),
        }
    }

    /// Ends a file that could not be written to its end, on a full disk for one: a part is kept. `cut` gets the file and a length, and gives a
    /// length up to it at which the file can be cut, and the bytes that mark the end of a part there. Nothing may have been written since
    /// writing failed. What is written through is kept as it is.
    ///
    /// # Errors
    /// There is no room for the mark either, or nothing that could be marked: the file is removed.
    pub fn commit_part(mut self, cut: impl Fn(&mut File, u64) -> Result<(u64, Vec<u8>)>) -> Result<()> {
        self.buffer.clear();
        if let Place::Aside { part, .. } = &mut self.place {
            let length = part.file.metadata()?.len();
            let mut marked = Err(ErrorKind::StorageFull.into());
            for room in ROOMS {
                let (at, mark) = cut(&mut part.file, length.saturating_sub(room))?;
                self.disk.truncate(&part.file, &part.path, at)?;
                part.file.seek(SeekFrom::Start(at))?;
                marked = self.disk.write(&part.file, &part.path, &mark);
                if marked.is_ok() {
                    break;
                }
            }
            marked?;
        }
        self.commit()
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.place {
            Place::Aside { part, .. } => self.disk.write(&part.file, &part.path, bytes),
            Place::Through { file, path } => self.disk.write(file, path, bytes),
            Place::StandardOutput { closed: true } => Ok(()),
            Place::StandardOutput { closed } => {
                let mut output = io::stdout().lock();
                match output.write_all(bytes).and_then(|()| output.flush()) {
                    // A reader that closed its pipe has seen enough: that is no error.
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                        *closed = true;
                        Ok(())
                    }
                    result => result,
                }
            }
        }
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::PermissionDenied)
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            self.put(bytes)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = if buffer.is_empty() { Ok(()) } else { self.put(&buffer) };
        buffer.clear();
        self.buffer = buffer;
        result
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Place::Aside { part, whole: false, .. } = &self.place {
            part::abandon(&*self.disk, &part.path);
        }
    }
}

/// Only a file that is written under another name can be gone back in.
impl Seek for OutputFile {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.flush()?;
        match &mut self.place {
            Place::Aside { part, .. } => part.file.seek(to),
            Place::Through { .. } | Place::StandardOutput { .. } => Err(io::Error::new(
                ErrorKind::Unsupported,
                "a format that goes back in its file needs a regular file",
            )),
        }
    }
}

/// Writes a file. Whatever happens, a regular file then holds `bytes` or what it held before.
///
/// # Errors
/// As [`OutputFile::create`] and [`OutputFile::commit`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = OutputFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

/// As [`write`], into a folder of its own, which is made if it is not there, and without waiting for the disk: for many small files whose reader tells
/// a whole one from what a loss of power left.
///
/// # Errors
/// As [`write`].
pub fn write_apart(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = match disk().make_folder(folder_of(path)) {
        Ok(()) => OutputFile::first(path)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => OutputFile::create(path)?,
        Err(error) => return Err(error),
    };
    file.write_all(bytes)?;
    file.end(false)
}

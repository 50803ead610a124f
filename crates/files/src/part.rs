//! Files on their way: they have another name until they are whole.
//!
//! The name is that of the file with a dot before and `.part` behind. While the process lives it holds a lock on the file, so one that a dead
//! process left is known by its lock being free: whoever writes that file next removes it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::disk::Disk;

const SUFFIX: &str = ".part";
/// Longest part of the file's name in the other one, in bytes: a name has at most 255.
const MAX_STEM: usize = 200;
/// Names that are tried.
const TRIES: u32 = 100;

/// The files that this process has under way. Locked while one is made, so that none is there which is not in it.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file on its way. Dropped, it is removed.
#[derive(Debug)]
pub(crate) struct Part {
    pub file: File,
    pub path: PathBuf,
}

impl Part {
    /// A new file in the folder of `target`.
    ///
    /// # Errors
    /// The system's answer.
    pub fn create(disk: &dyn Disk, target: &Path) -> Result<Part> {
        let folder = folder_of(target);
        let stem = stem(target);
        static NEXT: AtomicU32 = AtomicU32::new(0);
        for _ in 0..TRIES {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let mut name = stem.clone();
            name.push(format!("{:x}-{number:x}{SUFFIX}", std::process::id()));
            let path = folder.join(name);
            let created: Result<File> = under_way(|parts| {
                let file = disk.create(&path)?;
                parts.push(path.clone());
                Ok(file)
            });
            let file = match created {
                // Another machine may have a process of this number on the same disk.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                result => result?,
            };
            // Where files cannot be locked, nobody removes a leftover.
            let _ = file.try_lock();
            if !is_still_at(&file, &path) {
                // Taken for a leftover before it was locked.
                forget(&path);
                continue;
            }
            return Ok(Part { file, path });
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// The system's answer; the file is still on its way then.
    pub fn rename(&self, disk: &dyn Disk, target: &Path) -> Result<()> {
        disk.rename(&self.path, target)?;
        forget(&self.path);
        Ok(())
    }
}

/// Removes the files that this process has under way, and makes none any more: for a process that ends at once. Whoever makes one waits from
/// then on.
pub fn end_unfinished() {
    let disk = crate::disk::disk();
    let parts = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    for path in parts.iter() {
        // Nobody is left to report to.
        let _ = disk.remove(path);
    }
    std::mem::forget(parts);
}

/// Removes what dead processes left of a file that they had under way.
pub fn remove_leftovers(target: &Path) {
    remove_leftovers_in(&*crate::disk::disk(), folder_of(target), &stem(target));
}

/// Removes a file that does not get its name.
pub(crate) fn abandon(disk: &dyn Disk, path: &Path) {
    // A leftover that cannot be removed is removed by the next one who writes the file.
    let _ = disk.remove(path);
    forget(path);
}

fn forget(path: &Path) {
    under_way(|parts| parts.retain(|part| part != path));
}

fn under_way<T>(change: impl FnOnce(&mut Vec<PathBuf>) -> T) -> T {
    change(&mut UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The folder of a file.
pub(crate) fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How the other name of a file begins.
fn stem(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default();
    let mut stem = OsString::from(".");
    match name.to_str() {
        Some(text) if text.len() > MAX_STEM => stem.push(&text[..text.floor_char_boundary(MAX_STEM)]),
        None if name.len() > MAX_STEM => stem.push("long"),
        _ => stem.push(name),
    }
    stem.push(".");
    stem
}

/// Removes what dead processes left of a file: names that only this module gives, whose lock is free.
fn remove_leftovers_in(disk: &dyn Disk, folder: &Path, stem: &OsStr) {
    // A folder that cannot be read has leftovers that nobody sees.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if is_part_of(&name, stem) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let path = entry.path();
            let dead = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
            if dead {
                let _ = disk.remove(&path);
            }
        }
    }
}

/// Whether a name is `stem`, two numbers in hexadecimal, `.part`.
fn is_part_of(name: &OsStr, stem: &OsStr) -> bool {
    let numbers = name
        .as_encoded_bytes()
        .strip_prefix(stem.as_encoded_bytes())
        .and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    numbers.is_some_and(|numbers| {
        let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_hexdigit);
        let mut parts = numbers.split(|byte| *byte == b'-');
        matches!((parts.next(), parts.next(), parts.next()), (Some(a), Some(b), None) if digits(a) && digits(b))
    })
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_at(_: &File, path: &Path) -> bool {
    path.exists()
}

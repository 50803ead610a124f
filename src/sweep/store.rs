//! The folder of a sweep: a folder for each point, named by its digest, with one file.
//!
//! A file is written under another name and renamed, so that it is whole whenever a process ends. Two processes that write the same point write the same
//! results. Nothing is locked, so that any number of processes may share a folder, over a network file system too.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::record::PointRecord;
use crate::files::{self, ReadError, disk, make_folders, read_text};

/// The folder of the points.
const POINTS: &str = "points";
/// The file of a point.
const POINT: &str = "point.json";
/// What the last sweep of the folder was: the space whose table is there.
const SPACE: &str = "sweep.json";
/// Largest file of a point that is read, in bytes.
const MOST_BYTES: u64 = 1 << 22;

/// The folder of a sweep.
#[derive(Clone, Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens a folder, and makes it if it is not there.
    ///
    /// # Errors
    /// It holds other files, or cannot be read or made.
    pub fn open(folder: &Path) -> Result<Store, Error> {
        let store = Store { folder: folder.to_owned() };
        let points = folder.join(POINTS);
        if points.is_dir() {
            // That it can be read is seen now, not at the first point.
            std::fs::read_dir(&points).map_err(|source| Error::Read { path: points, source })?;
            return Ok(store);
        }
        match std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => return Err(Error::NotEmpty { path: folder.to_owned() }),
            Err(source) if source.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Read { path: folder.to_owned(), source }),
        }
        make_folders(&points).map_err(|source| Error::Write { path: points, source })?;
        Ok(store)
    }

    /// A file of the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether a point is there.
    pub fn has(&self, digest: &str) -> bool {
        self.point(digest).is_file()
    }

    /// The record of a point; none if it is not there, or was cut off by a loss of power.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, digest: &str) -> Result<Option<PointRecord>, Error> {
        let path = self.point(digest);
        match read_text(&path, MOST_BYTES) {
            Ok(text) => Ok(PointRecord::parse(&text).filter(|record| record.identity.digest() == digest)),
            Err(ReadError::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(ReadError::Io(source)) => Err(Error::Read { path, source }),
            Err(_) => Ok(None),
        }
    }

    /// The record of a point that must be there.
    ///
    /// # Errors
    /// It cannot be read, or is not there.
    pub fn record(&self, digest: &str) -> Result<PointRecord, Error> {
        self.read(digest)?.ok_or_else(|| Error::NoResults {
            path: self.folder.clone(),
            reason: "points are left to simulate".to_owned(),
        })
    }

    /// Writes the record of a point.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, digest: &str, record: &PointRecord) -> Result<(), Error> {
        let path = self.point(digest);
        files::write_apart(&path, record.text().as_bytes()).map_err(|source| Error::Write { path, source })
    }

    /// Says that the table of this space is to be there. The table of another space is removed.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn begin(&self, space: &str, tables: &[&str]) -> Result<(), Error> {
        let path = self.file(SPACE);
        match std::fs::read(&path) {
            Ok(earlier) if earlier == space.as_bytes() => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Read { path, source }),
        }
        for table in tables {
            let table = self.file(table);
            match disk().remove(&table) {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    return Err(Error::Write { path: table, source });
                }
                _ => {}
            }
        }
        files::write(&path, space.as_bytes()).map_err(|source| Error::Write { path, source })
    }

    fn point(&self, digest: &str) -> PathBuf {
        self.folder.join(POINTS).join(digest).join(POINT)
    }
}

//! Writes a run directory: the files of a run.
//!
//! `run.json` is written first and says `running`; in the end it lists the files with their hashes. While a run holds the lock of the folder,
//! no other run writes there. Of an earlier run only files that its `run.json` lists are removed.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use super::error::Error;
use super::hashed_file::{FileRecord, HashedFile};
use super::run_info::RunInfo;
use crate::compiler::MappingReport;
use crate::document::{Document, Marked, Schema};
use crate::files;
use crate::files::{FolderLock, disk, is_same_file, make_folders, read_text, remove_leftovers};

/// The file that says what a run directory is.
pub(crate) const INFO: &str = "run.json";
/// The frames that are finished while the run goes on.
pub(crate) const JOURNAL: &str = "frames.journal";

/// Largest `run.json` that is read, in bytes.
pub const MAX_INFO: u64 = 1 << 24;

impl Document for MappingReport {
    const SCHEMA: Schema = Schema::Plan;
}

/// A run directory that this process writes.
pub(crate) struct DirectoryWriter {
    path: PathBuf,
    /// What was written so far.
    files: BTreeMap<String, FileRecord>,
    _lock: FolderLock,
}

/// What is in a folder.
pub(crate) enum Found {
    /// Nothing.
    Empty,
    /// A run.
    Run(Box<RunInfo>),
    /// Files, and no `run.json` that could be read: why not.
    Other(String),
}

impl Found {
    /// Looks.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn at(path: &Path) -> Result<Found, Error> {
        let info = path.join(INFO);
        match read_text(&info, MAX_INFO) {
            Ok(text) => {
                Ok(RunInfo::parse(&text).map_or_else(Found::Other, |info| Found::Run(Box::new(info))))
            }
            Err(files::ReadError::Io(error)) if error.kind() == ErrorKind::NotFound => {
                let mut entries = std::fs::read_dir(path).map_err(|cause| Error::read(path, cause))?;
                let empty = entries.next().is_none();
                Ok(if empty { Found::Empty } else { Found::Other("it does not exist".to_owned()) })
            }
            Err(error) => Ok(Found::Other(error.to_string())),
        }
    }
}

impl DirectoryWriter {
    /// Makes the folder if it does not exist, and takes its lock.
    ///
    /// # Errors
    /// It cannot be made; another run writes there.
    pub fn lock(path: &Path) -> Result<DirectoryWriter, Error> {
        make_folders(path).map_err(|cause| Error::write(path, cause))?;
        let lock = FolderLock::take(path).map_err(|cause| Error::read(path, cause))?;
        let lock = lock.ok_or_else(|| Error::Locked { path: path.to_owned() })?;
        // Of a run that died before it had a `run.json`.
        remove_leftovers(&path.join(INFO));
        Ok(DirectoryWriter { path: path.to_owned(), files: BTreeMap::new(), _lock: lock })
    }

    /// Begins a run that may write files of these names: `run.json` says so, then the files of an earlier run are removed. `inputs` are the files
    /// that the run reads.
    ///
    /// # Errors
    /// The folder holds other files than those of a run; an input would be removed or written; `run.json` cannot be written.
    pub fn begin(&self, info: &mut RunInfo, names: &[String], inputs: &[&Path]) -> Result<(), Error> {
        let earlier = match Found::at(&self.path)? {
            Found::Empty => Vec::new(),
            Found::Run(info) => info.files.into_keys().filter(|name| is_inside(&self.path, name)).collect(),
            Found::Other(reason) => return Err(Error::NotEmpty { path: self.path.clone(), reason }),
        };
        self.check_inputs(names.iter().chain(&earlier), inputs)?;
        info.files = names.iter().chain(&earlier).map(|name| (name.clone(), None)).collect();
        self.info(info)?;
        earlier.iter().try_for_each(|name| self.remove(name))
    }

    /// Goes on with a run: `run.json` says so.
    ///
    /// # Errors
    /// An input would be written; `run.json` cannot be written.
    pub fn go_on(&self, info: &mut RunInfo, names: &[String], inputs: &[&Path]) -> Result<(), Error> {
        self.check_inputs(names.iter(), inputs)?;
        info.files.extend(names.iter().map(|name| (name.clone(), None)));
        info.files.values_mut().for_each(|record| *record = None);
        self.info(info)
    }

    fn check_inputs<'a>(
        &self,
        names: impl Iterator<Item = &'a String>,
        inputs: &[&Path],
    ) -> Result<(), Error> {
        let written: Vec<PathBuf> = names.map(|name| self.file(name)).chain([self.file(INFO)]).collect();
        let lost = inputs.iter().find(|input| written.iter().any(|file| is_same_file(input, file)));
        match lost {
            Some(input) => {
                Err(Error::InputIsOutput { path: input.to_path_buf(), directory: self.path.clone() })
            }
            None => Ok(()),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Result<FileRecord, Error> {
        self.stream(name, |file| file.write_all(bytes))
    }

    /// Writes a document as pretty JSON.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn json(&mut self, name: &str, document: &impl Document) -> Result<FileRecord, Error> {
        self.stream(name, |file| {
            serde_json::to_writer_pretty(&mut *file, &Marked::new(document))?;
            file.write_all(b"\n")
        })
    }

    /// Writes a file piece by piece.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn stream(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut HashedFile) -> io::Result<()>,
    ) -> Result<FileRecord, Error> {
        let path = self.file(name);
        let record = path
            .parent()
            .map_or(Ok(()), make_folders)
            .and_then(|()| HashedFile::create(&path))
            .and_then(|mut file| write(&mut file).and_then(|()| file.commit()))
            .map_err(|cause| Error::write(&path, cause))?;
        self.record(name, record.clone());
        Ok(record)
    }

    /// Notes a file that was written by somebody else.
    pub fn record(&mut self, name: &str, record: FileRecord) {
        self.files.insert(name.to_owned(), record);
    }

    /// Removes a file of the run, and the folder that it leaves empty.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.file(name);
        match disk().remove(&path) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(Error::write(&path, cause)),
            _ => {}
        }
        remove_leftovers(&path);
        if let Some(folder) = path.parent().filter(|folder| *folder != self.path) {
            // It holds other files, or never was there.
            let _ = disk().remove_folder(folder);
        }
        Ok(())
    }

    /// Ends a run: `run.json` lists the files that were written.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end(&self, info: &mut RunInfo) -> Result<(), Error> {
        info.files = self.files.iter().map(|(name, record)| (name.clone(), Some(record.clone()))).collect();
        self.info(info)
    }

    fn info(&self, info: &RunInfo) -> Result<(), Error> {
        let path = self.file(INFO);
        let text = info.text().map_err(|error| Error::write(&path, error.into()))?;
        files::write(&path, text.as_bytes()).map_err(|cause| Error::write(&path, cause))
    }
}

/// Whether a name of `run.json` is that of a file in the folder or in a folder of it: a list that was written by somebody else must not lead
/// out of the folder.
pub(crate) fn is_inside(folder: &Path, name: &str) -> bool {
    let name = Path::new(name);
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    let above = name.parent().filter(|above| !above.as_os_str().is_empty());
    // A link would lead out too.
    let direct = above.is_none_or(|above| {
        folder.join(above).symlink_metadata().map_or(true, |metadata| metadata.file_type().is_dir())
    });
    let count = name.components().count();
    plain && direct && (1..=2).contains(&count) && name != Path::new(INFO)
}

//! A file of rows, of which a part is kept if the rest cannot be written.

use std::io::{Error, Result, Write};
use std::path::{Path, PathBuf};

use super::error::VerbError;
use super::interrupt;
use crate::files::OutputFile;
use crate::noc::trace::TraceFormat;

/// A file of rows that is being written.
pub(super) struct RowsFile {
    file: OutputFile,
    path: PathBuf,
    /// Why writing failed. Nothing is written after that, so that all but the end is right.
    failed: Option<Error>,
}

impl RowsFile {
    /// Begins a file, or standard output.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path) -> std::result::Result<RowsFile, VerbError> {
        let file = OutputFile::create(path).map_err(|error| VerbError::io("write", path, error))?;
        Ok(RowsFile { file, path: path.to_owned(), failed: None })
    }

    /// Writes all rows of a file; of those that there is no room for, the first are kept.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_all_of(path: &Path, text: &str) -> std::result::Result<(), VerbError> {
        let mut file = RowsFile::create(path)?;
        // The end of the file tells.
        let _ = file.write_all(text.as_bytes());
        file.commit()
    }

    /// Ends the file. What could be written is kept, marked as a part.
    ///
    /// # Errors
    /// Not all could be written.
    pub fn commit(mut self) -> std::result::Result<(), VerbError> {
        interrupt::keep();
        // The end of the file tells.
        let _ = self.flush();
        let RowsFile { file, path, failed } = self;
        let Some(error) = failed else {
            return file.commit().map_err(|error| VerbError::io("write", &path, error));
        };
        let why = format!("cannot write the rest: {error}");
        // Why there is no part comes second.
        let _ = file.commit_part(|file, most| TraceFormat::of(&path).cut(file, most, &why));
        Err(VerbError::io("write", &path, error))
    }

    fn unless_failed<T>(&mut self, write: impl FnOnce(&mut OutputFile) -> Result<T>) -> Result<T> {
        // From the first row on there is something to keep.
        interrupt::keep();
        if let Some(error) = &self.failed {
            return Err(again(error));
        }
        write(&mut self.file).inspect_err(|error| self.failed = Some(again(error)))
    }
}

/// The same error once more.
fn again(error: &Error) -> Error {
    error.raw_os_error().map_or_else(|| Error::new(error.kind(), error.to_string()), Error::from_raw_os_error)
}

impl Write for RowsFile {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.unless_failed(|file| file.write(bytes))
    }

    fn flush(&mut self) -> Result<()> {
        self.unless_failed(OutputFile::flush)
    }
}

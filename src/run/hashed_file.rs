//! A file of which is known what was written to it.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::Error;
use crate::files::OutputFile;

/// What a file holds: as it was written, not as it is read later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The SHA-256 of what was seen so far, and its length.
#[derive(Clone, Default)]
pub(super) struct Digester {
    hash: Sha256,
    bytes: u64,
}

impl Digester {
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    pub fn record(self) -> FileRecord {
        FileRecord { bytes: self.bytes, sha256: hexadecimal(&self.hash.finalize()) }
    }
}

/// A file that is being written, and hashed.
pub(crate) struct HashedFile {
    file: OutputFile,
    path: PathBuf,
    /// Of all bytes in their order; none once one was written again.
    digest: Option<Digester>,
}

impl HashedFile {
    /// Begins a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path) -> io::Result<HashedFile> {
        let (file, digest) = (OutputFile::create(path)?, Some(Digester::default()));
        Ok(HashedFile { file, path: path.to_path_buf(), digest })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// The disk is full.
    pub fn commit(self) -> io::Result<FileRecord> {
        self.file.commit()?;
        match self.digest {
            Some(digest) => Ok(digest.record()),
            None => read_record(&self.path),
        }
    }
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        if let Some(digest) = &mut self.digest {
            digest.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for HashedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.digest = None;
        self.file.seek(to)
    }
}

/// Reads a file to its end and says what it holds.
///
/// # Errors
/// It cannot be read.
pub(super) fn record_of(path: &Path) -> Result<FileRecord, Error> {
    read_record(path).map_err(|cause| Error::read(path, cause))
}

fn read_record(path: &Path) -> io::Result<FileRecord> {
    let mut digest = DigestWriter(Digester::default());
    io::copy(&mut std::fs::File::open(path)?, &mut digest)?;
    Ok(digest.0.record())
}

struct DigestWriter(Digester);

impl Write for DigestWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What bytes in memory are.
pub(super) fn record_of_bytes(bytes: &[u8]) -> FileRecord {
    FileRecord { bytes: bytes.len() as u64, sha256: sha256(bytes) }
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

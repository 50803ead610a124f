//! A file of which is known what was written to it.
//!
//! Its bytes are known by their SHA-256. Waves are long and written while the run goes on, nothing reads them back, and anybody can make them again:
//! they are known by their CRC-32, which costs a tenth.

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
    /// What its bytes are known by.
    #[serde(flatten)]
    pub sum: Sum,
}

/// What bytes are known by, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sum {
    /// Of every file but waves.
    Sha256(String),
    /// Of waves.
    Crc32(String),
}

impl Sum {
    /// As a sentence goes on.
    pub fn text(&self) -> String {
        match self {
            Sum::Sha256(sum) => format!("SHA-256 is {sum}"),
            Sum::Crc32(sum) => format!("CRC-32 is {sum}"),
        }
    }

    /// The hexadecimal digits.
    pub fn digits(&self) -> &str {
        match self {
            Sum::Sha256(sum) | Sum::Crc32(sum) => sum,
        }
    }

    /// Of nothing yet, of the same kind.
    fn digester(&self) -> Digester {
        match self {
            Sum::Sha256(_) => Digester::default(),
            Sum::Crc32(_) => Digester::of_wave(),
        }
    }
}

/// The sum of what was seen so far, and its length.
#[derive(Clone)]
pub(super) struct Digester {
    hash: Hash,
    bytes: u64,
}

#[derive(Clone)]
enum Hash {
    Sha256(Sha256),
    Crc32(crc32fast::Hasher),
}

impl Default for Digester {
    fn default() -> Digester {
        Digester { hash: Hash::Sha256(Sha256::default()), bytes: 0 }
    }
}

impl Digester {
    fn of_wave() -> Digester {
        Digester { hash: Hash::Crc32(crc32fast::Hasher::new()), bytes: 0 }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.hash {
            Hash::Sha256(hash) => hash.update(bytes),
            Hash::Crc32(hash) => hash.update(bytes),
        }
        self.bytes += bytes.len() as u64;
    }

    pub fn record(self) -> FileRecord {
        let sum = match self.hash {
            Hash::Sha256(hash) => Sum::Sha256(hexadecimal(&hash.finalize())),
            Hash::Crc32(hash) => Sum::Crc32(hexadecimal(&hash.finalize().to_be_bytes())),
        };
        FileRecord { bytes: self.bytes, sum }
    }
}

/// A file that is being written, and hashed.
pub(crate) struct HashedFile {
    file: OutputFile,
    path: PathBuf,
    /// Of all bytes in their order, unless one was written again.
    digest: Digester,
    is_in_order: bool,
}

impl HashedFile {
    /// Begins a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path) -> io::Result<HashedFile> {
        HashedFile::create_with(path, Digester::default())
    }

    /// Begins a file of waves.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create_wave(path: &Path) -> io::Result<HashedFile> {
        HashedFile::create_with(path, Digester::of_wave())
    }

    fn create_with(path: &Path, digest: Digester) -> io::Result<HashedFile> {
        Ok(HashedFile {
            file: OutputFile::create(path)?,
            path: path.to_path_buf(),
            digest,
            is_in_order: true,
        })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// The disk is full.
    pub fn commit(self) -> io::Result<FileRecord> {
        self.file.commit()?;
        let record = self.digest.record();
        if self.is_in_order { Ok(record) } else { read_record(&self.path, record.sum.digester()) }
    }
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        if self.is_in_order {
            self.digest.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for HashedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.is_in_order = false;
        self.file.seek(to)
    }
}

/// Reads a file to its end and says what it holds, with a sum of the same kind as that of `written`.
///
/// # Errors
/// It cannot be read.
pub(super) fn record_like(written: &FileRecord, path: &Path) -> Result<FileRecord, Error> {
    read_record(path, written.sum.digester()).map_err(|cause| Error::read(path, cause))
}

fn read_record(path: &Path, digest: Digester) -> io::Result<FileRecord> {
    let mut digest = DigestWriter(digest);
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

/// What bytes in memory are, with a sum of the same kind as that of `written`.
pub(super) fn record_of_bytes(written: &FileRecord, bytes: &[u8]) -> FileRecord {
    let mut digest = written.sum.digester();
    digest.update(bytes);
    digest.record()
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! The journal: finished frames, appended while a run goes on, so that a run that was cut off goes on from there.
//!
//! All numbers are little-endian.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | magic `89 53 4d 4a 0d 0a 1a 0a` |
//! | 4 | version, 2 |
//! | 32 | SHA-256 of the run's identity: a journal of another run is refused |
//! | 4 | CRC-32 of what precedes |
//! | rest | records: length of the body (4), CRC-32 of length and body (4), body |
//!
//! The first byte of a body is its kind. Frames (0): by how much the sums over all frames have grown, then each frame's start, end, energy and
//! output. File (1): a file of the run that is whole, with its hash. The first record that is incomplete or damaged ends the journal; it is cut off.

mod bytes;
mod frame;
mod sums;

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counter::Counter;
use super::error::Error;
use super::hashed_file::{Digester, FileRecord, Sum};
use super::stat_rows::FrameStats;
use super::tally::Tally;
use crate::files::{Disk, disk};
use bytes::{Reader, Writer};
pub(crate) use frame::JournalFrame;
use sums::Sums;

const MAGIC: [u8; 8] = *b"\x89SMJ\r\n\x1a\n";
const VERSION: u32 = 3;
const HEADER: usize = 48;
const FRAMES: u8 = 0;
const FILE: u8 = 1;
/// Finished frames wait this long before they are appended, so that fast frames do not each bring the sums with them.
const WAIT: Duration = Duration::from_millis(100);
/// A frame that comes so long after the one before does not wait: nobody knows when the next one comes.
const SLOW: Duration = Duration::from_millis(25);
/// Bytes of frames that wait at most.
const FULL: usize = 1 << 22;
/// What was appended is on the disk after this time: a crash of the machine loses no more.
const SYNC: Duration = Duration::from_secs(2);

/// A journal that is being written.
pub(crate) struct Journal {
    disk: Arc<dyn Disk>,
    file: File,
    path: PathBuf,
    /// Length of the records that are whole.
    length: u64,
    digest: Digester,
    /// Frames that wait, encoded, and how many.
    waiting: Vec<u8>,
    frames: u32,
    /// As they were appended last.
    sums: Sums,
    added: Instant,
    appended: Instant,
    synced: Instant,
}

/// What a journal holds.
pub(crate) struct Recovered {
    /// Files of the run that are whole.
    pub files: Vec<(String, FileRecord)>,
    path: PathBuf,
    sums: Sums,
    /// Length of the records that are whole.
    length: u64,
    digest: Digester,
}

impl Recovered {
    /// The journal, to go on with. What is not whole is cut off.
    ///
    /// # Errors
    /// It cannot be cut.
    pub fn go_on(self) -> Result<Journal, Error> {
        let Recovered { path, sums, length, digest, .. } = self;
        let go_on = || {
            let disk = disk();
            let file = disk.append(&path)?;
            disk.truncate(&file, &path, length)?;
            Ok(Journal { length, digest, ..Journal::new(disk, file, &path, sums) })
        };
        go_on().map_err(|cause| Error::write(&path, cause))
    }
}

impl Journal {
    /// A new journal of a run with this identity, as hash. One that is there is replaced.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path, identity: &[u8; 32], tally: &mut Tally) -> Result<Journal, Error> {
        let sums = Sums::zero(tally);
        let begin = || {
            let disk = disk();
            match disk.remove(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            drop(disk.create(path)?);
            // At its end, wherever that is after a record was cut off.
            let file = disk.append(path)?;
            let mut journal = Journal::new(disk, file, path, sums);
            let mut header = MAGIC.to_vec();
            header.extend(VERSION.to_le_bytes());
            header.extend(identity);
            header.extend(crc32fast::hash(&header).to_le_bytes());
            journal.write(&header)?;
            Ok(journal)
        };
        begin().map_err(|cause| Error::write(path, cause))
    }

    fn new(disk: Arc<dyn Disk>, file: File, path: &Path, sums: Sums) -> Journal {
        let now = Instant::now();
        Journal {
            disk,
            file,
            path: path.to_owned(),
            length: 0,
            digest: Digester::default(),
            waiting: Vec::new(),
            frames: 0,
            sums,
            added: now,
            appended: now,
            synced: now,
        }
    }

    /// Reads a journal, and changes nothing. `tally` gets the sums; it must be new. None if there is no journal of this run. `values` are those of
    /// all outputs of a frame.
    ///
    /// # Errors
    /// It cannot be read; it is not what a run writes.
    pub fn recover(
        path: &Path,
        identity: &[u8; 32],
        values: usize,
        tally: &mut Tally,
    ) -> Result<Option<Recovered>, Error> {
        let (mut files, mut sums) = (Vec::new(), Sums::zero(tally));
        let (mut has_frames, mut frames) = (false, 0);
        let mut records = match Records::open(path) {
            Ok(records) if records.identity == *identity => records,
            Ok(_) => return Ok(None),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {
                return Ok(None);
            }
            Err(cause) => return Err(Error::read(path, cause)),
        };
        while let Some(body) = records.next().map_err(|cause| Error::read(path, cause))? {
            let mut reader = Reader::new(body);
            let whole = match reader.u8() {
                Some(FRAMES) => {
                    has_frames = true;
                    restore(&mut reader, values, &mut sums, &mut frames, tally)
                }
                Some(FILE) => {
                    let file = file(&mut reader);
                    let read = file.is_some();
                    files.extend(file);
                    read.then_some(())
                }
                _ => None,
            };
            // The record was written whole, so by another program.
            whole.ok_or_else(|| Error::Changed { path: path.to_owned() })?;
        }
        if has_frames {
            // The sums are those of the frames, or the journal is from somebody else.
            if !sums.restore(tally) || tally.frames() != frames {
                return Err(Error::Changed { path: path.to_owned() });
            }
            tally.stats.derive();
        }
        let (length, digest) = (records.length, records.digest);
        Ok(Some(Recovered { files, path: path.to_owned(), sums, length, digest }))
    }

    /// Adds frames; `tally` holds the sums with them. They are appended soon, or with [`Journal::append`].
    ///
    /// # Errors
    /// The disk is full.
    pub fn add<'a>(
        &mut self,
        frames: impl Iterator<Item = (&'a FrameStats, &'a [i32])>,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let mut writer = Writer(&mut self.waiting);
        for (stats, output) in frames {
            writer.frame(stats, output);
            self.frames += 1;
        }
        let is_slow = self.added.elapsed() >= SLOW;
        self.added = Instant::now();
        if is_slow || self.waiting.len() >= FULL || self.appended.elapsed() >= WAIT {
            self.append(tally)
        } else {
            Ok(())
        }
    }

    /// Appends the frames that wait.
    ///
    /// # Errors
    /// The disk is full.
    pub fn append(&mut self, tally: &mut Tally) -> Result<(), Error> {
        if self.frames == 0 {
            return Ok(());
        }
        let mut body = vec![FRAMES];
        let mut writer = Writer(&mut body);
        let sums = Sums::of(tally);
        writer.bytes(&self.sums.changes(&sums));
        writer.text(tally.first_difference.as_deref().unwrap_or_default());
        writer.u32(self.frames);
        let before = body.len();
        body.append(&mut self.waiting);
        let result = self.record(&body);
        match result {
            Ok(()) => (self.frames, self.sums) = (0, sums),
            // They still wait: a disk that is full now may have room later.
            Err(_) => self.waiting = body.split_off(before),
        }
        result
    }

    /// Notes that a file of the run is whole.
    ///
    /// # Errors
    /// The disk is full.
    pub fn file(&mut self, name: &str, record: &FileRecord) -> Result<(), Error> {
        let mut body = vec![FILE];
        let mut writer = Writer(&mut body);
        writer.text(name);
        writer.u64(record.bytes);
        writer.u32(matches!(record.sum, Sum::Crc32(_)).into());
        writer.text(record.sum.digits());
        self.record(&body)
    }

    fn record(&mut self, body: &[u8]) -> Result<(), Error> {
        let length = u32::try_from(body.len())
            .map_err(|_| Error::write(&self.path, ErrorKind::FileTooLarge.into()))?
            .to_le_bytes();
        let mut sum = crc32fast::Hasher::new();
        sum.update(&length);
        sum.update(body);
        let mut bytes = length.to_vec();
        bytes.extend(sum.finalize().to_le_bytes());
        bytes.extend(body);
        let append = |journal: &mut Journal| {
            journal.write(&bytes)?;
            journal.appended = Instant::now();
            if journal.synced.elapsed() >= SYNC {
                journal.disk.sync(&journal.file, &journal.path)?;
                journal.synced = Instant::now();
            }
            Ok(())
        };
        append(self).map_err(|cause| {
            // A record that is half there would hide those behind it. If it cannot be cut off, nothing is appended any more.
            let _ = self.disk.truncate(&self.file, &self.path, self.length);
            Error::write(&self.path, cause)
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.write(&self.file, &self.path, bytes)?;
        self.length += bytes.len() as u64;
        self.digest.update(bytes);
        Ok(())
    }

    /// Ends the journal of a run that can go on later: what is not whole is cut off.
    ///
    /// # Errors
    /// It cannot be cut.
    pub fn close(self) -> Result<FileRecord, Error> {
        let close = || {
            self.disk.truncate(&self.file, &self.path, self.length)?;
            self.disk.sync(&self.file, &self.path)
        };
        close().map_err(|cause| Error::write(&self.path, cause))?;
        Ok(self.digest.record())
    }

    /// Reads the frames that were appended, in their order.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn frames(&self) -> Result<JournalFrames, Error> {
        let records = Records::open(&self.path).map_err(|cause| Error::read(&self.path, cause))?;
        Ok(JournalFrames { records, body: Vec::new(), at: 0, left: 0 })
    }
}

/// Adds a record of frames to the sums, and counts its frames; none if no run writes such a record.
fn restore(
    reader: &mut Reader,
    values: usize,
    sums: &mut Sums,
    frames: &mut usize,
    tally: &mut Tally,
) -> Option<()> {
    sums.apply(reader.bytes()?)?;
    let first_difference = reader.text()?;
    for _ in 0..reader.u32()? {
        let JournalFrame { stats, outputs } = reader.frame()?;
        let is_possible =
            stats.start <= stats.end && stats.end.is_possible() && stats.dynamic_pj.is_possible();
        if !is_possible || outputs.len() != values {
            return None;
        }
        *frames += 1;
    }
    tally.first_difference = Some(first_difference).filter(|text| !text.is_empty());
    Some(())
}

fn file(reader: &mut Reader) -> Option<(String, FileRecord)> {
    let name = reader.text()?;
    let bytes = reader.u64()?;
    let sum = if reader.u32()? == 0 { Sum::Sha256 } else { Sum::Crc32 };
    Some((name, FileRecord { bytes, sum: sum(reader.text()?) }))
}

/// Reads the records of a journal, up to the first that is not whole.
struct Records {
    file: BufReader<File>,
    identity: [u8; 32],
    length: u64,
    digest: Digester,
    body: Vec<u8>,
}

impl Records {
    fn open(path: &Path) -> io::Result<Records> {
        let mut file = BufReader::new(File::open(path)?);
        let mut header = [0; HEADER];
        let torn = |error: io::Error| match error.kind() {
            ErrorKind::UnexpectedEof => ErrorKind::InvalidData.into(),
            _ => error,
        };
        file.read_exact(&mut header).map_err(torn)?;
        let (fields, sum) = header.split_at(HEADER - 4);
        let identity = fields.get(12..).and_then(|identity| identity.try_into().ok());
        let right = fields.starts_with(&MAGIC)
            && fields[8..12] == VERSION.to_le_bytes()
            && sum == crc32fast::hash(fields).to_le_bytes();
        match identity {
            Some(identity) if right => {
                let mut digest = Digester::default();
                digest.update(&header);
                Ok(Records { file, identity, length: HEADER as u64, digest, body: Vec::new() })
            }
            _ => Err(ErrorKind::InvalidData.into()),
        }
    }

    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let mut head = [0; 8];
        match self.file.read_exact(&mut head) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            result => result?,
        }
        let [a, b, c, d, sum @ ..] = head;
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        self.body.clear();
        // Memory for what is there, not for what the length promises.
        let read = (&mut self.file).take(length as u64).read_to_end(&mut self.body)?;
        let mut found = crc32fast::Hasher::new();
        found.update(&head[..4]);
        found.update(&self.body);
        if read < length || found.finalize().to_le_bytes() != sum {
            return Ok(None);
        }
        self.digest.update(&head);
        self.digest.update(&self.body);
        self.length += 8 + length as u64;
        Ok(Some(&self.body))
    }
}

/// The frames of a journal.
pub(crate) struct JournalFrames {
    records: Records,
    body: Vec<u8>,
    at: usize,
    left: u32,
}

impl JournalFrames {
    /// The next frame.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn next(&mut self) -> io::Result<Option<JournalFrame>> {
        while self.left == 0 {
            let Some(body) = self.records.next()? else { return Ok(None) };
            self.body.clear();
            self.body.extend_from_slice(body);
            let mut reader = Reader::new(&self.body);
            if reader.u8() == Some(FRAMES) {
                let skip = |reader: &mut Reader| {
                    reader.bytes()?;
                    reader.text()?;
                    reader.u32()
                };
                self.left = skip(&mut reader).ok_or(ErrorKind::InvalidData)?;
                self.at = reader.at();
            }
        }
        let mut reader = Reader::from(&self.body, self.at);
        let frame = reader.frame().ok_or(ErrorKind::InvalidData)?;
        self.at = reader.at();
        self.left -= 1;
        Ok(Some(frame))
    }
}

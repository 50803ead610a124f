//! Header and section table.

use super::frame::{self, Stream};
use super::limits::{MAX_MEMORY, MAX_RECORDS};
use crate::error::FileError;

/// First bytes of a program's file.
const MAGIC: [u8; 8] = *b"\x89NPX\r\n\x1a\n";
/// Version of header, table and sections.
const VERSION: u32 = 3;
/// Section kinds are 1, 2 in this order.
const NAMES: [&str; 2] = ["RECORDS", "MEMORY"];
const LIMITS: [u64; 2] = [MAX_RECORDS, MAX_MEMORY];
const ENTRY: usize = 32;
/// What a file ends in that is shorter than its section table.
const TABLE: &str = "its section table";
/// Magic, version, number of sections.
const FIXED: usize = 16;
/// Everything before the sections.
pub const HEADER: usize = FIXED + NAMES.len() * ENTRY + 4;

/// A section whose place and checksum are right.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    name: &'static str,
    /// The packed bytes.
    pub stored: &'a [u8],
    /// Bytes it claims to unpack to, within its limit.
    pub raw: u64,
}

impl Section<'_> {
    /// The unpacked bytes.
    pub fn unpack(&self) -> Result<Vec<u8>, FileError> {
        let bytes = frame::unpack(self.stored, self.raw).map_err(|reason| self.damaged(reason))?;
        self.whole(bytes.len() as u64)?;
        Ok(bytes)
    }

    /// The unpacked bytes, as they are read.
    pub fn stream(&self) -> Result<Stream<'_>, FileError> {
        Stream::new(self.stored).map_err(|reason| self.damaged(reason))
    }

    /// Checks that as many bytes were unpacked as it claims.
    pub fn whole(&self, found: u64) -> Result<(), FileError> {
        let (section, raw) = (self.name, self.raw);
        if found == raw { Ok(()) } else { Err(FileError::SectionLength { section, found, raw }) }
    }

    /// What the decoder says, as an error.
    pub fn damaged(&self, reason: String) -> FileError {
        FileError::SectionFrame { section: self.name, reason }
    }
}

/// A file of packed sections, in the order of their kinds.
pub fn assemble(stored: &[Vec<u8>; 2], raw: &[usize; 2]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER + stored.iter().map(Vec::len).sum::<usize>());
    file.extend(MAGIC);
    file.extend(VERSION.to_le_bytes());
    file.extend((NAMES.len() as u32).to_le_bytes());
    let mut offset = HEADER as u64;
    for (i, (stored, raw)) in stored.iter().zip(raw).enumerate() {
        file.extend((i as u32 + 1).to_le_bytes());
        file.extend(crc32fast::hash(stored).to_le_bytes());
        file.extend(offset.to_le_bytes());
        file.extend((stored.len() as u64).to_le_bytes());
        file.extend((*raw as u64).to_le_bytes());
        offset += stored.len() as u64;
    }
    file.extend(crc32fast::hash(&file).to_le_bytes());
    stored.iter().for_each(|s| file.extend(s));
    file
}

/// Bytes of a whole file, by its header.
pub fn length(head: &[u8]) -> Result<u64, FileError> {
    header(head)?;
    let last = FIXED + (NAMES.len() - 1) * ENTRY;
    let (offset, stored) = (u64_at(head, last + 8, TABLE)?, u64_at(head, last + 16, TABLE)?);
    Ok(offset.saturating_add(stored))
}

/// The sections of a file, every field of the header checked.
pub fn sections(file: &[u8]) -> Result<[Section<'_>; 2], FileError> {
    header(file)?;
    let mut end = HEADER as u64;
    let first = section(file, 0, &mut end)?;
    let second = section(file, 1, &mut end)?;
    if file.len() as u64 > end {
        return Err(FileError::TrailingBytes { count: file.len() as u64 - end });
    }
    Ok([first, second])
}

/// Checks what is before the section table, and the checksum of both.
fn header(file: &[u8]) -> Result<(), FileError> {
    if !file.starts_with(&MAGIC) {
        return Err(FileError::BadMagic { found: file[..file.len().min(MAGIC.len())].to_vec() });
    }
    let version = u32_at(file, 8, "its header")?;
    if version != VERSION {
        return Err(FileError::FormatVersion { found: version, supported: VERSION });
    }
    let stored = u32_at(file, HEADER - 4, "its header")?;
    let computed = crc32fast::hash(&file[..HEADER - 4]);
    if stored != computed {
        return Err(FileError::HeaderChecksum { stored, computed });
    }
    let count = u32_at(file, 12, "its header")?;
    expect(0, "number of sections", count.into(), NAMES.len() as u64)
}

/// The section of table entry `index`, which must start at `end`; moves `end` behind it.
fn section<'a>(file: &'a [u8], index: usize, end: &mut u64) -> Result<Section<'a>, FileError> {
    let (entry, name, limit) = (FIXED + index * ENTRY, NAMES[index], LIMITS[index]);
    expect(index, "kind", u32_at(file, entry, TABLE)?.into(), index as u64 + 1)?;
    let checksum = u32_at(file, entry + 4, TABLE)?;
    let offset = u64_at(file, entry + 8, TABLE)?;
    let stored = u64_at(file, entry + 16, TABLE)?;
    let raw = u64_at(file, entry + 24, TABLE)?;
    expect(index, "offset", offset, *end)?;
    if raw > limit {
        return Err(FileError::SectionSize { section: name, raw, limit });
    }
    let found = file.len() as u64;
    let needed = offset.saturating_add(stored);
    if needed > found {
        return Err(FileError::Truncated { what: format!("section {name}"), needed, found });
    }
    *end = needed;
    // Both fit in usize: they lie within the file.
    let bytes = &file[offset as usize..needed as usize];
    let computed = crc32fast::hash(bytes);
    if checksum != computed {
        return Err(FileError::SectionChecksum { section: name, stored: checksum, computed });
    }
    Ok(Section { name, stored: bytes, raw })
}

fn expect(index: usize, field: &'static str, found: u64, expected: u64) -> Result<(), FileError> {
    if found == expected { Ok(()) } else { Err(FileError::SectionTable { index, field, found, expected }) }
}

fn bytes_at<const N: usize>(file: &[u8], at: usize, what: &str) -> Result<[u8; N], FileError> {
    file.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or_else(|| FileError::Truncated {
        what: what.to_string(),
        needed: HEADER as u64,
        found: file.len() as u64,
    })
}

fn u32_at(file: &[u8], at: usize, what: &str) -> Result<u32, FileError> {
    bytes_at(file, at, what).map(u32::from_le_bytes)
}

fn u64_at(file: &[u8], at: usize, what: &str) -> Result<u64, FileError> {
    bytes_at(file, at, what).map(u64::from_le_bytes)
}

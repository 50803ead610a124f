//! Header and blocks of an `.spt` file, whatever its records are.

use std::io::{Read, Seek, SeekFrom, Write};

use zstd::bulk::Compressor;

use super::{MAGIC, MAX_BODY, MAX_ORIGIN, MAX_RECORDS, RecordKind, VERSION};
use crate::trace::columns::OptionalColumns;
use crate::trace::error::TraceError;

const HEADER: usize = 24;
const BLOCK_HEADER: usize = 16;

/// Bytes of the last block's body: the number of all records.
const COUNT: usize = 8;
/// Most bytes behind it: why the records are a part of all.
const MAX_WHY: usize = 1024;

/// Bytes before the body of the origin.
const ORIGIN_HEADER: usize = 12;

/// Compression level: the columns have little left to be found, and a run waits for it.
const LEVEL: i32 = 1;

/// Writes header and blocks.
pub(super) struct Blocks<W> {
    output: W,
    compressor: Compressor<'static>,
    blocks: u64,
    records: u64,
}

impl<W: Write> Blocks<W> {
    /// Writes the header and the origin, a verified body or nothing.
    pub fn new(
        mut output: W,
        kind: RecordKind,
        columns: OptionalColumns,
        origin: &[u8],
    ) -> std::io::Result<Blocks<W>> {
        let mut compressor = Compressor::new(LEVEL)?;
        let mut header = Vec::with_capacity(HEADER);
        header.extend(MAGIC);
        header.extend(VERSION.to_le_bytes());
        header.extend(kind_number(kind).to_le_bytes());
        header.extend(columns.bits().to_le_bytes());
        header.extend(crc32fast::hash(&header).to_le_bytes());
        let stored = if origin.is_empty() { Vec::new() } else { compressor.compress(origin)? };
        if origin.len().max(stored.len()) > MAX_ORIGIN as usize {
            return Err(std::io::Error::other("the origin of the packets is too long for a trace"));
        }
        output.write_all(&header)?;
        output.write_all(&origin_header(origin.len() as u32, &stored))?;
        output.write_all(&stored)?;
        Ok(Blocks { output, compressor, blocks: 0, records: 0 })
    }

    /// Writes a block of `records` records.
    pub fn write(&mut self, records: usize, raw: &[u8]) -> std::io::Result<()> {
        let stored = self.compressor.compress(raw)?;
        self.records += records as u64;
        self.put(records as u32, raw.len() as u32, &stored)
    }

    /// Writes the last block, with the reason if the records are a part of all.
    pub fn finish(mut self, partial: Option<&str>) -> std::io::Result<W> {
        let body = end_body(self.records, partial);
        self.put(0, 0, &body)?;
        Ok(self.output)
    }

    fn put(&mut self, records: u32, raw: u32, stored: &[u8]) -> std::io::Result<()> {
        let header = block_header(records, raw, self.blocks, stored);
        self.blocks += 1;
        self.output.write_all(&header)?;
        self.output.write_all(stored)
    }
}

/// The body of the last block.
fn end_body(records: u64, partial: Option<&str>) -> Vec<u8> {
    let mut body = records.to_le_bytes().to_vec();
    let why = partial.map(|why| if why.is_empty() { "for no reason that is known" } else { why });
    body.extend(why.unwrap_or_default().chars().take(MAX_WHY / 4).collect::<String>().as_bytes());
    body
}

fn origin_header(raw: u32, stored: &[u8]) -> Vec<u8> {
    let mut header = Vec::with_capacity(ORIGIN_HEADER);
    header.extend(raw.to_le_bytes());
    header.extend((stored.len() as u32).to_le_bytes());
    header.extend(origin_checksum(&header, stored).to_le_bytes());
    header
}

fn origin_checksum(header: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(body);
    hasher.finalize()
}

fn block_header(records: u32, raw: u32, block: u64, stored: &[u8]) -> Vec<u8> {
    let mut header = Vec::with_capacity(BLOCK_HEADER);
    for field in [records, raw, stored.len() as u32] {
        header.extend(field.to_le_bytes());
    }
    header.extend(checksum(&header, block, stored).to_le_bytes());
    header
}

/// Of a file whose first `most` bytes are right: where it can be cut behind a block, and the last block of a part that goes there.
///
/// # Errors
/// It cannot be read, or not even the header is whole.
pub fn cut(file: &mut (impl Read + Seek), most: u64, why: &str) -> std::io::Result<(u64, Vec<u8>)> {
    let (begin, mut blocks, mut records) = ((HEADER + ORIGIN_HEADER) as u64, 0, 0);
    let too_short = || Err(std::io::ErrorKind::StorageFull.into());
    if most < begin {
        return too_short();
    }
    let mut origin = [0; ORIGIN_HEADER];
    file.seek(SeekFrom::Start(HEADER as u64))?;
    file.read_exact(&mut origin)?;
    let mut at = begin + u64::from(number(&origin[4..8]));
    if most < at {
        return too_short();
    }
    while most - at >= BLOCK_HEADER as u64 {
        let mut header = [0; BLOCK_HEADER];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut header)?;
        let [count, stored] = [0, 8].map(|field| u64::from(number(&header[field..field + 4])));
        let next = at + BLOCK_HEADER as u64 + stored;
        if next > most || count == 0 {
            break;
        }
        (at, blocks, records) = (next, blocks + 1, records + count);
    }
    let body = end_body(records, Some(why));
    Ok((at, [block_header(0, 0, blocks, &body), body].concat()))
}

/// Reads header and blocks.
pub(super) struct Bodies<R> {
    input: R,
    file: String,
    pub columns: OptionalColumns,
    /// The unpacked body of the origin, which has not been verified; empty without one.
    pub origin: Vec<u8>,
    blocks: u64,
    records: u64,
    is_over: bool,
}

impl<R: Read> Bodies<R> {
    /// Reads the header; the file must hold records of a kind.
    pub fn new(input: R, file: &str, kind: RecordKind) -> Result<Bodies<R>, TraceError> {
        let file = file.to_owned();
        let columns = OptionalColumns::default();
        let origin = Vec::new();
        let mut bodies = Bodies { input, file, columns, origin, blocks: 0, records: 0, is_over: false };
        let header: [u8; HEADER] = bodies.array()?;
        let field = |at: usize| number(&header[at..at + 4]);
        if header[..8] != MAGIC {
            return Err(bodies.damaged("does not begin as a trace"));
        }
        // All versions have this checksum at this place.
        if field(20) != crc32fast::hash(&header[..20]) {
            return Err(bodies.damaged("the checksum of its header is wrong"));
        }
        if field(8) != VERSION {
            return Err(TraceError::Version { file: bodies.file, found: field(8), known: VERSION });
        }
        if field(12) != kind_number(kind) {
            return Err(TraceError::Kind { file: bodies.file, found: field(12), wanted: kind_number(kind) });
        }
        let columns = OptionalColumns::of_bits(field(16));
        bodies.columns = columns.ok_or_else(|| bodies.damaged("has unknown columns"))?;
        bodies.read_origin()?;
        Ok(bodies)
    }

    fn read_origin(&mut self) -> Result<(), TraceError> {
        let header: [u8; ORIGIN_HEADER] = self.array()?;
        let [raw, stored, sum] = [0, 4, 8].map(|at| number(&header[at..at + 4]));
        if raw > MAX_ORIGIN || stored > MAX_ORIGIN || (raw == 0) != (stored == 0) {
            return Err(self.damaged("its origin is longer than any"));
        }
        let body = self.bytes(stored as usize)?;
        if sum != origin_checksum(&header[..8], &body) {
            return Err(self.damaged("the checksum of its origin is wrong"));
        }
        if raw > 0 {
            let mut rest = &body[..];
            let unpacked = self.unpack(&mut rest, raw)?;
            if unpacked.len() != raw as usize || !rest.is_empty() {
                return Err(self.damaged("its origin does not unpack to its length"));
            }
            self.origin = unpacked;
        }
        Ok(())
    }

    /// The next block: its number of records and its unpacked body, which has not been verified. `None` at the end.
    pub fn next_body(&mut self) -> Result<Option<(usize, Vec<u8>)>, TraceError> {
        if self.is_over {
            return Ok(None);
        }
        let header: [u8; BLOCK_HEADER] = self.array()?;
        let [records, raw, stored, sum] = [0, 4, 8, 12].map(|at| number(&header[at..at + 4]));
        let is_last = records == 0;
        let is_end = is_last && raw == 0 && (COUNT..=COUNT + MAX_WHY).contains(&(stored as usize));
        if records as usize > MAX_RECORDS || raw > MAX_BODY || stored > MAX_BODY || (is_last && !is_end) {
            return Err(self.damaged("a block is longer than any block"));
        }
        let body = self.bytes(stored as usize)?;
        if sum != checksum(&header[..12], self.blocks, &body) {
            return Err(self.damaged("a checksum is wrong"));
        }
        self.blocks += 1;
        if is_last {
            return self.end(&body);
        }
        self.records += u64::from(records);
        let mut rest = &body[..];
        let unpacked = self.unpack(&mut rest, raw)?;
        if unpacked.len() != raw as usize || !rest.is_empty() {
            return Err(self.damaged("a block does not unpack to its length"));
        }
        Ok(Some((records as usize, unpacked)))
    }

    fn unpack(&self, stored: &mut &[u8], raw: u32) -> Result<Vec<u8>, TraceError> {
        let broken = |_| self.damaged("a block does not unpack");
        let decoder = zstd::Decoder::with_buffer(stored).map_err(broken)?.single_frame();
        let mut unpacked = Vec::new();
        // Grows with what is really there: the declared length is only a bound.
        decoder.take(u64::from(raw) + 1).read_to_end(&mut unpacked).map_err(broken)?;
        Ok(unpacked)
    }

    fn end(&mut self, body: &[u8]) -> Result<Option<(usize, Vec<u8>)>, TraceError> {
        self.is_over = true;
        let (count, why) = body.split_at(COUNT);
        if count != self.records.to_le_bytes() {
            return Err(self.damaged("records are missing"));
        }
        let mut more = [0];
        match self.input.read(&mut more) {
            Ok(0) if why.is_empty() => Ok(None),
            Ok(0) => {
                let why = String::from_utf8_lossy(why).into_owned();
                Err(TraceError::Partial { file: self.file.clone(), why, line: None })
            }
            Ok(_) => Err(self.damaged("something follows its end")),
            Err(source) => Err(self.io(source)),
        }
    }

    pub fn damaged(&self, what: &'static str) -> TraceError {
        TraceError::Damaged { file: self.file.clone(), block: self.blocks, what }
    }

    fn io(&self, source: std::io::Error) -> TraceError {
        TraceError::Io { action: format!("read {}", self.file), source }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], TraceError> {
        let bytes = self.bytes(N)?;
        bytes.try_into().map_err(|_| self.damaged("it ends too early"))
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, TraceError> {
        let mut bytes = Vec::new();
        (&mut self.input).take(length as u64).read_to_end(&mut bytes).map_err(|source| self.io(source))?;
        if bytes.len() == length { Ok(bytes) } else { Err(self.damaged("it ends too early")) }
    }
}

/// CRC-32 of a block: its header, its number, its body.
fn checksum(header: &[u8], number: u64, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(&number.to_le_bytes());
    hasher.update(body);
    hasher.finalize()
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte))
}

fn kind_number(kind: RecordKind) -> u32 {
    match kind {
        RecordKind::Packets => 1,
        RecordKind::Hops => 2,
    }
}

//! Traces as CSV, read and written packet by packet.

use std::io::{Read, Write};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::columns::OptionalColumns;
use super::error::TraceError;
use super::limits::TraceLimits;
use super::lines::BoundedLines;
use super::packet::{Dependency, MAX_CYCLE, Position, TracePacket, UncheckedPacket};
use crate::Cycle;
use crate::end::PARTIAL;
use spikemesh_words::SourceLine;

/// Bytes that a line must stay below: seven numbers of twenty digits need less.
pub const MAX_LINE: usize = 256;

/// The columns; the first four are required.
const COLUMNS: [&str; 7] = ["cycle", "src", "dst", "size", "class", "after", "delay"];
const REQUIRED: usize = 4;
/// Places of the optional ones in [`COLUMNS`].
const CLASS: usize = 4;
const AFTER: usize = 5;
const DELAY: usize = 6;

/// Reads the packets of a trace.
pub(super) struct CsvReader<R> {
    records: csv::Reader<BoundedLines<R>>,
    record: ByteRecord,
    file: String,
    limits: TraceLimits,
    /// The place in [`COLUMNS`] of each field of the heading, and so of every record.
    columns: Vec<usize>,
    packets: u64,
    /// Cycle of the last packet.
    last: Cycle,
}

impl<R: Read> CsvReader<R> {
    /// Reads the heading of a trace; `file` names it in errors.
    ///
    /// # Errors
    /// [`TraceError::Heading`], [`TraceError::Line`], [`TraceError::Io`].
    pub fn new(input: R, file: &str, limits: TraceLimits) -> Result<CsvReader<R>, TraceError> {
        let records = ReaderBuilder::new()
            .has_headers(false)
            // Lengths of records are checked here, with the number of the line.
            .flexible(true)
            // All fields are numbers: a quote is a fault of its field, and a record never takes two lines.
            .quoting(false)
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(1 << 16)
            .from_reader(BoundedLines::new(input, MAX_LINE));
        let mut reader = CsvReader {
            records,
            record: ByteRecord::new(),
            file: file.to_owned(),
            limits,
            columns: Vec::new(),
            packets: 0,
            last: 0,
        };
        reader.read_heading()?;
        Ok(reader)
    }

    /// Columns beyond those that every trace has.
    pub fn columns(&self) -> OptionalColumns {
        let [class, dependencies] = [CLASS, AFTER].map(|column| self.columns.contains(&column));
        OptionalColumns { class, dependencies, times: false }
    }

    fn read_heading(&mut self) -> Result<(), TraceError> {
        let is_empty = !self.next_record()?;
        let heading = |line: SourceLine, what: String| Err(TraceError::Heading { line, what });
        if is_empty {
            return heading(SourceLine::new(&self.file, 1, 0, b""), "the file is empty".to_owned());
        }
        for (index, name) in self.record.iter().enumerate() {
            let name = String::from_utf8_lossy(name.trim_ascii());
            let Some(column) = COLUMNS.iter().position(|&column| column == name) else {
                return heading(self.line_at(index), format!("no trace has a column `{}`", clip(&name)));
            };
            if self.columns.contains(&column) {
                return heading(self.line_at(index), format!("column `{name}` is there twice"));
            }
            self.columns.push(column);
        }
        let has = |column| self.columns.contains(&column);
        if let Some(missing) = (0..REQUIRED).find(|&column| !has(column)) {
            return heading(self.line(), format!("column `{}` is missing", COLUMNS[missing]));
        }
        if has(AFTER) != has(DELAY) {
            return heading(self.line(), "columns `after` and `delay` go together".to_owned());
        }
        Ok(())
    }

    /// The next packet; `None` at the end. After an error in a packet those behind it can be read.
    ///
    /// # Errors
    /// The first fault of the packet.
    pub fn next_packet(&mut self) -> Result<Option<TracePacket>, TraceError> {
        if !self.next_record()? {
            return Ok(None);
        }
        let number = self.packets;
        self.packets += 1;
        let packet = self.parse(number)?;
        self.last = packet.cycle;
        Ok(Some(packet))
    }

    fn parse(&self, number: u64) -> Result<TracePacket, TraceError> {
        let (found, expected) = (self.record.len(), self.columns.len());
        if found != expected {
            return Err(TraceError::Fields { line: self.line(), found, expected });
        }
        let mut fields: [&[u8]; COLUMNS.len()] = [&[]; COLUMNS.len()];
        for (&column, field) in self.columns.iter().zip(&self.record) {
            fields[column] = field;
        }
        let value = |column: usize, least: u64, most: u64| {
            // Blanks around a number are rare, so they are looked for last.
            let number = digits(fields[column]).or_else(|| digits(fields[column].trim_ascii()));
            number.filter(|value| (least..=most).contains(value)).ok_or_else(|| {
                let field = fields[column].trim_ascii();
                let (column, text) = (COLUMNS[column], clip(&String::from_utf8_lossy(field)));
                let line = self.line_of(column);
                if !field.is_empty() && field.iter().all(u8::is_ascii_digit) {
                    return TraceError::Range {
                        at: line.to_string(),
                        line: Some(line),
                        column,
                        text,
                        least,
                        most,
                    };
                }
                TraceError::Number { line, column, text, least, most }
            })
        };
        let is_empty = |column: usize| fields[column].trim_ascii().is_empty();
        let any = |column| value(column, 0, u64::MAX);
        let after = match (is_empty(AFTER), is_empty(DELAY)) {
            (true, true) => None,
            (false, false) => Some(Dependency { packet: any(AFTER)?, delay: value(DELAY, 1, MAX_CYCLE)? }),
            _ => return Err(TraceError::Dependency { line: self.line_of("after") }),
        };
        let packet = UncheckedPacket {
            cycle: value(0, 0, MAX_CYCLE)?,
            source: value(1, 0, u64::from(u32::MAX))?,
            target: value(2, 0, u64::from(u32::MAX))?,
            flits: value(3, 0, u64::from(u32::MAX))?,
            class: if is_empty(CLASS) { 0 } else { any(CLASS)? },
            after,
        };
        let place = |column: &str| {
            let line = self.line_of(column);
            (line.to_string(), Some(line))
        };
        packet.check(&Position { place: &place, number, before: self.last }, self.limits)
    }

    /// The line of the current record: the reader stands on the line after it.
    fn line(&self) -> SourceLine {
        let bytes = self.record.iter().collect::<Vec<_>>().join(&b","[..]);
        let next = self.records.position();
        let start = next.byte().saturating_sub(1 + bytes.len() as u64);
        SourceLine::new(&self.file, next.line() - 1, start, bytes.trim_ascii_end())
    }

    /// The current record's line with the place of one of its fields.
    fn line_at(&self, index: usize) -> SourceLine {
        let start = self.record.iter().take(index).map(|field| field.len() + 1).sum();
        let length = self.record.get(index).map_or(0, |field| field.trim_ascii_end().len());
        self.line().at(start..start + length)
    }

    /// The current record's line with the place of a column.
    fn line_of(&self, column: &str) -> SourceLine {
        let index = self.columns.iter().position(|&of| COLUMNS[of] == column);
        index.map_or_else(|| self.line(), |index| self.line_at(index))
    }

    /// Reads the next record, empty lines skipped; false at the end of the file.
    fn next_record(&mut self) -> Result<bool, TraceError> {
        loop {
            let is_one = self.records.read_byte_record(&mut self.record).map_err(|error| {
                if self.records.get_ref().is_too_long() {
                    let (start, bytes) = self.records.get_ref().too_long();
                    let number = self.records.position().line();
                    TraceError::Line {
                        line: SourceLine::new(&self.file, number, start, bytes),
                        limit: MAX_LINE,
                    }
                } else {
                    TraceError::Io { action: format!("read {}", self.file), source: error.into() }
                }
            })?;
            if is_one && self.record[0].starts_with(PARTIAL.as_bytes()) {
                let line: Vec<_> = self.record.iter().map(String::from_utf8_lossy).collect();
                let why = line.join(",")[PARTIAL.len()..].trim().to_owned();
                return Err(TraceError::Partial { file: self.file.clone(), why, line: Some(self.line()) });
            }
            // The reader skips empty lines, but not those that end as on Windows.
            let is_empty = self.record.len() == 1 && &self.record[0] == b"\r";
            if !(is_one && is_empty) {
                return Ok(is_one);
            }
        }
    }
}

/// Writes the packets of a trace: the columns that every trace has, then the optional ones.
pub struct CsvWriter<W: Write> {
    records: csv::Writer<W>,
    columns: OptionalColumns,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the heading. `columns.times` has no meaning here.
    ///
    /// # Errors
    /// The error of the output.
    pub fn new(output: W, columns: OptionalColumns) -> std::io::Result<CsvWriter<W>> {
        let mut records = csv::Writer::from_writer(output);
        let class = columns.class.then_some(&COLUMNS[CLASS..=CLASS]);
        let dependencies = columns.dependencies.then_some(&COLUMNS[AFTER..=DELAY]);
        let optional = [class, dependencies].into_iter().flatten().flatten();
        records.write_record(COLUMNS[..REQUIRED].iter().chain(optional))?;
        Ok(CsvWriter { records, columns })
    }

    /// Writes a packet.
    ///
    /// # Errors
    /// The error of the output.
    pub fn write(&mut self, packet: &TracePacket) -> std::io::Result<()> {
        let TracePacket { cycle, source, target, flits, class, after, .. } = packet;
        let class = self.columns.class.then_some(class);
        let after = [after.map(|after| after.packet), after.map(|after| after.delay)];
        let after = if self.columns.dependencies { &after[..] } else { &[] };
        // A slice is written as its fields, so an empty one as none.
        Ok(self.records.serialize((cycle, source, target, flits, class.as_slice(), after))?)
    }

    /// Writes the bytes that are left; without it their errors are lost.
    ///
    /// # Errors
    /// The error of the output.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.records.flush()
    }
}

/// A number in plain digits: no sign, no blanks, no overflow.
fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// The beginning of a text, for a message.
fn clip(text: &str) -> String {
    text.chars().take(24).flat_map(char::escape_debug).collect()
}

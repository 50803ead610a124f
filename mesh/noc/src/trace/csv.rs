//! Traces as CSV, read and written packet by packet.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::columns::OptionalColumns;
use super::error::TraceError;
use super::kind::PacketKind;
use super::layer_names::{LayerNames, MAX_LAYER_NAME, MAX_LAYERS};
use super::limits::TraceLimits;
use super::lines::BoundedLines;
use super::packet::{
    Dependency, MAX_CYCLE, PacketLabels, Position, TracePacket, UncheckedPacket, check_times,
};
use super::times::PacketTimes;
use crate::Cycle;
use crate::end::PARTIAL;
use spikemesh_words::SourceLine;

/// Bytes that a line must stay below: enough for all columns, with a thousand packets to wait for.
pub const MAX_LINE: usize = 1 << 16;

/// Bytes of a line that is too long that are shown.
const SHOWN: usize = 256;

/// The columns; the first four are required.
pub(super) const COLUMNS: [&str; 15] = [
    "cycle",
    "src",
    "dst",
    "size",
    "class",
    "after",
    "delay",
    "layer",
    "frame",
    "kind",
    "pid",
    "ctime",
    "head_itime",
    "tail_atime",
    "routers",
];
pub(super) const REQUIRED: usize = 4;
/// Place of the targets, which are several if they are separated as packets to wait for are.
pub(super) const TARGET: usize = 2;
/// Places of the optional ones in [`COLUMNS`].
pub(super) const CLASS: usize = 4;
pub(super) const AFTER: usize = 5;
pub(super) const DELAY: usize = 6;
pub(super) const LAYER: usize = 7;
pub(super) const FRAME: usize = 8;
pub(super) const KIND: usize = 9;
/// What a replay measured: all of these, or none.
pub(super) const TIMES: std::ops::RangeInclusive<usize> = 10..=14;
/// What stands between the packets that one waits for.
pub(super) const BETWEEN: char = ';';

/// Reads the packets of a trace.
pub(super) struct CsvReader<R> {
    records: csv::Reader<BoundedLines<R>>,
    record: ByteRecord,
    file: String,
    limits: TraceLimits,
    /// The place in [`COLUMNS`] of each field of the heading, and so of every record.
    columns: Vec<usize>,
    layers: LayerNames,
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
            layers: LayerNames::default(),
            packets: 0,
            last: 0,
        };
        reader.read_heading()?;
        Ok(reader)
    }

    /// Columns beyond those that every trace has.
    pub fn columns(&self) -> OptionalColumns {
        let [class, dependencies, layer, frame, kind, times] =
            [CLASS, AFTER, LAYER, FRAME, KIND, *TIMES.start()].map(|column| self.columns.contains(&column));
        OptionalColumns { class, dependencies, layer, frame, kind, times }
    }

    /// Names of the layers that rows have named so far.
    pub fn layers(&self) -> &[String] {
        self.layers.names()
    }

    fn read_heading(&mut self) -> Result<(), TraceError> {
        let is_empty = !self.read_record()?;
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
        let missing = TIMES.into_iter().find(|&column| !has(column));
        if let Some(missing) = missing.filter(|_| TIMES.into_iter().any(has)) {
            let what = format!("column `{}` is missing: those of an answer go together", COLUMNS[missing]);
            return heading(self.line(), what);
        }
        Ok(())
    }

    /// The next packet with what became of it, zeros if that is not there; `None` at the end. After an error in a packet those behind it can be read.
    ///
    /// # Errors
    /// The first fault of the packet.
    pub fn next_record(&mut self) -> Result<Option<(TracePacket, PacketTimes)>, TraceError> {
        if !self.read_record()? {
            return Ok(None);
        }
        let number = self.packets;
        self.packets += 1;
        let (packet, times) = self.parse(number)?;
        self.last = packet.cycle;
        Ok(Some((packet, times)))
    }

    fn parse(&mut self, number: u64) -> Result<(TracePacket, PacketTimes), TraceError> {
        let (found, expected) = (self.record.len(), self.columns.len());
        if found != expected {
            return Err(TraceError::Fields { line: self.line(), found, expected });
        }
        // A name is found before the others are read: numbers of layers are those of rows, right or wrong.
        let layer = self.layer()?;
        let mut fields: [&[u8]; COLUMNS.len()] = [&[]; COLUMNS.len()];
        for (&column, field) in self.columns.iter().zip(&self.record) {
            fields[column] = field;
        }
        let number_of = |column: usize, field: &[u8], least: u64, most: u64| {
            // Blanks around a number are rare, so they are looked for last.
            let number = digits(field).or_else(|| digits(field.trim_ascii()));
            number.filter(|value| (least..=most).contains(value)).ok_or_else(|| {
                let field = field.trim_ascii();
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
        let value = |column: usize, least: u64, most: u64| number_of(column, fields[column], least, most);
        let is_empty = |column: usize| fields[column].trim_ascii().is_empty();
        let any = |column| value(column, 0, u64::MAX);
        let list = |column: usize, least, most| match is_empty(column) {
            true => Ok(Vec::new()),
            false => fields[column]
                .split(|&byte| byte == BETWEEN as u8)
                .map(|field| number_of(column, field, least, most))
                .collect(),
        };
        let mut targets = list(TARGET, 0, u64::from(u32::MAX))?;
        if targets.is_empty() {
            // An empty field is a fault of its number.
            value(TARGET, 0, u64::from(u32::MAX))?;
        }
        let others = targets.split_off(1);
        let (packets, delays): (Vec<u64>, Vec<u64>) = (list(AFTER, 0, u64::MAX)?, list(DELAY, 1, MAX_CYCLE)?);
        if packets.len() != delays.len() {
            let line = self.line_of("after");
            return Err(TraceError::Dependency { line, after: packets.len(), delay: delays.len() });
        }
        let after = packets.into_iter().zip(delays).map(|(packet, delay)| Dependency { packet, delay });
        let kind = match fields[KIND].trim_ascii() {
            b"" => None,
            name => Some(PacketKind::of_name(name).ok_or_else(|| TraceError::PacketKind {
                line: self.line_of("kind"),
                text: clip(&String::from_utf8_lossy(name)),
            })?),
        };
        let frame = if is_empty(FRAME) { None } else { Some(value(FRAME, 0, u64::MAX - 1)?) };
        let packet = UncheckedPacket {
            cycle: value(0, 0, MAX_CYCLE)?,
            source: value(1, 0, u64::from(u32::MAX))?,
            target: targets[0],
            others,
            flits: value(3, 0, u64::from(u32::MAX))?,
            class: if is_empty(CLASS) { 0 } else { any(CLASS)? },
            after: after.collect(),
            labels: PacketLabels { layer, frame, kind },
        };
        let times = if self.columns().times {
            let [pid, created, head, tail] = [10, 11, 12, 13].map(any);
            let routers = value(14, 0, u64::from(u32::MAX))? as u32;
            PacketTimes { pid: pid?, created: created?, head: head?, tail: tail?, routers }
        } else {
            PacketTimes::default()
        };
        let place = |column: &str| {
            let line = self.line_of(column);
            (line.to_string(), Some(line))
        };
        let position = Position { place: &place, number, before: self.last };
        check_times(&times, &position)?;
        let packet = packet.check(&position, self.limits)?;
        Ok((packet, times))
    }

    /// The number of the row's layer; `None` if it names none.
    fn layer(&mut self) -> Result<Option<u32>, TraceError> {
        let Some(index) = self.columns.iter().position(|&column| column == LAYER) else { return Ok(None) };
        let text = self.record.get(index).unwrap_or_default().trim_ascii();
        if text.is_empty() {
            return Ok(None);
        }
        self.layers.number(text).map(Some).ok_or_else(|| TraceError::Layer {
            line: self.line_of("layer"),
            name: clip(&String::from_utf8_lossy(text)),
            limit: MAX_LAYERS,
            longest: MAX_LAYER_NAME,
        })
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
    fn read_record(&mut self) -> Result<bool, TraceError> {
        loop {
            let is_one = self.records.read_byte_record(&mut self.record).map_err(|error| {
                if self.records.get_ref().is_too_long() {
                    let (start, bytes) = self.records.get_ref().too_long();
                    let number = self.records.position().line();
                    TraceError::Line {
                        line: SourceLine::new(&self.file, number, start, &bytes[..bytes.len().min(SHOWN)]),
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

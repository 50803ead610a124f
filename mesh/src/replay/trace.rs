//! Reading a trace row by row. Memory does not grow with its length.

use std::io::{BufRead, BufReader, Read};

use super::Error;
use crate::kernel::Cycle;
use crate::network::Config;

/// Longest line that is read, in bytes: seven numbers of twenty digits need less.
const MAX_LINE: usize = 256;

/// Problems that are collected before reading stops.
const MAX_PROBLEMS: usize = 20;

/// Latest creation of a packet. What follows it still fits 64 bits.
pub const MAX_CYCLE: Cycle = 1 << 48;

/// A packet of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number: rows count from 0.
    pub number: u64,
    /// When it is created, at the earliest.
    pub cycle: Cycle,
    /// The terminal that sends it.
    pub source: u32,
    /// The terminal that receives it.
    pub target: u32,
    /// Its length, head included.
    pub flits: u32,
    /// Its traffic class.
    pub class: u8,
    /// What it waits for.
    pub after: Option<After>,
}

/// A packet is created some cycles after another has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// The number of the other packet.
    pub row: u64,
    /// Cycles from the arrival of its tail to the creation, at least 1.
    pub delay: Cycle,
}

/// What the columns may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Terminals of the network.
    pub terminals: u32,
    /// Traffic classes of the network.
    pub classes: u8,
}

impl Limits {
    /// The limits of a network.
    pub fn of(config: &Config) -> Limits {
        let terminals = config.locals.iter().map(|&locals| u32::from(locals)).sum();
        Limits { terminals, classes: config.classes.len() as u8 }
    }
}

/// Columns in the order of [`COLUMNS`]; the first four must be there.
const COLUMNS: [&str; 7] = ["cycle", "src", "dst", "size", "class", "after", "delay"];
const REQUIRED: usize = 4;

/// Reads the rows of a trace.
pub struct Reader<R> {
    input: BufReader<R>,
    file: String,
    limits: Limits,
    /// Place of each of [`COLUMNS`] in a row.
    places: [Option<usize>; COLUMNS.len()],
    fields: usize,
    line: u64,
    rows: u64,
    last: Cycle,
    buffer: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Reads the heading of a trace; `file` names it in errors.
    ///
    /// # Errors
    /// [`Error::Heading`], [`Error::Line`], [`Error::Io`].
    pub fn new(input: R, file: &str, limits: Limits) -> Result<Reader<R>, Error> {
        let mut reader = Reader {
            input: BufReader::with_capacity(1 << 16, input),
            file: file.to_owned(),
            limits,
            places: [None; COLUMNS.len()],
            fields: 0,
            line: 0,
            rows: 0,
            last: 0,
            buffer: Vec::new(),
        };
        reader.read_heading()?;
        Ok(reader)
    }

    /// Whether packets may wait for others.
    pub fn has_dependencies(&self) -> bool {
        self.places[5].is_some()
    }

    fn read_heading(&mut self) -> Result<(), Error> {
        let heading = |file: &str, what: String| Err(Error::Heading { file: file.to_owned(), what });
        if !self.next_line()? {
            return heading(&self.file, "the file is empty".to_owned());
        }
        let text = String::from_utf8_lossy(&self.buffer).into_owned();
        for (place, name) in text.split(',').map(str::trim).enumerate() {
            let Some(column) = COLUMNS.iter().position(|&column| column == name) else {
                return heading(&self.file, format!("no trace has a column `{}`", clip(name)));
            };
            if self.places[column].replace(place).is_some() {
                return heading(&self.file, format!("column `{name}` is there twice"));
            }
            self.fields = place + 1;
        }
        if let Some(missing) = (0..REQUIRED).find(|&column| self.places[column].is_none()) {
            return heading(&self.file, format!("column `{}` is missing", COLUMNS[missing]));
        }
        if self.places[5].is_some() != self.places[6].is_some() {
            return heading(&self.file, "columns `after` and `delay` go together".to_owned());
        }
        Ok(())
    }

    /// The next row; `None` at the end. After an error in a row the rows behind it can be read on.
    ///
    /// # Errors
    /// Whatever is wrong with the row first.
    pub fn next_row(&mut self) -> Result<Option<Row>, Error> {
        loop {
            if !self.next_line()? {
                return Ok(None);
            }
            if !self.buffer.is_empty() {
                break;
            }
        }
        let number = self.rows;
        self.rows += 1;
        let row = self.parse(number)?;
        self.last = row.cycle;
        Ok(Some(row))
    }

    fn parse(&self, number: u64) -> Result<Row, Error> {
        let (file, line) = (|| self.file.clone(), self.line);
        let mut fields: [&[u8]; COLUMNS.len()] = [&[]; COLUMNS.len()];
        let mut found = 0;
        for field in self.buffer.split(|&byte| byte == b',') {
            if let Some(place) = fields.get_mut(found) {
                *place = field.trim_ascii();
            }
            found += 1;
        }
        if found != self.fields {
            return Err(Error::Fields { file: file(), line, found, expected: self.fields });
        }
        let text = |column: usize| self.places[column].map_or(&[][..], |place| fields[place]);
        let value = |column: usize, least: u64, most: u64| {
            number_of(text(column)).filter(|value| (least..=most).contains(value)).ok_or_else(|| {
                let text = clip(&String::from_utf8_lossy(text(column)));
                Error::Number { file: file(), line, column: COLUMNS[column], text, least, most }
            })
        };
        let cycle = value(0, 0, MAX_CYCLE)?;
        if cycle < self.last {
            return Err(Error::Order { file: file(), line, cycle, before: self.last });
        }
        let terminal = |column: usize| {
            let terminal = value(column, 0, u64::from(u32::MAX))?;
            if terminal >= u64::from(self.limits.terminals) {
                let last = self.limits.terminals - 1;
                return Err(Error::Outside { file: file(), line, column: COLUMNS[column], terminal, last });
            }
            Ok(terminal as u32)
        };
        let (source, target) = (terminal(1)?, terminal(2)?);
        let flits = value(3, 0, u64::from(u32::MAX))?;
        if !(1..=u64::from(Config::MAX_FLITS)).contains(&flits) {
            return Err(Error::Size { file: file(), line, flits, limit: Config::MAX_FLITS });
        }
        let class = if text(4).is_empty() { 0 } else { value(4, 0, u64::from(self.limits.classes) - 1)? };
        let after = match (text(5).is_empty(), text(6).is_empty()) {
            (true, true) => None,
            (false, false) => {
                let row = value(5, 0, u64::MAX)?;
                if row >= number {
                    return Err(Error::After { file: file(), line, row: number, after: row });
                }
                Some(After { row, delay: value(6, 1, MAX_CYCLE)? })
            }
            _ => return Err(Error::Dependency { file: file(), line }),
        };
        Ok(Row { number, cycle, source, target, flits: flits as u32, class: class as u8, after })
    }

    /// Puts the next line into the buffer, without its end; false at the end of the file.
    fn next_line(&mut self) -> Result<bool, Error> {
        self.buffer.clear();
        let limit = MAX_LINE as u64 + 1;
        let read = self.input.by_ref().take(limit).read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|source| Error::Io { action: format!("read {}", self.file), source })?;
        if read == 0 {
            return Ok(false);
        }
        self.line += 1;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
        }
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        if self.buffer.len() >= MAX_LINE {
            return Err(Error::Line { file: self.file.clone(), line: self.line, limit: MAX_LINE });
        }
        Ok(true)
    }
}

/// Reads a whole trace and collects what is wrong with it, up to twenty problems.
///
/// # Errors
/// All that were found.
pub fn check(input: impl Read, file: &str, limits: Limits) -> Result<(), Vec<Error>> {
    let mut reader = Reader::new(input, file, limits).map_err(|error| vec![error])?;
    let mut problems = Vec::new();
    loop {
        match reader.next_row() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                let ends = matches!(error, Error::Line { .. } | Error::Io { .. });
                problems.push(error);
                if ends {
                    break;
                }
                if problems.len() == MAX_PROBLEMS {
                    problems.push(Error::ManyProblems { file: file.to_owned(), shown: MAX_PROBLEMS });
                    break;
                }
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// A number in plain digits: no sign, no blanks, no overflow.
fn number_of(text: &[u8]) -> Option<u64> {
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

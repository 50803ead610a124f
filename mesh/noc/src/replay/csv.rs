//! Traces as text, read and written row by row.

use std::io::{BufRead, BufReader, Read, Write};

use super::Error;
use super::trace::{After, Columns, Fields, Limits, MAX_CYCLE, Row, checked};
use crate::Cycle;

/// Longest line that is read, in bytes: seven numbers of twenty digits need less.
const MAX_LINE: usize = 256;

/// Columns in the order of [`COLUMNS`]; the first four must be there.
const COLUMNS: [&str; 7] = ["cycle", "src", "dst", "size", "class", "after", "delay"];
const REQUIRED: usize = 4;

/// Reads the rows of a trace.
pub(super) struct Reader<R> {
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

    /// Columns beyond those that every trace has.
    pub fn columns(&self) -> Columns {
        Columns { class: self.places[4].is_some(), dependencies: self.places[5].is_some(), answers: false }
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
        let any = |column| value(column, 0, u64::MAX);
        let after = match (text(5).is_empty(), text(6).is_empty()) {
            (true, true) => None,
            (false, false) => Some(After { row: any(5)?, delay: value(6, 1, MAX_CYCLE)? }),
            _ => return Err(Error::Dependency { file: file(), line }),
        };
        let fields = Fields {
            cycle: value(0, 0, MAX_CYCLE)?,
            source: value(1, 0, u64::from(u32::MAX))?,
            target: value(2, 0, u64::from(u32::MAX))?,
            flits: value(3, 0, u64::from(u32::MAX))?,
            class: if text(4).is_empty() { 0 } else { any(4)? },
            after,
        };
        checked(&fields, number, self.last, self.limits, &self.file, line)
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

/// Writes the rows of a trace: the columns that every trace has, then those that are wanted.
pub struct Writer<W> {
    output: W,
    columns: Columns,
}

impl<W: Write> Writer<W> {
    /// Writes the heading.
    ///
    /// # Errors
    /// What the output says.
    pub fn new(mut output: W, columns: Columns) -> std::io::Result<Writer<W>> {
        let class = if columns.class { ",class" } else { "" };
        let dependencies = if columns.dependencies { ",after,delay" } else { "" };
        writeln!(output, "cycle,src,dst,size{class}{dependencies}")?;
        Ok(Writer { output, columns })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// What the output says.
    pub fn write(&mut self, row: &Row) -> std::io::Result<()> {
        let Row { cycle, source, target, flits, class, after, .. } = row;
        write!(self.output, "{cycle},{source},{target},{flits}")?;
        if self.columns.class {
            write!(self.output, ",{class}")?;
        }
        match after {
            Some(After { row, delay }) if self.columns.dependencies => {
                write!(self.output, ",{row},{delay}")?;
            }
            None if self.columns.dependencies => write!(self.output, ",,")?,
            _ => {}
        }
        writeln!(self.output)
    }
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

//! Comma-separated files with a heading: fields in quotes may hold commas, a doubled quote stands for one.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord};

use crate::error::Error;
use crate::published::PublishedFile;
use crate::results::first_of;
use spikemesh_words::SourceLine;

/// A file of rows, split into fields.
pub struct Table {
    heading: StringRecord,
    /// Each with its line.
    rows: Vec<(SourceLine, StringRecord)>,
}

impl Table {
    /// Splits a file; every required column must be in its heading. Lines without text are skipped.
    ///
    /// # Errors
    /// Missing columns, and rows of another length than the heading.
    pub fn parse(source: &PublishedFile, required: &[&str]) -> Result<Table, Vec<Error>> {
        // Lengths of rows are checked here, so that all errors are found.
        let reader =
            ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source.text.as_bytes());
        let records = reader.into_records().filter_map(Result::ok);
        let mut rows = records
            .filter(|record| !(record.len() == 1 && record[0].trim().is_empty()))
            .map(|record| (line_of(&record, source), record));
        let none = || (SourceLine::new(&source.name, 1, 0, b""), StringRecord::new());
        let (line, heading) = rows.next().unwrap_or_else(none);
        let missing = required.iter().filter(|column| !heading.iter().any(|name| name == **column));
        let columns: Vec<String> = missing.map(|column| (*column).to_owned()).collect();
        let mut errors = Vec::new();
        if !columns.is_empty() {
            errors.push(Error::Column { line, columns });
        }
        let rows: Vec<(SourceLine, StringRecord)> = rows.collect();
        let expected = heading.len();
        for (line, row) in rows.iter().filter(|(_, row)| row.len() != expected) {
            errors.push(Error::Fields { line: line.clone(), found: row.len(), expected });
        }
        match errors.is_empty() {
            true => Ok(Table { heading, rows }),
            false => Err(first_of(errors)),
        }
    }

    /// Reads every row with `read`, which returns nothing for a row that it complained about.
    ///
    /// # Errors
    /// Every complaint.
    pub fn read<T>(&self, read: impl Fn(&mut Row) -> Option<T>) -> Result<Vec<T>, Vec<Error>> {
        let mut errors = Vec::new();
        let mut values = Vec::new();
        for (line, fields) in &self.rows {
            let mut row = Row { table: self, line, fields, errors: &mut errors };
            values.extend(read(&mut row));
        }
        if errors.is_empty() { Ok(values) } else { Err(first_of(errors)) }
    }
}

/// The lines of a record. The reader's position is before the empty lines that it skips.
fn line_of(record: &StringRecord, source: &PublishedFile) -> SourceLine {
    let (line, start) = record.position().map_or((1, 0), |place| (place.line(), place.byte() as usize));
    let bytes = &source.text.as_bytes()[start..];
    let skipped = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let skipped_lines = bytes[..skipped].iter().filter(|&&byte| byte == b'\n').count();
    let bytes = &bytes[skipped..];
    let length = FieldPlaces::of(bytes).last().map_or(0, |place| place.end);
    SourceLine::new(&source.name, line + skipped_lines as u64, (start + skipped) as u64, &bytes[..length])
}

/// Where the fields of a record are in its bytes, quotes included.
struct FieldPlaces<'a> {
    bytes: &'a [u8],
    /// Where the next field begins; nothing after the last one.
    next: Option<usize>,
}

impl FieldPlaces<'_> {
    fn of(bytes: &[u8]) -> FieldPlaces<'_> {
        FieldPlaces { bytes, next: Some(0) }
    }
}

impl Iterator for FieldPlaces<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.next.take()?;
        let mut quoted = self.bytes.get(start) == Some(&b'"');
        let mut end = start + usize::from(quoted);
        while let Some(&byte) = self.bytes.get(end) {
            match byte {
                b'"' if quoted && self.bytes.get(end + 1) == Some(&b'"') => end += 1,
                b'"' if quoted => quoted = false,
                b',' if !quoted => {
                    self.next = Some(end + 1);
                    break;
                }
                b'\r' | b'\n' if !quoted => break,
                _ => {}
            }
            end += 1;
        }
        Some(start..end)
    }
}

/// A row that is being read; what is wrong with it is noted.
pub struct Row<'a> {
    table: &'a Table,
    /// Its line in the file.
    pub line: &'a SourceLine,
    fields: &'a StringRecord,
    errors: &'a mut Vec<Error>,
}

impl Row<'_> {
    /// The text of a field; empty if there is no such column.
    pub fn text(&self, column: &str) -> &str {
        self.index(column).and_then(|index| self.fields.get(index)).map_or("", |field| field.trim())
    }

    fn index(&self, column: &str) -> Option<usize> {
        self.table.heading.iter().position(|name| name == column)
    }

    /// A number above 0.
    pub fn positive(&mut self, column: &str) -> Option<f64> {
        let value = self.text(column).parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
        if value.is_none() {
            self.wrong(column, "a number above 0".to_owned());
        }
        value
    }

    /// A number within a range.
    pub fn number<T: FromStr + PartialOrd + Display>(
        &mut self,
        column: &str,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let value = self.text(column).parse::<T>().ok().filter(|value| range.contains(value));
        if value.is_none() {
            self.wrong(column, format!("a number within {}..={}", range.start(), range.end()));
        }
        value
    }

    /// As [`Row::number`], or nothing if the field is empty. The outer option is empty after a complaint.
    #[allow(clippy::option_option)]
    pub fn optional<T: FromStr + PartialOrd + Display>(
        &mut self,
        column: &str,
        range: RangeInclusive<T>,
    ) -> Option<Option<T>> {
        if self.text(column).is_empty() { Some(None) } else { self.number(column, range).map(Some) }
    }

    /// Numbers with blanks between them.
    pub fn list(&mut self, column: &str) -> Option<Vec<u32>> {
        let values: Result<Vec<u32>, _> = self.text(column).split_whitespace().map(str::parse).collect();
        if values.is_err() {
            self.wrong(column, "whole numbers with blanks between them".to_owned());
        }
        values.ok()
    }

    /// A field that must not be empty.
    pub fn name(&mut self, column: &str) -> Option<String> {
        let text = self.text(column).to_owned();
        if text.is_empty() {
            self.wrong(column, "a name".to_owned());
            return None;
        }
        Some(text)
    }

    /// Notes that a field holds something wrong.
    pub fn wrong(&mut self, column: &str, limit: String) {
        let value = self.text(column).to_owned();
        let place = self.index(column).and_then(|index| FieldPlaces::of(self.line.bytes()).nth(index));
        let line = place.map_or_else(|| self.line.clone(), |place| self.line.at(place));
        self.errors.push(Error::Value { line, column: column.to_owned(), value, limit });
    }

    /// Notes that the NPs of a row make no sense.
    pub fn wrong_nps(&mut self, cause: String) {
        self.errors.push(Error::Nps { line: self.line.clone(), cause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> PublishedFile {
        PublishedFile { name: "t.csv".to_owned(), text: text.to_owned(), folder: None }
    }

    #[test]
    fn quotes_hold_commas() {
        let quoted = source("\u{feff}w,x,y,z\r\na,\"b, \"\"c\"\"\",,d\r\n");
        let table = Table::parse(&quoted, &["w", "z"]).unwrap();
        let rows = table.read(|row| Some(["w", "x", "y", "z"].map(|column| row.text(column).to_owned())));
        assert_eq!(rows.unwrap(), [["a", r#"b, "c""#, "", "d"]]);
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let faulty = source("\n\nx,y\n\r\n  \n1,2\n\n3\n\"4\n5\",6\n7,8\n");
        let errors = Table::parse(&faulty, &["x", "z"]).err().unwrap();
        let places: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(places[0].starts_with("t.csv:3: ") && places[1].starts_with("t.csv:8: "), "{places:?}");
        let lines = source("x,y\n\n1,2\n\"4\n5\",6\n7,8\n");
        let lines = Table::parse(&lines, &["x"]).unwrap().read(|row| Some(row.line.number())).unwrap();
        assert_eq!(lines, [3, 4, 6]);
    }
}

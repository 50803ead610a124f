//! Comma-separated files with a heading: fields in quotes may hold commas, a doubled quote stands for one.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord};

use crate::error::Error;
use crate::published::PublishedFile;

/// A file of rows, split into fields.
pub struct Table<'a> {
    file: &'a str,
    heading: StringRecord,
    /// Each with its line.
    rows: Vec<(usize, StringRecord)>,
}

impl<'a> Table<'a> {
    /// Splits a file; every required column must be in its heading. Lines without text are skipped.
    ///
    /// # Errors
    /// Missing columns, and rows of another length than the heading.
    pub fn parse(source: &'a PublishedFile, required: &[&str]) -> Result<Table<'a>, Vec<Error>> {
        let file = source.name.as_str();
        // Lengths of rows are checked here, so that all errors are found.
        let reader =
            ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source.text.as_bytes());
        let records = reader.into_records().filter_map(Result::ok);
        let mut rows = records
            .filter(|record| !(record.len() == 1 && record[0].trim().is_empty()))
            .map(|record| (line_of(&record, &source.text), record));
        let (line, heading) = rows.next().unwrap_or((1, StringRecord::new()));
        let missing = required.iter().filter(|column| !heading.iter().any(|name| name == **column));
        let mut errors: Vec<Error> = missing
            .map(|column| Error::Column { file: file.to_owned(), line, column: (*column).to_owned() })
            .collect();
        let rows: Vec<(usize, StringRecord)> = rows.collect();
        let expected = heading.len();
        for (line, row) in rows.iter().filter(|(_, row)| row.len() != expected) {
            errors.push(Error::Fields { file: file.to_owned(), line: *line, found: row.len(), expected });
        }
        if errors.is_empty() { Ok(Table { file, heading, rows }) } else { Err(errors) }
    }

    /// Reads every row with `read`, which returns nothing for a row that it complained about.
    ///
    /// # Errors
    /// Every complaint.
    pub fn read<T>(&self, read: impl Fn(&mut Row) -> Option<T>) -> Result<Vec<T>, Vec<Error>> {
        let mut errors = Vec::new();
        let mut values = Vec::new();
        for (line, fields) in &self.rows {
            let mut row = Row { table: self, line: *line, fields, errors: &mut errors };
            values.extend(read(&mut row));
        }
        if errors.is_empty() { Ok(values) } else { Err(errors) }
    }
}

/// The line of a record, from 1. The reader's position is before the empty lines that it skips.
fn line_of(record: &StringRecord, text: &str) -> usize {
    let Some(position) = record.position() else { return 1 };
    let skipped = text.as_bytes()[position.byte() as usize..]
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|&&byte| byte == b'\n')
        .count();
    position.line() as usize + skipped
}

/// A row that is being read; what is wrong with it is noted.
pub struct Row<'a, 't> {
    table: &'a Table<'t>,
    /// Its line in the file.
    pub line: usize,
    fields: &'a StringRecord,
    errors: &'a mut Vec<Error>,
}

impl Row<'_, '_> {
    /// The text of a field; empty if there is no such column.
    pub fn text(&self, column: &str) -> &str {
        let index = self.table.heading.iter().position(|name| name == column);
        index.and_then(|index| self.fields.get(index)).map_or("", |field| field.trim())
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
        let (file, value) = (self.table.file.to_owned(), self.text(column).to_owned());
        self.errors.push(Error::Value { file, line: self.line, column: column.to_owned(), value, limit });
    }

    /// Notes that the NPs of a row make no sense.
    pub fn wrong_nps(&mut self, cause: String) {
        self.errors.push(Error::Nps { file: self.table.file.to_owned(), line: self.line, cause });
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
        let lines = Table::parse(&lines, &["x"]).unwrap().read(|row| Some(row.line)).unwrap();
        assert_eq!(lines, [3, 4, 6]);
    }
}

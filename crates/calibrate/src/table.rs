//! Comma-separated files with a heading: fields in quotes may hold commas, a doubled quote stands for one.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::error::Error;
use crate::published::PublishedFile;

/// A file of rows, split into fields.
pub struct Table<'a> {
    file: &'a str,
    heading: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

impl<'a> Table<'a> {
    /// Splits a file; every required column must be in its heading.
    ///
    /// # Errors
    /// Missing columns, and rows of another length than the heading.
    pub fn parse(source: &'a PublishedFile, required: &[&str]) -> Result<Table<'a>, Vec<Error>> {
        let file = source.name.as_str();
        let mut lines = source.text.lines().enumerate().map(|(i, line)| (i + 1, line.trim_end_matches('\r')));
        let heading = fields(lines.next().map_or("", |(_, line)| line.trim_start_matches('\u{feff}')));
        let missing = required.iter().filter(|column| !heading.iter().any(|name| name == *column));
        let mut errors: Vec<Error> = missing
            .map(|column| Error::Column { file: file.to_owned(), line: 1, column: (*column).to_owned() })
            .collect();
        let mut rows = Vec::new();
        for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
            let fields = fields(text);
            let (found, expected) = (fields.len(), heading.len());
            if found != expected {
                errors.push(Error::Fields { file: file.to_owned(), line, found, expected });
            }
            rows.push((line, fields));
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

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                fields.last_mut().into_iter().for_each(|field| field.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().into_iter().for_each(|field| field.push(other)),
        }
    }
    fields
}

/// A row that is being read; what is wrong with it is noted.
pub struct Row<'a, 't> {
    table: &'a Table<'t>,
    /// Its line in the file.
    pub line: usize,
    fields: &'a [String],
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

    #[test]
    fn quotes_hold_commas() {
        assert_eq!(fields(r#"a,"b, ""c""",,d"#), ["a", r#"b, "c""#, "", "d"]);
    }
}

//! A table of text in columns.

use std::fmt;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of text under a heading; a column is as wide as its widest cell.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[(&str, Align)]) -> Table {
        Table {
            columns: columns.iter().map(|(name, align)| ((*name).to_owned(), *align)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells that are missing at its end are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading: Vec<String> = self.columns.iter().map(|c| c.0.clone()).collect();
        let all: Vec<&Vec<String>> = std::iter::once(&heading).chain(&self.rows).collect();
        let width = |column: usize| {
            all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        for (index, row) in all.iter().enumerate() {
            let mut line = String::new();
            for (column, &width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let cell = match self.columns[column].1 {
                    Align::Left => format!("{cell:<width$}"),
                    Align::Right => format!("{cell:>width$}"),
                };
                line += if column == 0 { "" } else { "  " };
                line += &cell;
            }
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// `1234567.25` as `1,234,567.25`.
pub fn thousands(number: impl fmt::Display) -> String {
    let text = number.to_string();
    let from = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let to = text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| from + end);
    let digits: Vec<char> = text[from..to].chars().rev().collect();
    let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().rev().collect()).rev().collect();
    format!("{}{}{}", &text[..from], groups.join(","), &text[to..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&[("name", Align::Left), ("NPs", Align::Right)]);
        table.row(["a".into(), "1".into()]);
        table.row(["separable".into(), "1000".into()]);
        assert_eq!(table.to_string(), "name        NPs\na             1\nseparable  1000");
    }

    #[test]
    fn thousands_are_parted() {
        let numbers = ["0", "999", "1000", "-1234567", "1200.0", "12.8125", "false", ""];
        let parted = ["0", "999", "1,000", "-1,234,567", "1,200.0", "12.8125", "false", ""];
        assert_eq!(numbers.map(thousands), parted);
    }
}

//! Tables of text, and numbers in them.

use std::fmt;

use comfy_table::{CellAlignment, presets};

/// Alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// Rows of text under a heading, without lines. A column is as wide as its widest cell; two spaces separate columns.
#[derive(Clone, Debug)]
pub struct Table(comfy_table::Table);

impl Table {
    /// A table without rows.
    pub fn new(columns: &[(&str, Align)]) -> Table {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(columns.iter().map(|(name, _)| *name));
        for (column, (_, align)) in table.column_iter_mut().zip(columns) {
            column.set_padding((0, 2));
            column.set_cell_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }
        Table(table)
    }

    /// Adds a row; cells that are missing at its end are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.add_row(cells.into_iter().collect::<Vec<String>>());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.trim_fmt())
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

/// A share of a memory, in whole percent: what has begun counts, so that only a full memory is 100 %. The only rounding of such shares.
pub fn percent(bytes: u64, capacity: u64) -> String {
    // 128 bits: files may hold any number.
    format!("{} %", (u128::from(bytes) * 100).div_ceil(u128::from(capacity.max(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_percent_counts() {
        assert_eq!([percent(1, 1000), percent(1000, 1000), percent(0, 1000)], ["1 %", "100 %", "0 %"]);
    }

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

//! Tables of text.

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
    /// A table without rows. A heading may have a second line for the unit.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_below_headings() {
        let mut table =
            Table::new(&[("name", Align::Left), ("latency\ncycles", Align::Right), ("", Align::Left)]);
        table.row(["a".into(), "1".into(), "x".into()]);
        assert_eq!(table.to_string(), "name  latency\n       cycles\na           1  x");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&[("name", Align::Left), ("NPs", Align::Right)]);
        table.row(["a".into(), "1".into()]);
        table.row(["separable".into(), "1000".into()]);
        assert_eq!(table.to_string(), "name        NPs\na             1\nseparable  1000");
    }
}

//! Files that take numbers back to names, for both viewers: GTKWave's translate file and Surfer's mapping are lines of a number and a name.

use std::fmt::Write as _;

use super::signal::NameTable;

/// The file of a table beside a wave.
pub(super) fn file_name(file: &str, table: &str) -> String {
    format!("{file}.{table}.map")
}

/// Numbers with their names. The first two lines are Surfer's: what the mapping is called, and its bits. GTKWave takes them for names of values that
/// never come.
pub(super) fn mapping(table: &NameTable) -> String {
    let mut text = format!("Name = spikemesh {}\nBits = {}\n", table.what, table.bits());
    for (number, name) in table.names.iter().enumerate() {
        let _ = writeln!(text, "{number} {name}");
    }
    text
}

//! Save files of GTKWave.

use std::fmt::Write as _;

use super::format::WaveFormat;
use super::signal::SignalKind;
use super::view::{Row, View};

/// Pixels of the window, and of the part of it that shows signals.
const WINDOW: (u32, u32) = (1500, 900);
const SIGNALS: f64 = 900.0;
/// Marks that GTKWave has: A to Z.
const MARKS: usize = 26;
/// Rows that a curve takes in addition.
const CURVE_ROWS: usize = 1;

/// Flags of rows, as GTKWave numbers them.
mod flag {
    pub const DECIMAL: u32 = 1 << 2;
    pub const BINARY: u32 = 1 << 3;
    pub const RIGHT: u32 = 1 << 5;
    pub const BLANK: u32 = 1 << 9;
    pub const ASCII: u32 = 1 << 11;
    pub const TRANSLATED: u32 = 1 << 13;
    pub const STEPS: u32 = 1 << 15;
    pub const STRETCH: u32 = 1 << 17;
}

/// The save file of a wave that lies beside it.
pub(super) fn save_file(view: &View, file: &str, format: WaveFormat) -> String {
    let mut text = String::new();
    let mut line = |value: String| {
        let _ = writeln!(text, "{value}");
    };
    line("[*]".to_owned());
    line(format!("[*] spikemesh {}: gtkwave --save={file}.gtkw", env!("CARGO_PKG_VERSION")));
    line("[*]".to_owned());
    line(format!("[dumpfile] \"{file}\""));
    line(format!("[savefile] \"{file}.gtkw\""));
    line(format!("[timestart] {}", view.span.0));
    line(format!("[size] {} {}", WINDOW.0, WINDOW.1));
    line("[pos] -1 -1".to_owned());
    let mut zoom = format!("*{:.6} {}", zoom(view.span), view.span.0);
    for mark in 0..MARKS {
        let _ = match view.marks.get(mark) {
            Some((_, time)) => write!(zoom, " {time}"),
            None => write!(zoom, " -1"),
        };
    }
    line(zoom);
    for (letter, (name, _)) in ('A'..='Z').zip(&view.marks) {
        line(format!("[markername] {letter}{name}"));
    }
    line("[treeopen] chip.".to_owned());
    line("[sst_width] 180".to_owned());
    line("[signals_width] 300".to_owned());
    line("[sst_expanded] 1".to_owned());
    for section in &view.sections {
        line(format!("@{:x}", flag::BLANK));
        line(format!("-{}", section.heading));
        for row in &section.rows {
            line(format!("@{:x}", flags(row, format)));
            if let (SignalKind::Name(table), true) = (&row.kind, format.has_numbers_for_names()) {
                line(format!("^1 {}", super::translate::file_name(file, table.what)));
            }
            line(format!("+{{{}}} {}", row.label, with_range(row, format)));
            if row.is_curve {
                line(format!("@{:x}", flag::STRETCH));
                (0..CURVE_ROWS).for_each(|_| line("-".to_owned()));
            }
        }
    }
    line("[pattern_trace] 1".to_owned());
    line("[pattern_trace] 0".to_owned());
    text
}

/// GTKWave shows `pixels` / 200 x 2^-zoom time units.
fn zoom((first, last): (u64, u64)) -> f64 {
    -(((last - first).max(1) as f64) / SIGNALS * 200.0).log2()
}

fn flags(row: &Row, format: WaveFormat) -> u32 {
    match &row.kind {
        _ if row.is_curve => flag::DECIMAL | flag::RIGHT | flag::STEPS,
        SignalKind::Bit => flag::BINARY | flag::RIGHT,
        SignalKind::Number(_) => flag::DECIMAL | flag::RIGHT,
        SignalKind::Name(_) if format.has_numbers_for_names() => {
            flag::DECIMAL | flag::RIGHT | flag::TRANSLATED
        }
        SignalKind::Name(_) => flag::ASCII | flag::RIGHT,
    }
}

/// GTKWave adds the range of bits to names of vectors.
fn with_range(row: &Row, format: WaveFormat) -> String {
    let is_text = matches!(row.kind, SignalKind::Name(_)) && !format.has_numbers_for_names();
    match row.kind.bits() {
        bits if bits > 1 && !is_text => format!("{}[{}:0]", row.name, bits - 1),
        _ => row.name.clone(),
    }
}

//! Traces as CSV, written packet by packet.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};

use super::columns::OptionalColumns;
use super::csv::{AFTER, BETWEEN, CLASS, COLUMNS, DELAY, FRAME, KIND, LAYER, REQUIRED, TIMES};
use super::layer_names::escaped;
use super::packet::{PacketLabels, TracePacket};
use super::times::PacketTimes;

/// Writes the packets of a trace: the columns that every trace has, then the optional ones.
pub struct CsvWriter<W: Write> {
    output: BufWriter<W>,
    columns: OptionalColumns,
    /// Fields of layers by number.
    layers: Vec<String>,
    /// The row that is being written.
    row: String,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the heading.
    ///
    /// # Errors
    /// The error of the output.
    pub fn new(output: W, columns: OptionalColumns) -> std::io::Result<CsvWriter<W>> {
        let OptionalColumns { class, dependencies, layer, frame, kind, times } = columns;
        let is_there = |column: usize| match column {
            CLASS => class,
            AFTER | DELAY => dependencies,
            LAYER => layer,
            FRAME => frame,
            KIND => kind,
            column if TIMES.contains(&column) => times,
            column => column < REQUIRED,
        };
        let names: Vec<&str> =
            (0..COLUMNS.len()).filter(|&column| is_there(column)).map(|column| COLUMNS[column]).collect();
        let mut output = BufWriter::new(output);
        writeln!(output, "{}", names.join(","))?;
        Ok(CsvWriter { output, columns, layers: Vec::new(), row: String::new() })
    }

    /// Takes the names of layers, of which numbers so far are the first: before the first packet that names a new one.
    pub fn name_layers(&mut self, names: &[String]) {
        let known = self.layers.len();
        self.layers.extend(names.iter().skip(known).map(|name| escaped(name)));
    }

    /// Writes a packet; its times are ignored if there are no such columns.
    ///
    /// # Errors
    /// The error of the output.
    pub fn write(&mut self, packet: &TracePacket, times: PacketTimes) -> std::io::Result<()> {
        let TracePacket { cycle, source, flits, class, after, labels, .. } = packet;
        let PacketLabels { layer, frame, kind } = labels;
        let row = &mut self.row;
        row.clear();
        // Text takes everything.
        let _ = write!(row, "{cycle},{source}");
        list(row, packet.targets().map(u64::from));
        let _ = write!(row, ",{flits}");
        if self.columns.class {
            let _ = write!(row, ",{class}");
        }
        if self.columns.dependencies {
            list(row, after.iter().map(|after| after.packet));
            list(row, after.iter().map(|after| after.delay));
        }
        if self.columns.layer {
            row.push(',');
            row.push_str(layer.and_then(|layer| self.layers.get(layer as usize)).map_or("", String::as_str));
        }
        if self.columns.frame {
            list(row, frame.iter().copied());
        }
        if self.columns.kind {
            row.push(',');
            row.push_str(kind.map_or("", |kind| kind.name()));
        }
        if self.columns.times {
            let PacketTimes { pid, created, head, tail, routers } = times;
            let _ = write!(row, ",{pid},{created},{head},{tail},{routers}");
        }
        row.push('\n');
        self.output.write_all(row.as_bytes())
    }

    /// Writes the bytes that are left; without it their errors are lost.
    ///
    /// # Errors
    /// The error of the output.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.output.flush()
    }
}

/// A field of numbers.
fn list(row: &mut String, numbers: impl Iterator<Item = u64>) {
    row.push(',');
    for (index, number) in numbers.enumerate() {
        if index > 0 {
            row.push(BETWEEN);
        }
        let _ = write!(row, "{number}");
    }
}

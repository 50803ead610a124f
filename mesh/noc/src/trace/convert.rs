//! Traces from one format to the other.

use std::io::{Read, Write};

use super::columns::OptionalColumns;
use super::csv_writer::CsvWriter;
use super::error::TraceError;
use super::format::{TraceFormat, TraceOutput};
use super::limits::TraceLimits;
use super::origin::Origin;
use super::packet::TracePacket;
use super::reader::TraceReader;
use super::spt::PacketWriter;
use super::times::PacketTimes;

/// Writes the packets of a trace unchanged, in either format; `file` names the trace in errors. CSV comes out with its columns in their
/// usual order.
///
/// # Errors
/// The first fault of the trace, or an output that cannot be written.
pub fn convert(
    trace: impl Read,
    file: &str,
    limits: TraceLimits,
    output: TraceOutput<'_>,
) -> Result<(), TraceError> {
    let mut reader = TraceReader::new(trace, file, limits)?;
    let columns = OptionalColumns { times: false, ..reader.columns() };
    let mut writer = RecordWriter::new(output, columns, &reader.origin())?;
    while let Some((packet, times)) = reader.next_record()? {
        writer.write(&packet, times, reader.layers())?;
    }
    writer.finish()
}

/// Writes packets in either format.
pub struct RecordWriter<'a>(Writer<'a>);

#[allow(clippy::large_enum_variant, reason = "there is one, for the whole file")]
enum Writer<'a> {
    Csv(CsvWriter<&'a mut dyn Write>),
    Spt(PacketWriter<&'a mut dyn Write>),
}

impl<'a> RecordWriter<'a> {
    /// Writes the heading or the header. Text has no room for an origin.
    ///
    /// # Errors
    /// [`TraceError::Io`]
    pub fn new(
        output: TraceOutput<'a>,
        columns: OptionalColumns,
        origin: &Origin,
    ) -> Result<RecordWriter<'a>, TraceError> {
        Ok(RecordWriter(match output.format {
            TraceFormat::Csv => Writer::Csv(CsvWriter::new(output.to, columns).map_err(unwritten)?),
            TraceFormat::Spt => {
                Writer::Spt(PacketWriter::new(output.to, columns, origin).map_err(unwritten)?)
            }
        }))
    }

    /// Writes a packet; `layers` are the names of layers by number, at least up to its own.
    ///
    /// # Errors
    /// [`TraceError::Io`]
    pub fn write(
        &mut self,
        packet: &TracePacket,
        times: PacketTimes,
        layers: &[String],
    ) -> Result<(), TraceError> {
        match &mut self.0 {
            Writer::Csv(writer) => {
                writer.name_layers(layers);
                writer.write(packet, times)
            }
            Writer::Spt(writer) => {
                writer.name_layers(layers);
                writer.write(packet, times)
            }
        }
        .map_err(unwritten)
    }

    /// Writes the end.
    ///
    /// # Errors
    /// [`TraceError::Io`]
    pub fn finish(self) -> Result<(), TraceError> {
        match self.0 {
            Writer::Csv(writer) => writer.finish(),
            Writer::Spt(writer) => writer.finish().map(|_| ()),
        }
        .map_err(unwritten)
    }
}

fn unwritten(source: std::io::Error) -> TraceError {
    TraceError::Io { action: "write the trace".to_owned(), source }
}

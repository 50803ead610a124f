//! Traces from one format to the other.

use std::io::Read;

use super::columns::OptionalColumns;
use super::csv::CsvWriter;
use super::error::TraceError;
use super::format::{TraceFormat, TraceOutput};
use super::limits::TraceLimits;
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
    let unwritten = |source| TraceError::Io { action: "write the trace".to_owned(), source };
    match output.format {
        TraceFormat::Csv => {
            let mut writer = CsvWriter::new(output.to, columns).map_err(unwritten)?;
            while let Some(packet) = reader.next_packet()? {
                writer.write(&packet).map_err(unwritten)?;
            }
            writer.finish().map_err(unwritten)?;
        }
        TraceFormat::Spt => {
            let mut writer = PacketWriter::new(output.to, columns).map_err(unwritten)?;
            while let Some(packet) = reader.next_packet()? {
                writer.write(&packet, PacketTimes::default()).map_err(unwritten)?;
            }
            writer.finish().map_err(unwritten)?;
        }
    }
    Ok(())
}

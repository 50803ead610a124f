//! Reads a trace in either format.

use std::io::{Chain, Cursor, Read};

use super::columns::OptionalColumns;
use super::csv::CsvReader;
use super::error::TraceError;
use super::limits::TraceLimits;
use super::origin::Origin;
use super::packet::TracePacket;
use super::spt::{MAGIC, PacketReader};
use super::times::PacketTimes;

/// An input whose first bytes were read to find its format.
type Input<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads the packets of a trace, CSV or `.spt`: its first bytes decide.
pub struct TraceReader<R: Read>(Format<R>);

#[allow(clippy::large_enum_variant, reason = "there is one, for the whole file")]
enum Format<R: Read> {
    Csv(CsvReader<Input<R>>),
    Spt(PacketReader<Input<R>>),
}

impl<R: Read> TraceReader<R> {
    /// Reads the heading of a trace; `file` names it in errors.
    ///
    /// # Errors
    /// [`TraceError::Heading`], [`TraceError::Line`], [`TraceError::Io`], or a fault of an `.spt` header.
    pub fn new(mut input: R, file: &str, limits: TraceLimits) -> Result<TraceReader<R>, TraceError> {
        let mut first = Vec::new();
        (&mut input)
            .take(MAGIC.len() as u64)
            .read_to_end(&mut first)
            .map_err(|source| TraceError::Io { action: format!("read {file}"), source })?;
        let is_spt = first == MAGIC;
        let input = Cursor::new(first).chain(input);
        Ok(TraceReader(if is_spt {
            Format::Spt(PacketReader::new(input, file, limits)?)
        } else {
            Format::Csv(CsvReader::new(input, file, limits)?)
        }))
    }

    /// Columns beyond those that every trace has.
    pub fn columns(&self) -> OptionalColumns {
        match &self.0 {
            Format::Csv(reader) => reader.columns(),
            Format::Spt(reader) => reader.columns(),
        }
    }

    /// Where the packets come from; of text nothing is known.
    pub fn origin(&self) -> Origin {
        match &self.0 {
            Format::Csv(_) => Origin::default(),
            Format::Spt(reader) => reader.origin().clone(),
        }
    }

    /// Names of layers by number, at least up to the packet that was read last.
    pub fn layers(&self) -> &[String] {
        match &self.0 {
            Format::Csv(reader) => reader.layers(),
            Format::Spt(reader) => reader.layers(),
        }
    }

    /// The next packet; `None` at the end. After an error of a single packet the packets behind it can be read.
    ///
    /// # Errors
    /// The first fault of the packet.
    pub fn next_packet(&mut self) -> Result<Option<TracePacket>, TraceError> {
        Ok(self.next_record()?.map(|(packet, _)| packet))
    }

    /// The next packet with what a replay measured, zeros if the trace has no such columns; otherwise as
    /// [`next_packet`](TraceReader::next_packet).
    ///
    /// # Errors
    /// As [`next_packet`](TraceReader::next_packet).
    pub fn next_record(&mut self) -> Result<Option<(TracePacket, PacketTimes)>, TraceError> {
        match &mut self.0 {
            Format::Csv(reader) => reader.next_record(),
            Format::Spt(reader) => reader.next_record(),
        }
    }
}

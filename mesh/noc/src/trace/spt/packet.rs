//! Packets in an `.spt` file.

use std::io::{Read, Write};

use flatbuffers::FlatBufferBuilder;

use super::block::{Blocks, Bodies};
use super::column::column;
use super::generated as fb;
use super::{MAX_RECORDS, RecordKind};
use crate::Cycle;
use crate::trace::columns::OptionalColumns;
use crate::trace::error::TraceError;
use crate::trace::limits::TraceLimits;
use crate::trace::packet::{Dependency, Position, TracePacket, UncheckedPacket};
use crate::trace::times::PacketTimes;

/// Writes packets in the order of their numbers.
pub struct PacketWriter<W> {
    blocks: Blocks<W>,
    columns: OptionalColumns,
    records: Vec<(TracePacket, PacketTimes)>,
}

impl<W: Write> PacketWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The error of the output.
    pub fn new(output: W, columns: OptionalColumns) -> std::io::Result<PacketWriter<W>> {
        let blocks = Blocks::new(output, RecordKind::Packets, columns)?;
        Ok(PacketWriter { blocks, columns, records: Vec::with_capacity(MAX_RECORDS) })
    }

    /// Writes a packet; its times are ignored if the file has no such columns.
    ///
    /// # Errors
    /// The error of the output.
    pub fn write(&mut self, packet: &TracePacket, times: PacketTimes) -> std::io::Result<()> {
        self.records.push((*packet, times));
        if self.records.len() == MAX_RECORDS { self.flush() } else { Ok(()) }
    }

    /// Writes what is left and the end, and gives the output back.
    ///
    /// # Errors
    /// The error of the output.
    pub fn finish(self) -> std::io::Result<W> {
        self.end(None)
    }

    /// As [`PacketWriter::finish`], with a mark that this is a part of the records, and why.
    ///
    /// # Errors
    /// The error of the output.
    pub fn finish_partial(self, why: &str) -> std::io::Result<W> {
        self.end(Some(why))
    }

    fn end(mut self, partial: Option<&str>) -> std::io::Result<W> {
        if !self.records.is_empty() {
            self.flush()?;
        }
        self.blocks.finish(partial)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let mut builder = FlatBufferBuilder::new();
        let records = &self.records;
        macro_rules! column {
            ($wanted:expr, $value:expr) => {
                $wanted.then(|| {
                    let values: Vec<_> = records.iter().map($value).collect();
                    builder.create_vector(&values)
                })
            };
        }
        let OptionalColumns { class, dependencies, times } = self.columns;
        let packets = fb::PacketsArgs {
            cycle: column!(true, |(packet, _)| packet.cycle),
            source: column!(true, |(packet, _)| packet.source),
            target: column!(true, |(packet, _)| packet.target),
            flits: column!(true, |(packet, _)| packet.flits),
            class_: column!(class, |(packet, _)| packet.class),
            after: column!(dependencies, |(packet, _)| packet.after.map_or(0, |after| after.packet + 1)),
            delay: column!(dependencies, |(packet, _)| packet.after.map_or(0, |after| after.delay)),
            pid: column!(times, |(_, times)| times.pid),
            created: column!(times, |(_, times)| times.created),
            head: column!(times, |(_, times)| times.head),
            tail: column!(times, |(_, times)| times.tail),
            routers: column!(times, |(_, times)| times.routers),
        };
        let packets = Some(fb::Packets::create(&mut builder, &packets));
        let block = fb::Block::create(&mut builder, &fb::BlockArgs { packets, hops: None });
        fb::finish_block_buffer(&mut builder, block);
        self.blocks.write(self.records.len(), builder.finished_data())?;
        self.records.clear();
        Ok(())
    }
}

/// Reads packets, one block at a time.
pub struct PacketReader<R> {
    bodies: Bodies<R>,
    file: String,
    limits: TraceLimits,
    /// The records of a block that have not been given out, the next one last.
    records: Vec<(UncheckedPacket, PacketTimes)>,
    number: u64,
    last: Cycle,
}

impl<R: Read> PacketReader<R> {
    /// Reads the header; `file` names the trace in errors.
    ///
    /// # Errors
    /// [`TraceError::Damaged`], [`TraceError::Version`], [`TraceError::Kind`] or [`TraceError::Io`].
    pub fn new(input: R, file: &str, limits: TraceLimits) -> Result<PacketReader<R>, TraceError> {
        let bodies = Bodies::new(input, file, RecordKind::Packets)?;
        let (file, records) = (file.to_owned(), Vec::new());
        Ok(PacketReader { bodies, file, limits, records, number: 0, last: 0 })
    }

    /// What the file's packets say.
    pub fn columns(&self) -> OptionalColumns {
        self.bodies.columns
    }

    /// The next packet; `None` at the end. After an error in a packet those behind it can be read.
    ///
    /// # Errors
    /// What is wrong with the packet first; its number, from 1 on, stands for a line. Or [`TraceError::Damaged`].
    pub fn next_packet(&mut self) -> Result<Option<TracePacket>, TraceError> {
        Ok(self.next_record()?.map(|(packet, _)| packet))
    }

    /// The next packet with what became of it; zeros if the file has no times.
    ///
    /// # Errors
    /// As [`PacketReader::next_packet`].
    pub fn next_record(&mut self) -> Result<Option<(TracePacket, PacketTimes)>, TraceError> {
        if self.records.is_empty() {
            let Some((count, body)) = self.bodies.next_body()? else { return Ok(None) };
            self.decode(count, &body)?;
        }
        let Some((fields, times)) = self.records.pop() else { return Ok(None) };
        let number = self.number;
        self.number += 1;
        let place = |_: &str| (format!("{}, packet {number}", self.file), None);
        let position = Position { place: &place, number, before: self.last };
        let packet = fields.check(&position, self.limits)?;
        self.last = packet.cycle;
        Ok(Some((packet, times)))
    }

    fn decode(&mut self, count: usize, body: &[u8]) -> Result<(), TraceError> {
        let damaged = |what| self.bodies.damaged(what);
        let block = fb::root_as_block(body).map_err(|_| damaged("a block breaks the schema"))?;
        let packets = block.packets().ok_or_else(|| damaged("a block has no packets"))?;
        let OptionalColumns { class, dependencies, times } = self.bodies.columns;
        let wrong = || damaged("a column is missing or has another length");
        let cycle = column(packets.cycle(), true, count).ok_or_else(wrong)?;
        let source = column(packets.source(), true, count).ok_or_else(wrong)?;
        let target = column(packets.target(), true, count).ok_or_else(wrong)?;
        let flits = column(packets.flits(), true, count).ok_or_else(wrong)?;
        let classes = column(packets.class_(), class, count).ok_or_else(wrong)?;
        let after = column(packets.after(), dependencies, count).ok_or_else(wrong)?;
        let delay = column(packets.delay(), dependencies, count).ok_or_else(wrong)?;
        let pid = column(packets.pid(), times, count).ok_or_else(wrong)?;
        let created = column(packets.created(), times, count).ok_or_else(wrong)?;
        let head = column(packets.head(), times, count).ok_or_else(wrong)?;
        let tail = column(packets.tail(), times, count).ok_or_else(wrong)?;
        let routers = column(packets.routers(), times, count).ok_or_else(wrong)?;
        let record = |index: usize| {
            let after = after(index).checked_sub(1).map(|packet| Dependency { packet, delay: delay(index) });
            let fields = UncheckedPacket {
                cycle: cycle(index),
                source: source(index).into(),
                target: target(index).into(),
                flits: flits(index).into(),
                class: classes(index).into(),
                after,
            };
            let times = PacketTimes {
                pid: pid(index),
                created: created(index),
                head: head(index),
                tail: tail(index),
                routers: routers(index),
            };
            (fields, times)
        };
        self.records = (0..count).rev().map(record).collect();
        Ok(())
    }
}

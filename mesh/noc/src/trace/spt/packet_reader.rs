//! Packets out of an `.spt` file.

use std::io::Read;

use super::block::Bodies;
use super::column::column;
use super::generated as fb;
use super::{RecordKind, flows, origin};
use crate::Cycle;
use crate::trace::columns::OptionalColumns;
use crate::trace::error::TraceError;
use crate::trace::layer_names::LayerNames;
use crate::trace::limits::TraceLimits;
use crate::trace::origin::Origin;
use crate::trace::packet::{Dependency, Position, TracePacket, UncheckedPacket, check_times};
use crate::trace::times::PacketTimes;

/// Reads packets, one block at a time.
pub struct PacketReader<R> {
    bodies: Bodies<R>,
    file: String,
    limits: TraceLimits,
    origin: Origin,
    layers: LayerNames,
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
        let origin = origin::decode(&bodies.origin).map_err(|what| bodies.damaged(what))?;
        let (file, layers, records) = (file.to_owned(), LayerNames::default(), Vec::new());
        Ok(PacketReader { bodies, file, limits, origin, layers, records, number: 0, last: 0 })
    }

    /// What the file's packets say.
    pub fn columns(&self) -> OptionalColumns {
        self.bodies.columns
    }

    /// Where they come from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Names of layers so far, at least up to the packet that was read last.
    pub fn layers(&self) -> &[String] {
        self.layers.names()
    }

    /// The next packet; `None` at the end. After an error in a packet those behind it can be read.
    ///
    /// # Errors
    /// What is wrong with the packet first; its number, from 0 on, stands for a line. Or [`TraceError::Damaged`].
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
        check_times(&times, &position)?;
        let packet = fields.check(&position, self.limits)?;
        self.last = packet.cycle;
        Ok(Some((packet, times)))
    }

    fn decode(&mut self, count: usize, body: &[u8]) -> Result<(), TraceError> {
        let damaged = |what| self.bodies.damaged(what);
        let block = fb::root_as_block(body).map_err(|_| damaged("a block breaks the schema"))?;
        for name in block.layers().into_iter().flatten() {
            self.layers
                .add(name)
                .ok_or_else(|| damaged("a layer has a name that is none, or is one too many"))?;
        }
        let packets = block.packets().ok_or_else(|| damaged("a block has no packets"))?;
        let columns = self.bodies.columns;
        let OptionalColumns { dependencies, times, .. } = columns;
        let wrong = || damaged("a column is missing or has another length");
        let flows = packets.flows().ok_or_else(wrong)?;
        let flows = flows::read(flows, columns, self.layers.names().len()).map_err(damaged)?;
        let step = column(packets.step(), true, count).ok_or_else(wrong)?;
        let flow = column(packets.flow(), true, count).ok_or_else(wrong)?;
        let after_count = column(packets.after_count(), dependencies, count).ok_or_else(wrong)?;
        let waits: usize = (0..count).map(|index| usize::from(after_count(index))).sum();
        let after = column(packets.after(), dependencies, waits).ok_or_else(wrong)?;
        let delay = column(packets.delay(), dependencies, waits).ok_or_else(wrong)?;
        let pid = column(packets.pid(), times, count).ok_or_else(wrong)?;
        let created = column(packets.created(), times, count).ok_or_else(wrong)?;
        let head = column(packets.head(), times, count).ok_or_else(wrong)?;
        let tail = column(packets.tail(), times, count).ok_or_else(wrong)?;
        let routers = column(packets.routers(), times, count).ok_or_else(wrong)?;
        let (mut cycle, mut wait) = (packets.cycle(), 0);
        let mut records = Vec::with_capacity(count);
        for index in 0..count {
            cycle = cycle.checked_add(u64::from(step(index))).ok_or_else(wrong)?;
            let flow = flows.get(usize::from(flow(index))).ok_or_else(|| damaged("a packet of no flow"))?;
            let waits = wait..wait + usize::from(after_count(index));
            wait = waits.end;
            let fields = UncheckedPacket {
                cycle,
                source: flow.source.into(),
                target: flow.target.into(),
                others: flow.others.iter().map(|&target| target.into()).collect(),
                flits: flow.flits.into(),
                class: flow.class.into(),
                after: waits.map(|wait| Dependency { packet: after(wait), delay: delay(wait) }).collect(),
                labels: flow.labels,
            };
            let times = PacketTimes {
                pid: pid(index),
                created: created(index),
                head: head(index),
                tail: tail(index),
                routers: routers(index),
            };
            records.push((fields, times));
        }
        records.reverse();
        self.records = records;
        Ok(())
    }
}

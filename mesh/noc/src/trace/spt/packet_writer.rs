//! Packets into an `.spt` file.

use std::io::Write;

use flatbuffers::FlatBufferBuilder;

use super::block::Blocks;
use super::flows::FlowTable;
use super::generated as fb;
use super::{FULL_AFTER, MAX_RECORDS, RecordKind, origin};
use crate::Cycle;
use crate::trace::columns::OptionalColumns;
use crate::trace::origin::Origin;
use crate::trace::packet::{PacketLabels, TracePacket};
use crate::trace::times::PacketTimes;

/// Writes packets in the order of their numbers.
pub struct PacketWriter<W> {
    blocks: Blocks<W>,
    columns: OptionalColumns,
    builder: FlatBufferBuilder<'static>,
    records: Records,
    /// Names of layers that the next block brings.
    layers: Vec<String>,
    /// Names so far.
    named: usize,
}

/// The records of the block that is being filled, column by column.
struct Records {
    flows: FlowTable,
    /// When the first and the last one are created.
    first: Cycle,
    last: Cycle,
    steps: Vec<u32>,
    flow: Vec<u16>,
    after_count: Vec<u16>,
    after: Vec<u64>,
    delay: Vec<u64>,
    /// Targets beyond the first.
    others: usize,
    times: Vec<PacketTimes>,
}

impl<W: Write> PacketWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The error of the output.
    pub fn new(output: W, columns: OptionalColumns, origin: &Origin) -> std::io::Result<PacketWriter<W>> {
        let blocks = Blocks::new(output, RecordKind::Packets, columns, &origin::encode(origin))?;
        let records = Records {
            flows: FlowTable::new(),
            first: 0,
            last: 0,
            steps: Vec::with_capacity(MAX_RECORDS),
            flow: Vec::with_capacity(MAX_RECORDS),
            after_count: Vec::new(),
            after: Vec::new(),
            delay: Vec::new(),
            others: 0,
            times: Vec::new(),
        };
        let builder = FlatBufferBuilder::new();
        Ok(PacketWriter { blocks, columns, builder, records, layers: Vec::new(), named: 0 })
    }

    /// Takes the names of layers, of which those so far are the first: before the first packet that names a new one.
    pub fn name_layers(&mut self, names: &[String]) {
        self.layers.extend_from_slice(names.get(self.named..).unwrap_or_default());
        self.named = self.named.max(names.len());
    }

    /// Writes a packet; what the file has no columns for is left out.
    ///
    /// # Errors
    /// The error of the output.
    pub fn write(&mut self, packet: &TracePacket, times: PacketTimes) -> std::io::Result<()> {
        let records = &mut self.records;
        if records.steps.is_empty() {
            (records.first, records.last) = (packet.cycle, packet.cycle);
        }
        let step = packet.cycle.checked_sub(records.last).and_then(|step| u32::try_from(step).ok());
        // A block has a first cycle of its own.
        let Some(step) = step else {
            self.flush()?;
            return self.write(packet, times);
        };
        let OptionalColumns { class, dependencies, layer, frame, kind, times: has_times } = self.columns;
        let labels = packet.labels;
        let labels = PacketLabels {
            layer: labels.layer.filter(|_| layer),
            frame: labels.frame.filter(|_| frame),
            kind: labels.kind.filter(|_| kind),
        };
        records.last = packet.cycle;
        records.steps.push(step);
        records.flow.push(records.flows.number(packet, if class { packet.class } else { 0 }, labels));
        if dependencies {
            records.after_count.push(packet.after.len() as u16);
            records.after.extend(packet.after.iter().map(|after| after.packet));
            records.delay.extend(packet.after.iter().map(|after| after.delay));
        }
        if has_times {
            records.times.push(times);
        }
        records.others += packet.others.len();
        let is_full = records.steps.len() == MAX_RECORDS
            || records.after.len() >= FULL_AFTER
            || records.others >= FULL_AFTER;
        if is_full { self.flush() } else { Ok(()) }
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
        if !self.records.steps.is_empty() {
            self.flush()?;
        }
        self.blocks.finish(partial)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let PacketWriter { builder, records, layers, .. } = self;
        builder.reset();
        let OptionalColumns { class, dependencies, times, .. } = self.columns;
        macro_rules! times {
            ($value:expr) => {
                times.then(|| {
                    let values: Vec<_> = records.times.iter().map($value).collect();
                    builder.create_vector(&values)
                })
            };
        }
        let layers = layers.drain(..).map(|name| builder.create_string(&name)).collect::<Vec<_>>();
        let layers = (!layers.is_empty()).then(|| builder.create_vector(&layers));
        let packets = fb::PacketsArgs {
            cycle: records.first,
            step: Some(builder.create_vector(&records.steps)),
            flow: Some(builder.create_vector(&records.flow)),
            flows: Some(records.flows.write(builder, class)),
            after_count: dependencies.then(|| builder.create_vector(&records.after_count)),
            after: dependencies.then(|| builder.create_vector(&records.after)),
            delay: dependencies.then(|| builder.create_vector(&records.delay)),
            pid: times!(|times| times.pid),
            created: times!(|times| times.created),
            head: times!(|times| times.head),
            tail: times!(|times| times.tail),
            routers: times!(|times| times.routers),
        };
        let packets = Some(fb::Packets::create(builder, &packets));
        let block = fb::BlockArgs { packets, layers, ..Default::default() };
        let block = fb::Block::create(builder, &block);
        fb::finish_block_buffer(builder, block);
        self.blocks.write(records.steps.len(), builder.finished_data())?;
        records.clear();
        Ok(())
    }
}

impl Records {
    fn clear(&mut self) {
        let Records { flows, steps, flow, after_count, after, delay, others, times, .. } = self;
        *others = 0;
        flows.clear();
        steps.clear();
        flow.clear();
        after_count.clear();
        after.clear();
        delay.clear();
        times.clear();
    }
}

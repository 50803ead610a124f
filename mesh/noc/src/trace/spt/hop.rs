//! Hops in an `.spt` file.

use std::io::{Read, Write};

use flatbuffers::FlatBufferBuilder;

use super::block::{Blocks, Bodies};
use super::column::column;
use super::generated as fb;
use super::{MAX_RECORDS, RecordKind};
use crate::trace::columns::OptionalColumns;
use crate::trace::error::TraceError;
use crate::trace::hop::Hop;
use crate::{NodeId, PortKind};

/// Writes hops.
pub struct HopWriter<W> {
    blocks: Blocks<W>,
    records: Vec<Hop>,
}

impl<W: Write> HopWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The error of the output.
    pub fn new(output: W) -> std::io::Result<HopWriter<W>> {
        let blocks = Blocks::new(output, RecordKind::Hops, OptionalColumns::default(), &[])?;
        Ok(HopWriter { blocks, records: Vec::with_capacity(MAX_RECORDS) })
    }

    /// Writes a hop.
    ///
    /// # Errors
    /// The error of the output.
    pub fn write(&mut self, hop: Hop) -> std::io::Result<()> {
        self.records.push(hop);
        if self.records.len() == MAX_RECORDS { self.flush() } else { Ok(()) }
    }

    /// Writes what is left and the end, and gives the output back.
    ///
    /// # Errors
    /// The error of the output.
    pub fn finish(self) -> std::io::Result<W> {
        self.end(None)
    }

    /// As [`HopWriter::finish`], with a mark that this is a part of the records, and why.
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
            ($value:expr) => {{
                let values: Vec<_> = records.iter().map($value).collect();
                Some(builder.create_vector(&values))
            }};
        }
        let hops = fb::HopsArgs {
            pid: column!(|hop| hop.pid),
            cycle: column!(|hop| hop.cycle),
            node: column!(|hop| hop.node.0),
            in_port: column!(|hop| port_number(hop.in_port)),
            out_port: column!(|hop| port_number(hop.out_port)),
            vc: column!(|hop| hop.vc),
        };
        let hops = Some(fb::Hops::create(&mut builder, &hops));
        let block = fb::Block::create(&mut builder, &fb::BlockArgs { hops, ..Default::default() });
        fb::finish_block_buffer(&mut builder, block);
        self.blocks.write(self.records.len(), builder.finished_data())?;
        self.records.clear();
        Ok(())
    }
}

/// Reads hops, one block at a time.
pub struct HopReader<R> {
    bodies: Bodies<R>,
    /// The records of a block that have not been given out, the next one last.
    records: Vec<Hop>,
}

impl<R: Read> HopReader<R> {
    /// Reads the header; `file` names the trace in errors.
    ///
    /// # Errors
    /// [`TraceError::Damaged`], [`TraceError::Version`], [`TraceError::Kind`] or [`TraceError::Io`].
    pub fn new(input: R, file: &str) -> Result<HopReader<R>, TraceError> {
        Ok(HopReader { bodies: Bodies::new(input, file, RecordKind::Hops)?, records: Vec::new() })
    }

    /// The next hop; `None` at the end.
    ///
    /// # Errors
    /// [`TraceError::Damaged`] or [`TraceError::Io`].
    pub fn next_hop(&mut self) -> Result<Option<Hop>, TraceError> {
        if self.records.is_empty() {
            let Some((count, body)) = self.bodies.next_body()? else { return Ok(None) };
            self.decode(count, &body)?;
        }
        Ok(self.records.pop())
    }

    fn decode(&mut self, count: usize, body: &[u8]) -> Result<(), TraceError> {
        let damaged = |what| self.bodies.damaged(what);
        let block = fb::root_as_block(body).map_err(|_| damaged("a block breaks the schema"))?;
        let hops = block.hops().ok_or_else(|| damaged("a block has no hops"))?;
        let wrong = || damaged("a column is missing or has another length");
        let pid = column(hops.pid(), true, count).ok_or_else(wrong)?;
        let cycle = column(hops.cycle(), true, count).ok_or_else(wrong)?;
        let node = column(hops.node(), true, count).ok_or_else(wrong)?;
        let in_port = column(hops.in_port(), true, count).ok_or_else(wrong)?;
        let out_port = column(hops.out_port(), true, count).ok_or_else(wrong)?;
        let vc = column(hops.vc(), true, count).ok_or_else(wrong)?;
        let record = |index: usize| Hop {
            pid: pid(index),
            cycle: cycle(index),
            node: NodeId(node(index)),
            in_port: port(in_port(index)),
            out_port: port(out_port(index)),
            vc: vc(index),
        };
        self.records = (0..count).rev().map(record).collect();
        Ok(())
    }
}

const SIDES: [PortKind; 4] = [PortKind::East, PortKind::West, PortKind::South, PortKind::North];

fn port_number(port: PortKind) -> u16 {
    match port {
        PortKind::Local(n) => SIDES.len() as u16 + n,
        side => SIDES.iter().position(|&kind| kind == side).unwrap_or_default() as u16,
    }
}

fn port(number: u16) -> PortKind {
    match SIDES.get(usize::from(number)) {
        Some(&side) => side,
        None => PortKind::Local(number - SIDES.len() as u16),
    }
}

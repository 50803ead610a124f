//! Where the rows of a replay go, and in what format.

use std::collections::BTreeMap;
use std::io::Write;

use super::error::ReplayError;
use crate::end::EarlyEnd;
use crate::trace::spt::{HopWriter, PacketWriter};
use crate::trace::{
    Hop, OptionalColumns, Origin, PacketTimes, TraceError, TraceFormat, TraceOutput, TracePacket,
};

/// Where the rows go.
pub struct ReplayOutputs<'a> {
    /// A row per packet and target. As CSV in the order of arrival. As `.spt` in the order of the trace, so that it can be replayed: a packet that
    /// arrives is kept until all before it in the trace have arrived. One with several targets is there once, with its last arrival. Of a replay that ended early, those that are kept are not written.
    pub packets: TraceOutput<'a>,
    /// A row per router that a packet passes, in the cycle in which its head wins the switch.
    pub hops: Option<TraceOutput<'a>>,
}

/// Heading of the rows per packet.
pub const PACKET_HEADING: &str = "pid,src,dst,size,ctime,head_itime,tail_atime,routers,row";

/// Heading of the rows per hop.
pub const HOP_HEADING: &str = "pid,cycle,node,in_port,out_port,vc";

type CsvRows<'a> = csv::Writer<&'a mut dyn Write>;

/// Rows of CSV below a heading.
fn csv_rows<'a>(to: &'a mut dyn Write, heading: &str) -> Result<CsvRows<'a>, ReplayError> {
    let mut rows = csv::Writer::from_writer(to);
    rows.write_record(heading.split(',')).map_err(unwritten)?;
    // At once: it shows whoever takes the rows that there are some to keep.
    rows.flush().map_err(unwritten)?;
    Ok(rows)
}

/// Writes packets that have arrived.
#[allow(clippy::large_enum_variant, reason = "there is one, for the whole file")]
pub(super) enum PacketOutput<'a> {
    Csv(CsvRows<'a>),
    Spt {
        writer: Box<PacketWriter<&'a mut dyn Write>>,
        /// The next packet of the trace to be written.
        next: u64,
        /// Packets behind it that have arrived, by number.
        arrived: BTreeMap<u64, (TracePacket, PacketTimes)>,
    },
}

impl<'a> PacketOutput<'a> {
    /// Writes the heading or the header; `origin` says where the packets come from.
    pub fn new(
        output: TraceOutput<'a>,
        columns: OptionalColumns,
        origin: &Origin,
    ) -> Result<PacketOutput<'a>, ReplayError> {
        match output.format {
            TraceFormat::Csv => Ok(PacketOutput::Csv(csv_rows(output.to, PACKET_HEADING)?)),
            TraceFormat::Spt => {
                let columns = OptionalColumns { times: true, ..columns };
                let writer = Box::new(PacketWriter::new(output.to, columns, origin).map_err(unwritten)?);
                Ok(PacketOutput::Spt { writer, next: 0, arrived: BTreeMap::new() })
            }
        }
    }

    /// Writes a packet that has arrived at one of its targets; `is_last`: the others have it. `layers` are the names of layers by number.
    pub fn write(
        &mut self,
        packet: TracePacket,
        target: u32,
        is_last: bool,
        times: PacketTimes,
        layers: &[String],
    ) -> Result<(), ReplayError> {
        match self {
            PacketOutput::Csv(rows) => {
                let TracePacket { number, source, flits, .. } = packet;
                let PacketTimes { pid, created, head, tail, routers } = times;
                let row = (pid, source, target, flits, created, head, tail, routers, number);
                rows.serialize(row).map_err(unwritten)
            }
            PacketOutput::Spt { .. } if !is_last => Ok(()),
            PacketOutput::Spt { writer, next, arrived } => {
                writer.name_layers(layers);
                arrived.insert(packet.number, (packet, times));
                while let Some((packet, times)) = arrived.remove(next) {
                    writer.write(&packet, times).map_err(unwritten)?;
                    *next += 1;
                }
                Ok(())
            }
        }
    }

    /// Writes the end; with `early` it says that the rows are a part of all.
    pub fn finish(self, early: Option<&EarlyEnd<ReplayError>>) -> Result<(), ReplayError> {
        match (self, early) {
            (PacketOutput::Csv(rows), _) => end_csv(rows, early),
            (PacketOutput::Spt { writer, .. }, None) => writer.finish().map(|_| ()).map_err(unwritten),
            (PacketOutput::Spt { writer, .. }, Some(end)) => {
                writer.finish_partial(&end.why()).map(|_| ()).map_err(unwritten)
            }
        }
    }
}

/// Writes hops.
#[allow(clippy::large_enum_variant, reason = "there is one, for the whole file")]
pub(super) enum HopOutput<'a> {
    None,
    Csv(CsvRows<'a>),
    Spt(Box<HopWriter<&'a mut dyn Write>>),
}

impl<'a> HopOutput<'a> {
    pub fn new(output: Option<TraceOutput<'a>>) -> Result<HopOutput<'a>, ReplayError> {
        let Some(output) = output else { return Ok(HopOutput::None) };
        match output.format {
            TraceFormat::Csv => Ok(HopOutput::Csv(csv_rows(output.to, HOP_HEADING)?)),
            TraceFormat::Spt => Ok(HopOutput::Spt(Box::new(HopWriter::new(output.to).map_err(unwritten)?))),
        }
    }

    /// Whether hops are wanted.
    pub fn are_wanted(&self) -> bool {
        !matches!(self, HopOutput::None)
    }

    pub fn write(&mut self, hop: Hop) -> Result<(), ReplayError> {
        match self {
            HopOutput::None => Ok(()),
            HopOutput::Csv(rows) => {
                let Hop { pid, cycle, node, in_port, out_port, vc } = hop;
                let ports = (in_port.to_string(), out_port.to_string());
                rows.serialize((pid, cycle, node.0, ports, vc)).map_err(unwritten)
            }
            HopOutput::Spt(writer) => writer.write(hop).map_err(unwritten),
        }
    }

    /// Writes the end; with `early` it says that the rows are a part of all.
    pub fn finish(self, early: Option<&EarlyEnd<ReplayError>>) -> Result<(), ReplayError> {
        match (self, early) {
            (HopOutput::None, _) => Ok(()),
            (HopOutput::Csv(rows), _) => end_csv(rows, early),
            (HopOutput::Spt(writer), None) => writer.finish().map(|_| ()).map_err(unwritten),
            (HopOutput::Spt(writer), Some(end)) => {
                writer.finish_partial(&end.why()).map(|_| ()).map_err(unwritten)
            }
        }
    }
}

/// Writes the bytes that are left, and the last line of rows that are a part of all.
fn end_csv(rows: CsvRows<'_>, early: Option<&EarlyEnd<ReplayError>>) -> Result<(), ReplayError> {
    let output = rows.into_inner().map_err(|error| unwritten(error.into_error()))?;
    let mark = early.map(EarlyEnd::partial_line).unwrap_or_default();
    output.write_all(mark.as_bytes()).and_then(|()| output.flush()).map_err(unwritten)
}

fn unwritten(source: impl Into<std::io::Error>) -> ReplayError {
    TraceError::Io { action: "write the answer".to_owned(), source: source.into() }.into()
}

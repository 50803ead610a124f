//! Where the rows of a replay go, and in what form.

use std::collections::BTreeMap;
use std::io::Write;

use super::Error;
use super::spt::{Answer, Hop, HopWriter, PacketWriter};
use super::trace::{Columns, Row};

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text.
    Csv,
    /// Records in compressed blocks; see [`super::spt`].
    Spt,
}

impl Format {
    /// The form that a file of this name is written in.
    pub fn of(path: &std::path::Path) -> Format {
        let is_spt = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("spt"));
        if is_spt { Format::Spt } else { Format::Csv }
    }
}

/// A file to be written.
pub struct Output<'a> {
    /// Where.
    pub to: &'a mut dyn Write,
    /// In what form.
    pub format: Format,
}

impl<'a, W: Write> From<&'a mut W> for Output<'a> {
    fn from(to: &'a mut W) -> Output<'a> {
        Output { to, format: Format::Csv }
    }
}

/// Where the rows go.
pub struct Outputs<'a> {
    /// A row per packet. As text in the order of arrival. As `.spt` in the order of the trace, so that it can be replayed: a packet that
    /// arrives is kept until all before it in the trace have arrived.
    pub packets: Output<'a>,
    /// A row per router that a packet passes, in the cycle in which its head wins the switch.
    pub hops: Option<Output<'a>>,
}

/// Heading of the rows per packet.
pub const HEADING: &str = "pid,src,dst,size,ctime,head_itime,tail_atime,routers";

/// Heading of the rows per hop.
pub const HOPS_HEADING: &str = "pid,cycle,node,in_port,out_port,vc";

/// Writes packets that have arrived.
pub(super) enum Packets<'a> {
    Csv(&'a mut dyn Write),
    Spt {
        writer: Box<PacketWriter<&'a mut dyn Write>>,
        /// The next packet of the trace to be written.
        next: u64,
        /// Packets behind it that have arrived.
        arrived: BTreeMap<u64, (Row, Answer)>,
    },
}

impl<'a> Packets<'a> {
    pub fn new(output: Output<'a>, columns: Columns) -> Result<Packets<'a>, Error> {
        match output.format {
            Format::Csv => {
                writeln!(output.to, "{HEADING}").map_err(written)?;
                Ok(Packets::Csv(output.to))
            }
            Format::Spt => {
                let columns = Columns { answers: true, ..columns };
                let writer = Box::new(PacketWriter::new(output.to, columns).map_err(written)?);
                Ok(Packets::Spt { writer, next: 0, arrived: BTreeMap::new() })
            }
        }
    }

    pub fn write(&mut self, row: &Row, answer: Answer) -> Result<(), Error> {
        match self {
            Packets::Csv(output) => {
                let Row { source, target, flits, .. } = row;
                let Answer { pid, created, head, tail, routers } = answer;
                writeln!(output, "{pid},{source},{target},{flits},{created},{head},{tail},{routers}")
                    .map_err(written)
            }
            Packets::Spt { writer, next, arrived } => {
                arrived.insert(row.number, (*row, answer));
                while let Some((row, answer)) = arrived.remove(next) {
                    writer.write(&row, answer).map_err(written)?;
                    *next += 1;
                }
                Ok(())
            }
        }
    }

    pub fn finish(self) -> Result<(), Error> {
        match self {
            Packets::Csv(_) => Ok(()),
            Packets::Spt { writer, .. } => writer.finish().map(|_| ()).map_err(written),
        }
    }
}

/// Writes hops.
pub(super) enum Hops<'a> {
    None,
    Csv(&'a mut dyn Write),
    Spt(Box<HopWriter<&'a mut dyn Write>>),
}

impl<'a> Hops<'a> {
    pub fn new(output: Option<Output<'a>>) -> Result<Hops<'a>, Error> {
        let Some(output) = output else { return Ok(Hops::None) };
        match output.format {
            Format::Csv => {
                writeln!(output.to, "{HOPS_HEADING}").map_err(written)?;
                Ok(Hops::Csv(output.to))
            }
            Format::Spt => Ok(Hops::Spt(Box::new(HopWriter::new(output.to).map_err(written)?))),
        }
    }

    /// Whether hops are wanted.
    pub fn are_wanted(&self) -> bool {
        !matches!(self, Hops::None)
    }

    pub fn write(&mut self, hop: Hop) -> Result<(), Error> {
        match self {
            Hops::None => Ok(()),
            Hops::Csv(output) => {
                let Hop { pid, cycle, node, in_port, out_port, vc } = hop;
                writeln!(output, "{pid},{cycle},{},{in_port},{out_port},{vc}", node.0).map_err(written)
            }
            Hops::Spt(writer) => writer.write(hop).map_err(written),
        }
    }

    pub fn finish(self) -> Result<(), Error> {
        match self {
            Hops::Spt(writer) => writer.finish().map(|_| ()).map_err(written),
            Hops::None | Hops::Csv(_) => Ok(()),
        }
    }
}

fn written(source: std::io::Error) -> Error {
    Error::Io { action: "write the answer".to_owned(), source }
}

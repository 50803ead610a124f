//! The packets of a run as a trace that [`spikemesh_noc::replay`] takes.
//!
//! A trace of a program with one pass, sent through the network of the same device, meets the same cycles at every hop. With several
//! passes the packets are the same too, but the run starts every pass with a network that has just been reset.

use std::io::{Result, Write};

use super::observe::Probe;
use spikemesh_noc::Cycle;
use spikemesh_noc::PacketRequest;
use spikemesh_noc::trace::spt::PacketWriter;
use spikemesh_noc::trace::{OptionalColumns, PacketTimes, TracePacket};

/// Writes the packets of a run as `.spt`.
pub struct TraceProbe<W> {
    writer: PacketWriter<W>,
    packets: u64,
    /// The first error of the output; nothing is written after it.
    failed: Result<()>,
}

impl<W: Write> TraceProbe<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// What the output says.
    pub fn new(output: W) -> Result<TraceProbe<W>> {
        let columns = OptionalColumns { class: true, ..OptionalColumns::default() };
        Ok(TraceProbe { writer: PacketWriter::new(output, columns)?, packets: 0, failed: Ok(()) })
    }

    /// Writes the end, and gives the output back.
    ///
    /// # Errors
    /// What the output says, or has said before.
    pub fn finish(self) -> Result<W> {
        self.failed?;
        self.writer.finish()
    }

    /// As [`TraceProbe::finish`], with a mark that the run ended early, and why.
    ///
    /// # Errors
    /// What the output says, or has said before.
    pub fn finish_partial(self, why: &str) -> Result<W> {
        self.failed?;
        self.writer.finish_partial(why)
    }
}

/// It looks at no flit, grant or buffer.
impl<W: Write> spikemesh_noc::Probe for TraceProbe<W> {
    const OBSERVES_NETWORK: bool = false;
}

impl<W: Write> Probe for TraceProbe<W> {
    const PACKETS: bool = true;

    fn packet(&mut self, created: Cycle, packet: &PacketRequest) {
        if self.failed.is_err() {
            return;
        }
        let packet = TracePacket {
            number: self.packets,
            cycle: created,
            source: packet.source.0,
            target: packet.target.0,
            flits: packet.flits,
            class: packet.class,
            after: None,
        };
        self.failed = self.writer.write(&packet, PacketTimes::default());
        self.packets += 1;
    }
}

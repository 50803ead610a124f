//! The packets of a run as a trace that [`spikemesh_noc::replay`] takes.
//!
//! A trace of a program with one pass, sent through the network of the same device, meets the same cycles at every hop. With several
//! passes the packets are the same too, but the run starts every pass with a network that has just been reset.

use std::io::{Result, Write};

use super::observe::{PassBegin, Probe, Sender};
use spikemesh_isa::OutputMapId;
use spikemesh_noc::Cycle;
use spikemesh_noc::trace::spt::PacketWriter;
use spikemesh_noc::trace::{OptionalColumns, Origin, PacketLabels, PacketTimes, TracePacket};
use spikemesh_noc::{PacketRequest, TerminalId};

/// Writes the packets of a run as `.spt`.
pub struct TraceProbe<W> {
    writer: PacketWriter<W>,
    /// The layer of every unit of the pass.
    layers: Vec<Option<u32>>,
    packets: u64,
    /// The first error of the output; nothing is written after it.
    failed: Result<()>,
}

impl<W: Write> TraceProbe<W> {
    /// Writes the header; `layers` are the names of the program's output maps.
    ///
    /// # Errors
    /// What the output says.
    pub fn new(output: W, origin: &Origin, layers: &[String]) -> Result<TraceProbe<W>> {
        let mut writer = PacketWriter::new(output, OptionalColumns::RECORDED, origin)?;
        writer.name_layers(layers);
        Ok(TraceProbe { writer, layers: Vec::new(), packets: 0, failed: Ok(()) })
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
    fn wants_packets(&self) -> bool {
        true
    }

    fn begin(&mut self, pass: &PassBegin) {
        let layer = |map: &Option<OutputMapId>| map.map(|map| u32::from(map.0));
        self.layers = pass.plan.output_maps.iter().map(layer).collect();
    }

    fn packet(&mut self, created: Cycle, sender: Sender, packet: &PacketRequest, targets: &[TerminalId]) {
        if self.failed.is_err() {
            return;
        }
        let Sender { unit, frame, kind, .. } = sender;
        let layer = self.layers.get(unit.0 as usize).copied().flatten();
        let packet = TracePacket {
            number: self.packets,
            cycle: created,
            source: packet.source.0,
            target: packet.target.0,
            others: targets.iter().skip(1).map(|target| target.0).collect(),
            flits: packet.flits,
            class: packet.class,
            after: Vec::new(),
            labels: PacketLabels { layer, frame: Some(frame as u64), kind: Some(kind) },
        };
        self.failed = self.writer.write(&packet, PacketTimes::default());
        self.packets += 1;
    }
}

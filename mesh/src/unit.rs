//! Units: what sits at the mesh's local ports.
//!
//! | unit | role |
//! |---|---|
//! | `np` | neural processor: receives a map, computes, emits levels or potentials |
//! | `hrc` | input unit: a dense convolution over an image, in raster order |
//! | `dma` | event DMA: injects maps from host memory, collects maps into it |
//!
//! A producing unit runs a `Sequencer`: steps that take clocks and may emit events into its `Outbox`. A consuming unit counts what
//! arrives in its `Inbox`. How a step computes its potentials is the business of `arithmetic`: nothing of it can be observed.

pub(crate) mod arithmetic;
pub(crate) mod context;
pub(crate) mod dma;
mod emission;
mod frame_record;
pub(crate) mod hrc;
mod id;
mod ideal_network;
mod inbox;
pub(crate) mod np;
pub(crate) mod outbox;
pub(crate) mod packets;
mod planted_loss;
mod protocol_error;
mod sequencer;
mod status;
mod step_scale;
pub(crate) mod traffic;

pub(crate) use arithmetic::scratch::Scratch;
pub(crate) use context::UnitContext;
pub use emission::Emission;
pub use frame_record::FrameRecord;
pub use id::UnitId;
pub(crate) use ideal_network::IdealNetwork;
pub use planted_loss::{Loss, PlantedLoss};
pub use protocol_error::ProtocolError;
pub use status::{UnitState, UnitStatus};
pub(crate) use step_scale::StepScale;
pub use traffic::Traffic;

pub(crate) use outbox::continues;
pub(crate) use packets::LOST;
use packets::Packet;

/// One unit of a pass.
pub(crate) enum Unit<'p> {
    /// The input unit.
    Hrc(hrc::Hrc<'p>),
    /// The event DMA injecting a buffer.
    Source(dma::Source<'p>),
    /// A neural processor.
    Np(np::Np<'p>),
    /// The event DMA collecting a buffer.
    Sink(dma::Sink),
}

impl Unit<'_> {
    /// The unit's timer has run out.
    pub fn timer(&mut self, context: &mut UnitContext) {
        match self {
            Unit::Hrc(unit) => unit.sequencer.timer(context),
            Unit::Source(unit) => unit.sequencer.timer(context),
            Unit::Np(unit) => unit.timer(context),
            Unit::Sink(_) => {}
        }
    }

    /// The last flit of one of the unit's packets has left.
    pub fn sent(&mut self, context: &mut UnitContext, batch: u32) {
        match self {
            Unit::Hrc(unit) => unit.sent(context, batch),
            Unit::Source(unit) => unit.sent(context, batch),
            Unit::Np(unit) => unit.sent(context, batch),
            Unit::Sink(_) => {}
        }
    }

    /// A packet has arrived.
    pub fn arrived(&mut self, context: &mut UnitContext, packet: &Packet) -> Result<(), ProtocolError> {
        match self {
            Unit::Hrc(unit) => {
                unit.sequencer.token(packet.source, context);
                Ok(())
            }
            Unit::Source(unit) => {
                unit.sequencer.token(packet.source, context);
                Ok(())
            }
            Unit::Np(unit) => unit.arrived(context, packet),
            Unit::Sink(unit) => unit.arrived(context, packet),
        }
    }

    /// What a probe sees.
    pub fn status(&self) -> UnitStatus {
        match self {
            Unit::Hrc(unit) => unit.sequencer.status(),
            Unit::Source(unit) => unit.sequencer.status(),
            Unit::Np(unit) => unit.status(),
            Unit::Sink(unit) => unit.status(),
        }
    }

    /// What it is doing.
    #[inline]
    pub fn state(&self) -> UnitState {
        match self {
            Unit::Hrc(unit) => unit.sequencer.state(),
            Unit::Source(unit) => unit.sequencer.state(),
            Unit::Np(unit) => unit.state(),
            Unit::Sink(unit) => unit.state(),
        }
    }

    /// Frames that it has taken in, if it does so while it computes.
    #[inline]
    pub fn taken_beside(&self) -> Option<usize> {
        match self {
            Unit::Np(unit) => unit.taken_beside(),
            Unit::Hrc(_) | Unit::Source(_) | Unit::Sink(_) => None,
        }
    }

    /// What it did, frame by frame.
    pub fn frames(&self) -> &[FrameRecord] {
        match self {
            Unit::Hrc(unit) => unit.sequencer.frames(),
            Unit::Source(unit) => unit.sequencer.frames(),
            Unit::Np(unit) => unit.sequencer.frames(),
            Unit::Sink(unit) => unit.frames(),
        }
    }

    /// For a sink, the maps that it has collected, and last the one that it was collecting.
    pub fn into_collected(self) -> Option<Vec<Vec<i32>>> {
        match self {
            Unit::Sink(unit) => Some(unit.into_collected()),
            Unit::Hrc(_) | Unit::Source(_) | Unit::Np(_) => None,
        }
    }

    /// What the unit waits for, if anything: the words of a hang report.
    pub fn waits_for(&self) -> Option<String> {
        match self {
            Unit::Hrc(unit) => unit.sequencer.waits_for(),
            Unit::Source(unit) => unit.sequencer.waits_for(),
            Unit::Np(unit) => unit.waits_for(),
            Unit::Sink(unit) => unit.waits_for(),
        }
    }
}

//! Something of a run that is made otherwise, to see what it costs.

use spikemesh_device::Scale;
use spikemesh_isa::OutputMapId;
use spikemesh_noc::TerminalId;

use crate::unit::UnitState;

/// One thing that is made otherwise. [`Simulator::changed`](crate::Simulator::changed) runs it, [`Graph::forecast`](crate::dependency::Graph::forecast) predicts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Loads of passes take so much of their time; 0 where they are removed.
    Load(Scale),
    /// Every output FIFO holds [`Change::FIFO_EVENTS`] events.
    Fifo,
    /// Every packet takes what it would take alone in the network, its own terminal included.
    ZeroLoad,
    /// The steps of a kind take half their clocks in all units of a layer.
    Steps {
        /// The map that the layer produces.
        output_map: OutputMapId,
        /// What the steps do.
        state: UnitState,
    },
    /// The steps of a neural processor take this multiple of the device's clocks.
    Clock {
        /// Its terminal, which is no other unit's.
        terminal: TerminalId,
        /// The multiple.
        scale: Scale,
    },
}

impl Change {
    /// Events that a FIFO holds where it shall never be full.
    pub const FIFO_EVENTS: u32 = 1 << 20;
    /// What is left of a time that is halved.
    pub const HALF: Scale = Scale(Scale::PARTS / 2);
}

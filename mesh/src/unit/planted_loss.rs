//! Losses on purpose, for tests that must find them.

use spikemesh_isa::packet::Head;

/// What is lost, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A `map free` token.
    Token,
    /// A marker.
    Marker,
    /// The last event, or potential, of a packet of several.
    Event,
}

/// A loss on the way between units: the packet that is `number`-th of its kind in a pass, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlantedLoss {
    /// What is lost.
    pub loss: Loss,
    /// Packets of its kind that pass unharmed before.
    pub number: u64,
}

impl PlantedLoss {
    /// Looks at a packet that is sent, by its head and its words; true if the loss strikes it.
    pub(super) fn strikes(&mut self, head: Head, words: usize) -> bool {
        let of_its_kind = match head {
            Head::MapFree => self.loss == Loss::Token,
            Head::Marker { .. } => self.loss == Loss::Marker,
            Head::Events { .. } | Head::Potentials { .. } => self.loss == Loss::Event && words > 1,
        };
        let strikes = of_its_kind && self.number == 0;
        self.number = self.number.wrapping_sub(of_its_kind.into());
        strikes
    }
}

//! Probes: what watches a run without touching it.

pub mod background;
pub mod wave;

use crate::kernel::Cycle;
use crate::network;
use crate::unit::{Emission, Status, UnitId};

/// Watches a run. Every method may be left empty; a probe that is not [`network::Probe::ACTIVE`] costs nothing.
pub trait Probe: network::Probe {
    /// A pass begins; `units` are the names of its units, by unit id.
    fn pass(&mut self, _index: usize, _units: &[String]) {}
    /// A unit has acted and is now in another status.
    fn status(&mut self, _cycle: Cycle, _unit: UnitId, _status: &Status) {}
    /// A unit has emitted.
    fn emitted(&mut self, _cycle: Cycle, _unit: UnitId, _events: &[Emission]) {}
}

pub use network::NoProbe;

impl Probe for NoProbe {}

//! How much longer the steps of a unit take than the device says.

use super::status::UnitState;
use spikemesh_device::Scale;

/// A multiple of the clocks of all steps, and another one of those of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepScale {
    /// Of all.
    pub all: Scale,
    /// Of a kind, on top.
    pub kind: Option<(UnitState, Scale)>,
}

impl StepScale {
    /// Times as they are.
    pub const ONE: StepScale = StepScale::of_all(Scale::ONE);
    /// Parts of 1.
    pub const PARTS: u64 = Scale::PARTS as u64 * Scale::PARTS as u64;

    /// A multiple of all clocks.
    pub const fn of_all(all: Scale) -> StepScale {
        StepScale { all, kind: None }
    }

    /// The multiple of a step's clocks, in parts.
    pub fn of(&self, state: UnitState) -> u64 {
        let kind = match self.kind {
            Some((kind, scale)) if kind == state => scale,
            _ => Scale::ONE,
        };
        u64::from(self.all.0) * u64::from(kind.0)
    }
}

//! Indices of units.

/// Index of a unit in its pass: the input unit, then sources, neural processors, sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(pub u32);

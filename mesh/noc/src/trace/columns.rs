//! The columns that a trace may have or not.

/// Columns of a trace beyond cycle, source, target and size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OptionalColumns {
    /// Traffic classes.
    pub class: bool,
    /// The packet that each packet waits for, and the delay.
    pub dependencies: bool,
    /// What a replay measured, as [`PacketTimes`](super::PacketTimes); in `.spt` only.
    pub times: bool,
}

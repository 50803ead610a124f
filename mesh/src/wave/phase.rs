//! What a unit does, in five words.

use crate::reason::Reason;

/// A coarse view of what the cycles of a unit go by with: a function of the [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It has nothing to do: [`Reason::Unused`], [`Reason::Load`].
    Idle,
    /// It waits for its input: [`Reason::WaitInput`].
    Receive,
    /// A step: [`Reason::Compute`].
    Compute,
    /// It waits for room: [`Reason::WaitMap`], [`Reason::WaitFifo`].
    Stall,
    /// Its last events and markers leave: [`Reason::Drain`].
    Drain,
}

impl Phase {
    /// All phases; the position is the value in waves.
    pub const ALL: [Phase; 5] = [Phase::Idle, Phase::Receive, Phase::Compute, Phase::Stall, Phase::Drain];

    /// Its name in waves.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Idle => "idle",
            Phase::Receive => "receive",
            Phase::Compute => "compute",
            Phase::Stall => "stall",
            Phase::Drain => "drain",
        }
    }
}

impl From<Reason> for Phase {
    fn from(reason: Reason) -> Phase {
        match reason {
            Reason::Unused | Reason::Load => Phase::Idle,
            Reason::WaitInput => Phase::Receive,
            Reason::Compute => Phase::Compute,
            Reason::WaitMap | Reason::WaitFifo => Phase::Stall,
            Reason::Drain => Phase::Drain,
        }
    }
}

//! Where the cycles of a unit go: one [`Reason`] for each cycle, to the clock.
//!
//! | part | content |
//! |---|---|
//! | [`Reason`], `ComputeState` | what a cycle went by with |
//! | `Tracker` | the acts of units as slices of time, without gap or overlap |
//! | `BlameTable` | whom a unit can wait for |
//! | [`ReasonProbe`] | sums of slices by unit |
//!
//! The rules are in docs/microarchitecture/reasons.md.

mod blame_table;
mod counts;
mod reason_probe;
mod receivers;
mod tracker;

pub(crate) use blame_table::BlameTable;
pub use counts::{Blame, ReasonCounts, UnitReasons};
pub use reason_probe::ReasonProbe;
pub(crate) use receivers::Receivers;
pub(crate) use tracker::{Slice, Tracker};

use crate::unit::UnitState;

/// What a cycle of a unit went by with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A step.
    Compute,
    /// Markers or words of its frame are missing. The producer whose packet comes last is to blame.
    WaitInput,
    /// A consumer's map is not free. The consumer whose token comes last is to blame.
    WaitMap,
    /// Its output FIFO has no room. The target of the packet at the front of its terminal's queue is to blame.
    WaitFifo,
    /// From its last step to its last tail.
    Drain,
    /// The pass is loaded.
    Load,
    /// Before its first frame, after its last, and in other passes.
    Unused,
}

impl Reason {
    /// All reasons, in the order of reports.
    pub const ALL: [Reason; 7] = [
        Reason::Compute,
        Reason::WaitInput,
        Reason::WaitMap,
        Reason::WaitFifo,
        Reason::Drain,
        Reason::Load,
        Reason::Unused,
    ];

    /// Its name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Compute => "compute",
            Reason::WaitInput => "wait_input",
            Reason::WaitMap => "wait_map",
            Reason::WaitFifo => "wait_fifo",
            Reason::Drain => "drain",
            Reason::Load => "load",
            Reason::Unused => "unused",
        }
    }
}

/// The states whose steps take time, in the order of reports: they divide [`Reason::Compute`].
pub const COMPUTE_STATES: [UnitState; 7] = [
    UnitState::Unpack,
    UnitState::Fetch,
    UnitState::Accumulate,
    UnitState::Scan,
    UnitState::Walk,
    UnitState::Convolve,
    UnitState::Inject,
];

/// The place of a state in [`COMPUTE_STATES`].
pub(crate) fn compute_state(state: UnitState) -> Option<usize> {
    match state {
        UnitState::Unpack => Some(0),
        UnitState::Fetch => Some(1),
        UnitState::Accumulate => Some(2),
        UnitState::Scan => Some(3),
        UnitState::Walk => Some(4),
        UnitState::Convolve => Some(5),
        UnitState::Inject => Some(6),
        UnitState::Idle
        | UnitState::Receive
        | UnitState::StallFifo
        | UnitState::StallToken
        | UnitState::Flush => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_names_are_those_of_the_lists() {
        for (place, state) in COMPUTE_STATES.into_iter().enumerate() {
            assert_eq!(compute_state(state), Some(place));
        }
        assert_eq!(UnitState::ALL.into_iter().filter_map(compute_state).count(), COMPUTE_STATES.len());
        for (place, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
        }
    }
}

//! Intervals of units, and the packets that ended waits.

use std::ops::Range;

use super::flow_times::FlowTimes;
use crate::reason::Reason;
use crate::unit::UnitId;
use spikemesh_noc::Cycle;

/// Time of a unit with one reason. All steps between two waits are one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Its first cycle.
    pub start: Cycle,
    /// The cycle after its last; a wait that ended in the cycle in which it began is empty.
    pub end: Cycle,
    /// What it went by with.
    pub reason: Reason,
    /// Frames of the pass that the unit had ended before: the position of the frame that it belongs to.
    pub frame: u32,
    /// Whom the unit waited for; none if the wait did not end.
    pub blamed: Option<UnitId>,
    /// The packet that ended the wait, an index of [`PassTimeline::packets`].
    pub cause: Option<u32>,
}

/// A packet that ended a wait: of its receiver by its arrival, of its sender by its departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketTime {
    /// Who sent it.
    pub source: UnitId,
    /// The interval of the sender in which it was made, counted from the sender's first.
    pub origin: u32,
    /// Who gets it.
    pub target: UnitId,
    /// When the sender made it.
    pub made: Cycle,
    /// When it could leave at the earliest: when it was made, or a clock later if the network had moved.
    pub created: Cycle,
    /// When its tail arrived, or left.
    pub end: Cycle,
    /// True if `end` is its arrival.
    pub arrived: bool,
    /// Its length.
    pub flits: u32,
    /// Its traffic class.
    pub class: u8,
}

/// One pass at work, for one frame or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassTimeline {
    /// Its index in the program.
    pub pass: usize,
    /// Indices of its frames in the run.
    pub frames: Vec<usize>,
    /// When its load began: when the pass before ended.
    pub loaded: Cycle,
    /// When it began: when its load ended.
    pub start: Cycle,
    /// The cycle of its last event.
    pub end: Cycle,
    /// Where each unit begins in `intervals`; one more for the end.
    pub(super) first: Vec<u32>,
    /// Unit by unit, each from the beginning of the pass to its end.
    pub(super) intervals: Vec<Interval>,
    /// The packets that ended waits.
    pub packets: Vec<PacketTime>,
    /// The packet that arrived last.
    pub(super) last: Option<PacketTime>,
    pub(super) flows: FlowTimes,
}

impl PassTimeline {
    /// Number of units.
    pub fn units(&self) -> usize {
        self.first.len() - 1
    }

    fn range(&self, UnitId(unit): UnitId) -> Range<usize> {
        self.first[unit as usize] as usize..self.first[unit as usize + 1] as usize
    }

    /// The intervals of a unit: they tile the pass, from `start` to `end`.
    pub fn intervals(&self, unit: UnitId) -> &[Interval] {
        &self.intervals[self.range(unit)]
    }
}

/// Everything that a run did, pass by pass as they ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Passes at work.
    pub passes: Vec<PassTimeline>,
}

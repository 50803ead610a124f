//! When packets came along each route in the last frames: the delays of the graph of frames and tokens.

use crate::reason::{BlameTable, Reason};
use crate::unit::UnitId;
use spikemesh_noc::Cycle;

/// Something that came for, or from, a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Came {
    /// Position of the frame in the pass.
    pub frame: u32,
    pub cycle: Cycle,
}

/// The last arrivals along each route, and when units first could emit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FlowTimes {
    /// By place in the pass's table: the last packet from a producer, or token from a consumer, for the last two frames, the later one last.
    came: Vec<[Option<Came>; 2]>,
    /// By unit and frame: when its first step that may emit began.
    pub emits: Vec<Vec<Cycle>>,
}

impl FlowTimes {
    pub fn new(units: usize, places: usize) -> FlowTimes {
        FlowTimes { came: vec![[None; 2]; places], emits: vec![Vec::new(); units] }
    }

    /// Something comes to `unit` from `from`, of a frame.
    pub fn comes(&mut self, blames: &BlameTable, unit: UnitId, reason: Reason, from: UnitId, came: Came) {
        let Some(place) = blames.place(unit, reason, from) else { return };
        let [before, last] = &mut self.came[place];
        if last.is_some_and(|last| last.frame != came.frame) {
            *before = *last;
        }
        *last = Some(came);
    }

    /// When the last packet or token of a frame came.
    pub fn of_frame(&self, place: usize, frame: u32) -> Option<Cycle> {
        let found = self.came[place].iter().flatten().find(|came| came.frame == frame);
        found.map(|came| came.cycle)
    }
}

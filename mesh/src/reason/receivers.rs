//! Taking in frames. With two input maps a unit does it beside computing, so its time is divided a second time, and tiled again.

use super::Reason;
use crate::probe::Act;
use crate::unit::UnitId;
use spikemesh_noc::Cycle;

/// What a unit's receiving goes by with.
#[derive(Clone, Copy, Debug)]
struct Present {
    reason: Reason,
    since: Cycle,
    /// Its first packet has come.
    begun: bool,
}

/// Divides the time of units that have two input maps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Receivers {
    /// None of a unit with one map.
    units: Vec<Option<Present>>,
    frames: usize,
}

impl Receivers {
    /// A pass of so many frames begins; `maps` are those of each unit.
    pub fn begin(&mut self, maps: impl Iterator<Item = u8>, frames: usize, start: Cycle) {
        let unused = Present { reason: Reason::Unused, since: start, begun: false };
        self.units.clear();
        self.units.extend(maps.map(|maps| (maps > 1).then_some(unused)));
        self.frames = frames;
    }

    /// A unit has acted: it has taken in `taken` frames and ended `done`. `slice` gets the time that this ends.
    ///
    /// Frames follow each other: taking in the next one begins in the cycle after the last packet of the one before, if a map is free.
    pub fn acted(
        &mut self,
        now: Cycle,
        UnitId(unit): UnitId,
        act: Act,
        [taken, done]: [usize; 2],
        slice: &mut impl FnMut(Reason, Cycle),
    ) {
        let Some(present) = &mut self.units[unit as usize] else { return };
        if !present.begun {
            if !matches!(act, Act::Data { .. }) {
                return;
            }
            present.begun = true;
            present.becomes(Reason::WaitInput, now, slice);
        }
        let reason = match taken {
            taken if taken == self.frames => Reason::Unused,
            taken if taken - done > 1 => Reason::WaitMap,
            _ => Reason::WaitInput,
        };
        present.becomes(reason, now + 1, slice);
    }

    /// The pass ends.
    pub fn end(&mut self, now: Cycle, slice: &mut impl FnMut(UnitId, Reason, Cycle)) {
        for (unit, present) in (0..).map(UnitId).zip(&self.units) {
            if let Some(Present { reason, since, .. }) = present {
                slice(unit, *reason, now - since);
            }
        }
    }
}

impl Present {
    fn becomes(&mut self, reason: Reason, at: Cycle, slice: &mut impl FnMut(Reason, Cycle)) {
        if reason != self.reason {
            slice(self.reason, at - self.since);
            (self.reason, self.since) = (reason, at);
        }
    }
}

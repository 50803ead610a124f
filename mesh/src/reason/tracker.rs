//! The acts of units as slices of time.
//!
//! Rule: a unit has one reason at a time. A slice `[start, end)` ends in the cycle of the act that changes the reason, with one exception: the tail
//! that ends a drain takes the cycle in which it leaves, so a drain ends in the cycle after. The slices of a unit tile the pass.

use super::{BlameTable, Reason};
use crate::probe::Act;
use crate::unit::{UnitId, UnitState};
use spikemesh_noc::Cycle;

/// Time of a unit with one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub unit: UnitId,
    pub start: Cycle,
    /// The cycle after the last.
    pub end: Cycle,
    pub reason: Reason,
    /// The state of a step.
    pub state: UnitState,
    /// Whom the unit waited for; none if the wait did not end.
    pub blamed: Option<UnitId>,
    /// Frames of the pass that the unit had ended before.
    pub done: u32,
}

/// The present reason of a unit.
#[derive(Clone, Copy, Debug)]
struct Present {
    reason: Reason,
    state: UnitState,
    since: Cycle,
    /// The cycle `since` is the last of a drain.
    draining: bool,
    /// By parity of the frame: the sender of the last packet that came.
    last: [Option<UnitId>; 2],
    done: u32,
}

/// Divides the time of a pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracker {
    units: Vec<Present>,
    frames: u32,
}

impl Tracker {
    /// A pass of so many frames begins: nobody has a frame.
    pub fn begin(&mut self, units: usize, frames: usize, start: Cycle) {
        let unused = Present {
            reason: Reason::Unused,
            state: UnitState::Idle,
            since: start,
            draining: false,
            last: [None; 2],
            done: 0,
        };
        self.units.clear();
        self.units.resize(units, unused);
        self.frames = frames as u32;
    }

    /// The present reason of a unit, and the frames that it has ended.
    pub fn present(&self, UnitId(unit): UnitId) -> (Reason, u32) {
        let Present { reason, done, .. } = self.units[unit as usize];
        (reason, done)
    }

    /// What a cycle in which the unit may have acted goes by with, and the frames that it had ended before: the tail that ends a drain takes the cycle
    /// in which it leaves.
    pub fn during(&self, UnitId(unit): UnitId, now: Cycle) -> (Reason, u32) {
        let Present { reason, done, draining, since, .. } = self.units[unit as usize];
        if draining && since == now { (Reason::Drain, done - 1) } else { (reason, done) }
    }

    /// A unit that has not been followed: its state now, the frames that it has ended, and when the drain of the last one ended, if it sends anything.
    /// Who may be to blame is not known.
    pub fn set(&mut self, unit: UnitId, (state, done): (UnitState, usize), drained: Option<Cycle>) {
        let done = done as u32;
        let reason = self.reason(state, done);
        let (since, draining) = (drained.unwrap_or_default(), drained.is_some());
        self.units[unit.0 as usize] = Present { reason, state, since, draining, last: [None; 2], done };
    }

    /// The reason of a state.
    #[inline]
    fn reason(&self, state: UnitState, done: u32) -> Reason {
        match state {
            UnitState::Idle if done == 0 || done == self.frames => Reason::Unused,
            UnitState::Idle | UnitState::Receive => Reason::WaitInput,
            UnitState::StallFifo => Reason::WaitFifo,
            UnitState::StallToken => Reason::WaitMap,
            UnitState::Flush => Reason::Drain,
            _ => Reason::Compute,
        }
    }

    /// A unit has acted: it is in `state` now, and has ended `done` frames. `slice` gets what that ends.
    #[inline]
    pub fn acted(
        &mut self,
        now: Cycle,
        unit: UnitId,
        act: Act,
        (state, done): (UnitState, usize),
        blames: &BlameTable,
        slice: &mut impl FnMut(Slice),
    ) {
        let mut to_blame = None;
        match act {
            Act::Start | Act::Timer => {}
            Act::Sent { target, .. } => {
                // The packet at the front has left: who waits for room waits for the next one from here on.
                for &sender in blames.senders(unit) {
                    if self.units[sender.0 as usize].reason == Reason::WaitFifo {
                        self.close(now, sender, Some(target), slice);
                    }
                }
            }
            Act::Token { source, .. } => to_blame = Some(source),
            Act::Data { source, parity, .. } => {
                if self.units[unit.0 as usize].reason == Reason::Unused {
                    // Its first frame begins.
                    self.close(now, unit, None, slice);
                    self.units[unit.0 as usize].reason = Reason::WaitInput;
                }
                self.units[unit.0 as usize].last[usize::from(parity)] = Some(source);
            }
        }
        let present = &self.units[unit.0 as usize];
        let done = done as u32;
        let reason = self.reason(state, done);
        if present.state == state && present.reason == reason && present.done == done {
            return;
        }
        let blamed = match present.reason {
            Reason::WaitInput => present.last[present.done as usize % 2],
            Reason::WaitMap => to_blame,
            _ => None,
        };
        // One wait for input has several states.
        let goes_on = present.reason == reason && present.done == done && reason == Reason::WaitInput;
        let closed = present.reason == Reason::WaitFifo && matches!(act, Act::Sent { .. });
        let ends_drain = present.reason == Reason::Drain && reason != Reason::Drain;
        if !goes_on && !closed {
            self.close(now, unit, blamed, slice);
        }
        let present = &mut self.units[unit.0 as usize];
        (present.reason, present.state, present.done) = (reason, state, done);
        present.draining |= ends_drain;
    }

    /// The pass ends.
    pub fn end(&mut self, now: Cycle, slice: &mut impl FnMut(Slice)) {
        for unit in 0..self.units.len() as u32 {
            self.close(now, UnitId(unit), None, slice);
        }
    }

    fn close(&mut self, now: Cycle, unit: UnitId, blamed: Option<UnitId>, slice: &mut impl FnMut(Slice)) {
        let present = &mut self.units[unit.0 as usize];
        let Present { reason, state, done, .. } = *present;
        if present.draining && present.since < now {
            let (start, end) = (present.since, present.since + 1);
            // Of the frame that it has just ended.
            let done = done - 1;
            slice(Slice {
                unit,
                start,
                end,
                reason: Reason::Drain,
                state: UnitState::Flush,
                blamed: None,
                done,
            });
            present.since = end;
            present.draining = false;
        }
        slice(Slice { unit, start: present.since, end: now, reason, state, blamed, done });
        present.since = now;
    }
}

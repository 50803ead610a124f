//! How the recorder falls asleep and wakes.

use std::io::{Seek, Write};

use super::{LinkState, WaveRecorder};
use crate::unit::UnitId;
use spikemesh_noc::Cycle;

impl<F: Write + Seek + Send + 'static> WaveRecorder<F> {
    /// Whether it sleeps in the present cycle.
    #[inline]
    pub(super) fn sleeps(&self) -> bool {
        self.cycle < self.sleep.until
    }

    /// Falls asleep if the present cycle is outside and no frame is open.
    pub(super) fn rest(&mut self) {
        if self.sleep.is_allowed && !self.writing && self.watch.is_shut(self.cycle) {
            self.sleep.until = self.watch.next_edge(self.cycle, false).unwrap_or(Cycle::MAX);
            (self.sleep.lost_buffers, self.sleep.lost_statuses) = (true, true);
        }
    }

    /// Signals become what they are at the present cycle, which was the last one of which something was heard.
    #[cold]
    pub(super) fn wake(&mut self) {
        self.sleep.until = 0;
        let is_now = |link: &LinkState| link.flits > 0 && link.at == self.cycle;
        self.flits.clear();
        self.flits.extend((0..).zip(&self.links).filter(|(_, link)| is_now(link)).map(|(index, _)| index));
        for unit in (0..self.pass.units.len() as u32).map(UnitId) {
            if self.tracker.during(unit, self.cycle) != self.tracker.present(unit) {
                self.drained.push(unit);
            }
            self.show_phase(unit);
        }
    }
}

//! How the recorder falls asleep and wakes.

use std::io::{Seek, Write};

use super::{LinkState, WaveRecorder};
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

    /// The flits of the present cycle are shown. What units do, and what lies in buffers, it is told before this cycle ends.
    #[cold]
    pub(super) fn wake(&mut self) {
        self.sleep.until = 0;
        let is_now = |link: &LinkState| link.flits > 0 && link.at == self.cycle;
        self.flits.clear();
        self.flits.extend((0..).zip(&self.links).filter(|(_, link)| is_now(link)).map(|(index, _)| index));
    }
}

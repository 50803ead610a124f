//! Flits of each link over time, in windows that widen with the run, so that memory does not grow with it.

use crate::mesh::probe::Probe;
use crate::noc::{self, Cycle, FlitEvent};

/// Windows of a series at most.
const WINDOWS: usize = 512;

/// Counts the flits of each link, window by window.
pub(super) struct LinkSeries {
    /// Clocks of a window: a power of two.
    pub window: Cycle,
    /// By link: flits of each window up to the last that had one.
    pub links: Vec<Vec<u64>>,
}

impl LinkSeries {
    /// For so many links.
    pub fn new(links: usize) -> LinkSeries {
        LinkSeries { window: 1, links: vec![Vec::new(); links] }
    }

    /// Two windows become one.
    fn widen(&mut self) {
        self.window *= 2;
        for counts in &mut self.links {
            *counts = counts.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
    }
}

impl noc::Probe for LinkSeries {
    fn flit(&mut self, event: FlitEvent) {
        while event.cycle / self.window >= WINDOWS as Cycle {
            self.widen();
        }
        let index = (event.cycle / self.window) as usize;
        let counts = &mut self.links[event.link.0 as usize];
        if counts.len() <= index {
            counts.resize(index + 1, 0);
        }
        counts[index] += 1;
    }
}

impl Probe for LinkSeries {
    const STATUSES: bool = false;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::network::LinkId;
    use crate::noc::Probe as _;

    #[test]
    fn windows_widen_and_no_flit_is_lost() {
        let mut series = LinkSeries::new(2);
        let cycles = [0, 1, 2, 511, 512, 100_000];
        for cycle in cycles {
            series.flit(FlitEvent { cycle, link: LinkId(1), vc: 0, tag: 0, is_head: true, is_tail: true });
        }
        assert_eq!(series.window, 256);
        assert!(series.links[0].is_empty());
        let counts = &series.links[1];
        assert_eq!((counts[0], counts[1], counts[2], counts[100_000 / 256]), (3, 1, 1, 1));
        assert_eq!(counts.iter().sum::<u64>(), cycles.len() as u64);
    }
}

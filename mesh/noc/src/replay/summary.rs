//! Totals of a replay.

use crate::Cycle;
use crate::counters::LinkCounters;

/// Totals over the packets of a trace that arrived: all, if the replay finished.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplaySummary {
    /// Packets that arrived, at each of their targets.
    pub packets: u64,
    /// Their flits.
    pub flits: u64,
    /// Cycle of the last arrival; `None` without packets.
    pub last_cycle: Option<Cycle>,
    /// Cycles that were simulated; the others were skipped, since nothing happens in them.
    pub steps: u64,
    /// Flits that were sent over a link between routers.
    pub flit_hops: u64,
    /// What passed each link, in the order of [`Network::links`](crate::Network::links).
    pub links: Vec<LinkCounters>,
    /// Sum of all cycles from creation to the arrival of the tail.
    pub latency_sum: u128,
    /// The longest of them; `None` without packets.
    pub latency_max: Option<Cycle>,
    /// Most packets that waited or were under way at one time.
    pub most_live: usize,
}

impl ReplaySummary {
    /// Counts a packet that arrived at the last of its targets.
    pub(super) fn add(&mut self, flits: u32, created: Cycle, tail: Cycle) {
        let latency = tail - created;
        self.packets += 1;
        self.flits += u64::from(flits);
        self.last_cycle = Some(tail);
        self.latency_sum += u128::from(latency);
        self.latency_max = self.latency_max.max(Some(latency));
    }

    /// Mean cycles from creation to the arrival of the tail; `None` without packets.
    pub fn mean_latency(&self) -> Option<f64> {
        (self.packets > 0).then(|| self.latency_sum as f64 / self.packets as f64)
    }
}

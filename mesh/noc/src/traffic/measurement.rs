//! The result of a run.

use super::histogram::LatencyHistogram;
use crate::Cycle;
use crate::counters::LinkCounters;

/// What a run has measured; if it ended early before its last sample, without a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// Creation to arrival of the tail, in cycles, of the packets that count.
    pub latencies: LatencyHistogram,
    /// Head leaving the source to arrival of the tail, in cycles, of the same packets.
    pub network_latencies: LatencyHistogram,
    /// Routers that these packets passed.
    pub routers: u64,
    /// Flits that arrived in the window, per terminal and cycle.
    pub accepted: f64,
    /// BookSim2's verdict: the latency stayed below the threshold. If not, all the rest is of the run for throughput.
    pub stable: bool,
    /// Of each link the flits in the window, and the fullest buffer from the beginning to its end, by [`Network::links`](crate::Network::links).
    pub links: Vec<LinkCounters>,
    /// Cycles of the window: the samples that count, without the drain.
    pub window: Cycle,
}

//! One rate of a sweep, as it is printed, written and plotted.

use serde::Serialize;

use crate::link_stats::LinkStats;

/// One rate of a sweep. Latencies are in cycles, loads in flits per terminal and cycle.
#[derive(Debug, Serialize)]
pub(super) struct RateRow {
    pub(super) rate: f64,
    pub(super) stable: bool,
    pub(super) throughput_kept: Option<bool>,
    pub(super) packets: u64,
    pub(super) accepted: Option<f64>,
    pub(super) accepted_ci95: Option<f64>,
    pub(super) mean: Option<f64>,
    pub(super) mean_ci95: Option<f64>,
    pub(super) network_mean: Option<f64>,
    pub(super) routers: Option<f64>,
    pub(super) median: Option<u64>,
    pub(super) p99: Option<u64>,
    pub(super) max: Option<u64>,
    pub(super) busiest_link: Option<f64>,
    pub(super) links: Vec<LinkStats>,
}

impl RateRow {
    /// The one word for a rate: `stable` only if the latency stayed below the threshold and the load was accepted.
    pub(super) fn verdict(&self) -> &'static str {
        match (self.stable, self.throughput_kept) {
            (false, _) => "saturated",
            (true, Some(true)) => "stable",
            (true, Some(false)) => "accepts less",
            (true, None) => "no packets",
        }
    }

    /// The network did not keep up with the load.
    pub(super) fn is_saturated(&self) -> bool {
        !self.stable || self.throughput_kept == Some(false)
    }
}

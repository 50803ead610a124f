//! One rate of a sweep, as it is printed, written and plotted.

use serde::Serialize;

/// One rate of a sweep. Latencies are in cycles, loads in flits per terminal and cycle.
#[derive(Debug, Serialize)]
pub(super) struct RateRow {
    pub(super) rate: f64,
    pub(super) stable: bool,
    pub(super) packets: u64,
    pub(super) accepted: f64,
    pub(super) accepted_ci95: Option<f64>,
    pub(super) mean: Option<f64>,
    pub(super) mean_ci95: Option<f64>,
    pub(super) network_mean: Option<f64>,
    pub(super) routers: Option<f64>,
    pub(super) median: Option<u64>,
    pub(super) p99: Option<u64>,
    pub(super) max: Option<u64>,
    pub(super) busiest_link: Option<f64>,
}

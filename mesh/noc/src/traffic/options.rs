//! What a run checks while it simulates.

use crate::Watchdog;

/// What a run checks, however it samples.
#[derive(Clone, Copy, Debug)]
pub struct TrafficOptions {
    /// Count flits, credits and owners again after every cycle.
    pub check: bool,
    /// When the run stops because nothing moves any more.
    pub watchdog: Watchdog,
}

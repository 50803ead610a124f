//! What a run checks while it simulates.

use crate::{Cycle, Watchdog};
use spikemesh_stop::Stop;

/// What a run checks, and when it ends early, however it samples.
#[derive(Clone, Debug, Default)]
pub struct TrafficOptions {
    /// Count flits, credits and owners again after every cycle.
    pub check: bool,
    /// When the run stops because nothing moves any more.
    pub watchdog: Watchdog,
    /// The last cycle that is simulated; `None` for no limit.
    pub max_cycles: Option<Cycle>,
    /// Ends the run early once it is set.
    pub stop: Stop,
}

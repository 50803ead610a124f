//! Settings of a replay.

use crate::{Cycle, Watchdog};
use spikemesh_stop::Stop;

/// What a replay checks while it runs, and when it ends early.
#[derive(Clone, Debug, Default)]
pub struct ReplayOptions {
    /// Count flits, credits and owners again after every cycle. Builds with debug assertions do so now and then in any case.
    pub check: bool,
    /// When the replay stops because nothing moves any more.
    pub watchdog: Watchdog,
    /// The last cycle that is simulated; `None` for no limit.
    pub max_cycles: Option<Cycle>,
    /// Ends the replay early once it is set.
    pub stop: Stop,
}

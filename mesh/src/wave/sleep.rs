//! Sleep: outside of the windows nothing is written and nobody looks, so only what cannot be made good later is kept.
//!
//! Asleep are kept: acts of units, because what a unit waits for follows from all of them; its last status; the last flit of each link. On waking they
//! become signals. Buffers are not followed: the network is asked for all of them, once.

use crate::unit::UnitStatus;
use spikemesh_noc::Cycle;

/// Whether the recorder sleeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Sleep {
    /// Nothing but windows says when something is written.
    pub is_allowed: bool,
    /// The cycle in which it wakes by itself; 0 while it is awake.
    pub until: Cycle,
    /// Buffers have changed without a report.
    pub lost_buffers: bool,
    /// The last status of each unit of the pass.
    pub statuses: Vec<UnitStatus>,
}

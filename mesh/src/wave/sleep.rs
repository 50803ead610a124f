//! Sleep: outside of the windows nothing is written and nobody looks, so only what cannot be made good later is kept.
//!
//! Asleep are kept: acts of units, because what a unit waits for follows from all of them; the last flit of each link. On waking they become signals.
//! Buffers and the statuses of units are not followed: it is told all of them then, once.

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
    /// Units have changed without a report.
    pub lost_statuses: bool,
}

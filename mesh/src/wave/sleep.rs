//! Sleep: outside of the windows nothing is written and nobody looks, so only what cannot be made good later is kept.
//!
//! Asleep are kept: the last flit of each link, and the frames that units begin and end, since windows may wait for one. Buffers and what units do
//! are not followed: it is told all of them on waking, once.

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

//! What a replay measures of a packet.

use crate::Cycle;

/// Number and times of a packet that arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketTimes {
    /// Its number: packets are numbered as they come to the front of their sources' queues.
    pub pid: u64,
    /// When it was created.
    pub created: Cycle,
    /// When its head left the source.
    pub head: Cycle,
    /// When its tail arrived.
    pub tail: Cycle,
    /// Routers that it passed.
    pub routers: u32,
}

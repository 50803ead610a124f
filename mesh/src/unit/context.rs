//! What the simulator lends a unit that it dispatches.

use super::arithmetic::scratch::Scratch;
use super::emission::Emission;
use super::id::UnitId;
use super::packets::Packets;
use crate::timing_wheel::TimingWheel;
use spikemesh_noc::{Cycle, Network, TerminalId};

/// What a unit may touch while it acts.
pub struct UnitContext<'a> {
    /// The present cycle.
    pub now: Cycle,
    /// The cycle in which a packet created now may leave: the next one once the network has moved.
    pub created: Cycle,
    /// Which unit acts.
    pub unit: UnitId,
    /// Packets in flight.
    pub packets: &'a mut Packets,
    /// The mesh.
    pub network: &'a mut Network,
    /// Timers.
    pub timers: &'a mut TimingWheel,
    /// Terminal of every unit.
    pub terminals: &'a [TerminalId],
    /// Buffers to compute with.
    pub scratch: &'a mut Scratch,
    /// What the unit emits in this act.
    pub emitted: &'a mut Vec<Emission>,
}

impl UnitContext<'_> {
    /// Wakes the acting unit at a later cycle.
    pub fn wake(&mut self, cycle: Cycle) {
        self.timers.schedule(cycle, 0, self.unit.0);
    }
}

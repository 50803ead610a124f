//! What a unit did in a frame.

use spikemesh_device::{Action, ActionCounts, Clocks};
use spikemesh_noc::Cycle;

use super::traffic::Traffic;

/// What a unit did in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameRecord {
    /// First cycle of computing.
    pub start: Cycle,
    /// The cycle after the last step's.
    pub computed: Cycle,
    /// The cycle in which the last marker had left, or for a sink the last word arrived.
    pub end: Cycle,
    /// Time of computing, times the filters in work.
    pub active_filter_time: Clocks,
    /// Events and potentials received.
    pub received: u64,
    /// Events and potentials emitted, before replication.
    pub emitted: u64,
    /// Events and potentials sent, each copy counted.
    pub copies: u64,
    /// Bytes that an NP read from its memories and wrote to them.
    pub memory_bytes: u64,
    /// What the network did for its packets: data, markers and tokens.
    pub traffic: Traffic,
    /// Cycles spent waiting for room in the output FIFO.
    pub stall_fifo: u64,
    /// Cycles spent waiting for a consumer's map.
    pub stall_token: u64,
}

impl FrameRecord {
    /// Clocks of computing, stalls left out: the closed forms of docs/microarchitecture.
    pub fn clocks(&self) -> u64 {
        self.computed - self.start - self.stall_fifo - self.stall_token
    }

    /// How often it did each action; `clock` is the action that a clock of its computing is.
    pub fn actions(&self, clock: Option<Action>) -> ActionCounts {
        let mut counts = ActionCounts::default();
        if let Some(clock) = clock {
            counts.set(clock, self.clocks());
        }
        counts.set(Action::LaneClock, self.active_filter_time.0);
        counts.set(Action::MemoryByte, self.memory_bytes);
        self.traffic.set(&mut counts);
        counts
    }

    /// Clocks of computing, each counted for every filter in work: what multipliers and potentials are busy with.
    pub fn active_filter_clocks(&self) -> f64 {
        self.active_filter_time.as_f64()
    }
}

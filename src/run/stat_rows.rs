//! Rows of `stats.json`: frames, layers and units.

use serde::Serialize;

use super::accuracy_claim::LayerConditions;
use super::action_columns::ActionColumns;
use super::reason_rows::{BlameStats, LayerReasonClocks, ReasonShare, UnitReasonClocks};
use crate::device::{AccuracyClaim, ActionCounts, UnitEnergy};

/// One frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrameStats {
    /// The cycle of its batch in which it was first taken in.
    pub start: u64,
    /// The cycle of its batch in which its last output arrived.
    pub end: u64,
    /// Energy of its work, in picojoules; the floor is no part of it.
    pub dynamic_pj: f64,
}

/// One layer, all frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerStats {
    /// Its name.
    pub name: String,
    /// Units that compute it.
    pub units: usize,
    /// Clocks of its slowest unit, summed over frames; stalls left out.
    pub clocks: u64,
    /// Events or potentials emitted.
    pub emitted: u64,
    /// Events or potentials received by its units, halo copies included.
    pub received: u64,
    /// Clocks of its units by reason, summed over units: a field for each.
    #[serde(flatten)]
    pub reasons: LayerReasonClocks,
    /// Its largest reasons.
    pub main_reasons: Vec<ReasonShare>,
    /// Weight bytes copied to its units before each frame, summed over frames; 0 in the first pass.
    pub load_bytes: u64,
    /// Clocks of these copies, part of the frames and of no unit.
    pub load_clocks: u64,
    /// Energy of its units' work and of loading its weights, in picojoules.
    pub dynamic_pj: f64,
    /// The same action by action: a field for how often, and one for its energy.
    #[serde(flatten)]
    pub actions: ActionColumns,
    /// The accuracy that may be claimed for its clocks.
    pub clocks_claim: Option<AccuracyClaim>,
    /// The accuracy that may be claimed for its energy.
    pub energy_claim: Option<AccuracyClaim>,
    #[serde(skip)]
    pub(super) conditions: Option<LayerConditions>,
    /// Of each frame: bytes and clocks.
    #[serde(skip)]
    pub(super) frame_load: (u64, u64),
}

/// One unit, all frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitStats {
    /// The pass.
    pub pass: usize,
    /// Its name, as in waves.
    pub name: String,
    /// The layer that it computes.
    pub layer: Option<String>,
    /// Frames that it finished.
    pub frames: usize,
    /// Clocks of computing, stalls left out.
    pub clocks: u64,
    /// Events or potentials received.
    pub received: u64,
    /// Events or potentials emitted, before replication.
    pub emitted: u64,
    /// Of these, in the first batch: what the waves show.
    pub emitted_in_first_batch: u64,
    /// Events or potentials sent, each copy counted.
    pub copies: u64,
    /// Clocks by reason, and of computing by state: a field for each. The reasons add up to the clocks of all batches, [`Stats::span_clocks`].
    ///
    /// [`Stats::span_clocks`]: super::stats::Stats::span_clocks
    #[serde(flatten)]
    pub reasons: UnitReasonClocks,
    /// Whom it waited for.
    pub blame: Vec<BlameStats>,
    /// Energy of its work, in picojoules.
    pub dynamic_pj: f64,
    /// Index of that layer.
    #[serde(skip)]
    pub(super) map: Option<usize>,
    /// How often it did each action.
    #[serde(skip)]
    pub(super) counts: ActionCounts,
    #[serde(skip)]
    pub(super) cost: UnitEnergy,
}

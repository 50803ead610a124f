//! What a report reads of `plan.json`.

use serde::Deserialize;

/// `plan.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PlanFile {
    pub mode: String,
    pub capacity: Capacity,
    pub layers: Vec<PlannedLayer>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Capacity {
    pub total: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct PlannedLayer {
    pub name: String,
    #[serde(rename = "type")]
    pub layer_type: String,
    pub unit: String,
    pub external_weights: bool,
    pub bytes: Bytes,
    pub total_bytes: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Bytes {
    pub weights: u64,
    pub input_map: u64,
    pub potentials: u64,
    pub thresholds: u64,
    pub output_fifo: u64,
}

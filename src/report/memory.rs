//! Memory of neural processors.

use serde::Serialize;

use super::plan_file::PlanFile;

/// Memory of the fullest neural processor of each layer, against what one holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemoryFacts {
    /// Bytes that a neural processor holds.
    pub capacity_bytes: u64,
    /// Layers that neural processors compute.
    pub layers: Vec<LayerMemory>,
}

/// Bytes of the fullest neural processor of a layer, by what they hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerMemory {
    /// The layer.
    pub name: String,
    /// Weights; 0 if they are external.
    pub weights: u64,
    /// The input map.
    pub input_map: u64,
    /// Potentials.
    pub potentials: u64,
    /// Thresholds and steps.
    pub thresholds: u64,
    /// The output FIFO.
    pub output_fifo: u64,
    /// Their sum.
    pub total_bytes: u64,
    /// The sum, of the capacity.
    pub share: f64,
    /// Weights lie in external memory.
    pub external_weights: bool,
}

impl MemoryFacts {
    pub(super) fn of(plan: &PlanFile) -> MemoryFacts {
        let capacity_bytes = plan.capacity.total;
        let layers = plan.layers.iter().filter(|layer| layer.unit == "np").map(|layer| LayerMemory {
            name: layer.name.clone(),
            weights: layer.bytes.weights,
            input_map: layer.bytes.input_map,
            potentials: layer.bytes.potentials,
            thresholds: layer.bytes.thresholds,
            output_fifo: layer.bytes.output_fifo,
            total_bytes: layer.total_bytes,
            share: layer.total_bytes as f64 / capacity_bytes.max(1) as f64,
            external_weights: layer.external_weights,
        });
        MemoryFacts { capacity_bytes, layers: layers.collect() }
    }
}

//! How a model is divided: into slices that a neural processor can hold, and into passes that the device can hold.

mod divide;
mod passes;
mod splits;

pub(crate) use divide::fits_alone;
pub use divide::{partition, partition_with_splits};

use serde::Serialize;

use crate::footprint::MemoryFootprint;
use crate::tiling::Slice;

/// What kind of unit computes a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// The event DMA injects the layer's map; nothing is computed.
    EventDma,
    /// The input unit.
    Hrc,
    /// Neural processors, one per slice.
    Np,
}

/// How one layer is divided.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPartition {
    /// Who computes it.
    pub kind: UnitKind,
    /// The pass that computes it. An `InputData` is injected wherever it is needed.
    pub pass: u32,
    /// Slices along y.
    pub spatial_splits: u32,
    /// Slices along filters.
    pub filter_splits: u32,
    /// One per unit: along y, and for each along filters, so that neighbours share an input map.
    pub slices: Vec<Slice>,
    /// Weights lie in external memory.
    pub external: bool,
    /// Memory of the slice that needs most; zero for units that are no NP.
    pub footprint: MemoryFootprint,
}

impl LayerPartition {
    /// Neural processors of the layer.
    pub fn nps(&self) -> u32 {
        if self.kind == UnitKind::Np { self.slices.len() as u32 } else { 0 }
    }
}

/// How a model is divided.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// One per layer of the model. Their passes ascend.
    pub layers: Vec<LayerPartition>,
    /// Number of passes. In none of them do layers take more NPs than the device has.
    pub passes: u32,
    /// Filters per slice that the mode asked for; `None` when it left the least splits as they are.
    pub granularity: Option<u32>,
}

impl Partition {
    /// Neural processors of all layers.
    pub fn total_nps(&self) -> u32 {
        self.layers.iter().map(LayerPartition::nps).sum()
    }
}

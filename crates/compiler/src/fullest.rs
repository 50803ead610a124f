//! The fullest neural processor of each layer, once it is known which one holds which slice.

use crate::error::Error;
use crate::footprint::MemoryFootprint;
use crate::partition::{LayerPartition, Partition};
use crate::placement::Placement;
use crate::resources::Resources;
use spikemesh_isa::NpId;
use spikemesh_model::Layer;

/// Memory of the fullest neural processor of a layer. They differ from slice to slice, and by output FIFOs of their own.
pub fn fullest(
    layer: &Layer,
    divided: &LayerPartition,
    nps: &[NpId],
    resources: &Resources,
) -> MemoryFootprint {
    if resources.fifo_bytes.is_empty() {
        return divided.footprint;
    }
    let placed = divided.slices.iter().zip(nps);
    let footprints = placed
        .map(|(slice, &np)| MemoryFootprint::of(layer, slice, divided.external, &resources.capacity(np)));
    footprints.max_by_key(MemoryFootprint::total).unwrap_or(divided.footprint)
}

/// An error for each layer with a neural processor whose own output FIFO leaves too little memory.
pub fn too_large(
    layers: &[Layer],
    partition: &Partition,
    placement: &Placement,
    resources: &Resources,
) -> Vec<Error> {
    let placed = layers.iter().zip(&partition.layers).zip(&placement.nps);
    let limit = resources.np.memory_bytes;
    let footprints = placed.map(|((layer, divided), nps)| (layer, fullest(layer, divided, nps, resources)));
    let too_large = footprints.filter(|(_, footprint)| footprint.total() > limit);
    too_large
        .map(|(layer, footprint)| Error::MemoryExceeded { layer: layer.name.clone(), footprint, limit })
        .collect()
}

//! Divides the layers of a model into slices and passes.

use super::passes::{granularity, passes};
use super::splits::{Splits, given_splits, layer_too_large, least_splits};
use crate::error::Error;
use crate::footprint::{MemoryFootprint, fully_connected_bytes};
use crate::mode::Mode;
use crate::partition::{LayerPartition, Partition, UnitKind};
use crate::resources::Resources;
use crate::tiling::{RowTile, Slice, deal_filters, row_pooling, tile_rows};
use spikemesh_isa::Rows;
use spikemesh_isa::limits::MAX_PASSES;
use spikemesh_model::{Layer, LayerKind};

/// Divides the layers of a model as a mode asks.
///
/// # Errors
/// All layers that cannot be divided.
pub fn partition(layers: &[Layer], resources: &Resources, mode: Mode) -> Result<Partition, Vec<Error>> {
    let mut errors = Vec::new();
    if mode == Mode::HwPr && !resources.multi_pass {
        errors.push(Error::ModeNeedsMultiPass { device: resources.name.clone() });
    }
    let mut minimal = Vec::with_capacity(layers.len());
    for layer in layers {
        match least_splits(layer, resources) {
            Ok(splits) if splits.nps() > resources.nps() => {
                errors.push(layer_too_large(layer, &splits, resources));
            }
            Ok(splits) => minimal.push(splits),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let granularity = granularity(&minimal, resources.nps(), mode);
    let splits: Vec<Splits> = match granularity {
        Some(g) => minimal.iter().map(|s| s.at(g)).collect(),
        None => minimal,
    };
    // Every layer fits the device: the least splits were checked, and no granularity that fits is larger than it.
    let passes = passes(&splits, resources.nps()).unwrap_or_default();
    let count = passes.last().map_or(0, |p| p + 1);
    if count as usize > MAX_PASSES {
        errors.push(Error::TooManyPasses {
            passes: count as usize,
            device: resources.name.clone(),
            nps: resources.nps(),
            limit: MAX_PASSES,
        });
    }
    let layers: Vec<LayerPartition> = layers
        .iter()
        .zip(&splits)
        .zip(&passes)
        .map(|((layer, splits), &pass)| divide(layer, *splits, pass, resources, &mut errors))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Partition { layers, passes: count, granularity })
}

/// Divides the layers of a model as given, in one pass: `splits` has the slices along y and along filters of every layer;
/// layers that no neural processor computes stay whole. The split rule does not apply, only the memory of a neural
/// processor.
///
/// # Errors
/// Numbers that do not fit the layers; layers that are larger than the device, alone or together; slices that exceed the
/// memory.
pub fn partition_with_splits(
    layers: &[Layer],
    resources: &Resources,
    splits: &[[u32; 2]],
) -> Result<Partition, Vec<Error>> {
    if splits.len() != layers.len() {
        return Err(vec![Error::SplitsCount { found: splits.len(), layers: layers.len() }]);
    }
    let mut errors = Vec::new();
    let mut divided = Vec::with_capacity(layers.len());
    for (layer, &splits) in layers.iter().zip(splits) {
        match given_splits(layer, splits, resources) {
            Ok(splits) => divided.push(divide(layer, splits, 0, resources, &mut errors)),
            Err(error) => errors.push(error),
        }
    }
    let nps = divided.iter().map(|layer| u64::from(layer.nps())).sum();
    if errors.is_empty() && nps > u64::from(resources.nps()) {
        errors.push(Error::TooManyNps { nps, limit: resources.nps() });
    }
    if errors.is_empty() {
        Ok(Partition { layers: divided, passes: 1, granularity: None })
    } else {
        Err(errors)
    }
}

/// Whether the least numbers of slices of a layer fit the device, each within the memory.
pub(crate) fn fits_alone(layer: &Layer, resources: &Resources) -> bool {
    let mut errors = Vec::new();
    match least_splits(layer, resources) {
        Ok(splits) if splits.nps() <= resources.nps() => {
            divide(layer, splits, 0, resources, &mut errors);
            errors.is_empty()
        }
        _ => false,
    }
}

/// The slices of a layer, and the memory of the fullest; an error is added if that is more than an NP has.
fn divide(
    layer: &Layer,
    splits: Splits,
    pass: u32,
    resources: &Resources,
    errors: &mut Vec<Error>,
) -> LayerPartition {
    let shape = &layer.shape;
    let whole = |height| Rows { first: 0, end: height };
    let tiles = match shape.kernel {
        Some([_, rows]) if splits.kind == UnitKind::Np => {
            tile_rows(shape.input.height, rows, row_pooling(layer), splits.spatial)
        }
        _ => vec![RowTile {
            own: whole(shape.input.height),
            window: whole(shape.input.height),
            outputs: whole(shape.output.height),
        }],
    };
    let filters = deal_filters(shape.output.channels, splits.filter);
    let slices: Vec<Slice> = tiles
        .iter()
        .flat_map(|&rows| {
            filters.iter().map(move |&(first_filter, filters)| Slice { rows, first_filter, filters })
        })
        .collect();
    let external = layer.kind() == LayerKind::FullyConnected
        && fully_connected_bytes(layer) > resources.np.external_weights_above;
    let footprint = if splits.kind == UnitKind::Np {
        slices
            .iter()
            .map(|slice| MemoryFootprint::of(layer, slice, external, &resources.np))
            .max_by_key(MemoryFootprint::total)
            .unwrap_or_default()
    } else {
        MemoryFootprint::default()
    };
    if footprint.total() > resources.np.memory_bytes {
        errors.push(Error::MemoryExceeded {
            layer: layer.name.clone(),
            footprint,
            limit: resources.np.memory_bytes,
        });
    }
    LayerPartition {
        kind: splits.kind,
        pass,
        spatial_splits: splits.spatial,
        filter_splits: splits.filter,
        slices,
        external,
        footprint,
    }
}

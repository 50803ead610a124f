//! Into how many slices a layer is divided, before it is known where they begin.

use crate::error::Error;
use crate::footprint::{input_bytes, weight_bytes};
use crate::partition::UnitKind;
use crate::resources::Resources;
use crate::tiling::{RowPooling, row_pooling};
use spikemesh_model::{Layer, LayerKind};

/// Numbers of slices of a layer.
#[derive(Clone, Copy)]
pub(super) struct Splits {
    /// Along y.
    pub spatial: u32,
    /// Along filters.
    pub filter: u32,
    /// A mode may cut it further along filters.
    pub divisible: bool,
    /// Filters of the layer.
    pub filters: u32,
    /// Who computes it.
    pub kind: UnitKind,
}

impl Splits {
    /// Neural processors that it takes.
    pub fn nps(&self) -> u32 {
        if self.kind == UnitKind::Np { self.spatial.saturating_mul(self.filter) } else { 0 }
    }

    /// With at most `granularity` filters in a slice, where that may be asked for. Never fewer slices than before.
    pub fn at(&self, granularity: u32) -> Splits {
        let filter =
            if self.divisible { self.filter.max(self.filters.div_ceil(granularity)) } else { self.filter };
        Splits { filter, ..*self }
    }
}

/// The least numbers of slices that fit: `ns_min` and `nf_min` of docs/mapping.md.
///
/// Rows and filters are independent: the map of a slice does not depend on its filters, and its weights not on its rows.
/// So the least number along y is found from the bytes of the map, and the least along filters from those of the weights.
/// That all of it fits the memory together is asked later, of the slices themselves.
///
/// # Errors
/// The smallest piece does not fit, or rows must be cut that global pooling needs together.
pub(super) fn least_splits(layer: &Layer, resources: &Resources) -> Result<Splits, Error> {
    let np = &resources.np;
    let filters = layer.shape.output.channels;
    let height = layer.shape.input.height;
    let whole = |kind| Splits { spatial: 1, filter: 1, divisible: false, filters, kind };
    let kernel = match (layer.kind(), layer.shape.kernel) {
        (LayerKind::InputData, _) => return Ok(whole(UnitKind::EventDma)),
        (LayerKind::InputConvolutional, _) => return Ok(whole(UnitKind::Hrc)),
        (_, None) => {
            let bytes = input_bytes(layer, height);
            if bytes > np.input_bytes {
                return Err(Error::InputTooLarge {
                    layer: layer.name.clone(),
                    rows: height,
                    bytes,
                    limit: np.input_bytes,
                });
            }
            return Ok(whole(UnitKind::Np));
        }
        (_, Some([_, rows])) => rows,
    };
    // The rule counts one halo for two slices and two halos for more, also for the outer ones.
    let halo = (kernel.size - 1) / 2;
    let rows = |splits: u32| match splits {
        1 => height,
        2 => height.div_ceil(2) + halo,
        _ => height.div_ceil(splits) + 2 * halo,
    };
    let fits = |splits: u32| {
        height.div_ceil(splits) <= np.own_rows && input_bytes(layer, rows(splits)) <= np.input_bytes
    };
    let Some(spatial) = (1..=height).find(|&splits| fits(splits)) else {
        return Err(Error::InputTooLarge {
            layer: layer.name.clone(),
            rows: rows(height),
            bytes: input_bytes(layer, rows(height)),
            limit: np.input_bytes,
        });
    };
    if spatial > 1 && row_pooling(layer) == RowPooling::Global {
        return Err(global_pooling_cut(layer, spatial, resources));
    }
    let bytes = |filters: u32| weight_bytes(layer, filters, np.filters_per_group);
    let Some(filter) = (1..=filters).find(|&splits| bytes(filters.div_ceil(splits)) <= np.weight_bytes)
    else {
        return Err(Error::WeightsTooLarge {
            layer: layer.name.clone(),
            filters: np.filters_per_group,
            bytes: bytes(1),
            limit: np.weight_bytes,
        });
    };
    Ok(Splits { spatial, filter, divisible: true, filters, kind: UnitKind::Np })
}

/// The numbers of slices that a caller asks for; a layer that no NP computes stays whole.
///
/// # Errors
/// The numbers do not fit the layer, it would be larger than the device, or rows would be cut that global pooling needs together.
pub(super) fn given_splits(
    layer: &Layer,
    [spatial, filter]: [u32; 2],
    resources: &Resources,
) -> Result<Splits, Error> {
    let kind = match layer.kind() {
        LayerKind::InputData => UnitKind::EventDma,
        LayerKind::InputConvolutional => UnitKind::Hrc,
        _ => UnitKind::Np,
    };
    let np = kind == UnitKind::Np;
    let (spatial, filter) = if np { (spatial, filter) } else { (1, 1) };
    let filters = layer.shape.output.channels;
    if spatial == 0 || !(1..=filters).contains(&filter) {
        return Err(Error::Splits { layer: layer.name.clone(), spatial, filter, filters });
    }
    let splits = Splits { spatial, filter, divisible: np, filters, kind };
    if splits.nps() > resources.nps() {
        return Err(layer_too_large(layer, &splits, resources));
    }
    if np && spatial > 1 && row_pooling(layer) == RowPooling::Global {
        return Err(global_pooling_cut(layer, spatial, resources));
    }
    Ok(splits)
}

pub(super) fn layer_too_large(layer: &Layer, splits: &Splits, resources: &Resources) -> Error {
    Error::LayerTooLarge {
        layer: layer.name.clone(),
        nps: splits.nps(),
        spatial: splits.spatial,
        filter: splits.filter,
        limit: resources.nps(),
    }
}

fn global_pooling_cut(layer: &Layer, splits: u32, resources: &Resources) -> Error {
    let height = layer.shape.input.height;
    Error::GlobalPoolingCut {
        layer: layer.name.clone(),
        height,
        splits,
        bytes: input_bytes(layer, height),
        limit: resources.np.input_bytes,
        own_rows: resources.np.own_rows,
    }
}

//! Divides a model: into slices that a neural processor can hold, and into passes that the device can hold.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::ledger::Ledger;
use crate::size::{fully_connected_bytes, map_bytes, row_pooling, weight_bytes};
use crate::slice::{Cut, RowPooling, cut_rows, deal_filters};
use crate::target::Target;
use spikemesh_isa::Rows;
use spikemesh_model::{Layer, Parameters};

/// Most passes of a program under [`Mode::HwPr`]: part of what the mode means, on any device.
pub const HW_PR_PASSES: u32 = 5;
/// Most neural processors of a layer under [`Mode::HwPr`].
pub const HW_PR_NPS: u32 = 16;

/// How many neural processors to spend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// As few as possible.
    #[default]
    Minimal,
    /// As many as the passes of `Minimal` have room for.
    AllNps,
    /// As many as [`HW_PR_PASSES`] have room for, and at most [`HW_PR_NPS`] per layer.
    HwPr,
}

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

/// A piece of a layer: some of its rows and some of its filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Its rows.
    pub cut: Cut,
    /// Its first filter.
    pub first_filter: u32,
    /// Its number of filters.
    pub filters: u32,
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
    /// Of the slice that needs most memory; zero for units that are no NP.
    pub ledger: Ledger,
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
    /// One per layer of the model.
    pub layers: Vec<LayerPartition>,
    /// Number of passes.
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

#[derive(Clone, Copy)]
struct Splits {
    spatial: u32,
    filter: u32,
    /// A mode may cut it further along filters.
    divisible: bool,
    filters: u32,
    kind: UnitKind,
}

impl Splits {
    fn nps(&self) -> u32 {
        if self.kind == UnitKind::Np { self.spatial.saturating_mul(self.filter) } else { 0 }
    }

    fn at(&self, granularity: u32) -> Splits {
        let filter =
            if self.divisible { self.filter.max(self.filters.div_ceil(granularity)) } else { self.filter };
        Splits { filter, ..*self }
    }
}

/// Divides the layers of a model. All layers that cannot be divided are reported.
pub fn partition(layers: &[Layer], target: &Target, mode: Mode) -> Result<Partition, Vec<Error>> {
    let mut errors = Vec::new();
    if mode == Mode::HwPr && !target.multi_pass {
        errors.push(Error::ModeNeedsMultiPass { device: target.name.clone() });
    }
    let mut minimal = Vec::with_capacity(layers.len());
    for layer in layers {
        match least_splits(layer, target) {
            Ok(splits) if splits.nps() > target.nps() => errors.push(Error::LayerTooLarge {
                layer: layer.name.clone(),
                nps: splits.nps(),
                spatial: splits.spatial,
                filter: splits.filter,
                limit: target.nps(),
            }),
            Ok(splits) => minimal.push(splits),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let granularity = granularity(&minimal, target, mode);
    let splits: Vec<Splits> = match granularity {
        Some(g) => minimal.iter().map(|s| s.at(g)).collect(),
        None => minimal,
    };
    let passes = passes(&splits, target.nps()).unwrap_or_default();
    let layers: Vec<LayerPartition> = layers
        .iter()
        .zip(&splits)
        .zip(&passes)
        .map(|((layer, splits), &pass)| divide(layer, *splits, pass, target, &mut errors))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Partition { layers, passes: passes.last().map_or(0, |p| p + 1), granularity })
}

/// Divides the layers of a model as told, in one pass: `splits` gives slices along y and along filters of every layer that neural processors
/// compute, the others stay whole. Whether weights and maps fit by the split rule is not asked; the memory ledger is.
///
/// # Errors
/// Layers that no neural processor computes, that are larger than the device, or whose slices exceed the memory.
pub fn partition_as(layers: &[Layer], target: &Target, splits: &[[u32; 2]]) -> Result<Partition, Vec<Error>> {
    let mut errors = Vec::new();
    let mut divided = Vec::with_capacity(layers.len());
    for (layer, &[spatial, filter]) in layers.iter().zip(splits) {
        let kind = match layer.parameters {
            Parameters::InputData(_) => UnitKind::EventDma,
            Parameters::InputConvolutional(_) => UnitKind::Hrc,
            _ => UnitKind::Np,
        };
        let np = kind == UnitKind::Np;
        let (spatial, filter) = if np { (spatial, filter) } else { (1, 1) };
        let splits = Splits { spatial, filter, divisible: np, filters: layer.shape.output.channels, kind };
        if splits.nps() > target.nps() {
            let (nps, limit) = (splits.nps(), target.nps());
            errors.push(Error::LayerTooLarge { layer: layer.name.clone(), nps, spatial, filter, limit });
            continue;
        }
        if np && spatial > 1 && row_pooling(layer) == RowPooling::Global {
            let height = layer.shape.input.height;
            let bytes = map_bytes(layer, height);
            let (limit, own_rows) = (target.np.input_bytes, target.np.own_rows);
            let layer = layer.name.clone();
            errors.push(Error::GlobalPoolingCut { layer, height, splits: spatial, bytes, limit, own_rows });
            continue;
        }
        divided.push(divide(layer, splits, 0, target, &mut errors));
    }
    if errors.is_empty() {
        Ok(Partition { layers: divided, passes: 1, granularity: None })
    } else {
        Err(errors)
    }
}

fn least_splits(layer: &Layer, target: &Target) -> Result<Splits, Error> {
    let filters = layer.shape.output.channels;
    let whole = |kind| Splits { spatial: 1, filter: 1, divisible: false, filters, kind };
    let kernel = match (&layer.parameters, layer.shape.kernel) {
        (Parameters::InputData(_), _) => return Ok(whole(UnitKind::EventDma)),
        (Parameters::InputConvolutional(_), _) => return Ok(whole(UnitKind::Hrc)),
        (_, None) => {
            let bytes = map_bytes(layer, layer.shape.input.height);
            if bytes > target.np.input_bytes {
                return Err(Error::InputTooLarge {
                    layer: layer.name.clone(),
                    rows: layer.shape.input.height,
                    bytes,
                    limit: target.np.input_bytes,
                });
            }
            return Ok(whole(UnitKind::Np));
        }
        (_, Some([_, rows])) => rows,
    };
    let np = &target.np;
    let height = layer.shape.input.height;
    let halo = (kernel.size - 1) / 2;
    let rows = |splits: u32| match splits {
        1 => height,
        2 => height.div_ceil(2) + halo,
        _ => height.div_ceil(splits) + 2 * halo,
    };
    let fits = |splits: u32| {
        height.div_ceil(splits) <= np.own_rows && map_bytes(layer, rows(splits)) <= np.input_bytes
    };
    let Some(spatial) = (1..=height).find(|&splits| fits(splits)) else {
        return Err(Error::InputTooLarge {
            layer: layer.name.clone(),
            rows: rows(height),
            bytes: map_bytes(layer, rows(height)),
            limit: np.input_bytes,
        });
    };
    if spatial > 1 && row_pooling(layer) == RowPooling::Global {
        return Err(Error::GlobalPoolingCut {
            layer: layer.name.clone(),
            height,
            splits: spatial,
            bytes: map_bytes(layer, height),
            limit: np.input_bytes,
            own_rows: np.own_rows,
        });
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

/// The pass of each layer, in order; a layer is never divided. `None` if some layer is larger than the device.
fn passes(splits: &[Splits], device: u32) -> Option<Vec<u32>> {
    let (mut pass, mut used) = (0, 0);
    splits
        .iter()
        .map(|s| {
            if s.nps() > device {
                return None;
            }
            if used + s.nps() > device {
                pass += 1;
                used = 0;
            }
            used += s.nps();
            Some(pass)
        })
        .collect()
}

/// The least number of filters per slice that keeps within what the mode allows; `None` if there is none.
fn granularity(minimal: &[Splits], target: &Target, mode: Mode) -> Option<u32> {
    let count = |splits: &[Splits]| passes(splits, target.nps())?.last().map(|p| p + 1);
    let (most_passes, most_nps) = match mode {
        Mode::Minimal => return None,
        Mode::AllNps => (count(minimal)?, u32::MAX),
        Mode::HwPr => (HW_PR_PASSES, HW_PR_NPS),
    };
    let largest = minimal.iter().filter(|s| s.divisible).map(|s| s.filters).max()?;
    (1..=largest).find(|&g| {
        let splits: Vec<Splits> = minimal.iter().map(|s| s.at(g)).collect();
        splits.iter().all(|s| s.nps() <= most_nps)
            && count(&splits).is_some_and(|passes| passes <= most_passes)
    })
}

fn divide(
    layer: &Layer,
    splits: Splits,
    pass: u32,
    target: &Target,
    errors: &mut Vec<Error>,
) -> LayerPartition {
    let shape = &layer.shape;
    let whole = |height| Rows { first: 0, end: height };
    let cuts = match shape.kernel {
        Some([_, rows]) if splits.kind == UnitKind::Np => {
            cut_rows(shape.input.height, rows, row_pooling(layer), splits.spatial)
        }
        _ => vec![Cut {
            own: whole(shape.input.height),
            window: whole(shape.input.height),
            outputs: whole(shape.output.height),
        }],
    };
    let filters = deal_filters(shape.output.channels, splits.filter);
    let slices: Vec<Slice> = cuts
        .iter()
        .flat_map(|&cut| {
            filters.iter().map(move |&(first_filter, filters)| Slice { cut, first_filter, filters })
        })
        .collect();
    let external = matches!(layer.parameters, Parameters::FullyConnected(_))
        && fully_connected_bytes(layer) > target.np.external_weights_above;
    let ledger = if splits.kind == UnitKind::Np {
        slices
            .iter()
            .map(|slice| Ledger::of(layer, slice, external, &target.np))
            .max_by_key(Ledger::total)
            .unwrap_or_default()
    } else {
        Ledger::default()
    };
    if ledger.total() > target.np.memory_bytes {
        errors.push(Error::MemoryExceeded {
            layer: layer.name.clone(),
            ledger,
            limit: target.np.memory_bytes,
        });
    }
    LayerPartition {
        kind: splits.kind,
        pass,
        spatial_splits: splits.spatial,
        filter_splits: splits.filter,
        slices,
        external,
        ledger,
    }
}

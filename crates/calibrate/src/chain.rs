//! The chain of layers that a model is, put together from the rows of its layers.

use std::collections::BTreeMap;

use crate::layer::PublishedLayer;
use crate::results::joined;
use crate::single_layer::{Kind, SingleLayer};
use spikemesh_compiler::{LayerPartition, Mode, Resources, UnitKind, partition};
use spikemesh_device::Device;
use spikemesh_model::{InputData, Model, Parameters};

/// A mode by its name, in any case.
pub fn mode_named(name: &str) -> Option<Mode> {
    match name.to_lowercase().replace(['-', '_'], "").as_str() {
        "minimal" => Some(Mode::Minimal),
        "allnps" => Some(Mode::AllNps),
        "hwpr" => Some(Mode::HwPr),
        _ => None,
    }
}

/// The layers of a model, one row each: the row of the same mapping where there is one, otherwise the first.
fn rows_of<'a>(name: &str, mode: Mode, layers: &'a [PublishedLayer]) -> Vec<&'a PublishedLayer> {
    let mut chosen: BTreeMap<u32, &PublishedLayer> = BTreeMap::new();
    let same =
        |layer: &PublishedLayer| layer.mapping.to_lowercase().replace(['-', '_'], "") == mode_name(mode);
    for layer in layers.iter().filter(|layer| layer.model == name) {
        let known = chosen.entry(layer.index).or_insert(layer);
        if same(layer) && !same(known) {
            *known = layer;
        }
    }
    chosen.into_values().collect()
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Minimal => "minimal",
        Mode::AllNps => "allnps",
        Mode::HwPr => "hwpr",
    }
}

/// A model by its name among the rows of layers, with the rows that it was made of.
///
/// # Errors
/// Rows that are missing, or that do not follow from each other.
pub fn chain_model<'a>(
    name: &str,
    mode: Mode,
    layers: &'a [PublishedLayer],
) -> Result<(Model, Vec<&'a PublishedLayer>), String> {
    let rows = rows_of(name, mode, layers);
    let Some(first) = rows.first() else { return Err("no layer rows".to_owned()) };
    if let Some(gap) = (0..).zip(&rows).find(|(index, layer)| layer.index != *index) {
        return Err(format!("no row for layer {}", gap.0));
    }
    let mut model = Model::new(name);
    if first.shape.kind != Kind::Hrc {
        let input = Parameters::InputData(InputData { input: first.shape.input() });
        model.add("events", input, &[]).map_err(joined)?;
    }
    for layer in &rows {
        let expected = layer.shape.input();
        let id = model.add("", layer.shape.parameters(), &[]).map_err(joined)?;
        let found = model.layer(id).shape.input;
        let flat = layer.shape.kind == Kind::FullyConnected && found.len() == expected.len();
        if found != expected && !flat {
            return Err(format!("layer `{}` takes {expected}, and the one before gives {found}", layer.name));
        }
    }
    Ok((model, rows))
}

/// The layers of a model on a device, by its name among the rows of layers, each with its single_layer and how it is divided.
///
/// # Errors
/// Why it cannot be computed.
pub fn chain(
    name: &str,
    mode: Mode,
    layers: &[PublishedLayer],
    device: &Device,
) -> Result<Vec<(SingleLayer, LayerPartition)>, String> {
    let (model, rows) = chain_model(name, mode, layers)?;
    let target = Resources::from(device);
    let divided = partition(model.layers(), &target, mode).map_err(joined)?;
    let computed = divided.layers.into_iter().filter(|layer| layer.kind != UnitKind::EventDma);
    let single_layers = rows.iter().zip(computed).map(|(layer, divided)| {
        let splits = [divided.spatial_splits, divided.filter_splits];
        (SingleLayer { shape: layer.shape, splits, events: layer.events, uniform: false }, divided)
    });
    Ok(single_layers.collect())
}

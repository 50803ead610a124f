//! The slices that a placement file pins, held against a mapping.

use std::collections::BTreeMap;

use spikemesh_device::Unit;
use spikemesh_isa::NpId;
use spikemesh_model::Layer;

use crate::footprint::MemoryFootprint;
use crate::partition::{Partition, UnitKind};
use crate::placement_error::{PlacementError, PlacementProblem};
use crate::placement_file::{Pins, PlacedSlice};
use crate::resources::Resources;

/// Per layer, per slice: its neural processor, if it is pinned.
pub(crate) type Pinned = Vec<Vec<Option<NpId>>>;

/// No pins.
pub(crate) fn unpinned(partition: &Partition) -> Pinned {
    partition.layers.iter().map(|layer| vec![None; layer.nps() as usize]).collect()
}

/// The neural processors of pinned slices.
///
/// # Errors
/// Every pin that is impossible.
pub(crate) fn pinned(
    pins: &Pins,
    layers: &[Layer],
    partition: &Partition,
    resources: &Resources,
) -> Result<Pinned, Vec<PlacementError>> {
    let mut all = unpinned(partition);
    let (mut seats, mut errors) = (BTreeMap::new(), Vec::new());
    let by_name: BTreeMap<String, NpId> = (0..resources.floorplan.nps() as u16)
        .map(|np| (resources.floorplan.name(Unit::Np(np)), NpId(np)))
        .collect();
    let ids: BTreeMap<&str, usize> = (0..).zip(layers).map(|(id, layer)| (layer.name.as_str(), id)).collect();
    for (index, placed) in pins.file.slices.iter().enumerate() {
        let error = |field: &str, problem| pins.text.error(&format!("slices[{index}].{field}"), problem);
        let found = ids.get(placed.layer.as_str()).filter(|&&id| partition.layers[id].kind == UnitKind::Np);
        let Some(&id) = found else {
            let near = computed(layers, partition);
            errors.push(error("layer", PlacementProblem::Layer { layer: placed.layer.clone(), near }));
            continue;
        };
        let divided = &partition.layers[id];
        let layer = || placed.layer.clone();
        if placed.slice >= divided.nps() {
            let (slice, slices) = (placed.slice, divided.nps());
            errors.push(error("slice", PlacementProblem::Slice { layer: layer(), slice, slices }));
            continue;
        }
        if let Some(other) = other_mapping(placed, partition, id) {
            let PlacementProblem::OtherMapping { field, .. } = other else { continue };
            errors.push(error(field, other));
            continue;
        }
        let device = || resources.name.clone();
        let Some(&np) = by_name.get(&placed.np) else {
            let name = |np: u32| resources.floorplan.name(Unit::Np(np as u16));
            let (first, last) = (name(0), name(resources.floorplan.nps() - 1));
            errors.push(error(
                "np",
                PlacementProblem::Np { np: placed.np.clone(), device: device(), first, last },
            ));
            continue;
        };
        if resources.disabled.binary_search(&np).is_ok() {
            let computes = |np: &NpId| resources.disabled.binary_search(np).is_err();
            let other = by_name.iter().find(|(_, np)| computes(np)).map(|(name, _)| name.clone());
            let other = other.unwrap_or_default();
            errors.push(error(
                "np",
                PlacementProblem::NpDisabled { np: placed.np.clone(), device: device(), other },
            ));
            continue;
        }
        let slice = placed.slice as usize;
        if let Some(first) = all[id][slice] {
            let first = resources.floorplan.name(Unit::Np(first.0));
            errors
                .push(error("slice", PlacementProblem::Twice { layer: layer(), slice: placed.slice, first }));
            continue;
        }
        if let Some((other_layer, other_slice)) = seats.insert((divided.pass, np), (layer(), placed.slice)) {
            let (np, pass) = (placed.np.clone(), divided.pass);
            errors.push(error(
                "np",
                PlacementProblem::NpTaken {
                    layer: layer(),
                    slice: placed.slice,
                    np,
                    pass,
                    other_layer,
                    other_slice,
                },
            ));
            continue;
        }
        let capacity = resources.capacity(np);
        let footprint = MemoryFootprint::of(&layers[id], &divided.slices[slice], divided.external, &capacity);
        let (bytes, limit) = (footprint.total(), capacity.memory_bytes);
        if bytes > limit {
            let np = placed.np.clone();
            errors.push(error(
                "np",
                PlacementProblem::Memory { layer: layer(), slice: placed.slice, np, bytes, limit },
            ));
            continue;
        }
        all[id][slice] = Some(np);
    }
    if errors.is_empty() { Ok(all) } else { Err(errors) }
}

/// The layers that can be pinned.
fn computed(layers: &[Layer], partition: &Partition) -> String {
    const NAMED: usize = 8;
    let computed = layers.iter().zip(&partition.layers).filter(|(_, divided)| divided.kind == UnitKind::Np);
    let names: Vec<&str> = computed.map(|(layer, _)| layer.name.as_str()).collect();
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    format!("layers on neural processors: {}{more}", names[..names.len().min(NAMED)].join(", "))
}

/// What the file says of a slice and this mapping does otherwise.
fn other_mapping(placed: &PlacedSlice, partition: &Partition, id: usize) -> Option<PlacementProblem> {
    let divided = &partition.layers[id];
    let slice = &divided.slices[placed.slice as usize];
    let range = |[first, end]: [u32; 2]| format!("{first} to {end}");
    let rows = [slice.rows.outputs.first, slice.rows.outputs.end];
    let filters = [slice.first_filter, slice.first_filter + slice.filters];
    let differs = |what, field, found, given| {
        let (layer, slice) = (placed.layer.clone(), placed.slice);
        Some(PlacementProblem::OtherMapping { layer, slice, what, field, found, given })
    };
    if let Some(pass) = placed.pass.filter(|&pass| pass != divided.pass) {
        return differs("the pass", "pass", divided.pass.to_string(), pass.to_string());
    }
    if let Some(given) = placed.output_rows.filter(|&given| given != rows) {
        return differs("the output rows", "output_rows", range(rows), range(given));
    }
    if let Some(given) = placed.filters.filter(|&given| given != filters) {
        return differs("the filters", "filters", range(filters), range(given));
    }
    None
}

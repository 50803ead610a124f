//! What `map` reports: per layer its neural processors, splits and memory.

use serde::Serialize;

use crate::bound::{LowerBound, lower_bound};
use crate::cost::cost;
use crate::deadlock::Proof;
use crate::footprint::MemoryFootprint;
use crate::fullest::fullest;
use crate::mode::Mode;
use crate::partition::{Partition, UnitKind};
use crate::placement::Placement;
use crate::placement_file::{PLACEMENT_SCHEMA, PlacedSlice, PlacementFile};
use crate::placer::annealed::Annealed;
use crate::placer::random::Random;
use crate::placer::task::PlacementTask;
use crate::placer::{Placer, PlacerTry};
use crate::resources::Resources;
use spikemesh_device::Unit;
use spikemesh_isa::{NpId, Rows};
use spikemesh_model::Layer;

/// A mapping, as people and scripts read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MappingReport {
    /// Name of the model.
    pub model: String,
    /// Name of the device.
    pub device: String,
    /// How it was asked for.
    pub mode: Mode,
    /// Neural processors of all layers, the input unit not counted.
    pub total_nps: u32,
    /// Neural processors of the device that compute.
    pub device_nps: u32,
    /// Names of those that compute nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disabled_nps: Vec<String>,
    /// Passes.
    pub passes: u32,
    /// Several passes run inside one program; otherwise the host loads them one after the other.
    pub multi_pass: bool,
    /// Filters per slice that the mode settled on; `null` under `minimal`, or when no number fitted.
    pub granularity: Option<u32>,
    /// Event hops of a frame if every neuron fired.
    pub placement_cost: u64,
    /// How slices came to their places, and how good these are.
    pub placement: PlacementSummary,
    /// Capacity of a neural processor, bytes.
    pub capacity: CapacitySummary,
    /// Size of the proof that the network cannot deadlock.
    pub deadlock_free: Proof,
    /// The layers.
    pub layers: Vec<LayerMapping>,
}

/// How slices came to their places, and how good these are, in flits of a frame in which every position fires.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlacementSummary {
    /// Name of the placer.
    pub placer: &'static str,
    /// What it made small, if it was asked to.
    pub objective: Option<&'static str>,
    /// How long it tried.
    pub effort: Option<u32>,
    /// Where its random numbers began.
    pub seed: Option<u64>,
    /// Slices that were pinned.
    pub pinned: u32,
    /// Links between routers that flits pass.
    pub flit_hops: u64,
    /// What no placement is below.
    pub bound: LowerBound,
    /// How far the flit-hops are above the bound, as a share of it; `null` if the bound is 0.
    pub gap: Option<f64>,
    /// The link between routers that most flits pass; `null` if none pass any.
    pub busiest_link: Option<BusiestLink>,
    /// The placements that were tried, in order.
    pub tries: Vec<PlacerTry>,
}

/// The link between routers that most flits of a frame pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BusiestLink {
    /// Its name.
    pub link: String,
    /// The pass.
    pub pass: u32,
    /// Flits of a frame.
    pub flits: u64,
}

impl PlacementSummary {
    /// Of a placement, with all that was tried for it.
    pub(crate) fn new(
        task: &PlacementTask<'_>,
        placer: &Placer,
        placement: &Placement,
        tries: Vec<PlacerTry>,
    ) -> PlacementSummary {
        let loads = task.all_loads(placement);
        let flit_hops = loads.iter().map(|loads| loads.total()).sum();
        let bound = lower_bound(task.demand, task.resources);
        let busiest = (0..).zip(&loads).filter_map(|(pass, loads)| Some((pass, loads.busiest()?)));
        // The first of several that are alike.
        let busiest = busiest.max_by_key(|(pass, link)| (link.flits, std::cmp::Reverse(*pass)));
        let (objective, effort, seed) = match placer {
            Placer::Annealed(Annealed { objective, effort, seed }) => {
                (Some(objective.name()), Some(*effort), Some(*seed))
            }
            Placer::Random(Random { seed }) => (None, None, Some(*seed)),
            _ => (None, None, None),
        };
        PlacementSummary {
            placer: placer.name(),
            objective,
            effort,
            seed,
            pinned: task.pinned.iter().flatten().flatten().count() as u32,
            flit_hops,
            bound,
            gap: (bound.flit_hops > 0).then(|| flit_hops as f64 / bound.flit_hops as f64 - 1.0),
            busiest_link: busiest.map(|(pass, link)| BusiestLink {
                link: format!("{}.{}", link.node, link.side),
                pass,
                flits: link.flits,
            }),
            tries,
        }
    }
}

/// Capacity of a neural processor in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CapacitySummary {
    /// Weights.
    pub weights: u64,
    /// Input map, as the split rule counts it.
    pub input_map: u64,
    /// Everything together.
    pub total: u64,
}

/// The mapping of a layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerMapping {
    /// Its name.
    pub name: String,
    /// Its type, as in the reference.
    #[serde(rename = "type")]
    pub layer_type: &'static str,
    /// Who computes it.
    pub unit: UnitKind,
    /// The pass that computes it, from 0.
    pub pass: u32,
    /// Neural processors; 0 for the input unit and the event DMA.
    pub nps: u32,
    /// Slices along y.
    pub spatial_splits: u32,
    /// Slices along filters.
    pub filter_splits: u32,
    /// Weights lie in external memory.
    pub external_weights: bool,
    /// Memory of the slice that needs most, bytes by what they hold.
    pub bytes: MemoryFootprint,
    /// Their sum.
    pub total_bytes: u64,
    /// The slices on their neural processors.
    pub slices: Vec<SliceMapping>,
}

/// A slice on its neural processor. Rows are half-open: first, one past the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SliceMapping {
    /// The neural processor.
    #[serde(skip)]
    pub np: NpId,
    /// Its name.
    #[serde(rename = "np")]
    pub np_name: String,
    /// Input rows that it owns.
    pub own_rows: [u32; 2],
    /// Input rows that it holds, halo included.
    pub held_rows: [u32; 2],
    /// Output rows that it computes.
    pub output_rows: [u32; 2],
    /// First filter.
    pub first_filter: u32,
    /// Number of filters.
    pub filters: u32,
    /// Memory that it takes.
    #[serde(skip)]
    pub bytes: MemoryFootprint,
}

impl MappingReport {
    /// The report of a placed partition.
    pub(crate) fn new(
        model: &str,
        layers: &[Layer],
        resources: &Resources,
        mode: Mode,
        partition: &Partition,
        (placement, summary): (&Placement, PlacementSummary),
        proof: Proof,
    ) -> MappingReport {
        let pair = |rows: Rows| [rows.first, rows.end];
        let mappings = layers
            .iter()
            .zip(&partition.layers)
            .zip(&placement.nps)
            .map(|((layer, divided), nps)| (layer, divided, nps, fullest(layer, divided, nps, resources)))
            .map(|(layer, divided, nps, bytes)| LayerMapping {
                name: layer.name.clone(),
                layer_type: layer.kind().word(),
                unit: divided.kind,
                pass: divided.pass,
                nps: divided.nps(),
                spatial_splits: divided.spatial_splits,
                filter_splits: divided.filter_splits,
                external_weights: divided.external,
                bytes,
                total_bytes: bytes.total(),
                slices: divided
                    .slices
                    .iter()
                    .zip(nps)
                    .map(|(slice, &np)| SliceMapping {
                        np,
                        np_name: resources.floorplan.name(Unit::Np(np.0)),
                        own_rows: pair(slice.rows.own),
                        held_rows: pair(slice.rows.window),
                        output_rows: pair(slice.rows.outputs),
                        first_filter: slice.first_filter,
                        filters: slice.filters,
                        bytes: MemoryFootprint::of(layer, slice, divided.external, &resources.capacity(np)),
                    })
                    .collect(),
            })
            .collect();
        MappingReport {
            model: model.to_owned(),
            device: resources.name.clone(),
            mode,
            total_nps: partition.total_nps(),
            device_nps: resources.nps(),
            disabled_nps: resources
                .disabled
                .iter()
                .map(|np| resources.floorplan.name(Unit::Np(np.0)))
                .collect(),
            passes: partition.passes,
            multi_pass: resources.multi_pass,
            granularity: partition.granularity,
            placement_cost: cost(layers, partition, placement, &resources.floorplan, &resources.topology()),
            placement: summary,
            capacity: CapacitySummary {
                weights: resources.np.weight_bytes,
                input_map: resources.np.input_bytes,
                total: resources.np.memory_bytes,
            },
            deadlock_free: proof,
            layers: mappings,
        }
    }
}

impl MappingReport {
    /// The places of all slices, as a placement file.
    pub fn placement_file(&self) -> PlacementFile {
        let placed = |layer: &LayerMapping, index: usize, slice: &SliceMapping| PlacedSlice {
            layer: layer.name.clone(),
            slice: index as u32,
            np: slice.np_name.clone(),
            pass: Some(layer.pass),
            output_rows: Some(slice.output_rows),
            filters: Some([slice.first_filter, slice.first_filter + slice.filters]),
        };
        let on_nps = self.layers.iter().filter(|layer| layer.unit == UnitKind::Np);
        let slices = on_nps
            .flat_map(|layer| layer.slices.iter().enumerate().map(move |(i, slice)| placed(layer, i, slice)));
        PlacementFile {
            schema: PLACEMENT_SCHEMA.to_owned(),
            model: Some(self.model.clone()),
            device: Some(self.device.clone()),
            slices: slices.collect(),
        }
    }
}

//! The table of layers.

use serde::Serialize;

use super::energy::PJ_PER_MJ;
use super::plan_file::PlanFile;
use super::source::Source;
use super::stats_file::{Claim, StatsFile};
use super::time::TimeFacts;
use super::units::ReasonClocks;

/// A layer, all frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerFacts {
    /// Its name.
    pub name: String,
    /// Its type; none of a program.
    #[serde(rename = "type")]
    pub layer_type: Option<String>,
    /// Columns, rows and channels of its map.
    pub shape: [u32; 3],
    /// Units that compute it.
    pub units: usize,
    /// Events or potentials of a frame, mean.
    pub events_per_frame: f64,
    /// Of the values of its map, those that are events; none if it yields potentials.
    pub density: Option<f64>,
    /// Clocks of its slowest unit for a frame, mean; stalls left out.
    pub clocks_per_frame: f64,
    /// These clocks of those from the end of a frame to the end of the next: 1 is a layer that never pauses.
    pub load: f64,
    /// Share of the critical path that is time of its units; none if no frame ended.
    pub path_share: Option<f64>,
    /// Clocks of its units by reason, all frames and units.
    pub reasons: ReasonClocks,
    /// Clocks of a frame in which weights are copied to its units, mean.
    pub load_clocks_per_frame: f64,
    /// Energy of its work for a frame, mean, in millijoules.
    pub energy_mj: f64,
    /// Neurons.
    pub neurons: usize,
    /// Neurons without an event in any frame.
    pub silent_neurons: usize,
    /// Share of values at the top level; none if it yields potentials.
    pub top_share: Option<f64>,
    /// What its clocks rest on.
    pub clocks_claim: Option<Claim>,
    /// What its energy rests on.
    pub energy_claim: Option<Claim>,
}

/// The layers of a run, in the order of the program.
pub(super) fn layers(
    source: &Source,
    stats: &StatsFile,
    plan: Option<&PlanFile>,
    time: Option<&TimeFacts>,
) -> Vec<LayerFacts> {
    let frames = source.info.finished.max(1) as f64;
    let maps = &source.simulator.program().output_maps;
    let rows = stats.layers.iter().zip(&stats.activity).zip(maps);
    rows.map(|((layer, activity), map)| {
        let planned = plan.and_then(|plan| plan.layers.iter().find(|planned| planned.name == layer.name));
        let of_values = |count: u64| (activity.values > 0).then(|| count as f64 / activity.values as f64);
        let path = |time: &TimeFacts| {
            let own = time
                .by_layer
                .iter()
                .filter(|row| row.layer.as_ref() == Some(&layer.name) && row.reason != "packet");
            own.map(|row| row.share).sum()
        };
        let clocks_per_frame = layer.clocks as f64 / frames;
        LayerFacts {
            name: layer.name.clone(),
            layer_type: planned.map(|planned| planned.layer_type.clone()),
            shape: [map.map.width, map.map.height, map.map.channels],
            units: layer.units,
            events_per_frame: layer.emitted as f64 / frames,
            density: of_values(layer.emitted),
            clocks_per_frame,
            load: clocks_per_frame / stats.throughput_interval_clocks.max(1.0),
            path_share: time.map(path),
            reasons: layer.reasons.clone(),
            load_clocks_per_frame: layer.load_clocks as f64 / frames,
            energy_mj: layer.dynamic_pj / frames / PJ_PER_MJ,
            neurons: activity.neurons,
            silent_neurons: activity.silent_neurons,
            top_share: of_values(activity.top_values),
            clocks_claim: layer.clocks_claim.clone(),
            energy_claim: layer.energy_claim.clone(),
        }
    })
    .collect()
}

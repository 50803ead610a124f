//! The figures of a frame, and what each rests on.

use std::collections::BTreeMap;

use serde::Serialize;

use super::energy::PJ_PER_MJ;
use super::stats_file::{Claim, StatsFile};
use crate::run::RunInfo;

/// The figures of a frame. Names are those of `stats.json` and of the summary of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Frames that entered an empty mesh.
    pub latency_frames: u64,
    /// Their mean, in clocks.
    pub latency_clocks: f64,
    /// The shortest.
    pub latency_clocks_min: u64,
    /// The longest.
    pub latency_clocks_max: u64,
    /// The mean in milliseconds.
    pub latency_ms: f64,
    /// `steady_state` or `one_after_another`.
    pub throughput_of: String,
    /// Clocks from the end of a frame to the end of the next one, mean.
    pub throughput_interval_clocks: f64,
    /// The same in milliseconds.
    pub throughput_interval_ms: f64,
    /// Frames per second at this interval.
    pub throughput_fps: f64,
    /// Energy of a frame in millijoules, mean: floor and work.
    pub energy_mj: f64,
    /// Of it, what the device takes regardless of work.
    pub energy_floor_mj: f64,
    /// Of it, the work.
    pub energy_work_mj: f64,
    /// What the clocks rest on.
    pub cycles_claim: Option<Claim>,
    /// What times and rates rest on.
    pub throughput_claim: Option<Claim>,
    /// What the whole energy rests on.
    pub energy_claim: Option<Claim>,
    /// What the energy of the floor rests on.
    pub energy_floor_claim: Option<Claim>,
    /// What the energy of the work rests on.
    pub energy_work_claim: Option<Claim>,
    /// Share of frames whose class is their label, of each output with labels, by its layer.
    pub accuracies: BTreeMap<String, f64>,
    /// Whether every layer of every frame is compared with the engine.
    pub compared: bool,
    /// Frames that were compared.
    pub frames_compared: u64,
    /// Frames that differ.
    pub frames_different: u64,
    /// The first difference.
    pub first_difference: Option<String>,
    /// Limits of the hardware that the model breaks, as sentences; none of a program.
    pub broken_rules: Option<Vec<String>>,
    /// Clocks of all batches.
    pub span_clocks: u64,
    /// Bytes of weights that are loaded before the first frame.
    pub first_load_bytes: u64,
    /// Microseconds of this load, part of no frame.
    pub first_load_microseconds: f64,
}

impl Summary {
    pub(super) fn of(info: &RunInfo, stats: &StatsFile) -> Summary {
        let frames = info.finished.max(1) as f64;
        let mj = |pj: f64| pj / frames / PJ_PER_MJ;
        let energy = &stats.energy;
        let broken = |rules: &serde_json::Value| {
            let broken = rules["broken"].as_array().into_iter().flatten();
            broken.filter_map(|rule| rule["message"].as_str().map(str::to_owned)).collect()
        };
        Summary {
            latency_frames: stats.latency_frames,
            latency_clocks: stats.latency_clocks,
            latency_clocks_min: stats.latency_clocks_min,
            latency_clocks_max: stats.latency_clocks_max,
            latency_ms: stats.latency_ms,
            throughput_of: stats.throughput_of.clone(),
            throughput_interval_clocks: stats.throughput_interval_clocks,
            throughput_interval_ms: stats.throughput_interval_ms,
            throughput_fps: stats.throughput_fps,
            energy_mj: mj(energy.total_pj),
            energy_floor_mj: mj(energy.floor_pj),
            energy_work_mj: mj(energy.dynamic_pj),
            cycles_claim: stats.cycles_claim.clone(),
            throughput_claim: stats.throughput_claim.clone(),
            energy_claim: energy.total_claim.clone(),
            energy_floor_claim: energy.floor_claim.clone(),
            energy_work_claim: energy.claim.clone(),
            accuracies: info.accuracies.clone(),
            compared: info.identity.compared,
            frames_compared: info.frames_compared,
            frames_different: info.frames_different,
            first_difference: info.first_difference.clone(),
            broken_rules: info.identity.rules.as_ref().map(broken),
            span_clocks: stats.span_clocks,
            first_load_bytes: stats.first_load.bytes,
            first_load_microseconds: stats.first_load.microseconds,
        }
    }
}

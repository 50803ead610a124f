//! Energy of a frame: part by part, action by action, layer by layer.

use serde::Serialize;

use super::stats_file::{LayerActions, StatsFile};
use crate::device::Action;
use crate::run::RunInfo;

/// A part of the energy of a frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnergyPart {
    /// What it is of: `total`, or `work`, which is a part of it: its actions.
    pub of: &'static str,
    /// The part; of work the name of the action.
    pub part: String,
    /// How often the action is done in a frame, mean; `null` of other parts.
    pub count: Option<f64>,
    /// Of a frame, mean.
    pub mj: f64,
    /// Of the whole that it is a part of.
    pub share: f64,
    /// What this share can be at most, where measurements bound it; it can be nothing at least.
    pub share_at_most: Option<f64>,
    /// What the division rests on.
    pub basis: String,
}

/// Energy of a frame in a layer, mean, in millijoules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerEnergy {
    /// The layer; `null` of the event DMA, which belongs to none.
    pub layer: Option<String>,
    /// Clocks and lanes of its units.
    pub units_mj: f64,
    /// Memories of its neural processors.
    pub memory_mj: f64,
    /// Loading its weights inside a frame.
    pub load_mj: f64,
    /// The network, for what its units send.
    pub network_mj: f64,
    /// All of these.
    pub total_mj: f64,
}

/// Picojoules of a millijoule.
pub(super) const PJ_PER_MJ: f64 = 1e9;

/// Parts that add up to the energy of a frame, then actions that add up to its work.
pub(super) fn parts(info: &RunInfo, stats: &StatsFile) -> Vec<EnergyPart> {
    let energy = &stats.energy;
    let frames = info.finished.max(1) as f64;
    let share = |pj: f64, whole: f64| if whole > 0.0 { pj / whole } else { 0.0 };
    let part = |part: &str, pj: f64, basis: String| EnergyPart {
        of: "total",
        part: part.to_owned(),
        count: None,
        mj: pj / frames / PJ_PER_MJ,
        share: share(pj, energy.total_pj),
        share_at_most: None,
        basis,
    };
    let network = part("network", energy.network_pj, energy.parts_basis.to_string());
    // The bound is one of the share of the work.
    let at_most =
        energy.network_share_at_most.map(|at_most| at_most * share(energy.dynamic_pj, energy.total_pj));
    // Of one part that is several actions the basis of the weakest.
    let basis_of = |names: &[&str]| {
        let own = energy.actions.iter().filter(|row| names.contains(&row.action.as_str()));
        own.map(|row| row.basis).max().unwrap_or(energy.parts_basis).to_string()
    };
    let mut parts = vec![
        part("floor", energy.floor_pj, energy.floor_basis.clone()),
        part("neural processors", energy.np_pj, basis_of(&["np_clock", "lane_clock"])),
        part("input unit", energy.hrc_pj, basis_of(&["hrc_clock"])),
        part("memories", energy.memory_pj, basis_of(&["memory_byte"])),
        part("loads", energy.load_pj, basis_of(&["load_byte"])),
        EnergyPart { share_at_most: at_most, ..network },
    ];
    parts.extend(energy.actions.iter().map(|row| EnergyPart {
        of: "work",
        part: row.action.clone(),
        count: Some(row.count / frames),
        mj: row.pj / frames / PJ_PER_MJ,
        share: share(row.pj, energy.dynamic_pj),
        share_at_most: None,
        basis: row.basis.to_string(),
    }));
    parts
}

/// The work of a frame by layer; last that of the event DMA, if there is any. They add up to the work.
pub(super) fn layers(info: &RunInfo, stats: &StatsFile) -> Vec<LayerEnergy> {
    let frames = info.finished.max(1) as f64;
    let mj = |pj: f64| pj / frames / PJ_PER_MJ;
    let mut rows: Vec<LayerEnergy> = stats
        .layers
        .iter()
        .map(|layer| {
            let LayerActions(actions) = &layer.actions;
            LayerEnergy {
                layer: Some(layer.name.clone()),
                units_mj: mj(actions.sum(&[Action::NpClock, Action::LaneClock, Action::HrcClock])),
                memory_mj: mj(actions.of(Action::MemoryByte)),
                load_mj: mj(actions.of(Action::LoadByte)),
                network_mj: mj(actions.network()),
                total_mj: mj(layer.dynamic_pj),
            }
        })
        .collect();
    let dma = mj(stats.energy.dma_pj);
    if dma > 0.0 {
        let (units_mj, memory_mj, load_mj) = (0.0, 0.0, 0.0);
        rows.push(LayerEnergy { layer: None, units_mj, memory_mj, load_mj, network_mj: dma, total_mj: dma });
    }
    rows
}

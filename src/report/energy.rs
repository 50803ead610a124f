//! Energy of a frame, part by part.

use serde::Serialize;

use super::stats_file::StatsFile;
use crate::run::RunInfo;

/// A part of the energy of a frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnergyPart {
    /// What it is of: `total`, or `work`, which is a part of it.
    pub of: &'static str,
    /// The part.
    pub part: &'static str,
    /// Of a frame, mean.
    pub mj: f64,
    /// Of the whole that it is a part of.
    pub share: f64,
    /// What the division rests on.
    pub basis: String,
}

/// Picojoules of a millijoule.
pub(super) const PJ_PER_MJ: f64 = 1e9;

/// Parts that add up to the energy of a frame, then parts that add up to its work.
pub(super) fn parts(info: &RunInfo, stats: &StatsFile) -> Vec<EnergyPart> {
    let energy = &stats.energy;
    let frames = info.finished.max(1) as f64;
    let basis =
        |claim: &Option<super::Claim>| claim.as_ref().map_or("no frames".to_owned(), |c| c.basis.clone());
    let part = |of, part, pj: f64, whole: f64, basis: String| EnergyPart {
        of,
        part,
        mj: pj / frames / PJ_PER_MJ,
        share: if whole > 0.0 { pj / whole } else { 0.0 },
        basis,
    };
    let rest = energy.dynamic_pj - energy.memory_pj - energy.network_pj;
    vec![
        part("total", "floor", energy.floor_pj, energy.total_pj, energy.floor_basis.clone()),
        part("total", "neural processors", energy.np_pj, energy.total_pj, basis(&energy.claim)),
        part("total", "input unit", energy.hrc_pj, energy.total_pj, basis(&energy.claim)),
        part("work", "memories", energy.memory_pj, energy.dynamic_pj, energy.shares_basis.clone()),
        part("work", "network", energy.network_pj, energy.dynamic_pj, energy.shares_basis.clone()),
        part("work", "logic", rest, energy.dynamic_pj, energy.shares_basis.clone()),
    ]
}

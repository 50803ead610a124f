//! Counted clocks as columns of units and layers.

use super::reason_rows::{BlameStats, LayerReasonClocks, UnitReasonClocks};
use super::stat_rows::{LayerStats, UnitStats};
use crate::mesh::ReasonCounts;

/// Sets the columns of reasons, of units and layers. Units are those of all passes, one pass after the other.
pub(super) fn set_reasons(counts: &ReasonCounts, units: &mut [UnitStats], layers: &mut [LayerStats]) {
    let mut sums = vec![LayerReasonClocks::default(); layers.len()];
    let mut rest = units;
    for (pass, counted) in counts.passes.iter().enumerate() {
        let (rows, others) = rest.split_at_mut(counted.len());
        rest = others;
        for (index, clocks) in counted.iter().enumerate() {
            let blame = counts.blames(pass, index).map(|blame| BlameStats {
                reason: blame.reason.name(),
                unit: rows[blame.unit.0 as usize].name.clone(),
                clocks: blame.clocks,
            });
            rows[index].blame = blame.collect();
            rows[index].reasons = UnitReasonClocks(clocks.clone());
            if let Some(layer) = rows[index].map {
                sums[layer].0.iter_mut().zip(clocks.reasons).for_each(|(sum, clocks)| *sum += clocks);
            }
        }
    }
    for (layer, sums) in layers.iter_mut().zip(sums) {
        layer.main_reasons = sums.main();
        layer.reasons = sums;
    }
}

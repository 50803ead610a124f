//! What units did when: intervals with names.

use super::names::Names;
use crate::mesh::UnitId;
use crate::mesh::timeline::Timeline;

/// Time of a unit with one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitTime {
    /// The pass.
    pub pass: usize,
    /// The unit.
    pub unit: String,
    /// The layer that it computes.
    pub layer: Option<String>,
    /// The frame that it belongs to; none after the unit's last.
    pub frame: Option<usize>,
    /// What it went by with.
    pub reason: &'static str,
    /// Its first cycle.
    pub start: u64,
    /// The cycle after its last.
    pub end: u64,
}

impl Names<'_> {
    /// The intervals of all units, unit by unit as passes ran. Those of a unit tile each of its passes; a wait that took no time is left out.
    pub fn unit_times(&self, timeline: &Timeline) -> Vec<UnitTime> {
        let mut times = Vec::new();
        for pass in &timeline.passes {
            for unit in (0..pass.units()).map(|unit| UnitId(unit as u32)) {
                let (name, layer) = (self.unit(pass.pass, unit), self.layer(pass.pass, unit));
                let lasting = pass.intervals(unit).iter().filter(|interval| interval.start < interval.end);
                times.extend(lasting.map(|interval| UnitTime {
                    pass: pass.pass,
                    unit: name.clone(),
                    layer: layer.clone(),
                    frame: pass.frames.get(interval.frame as usize).copied(),
                    reason: interval.reason.name(),
                    start: interval.start,
                    end: interval.end,
                }));
            }
        }
        times
    }
}

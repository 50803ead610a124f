//! What a run leaves behind.

use spikemesh_isa::{GroupId, MapShape};

use super::{Options, Simulator};
use crate::unit::{Emission, FrameRecord};
use spikemesh_noc::Cycle;

/// What a program takes in.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Pixels, (row, column, channel).
    Image(Vec<u8>),
    /// Levels 0..=15, (column, row, channel); 0 is no event.
    Events(Vec<i32>),
}

/// One frame's result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameOutcome {
    /// The first cycle in which it was taken in.
    pub start: Cycle,
    /// The cycle in which its last output arrived.
    pub end: Cycle,
    /// The output map, (column, row, channel).
    pub output: Vec<i32>,
    /// The map of every group, as emitted, (column, row, channel); empty unless asked for.
    pub groups: Vec<Vec<i32>>,
}

/// One unit's work.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitOutcome {
    /// Its name.
    pub name: String,
    /// The map it helps to produce.
    pub group: Option<GroupId>,
    /// What it did, frame by frame.
    pub frames: Vec<FrameRecord>,
}

/// One pass's work.
#[derive(Clone, Debug, PartialEq)]
pub struct PassOutcome {
    /// Units, in the order of [`super::PassPlan::names`].
    pub units: Vec<UnitOutcome>,
    /// Flits times links crossed.
    pub flit_hops: u64,
}

/// What a run leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Frames, as given.
    pub frames: Vec<FrameOutcome>,
    /// Passes of the program.
    pub passes: Vec<PassOutcome>,
    /// The cycle of the last event.
    pub cycles: Cycle,
    /// Sizes of the groups' maps, empty unless recorded.
    maps: Vec<MapShape>,
}

impl Outcome {
    pub(super) fn new(simulator: &Simulator, frames: usize, start: Cycle, options: &Options) -> Outcome {
        let maps: Vec<MapShape> = if options.record_groups {
            simulator.program.groups.iter().map(|g| g.map).collect()
        } else {
            Vec::new()
        };
        let frame = FrameOutcome {
            groups: maps.iter().map(|m| vec![0; m.len()]).collect(),
            ..FrameOutcome::default()
        };
        let passes = simulator.passes.iter().map(|plan| PassOutcome {
            units: plan
                .names
                .iter()
                .zip(&plan.groups)
                .map(|(name, &group)| UnitOutcome { name: name.clone(), group, frames: Vec::new() })
                .collect(),
            flit_hops: 0,
        });
        Outcome { frames: vec![frame; frames], passes: passes.collect(), cycles: start, maps }
    }

    pub(super) fn record(&mut self, frame: usize, group: usize, emitted: &[Emission]) {
        if let Some(map) = self.maps.get(group) {
            let values = &mut self.frames[frame].groups[group];
            for event in emitted {
                values[map.index(event.x, event.y, event.c)] = event.value;
            }
        }
    }
}

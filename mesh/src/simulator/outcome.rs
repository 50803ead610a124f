//! What a run leaves behind.

use spikemesh_isa::{MapShape, OutputMapId, Program};

use super::options::SimulationOptions;
use super::plan::PassPlan;
use crate::unit::{Emission, FrameRecord};
use spikemesh_noc::{Cycle, LinkCounters};

/// One frame's result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameOutcome {
    /// The first cycle in which it was taken in.
    pub start: Cycle,
    /// The cycle in which the last value of its last output arrived.
    pub end: Cycle,
    /// Its outputs, in the order of the program's, (column, row, channel) each; empty where a hang left none.
    pub outputs: Vec<Vec<i32>>,
    /// The map of every output map, as emitted, (column, row, channel); empty unless asked for, and of a frame that an early end left without any.
    pub output_maps: Vec<Vec<i32>>,
}

impl FrameOutcome {
    /// The output of the model's last layer.
    pub fn output(&self) -> &[i32] {
        self.outputs.last().map_or(&[], Vec::as_slice)
    }
}

/// One unit's work.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitOutcome {
    /// Its name.
    pub name: String,
    /// The map it helps to produce.
    pub output_map: Option<OutputMapId>,
    /// What it did, frame by frame.
    pub frames: Vec<FrameRecord>,
}

/// One pass's work.
#[derive(Clone, Debug, PartialEq)]
pub struct PassOutcome {
    /// Units, in the order of [`PassPlan::names`].
    pub units: Vec<UnitOutcome>,
    /// Flits times links crossed.
    pub flit_hops: u64,
    /// What passed each link of the network, in the order of its links.
    pub links: Vec<LinkCounters>,
}

/// What a run leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Frames, as given.
    pub frames: Vec<FrameOutcome>,
    /// So many of them, from the first, are whole: all, unless the run ended early.
    pub finished: usize,
    /// Passes of the program.
    pub passes: Vec<PassOutcome>,
    /// The cycle of the last event.
    pub cycles: Cycle,
    /// Sizes of the output maps' maps, empty unless recorded.
    maps: Vec<MapShape>,
}

impl Outcome {
    pub(super) fn new(
        program: &Program,
        passes: &[PassPlan],
        frames: usize,
        start: Cycle,
        options: &SimulationOptions,
    ) -> Outcome {
        let maps: Vec<MapShape> = if options.record_output_maps {
            program.output_maps.iter().map(|g| g.map).collect()
        } else {
            Vec::new()
        };
        let frame =
            FrameOutcome { outputs: vec![Vec::new(); program.outputs.len()], ..FrameOutcome::default() };
        let passes = passes.iter().map(|plan| PassOutcome {
            units: plan
                .names
                .iter()
                .zip(&plan.output_maps)
                .map(|(name, &output_map)| UnitOutcome { name: name.clone(), output_map, frames: Vec::new() })
                .collect(),
            flit_hops: 0,
            links: Vec::new(),
        });
        Outcome { frames: vec![frame; frames], finished: 0, passes: passes.collect(), cycles: start, maps }
    }

    /// Leaves out the frames that are not whole, and what units did for them. Flits of these frames stay in [`PassOutcome::flit_hops`] and
    /// [`PassOutcome::links`].
    pub fn keep_finished(&mut self) {
        self.frames.truncate(self.finished);
        let units = self.passes.iter_mut().flat_map(|pass| &mut pass.units);
        units.for_each(|unit| unit.frames.truncate(self.finished));
    }

    pub(super) fn record(&mut self, frame: usize, output_map: usize, emitted: &[Emission]) {
        if let Some(map) = self.maps.get(output_map) {
            // A frame gets its maps when it begins, so that a long batch can end soon.
            let maps = &mut self.frames[frame].output_maps;
            if maps.is_empty() {
                *maps = zeros(&self.maps);
            }
            let values = &mut maps[output_map];
            for event in emitted {
                values[map.index(event.x, event.y, event.c)] = event.value;
            }
        }
    }

    /// Gives the first `frames` frames their maps, of which those hold zeros that nothing was emitted for.
    pub(super) fn complete_maps(&mut self, frames: usize) {
        let without = self.frames.iter_mut().take(frames).filter(|frame| frame.output_maps.is_empty());
        without.for_each(|frame| frame.output_maps = zeros(&self.maps));
    }
}

fn zeros(maps: &[MapShape]) -> Vec<Vec<i32>> {
    maps.iter().map(|map| vec![0; map.len()]).collect()
}

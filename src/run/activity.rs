//! Which neurons of which layers send events: counted as the mesh emits them, so that it needs neither maps nor the engine.

use serde::Serialize;

use super::counter::Counter;
use crate::isa::{Activation, OutputMapId, Program};
use crate::mesh::Emission;
use crate::mesh::UnitId;
use crate::mesh::probe::{Origin, Probe};
use crate::noc::{self, Cycle};

/// One layer, all frames. A neuron is a filter, or a unit of a fully connected layer, at all of its positions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerActivity {
    /// Its name.
    pub name: String,
    /// Its neurons.
    pub neurons: usize,
    /// Neurons without an event in any frame; 0 for a layer that yields potentials.
    pub silent_neurons: usize,
    /// Values of its map, summed over frames; 0 for a layer that yields potentials.
    pub values: u64,
    /// Of these, at the top level.
    pub top_values: u64,
    /// Events, summed over frames.
    #[serde(skip)]
    pub(super) events: u64,
    /// By neuron: frames in which it had an event.
    #[serde(skip)]
    fired: Vec<u64>,
    #[serde(skip)]
    map_values: u64,
}

impl LayerActivity {
    /// Counters at zero, for every output map of a program.
    pub(super) fn of(program: &Program) -> Vec<LayerActivity> {
        let maps = program.output_maps.iter().zip(top_levels(program));
        maps.map(|(output_map, top)| {
            let neurons = output_map.map.channels as usize;
            LayerActivity {
                name: output_map.name.clone(),
                neurons,
                silent_neurons: if top.is_some() { neurons } else { 0 },
                values: 0,
                top_values: 0,
                events: 0,
                fired: vec![0; if top.is_some() { neurons } else { 0 }],
                map_values: if top.is_some() { output_map.map.len() as u64 } else { 0 },
            }
        })
        .collect()
    }

    /// Adds a frame.
    pub(super) fn add(&mut self, frame: &FrameActivity) {
        self.values += self.map_values;
        self.top_values += frame.at_top;
        self.events += frame.events;
        self.fired.iter_mut().zip(&frame.fired).for_each(|(fired, now)| *fired += u64::from(*now));
    }

    /// Sets what follows from the counters.
    pub(super) fn derive(&mut self) {
        self.silent_neurons = self.fired.iter().filter(|frames| **frames == 0).count();
    }

    /// Visits every number that adds up over frames, always in the same order.
    pub(super) fn each_counter(&mut self, visit: &mut dyn FnMut(&mut dyn Counter)) {
        for counter in [&mut self.values, &mut self.top_values, &mut self.events] {
            visit(counter);
        }
        for frames in &mut self.fired {
            visit(frames);
        }
    }

    /// It yields levels, so that it can be silent.
    pub(super) fn has_levels(&self) -> bool {
        self.map_values > 0
    }
}

/// The top level of every output map; none of potentials.
fn top_levels(program: &Program) -> Vec<Option<i32>> {
    let mut tops = vec![None; program.output_maps.len()];
    for pass in &program.passes {
        let hrc = pass.hrc.iter().map(|hrc| (hrc.output_map, hrc.activation));
        for (OutputMapId(map), activation) in
            hrc.chain(pass.nps.iter().map(|np| (np.output_map, np.activation)))
        {
            if let Activation::Levels { bits } = activation {
                tops[usize::from(map)] = Some((1 << bits) - 1);
            }
        }
    }
    tops
}

/// One layer in one frame.
#[derive(Clone, Debug)]
pub(crate) struct FrameActivity {
    /// By neuron.
    fired: Vec<bool>,
    at_top: u64,
    events: u64,
}

/// Counts the events of a batch, frame by frame and layer by layer.
pub(super) struct ActivityProbe {
    /// By output map.
    tops: Vec<Option<i32>>,
    pub frames: Vec<Vec<FrameActivity>>,
}

impl ActivityProbe {
    /// Nothing counted yet, for a batch of `frames`.
    pub fn new(program: &Program, frames: usize) -> ActivityProbe {
        let one = |map: &crate::isa::OutputMap| FrameActivity {
            fired: vec![false; map.map.channels as usize],
            at_top: 0,
            events: 0,
        };
        let none: Vec<FrameActivity> = program.output_maps.iter().map(one).collect();
        ActivityProbe { tops: top_levels(program), frames: vec![none; frames] }
    }
}

/// It looks at no flit, grant or buffer.
impl noc::Probe for ActivityProbe {
    const OBSERVES_NETWORK: bool = false;
}

impl Probe for ActivityProbe {
    fn emitted(&mut self, _: Cycle, _: UnitId, origin: Origin, events: &[Emission]) {
        let map = usize::from(origin.output_map.0);
        let Some(top) = self.tops[map] else { return };
        let activity = &mut self.frames[origin.frame][map];
        activity.events += events.len() as u64;
        for event in events {
            activity.fired[event.c as usize] = true;
            activity.at_top += u64::from(event.value == top);
        }
    }
}

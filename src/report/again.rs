//! The first batch of a run once more, with probes: when units did what, and which way packets went.

use super::flows::{FlowProbe, Flows};
use crate::Stop;
use crate::mesh::timeline::{Timeline, TimelineProbe};
use crate::mesh::{Outcome, SimulationOptions};
use crate::run::{Error, Explained, Rerun, explain, first_frames};

/// What the first batch did.
pub(super) struct Again {
    pub outcome: Outcome,
    pub timeline: Timeline,
    pub flows: Flows,
    /// None if no frame ended.
    pub explained: Option<Explained>,
}

impl Again {
    /// Runs it; where the run ended early it ends there too, and what came before is kept.
    ///
    /// # Errors
    /// The input does not fit.
    pub fn run(rerun: &Rerun, stop: &Stop) -> Result<Again, Vec<Error>> {
        let simulator = &rerun.simulator;
        let options =
            SimulationOptions { record_output_maps: false, max_cycles: rerun.max_cycles, stop: stop.clone() };
        let frames = first_frames(simulator.program(), &rerun.input, rerun.batch);
        let frames = frames.map_err(|error| vec![error])?;
        let mut probes = (TimelineProbe::new(simulator), FlowProbe::default());
        let (outcome, _) = simulator.run(&frames, 0, &options, &mut probes).into_parts();
        let (timeline, flows) = (probes.0.into_timeline(), probes.1.into_flows());
        let (explained, _) = explain(&rerun.job().stop(stop))?.into_parts();
        Ok(Again { outcome, timeline, flows, explained })
    }
}

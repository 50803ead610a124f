//! What was run, on what, and how it ended.

use serde::Serialize;

use super::plan_file::PlanFile;
use super::source::Source;
use crate::words::plural;

/// What was run, on what, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunFacts {
    /// How the run is called: its folder.
    pub name: String,
    /// Version of Spikemesh that ran it.
    pub spikemesh: String,
    /// Name of the model.
    pub model: String,
    /// Name of the device.
    pub device: String,
    /// Clock of the device in Hz.
    pub clock_hz: u64,
    /// Constants of the device that were set, each `path=value`.
    pub settings: Vec<String>,
    /// How the model was mapped; none of a program.
    pub mode: Option<String>,
    /// Passes of the program.
    pub passes: usize,
    /// Neural processors that compute, of so many.
    pub nps: usize,
    /// Neural processors of the device.
    pub device_nps: u32,
    /// How the run ended.
    pub status: &'static str,
    /// Frames asked for.
    pub frames: usize,
    /// Frames finished.
    pub finished: usize,
    /// `partial, 3 of 8 frames`, if fewer than asked for were finished.
    pub partial: Option<String>,
    /// Frames of a batch.
    pub batch: usize,
    /// How the axes of the input were read.
    pub input_order: String,
    /// Seed of random weights, if they were used.
    pub random_weights: Option<u64>,
    /// SHA-256 of the program.
    pub program_sha256: String,
    /// SHA-256 of the device's canonical text.
    pub device_sha256: String,
    /// SHA-256 of the input file.
    pub input_sha256: Option<String>,
}

impl RunFacts {
    pub(super) fn of(source: &Source, plan: Option<&PlanFile>) -> RunFacts {
        let (info, what) = (source.info, &source.info.identity);
        let program = source.simulator.program();
        let mut nps: Vec<u16> = program.passes.iter().flat_map(|pass| &pass.nps).map(|np| np.np.0).collect();
        nps.sort_unstable();
        nps.dedup();
        RunFacts {
            name: source.name.clone(),
            spikemesh: what.spikemesh.clone(),
            model: what.model.clone(),
            device: what.device.clone(),
            clock_hz: what.clock_hz,
            settings: what.settings.iter().map(ToString::to_string).collect(),
            mode: plan.map(|plan| plan.mode.clone()),
            passes: program.passes.len(),
            nps: nps.len(),
            device_nps: source.simulator.device().nps(),
            status: info.status.name(),
            frames: what.frames,
            finished: info.finished,
            partial: (info.finished < what.frames)
                .then(|| format!("partial, {} of {}", info.finished, plural(what.frames, "frame", "frames"))),
            batch: what.batch,
            input_order: what.input_order.clone(),
            random_weights: what.random_weights,
            program_sha256: what.program_sha256.clone(),
            device_sha256: what.device_sha256.clone(),
            input_sha256: what.input_sha256.clone(),
        }
    }
}

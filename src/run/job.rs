//! A job: what to simulate, and what to record.

use std::ops::Range;
use std::path::Path;

use super::wave_file::WaveRequest;
use crate::Stop;
use crate::engine::{Engine, Input};
use crate::mesh::SimulationOptions;
use crate::mesh::Simulator;
use crate::model::Model;
use crate::noc::Cycle;

/// What to simulate, and what to record.
pub struct Job<'a> {
    pub(super) simulator: &'a Simulator,
    pub(super) input: &'a Input,
    pub(super) golden: Option<&'a Model>,
    /// The engine of that model, if it was made before.
    pub(super) engine: Option<&'a Engine>,
    pub(super) batch: usize,
    pub(super) options: SimulationOptions,
    pub(super) waves: Option<&'a WaveRequest>,
    pub(super) trace: Option<&'a Path>,
    pub(super) events: bool,
    pub(super) layers: bool,
    pub(super) progress: &'a (dyn Fn(usize) + Sync),
}

impl<'a> Job<'a> {
    /// Every sample of `input`, one at a time.
    pub fn new(simulator: &'a Simulator, input: &'a Input) -> Job<'a> {
        Job {
            simulator,
            input,
            golden: None,
            engine: None,
            batch: 1,
            options: SimulationOptions { record_output_maps: false, ..SimulationOptions::default() },
            waves: None,
            trace: None,
            events: false,
            layers: false,
            progress: &|_| {},
        }
    }

    /// Compares every layer of every frame with the engine.
    pub fn against(self, model: &'a Model) -> Job<'a> {
        Job {
            golden: Some(model),
            options: SimulationOptions { record_output_maps: true, ..self.options },
            ..self
        }
    }

    /// As [`Job::against`], with the engine of the model.
    pub(crate) fn against_engine(self, model: &'a Model, engine: &'a Engine) -> Job<'a> {
        Job { engine: Some(engine), ..self.against(model) }
    }

    /// Frames of a batch: they enter the mesh one after another, the first after a reset. Default 1.
    pub fn batch(self, batch: usize) -> Job<'a> {
        Job { batch: batch.max(1), ..self }
    }

    /// Limits a batch to this cycle.
    pub fn max_cycles(self, max_cycles: Cycle) -> Job<'a> {
        Job { options: SimulationOptions { max_cycles, ..self.options }, ..self }
    }

    /// Writes waves of one batch: the first, or that of the frame that their plan asks for.
    pub fn waves(self, request: &'a WaveRequest) -> Job<'a> {
        Job { waves: Some(request), ..self }
    }

    /// Writes the packets of the same batch to a file, as `.spt`.
    pub fn trace(self, path: &'a Path) -> Job<'a> {
        Job { trace: Some(path), ..self }
    }

    /// Keeps every event with its cycle, see [`Results::events`].
    pub fn events(self, events: bool) -> Job<'a> {
        Job { events, ..self }
    }

    /// Keeps a digest, events and clocks of every layer in every frame, and maps of the first frames.
    pub(crate) fn layers(self) -> Job<'a> {
        Job { layers: true, options: SimulationOptions { record_output_maps: true, ..self.options }, ..self }
    }

    /// Ends the job early, with the frames that are finished, once `stop` is set; its progress counts frames that were simulated.
    pub fn stop(self, stop: &Stop) -> Job<'a> {
        Job { options: SimulationOptions { stop: stop.clone(), ..self.options }, ..self }
    }

    /// Called with the number of frames that have just been finished.
    pub fn progress(self, progress: &'a (dyn Fn(usize) + Sync)) -> Job<'a> {
        Job { progress, ..self }
    }

    /// The frames of the batch of which waves or packets are written, of all `frames`.
    pub(super) fn recorded_batch(&self, frames: usize) -> Option<Range<usize>> {
        let first = || self.trace.map(|_| 0..frames.min(self.batch));
        self.waves.map(|request| request.plan.batch(self.batch, frames)).or_else(first)
    }

    pub(super) fn asks_for_last_cycles(&self) -> bool {
        self.waves.is_some_and(|request| request.plan.last.is_some())
    }

    pub(super) fn stopped(&self) -> bool {
        self.options.stop.is_set()
    }
}

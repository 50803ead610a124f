//! One batch of a job: simulated, and compared with the engine.

use std::time::Duration;

use super::error::Error;
use super::job::Job;
use crate::engine::{self, Engine, Input};
use crate::golden::{self, Difference};
use crate::mesh::Outcome;
use crate::mesh::probe::Spike;
use crate::mesh::{EarlyEnd, End, Ended, Frame};
use crate::model::Model;
use crate::tensor::{Dense, Event, Sparse};

/// The results of a batch, compared with the engine.
pub(super) struct BatchResult {
    pub(super) outcome: Outcome,
    pub(super) end: End<Error>,
    pub(super) differences: Vec<Difference>,
    pub(super) events: Vec<Spike>,
    pub(super) simulating: Duration,
}

impl BatchResult {
    /// Compares a batch that was simulated in `simulating`. `first` is the index of its first frame in the input.
    pub(super) fn new(
        job: &Job,
        engine: Option<&Engine>,
        &(first, frames): &(usize, &[Frame]),
        ended: Ended<Outcome>,
        mut events: Vec<Spike>,
        simulating: Duration,
    ) -> BatchResult {
        let (mut outcome, mut end) = ended.map_failure(Error::from).into_parts();
        let mut compared = Vec::new();
        // Where a batch hangs, the maps are compared as well: a wrong value is often why.
        if let End::Finished | End::Early(EarlyEnd::Hang(_)) = end
            && let (Some(engine), Some(model)) = (engine, job.golden)
        {
            match differences(job, engine, model, first, &outcome) {
                Ok(differences) => compared = differences,
                Err(error) => end = End::Early(EarlyEnd::Failure(error)),
            }
        }
        for event in &mut events {
            event.frame += first as u32;
        }
        for frame in &mut outcome.frames {
            frame.output_maps = Vec::new();
        }
        if end.is_finished() {
            (job.progress)(frames.len());
        }
        BatchResult { outcome, end, differences: compared, events, simulating }
    }
}

/// The first difference of every frame of a batch that differs from the engine.
fn differences(
    job: &Job,
    engine: &Engine,
    model: &Model,
    first: usize,
    outcome: &Outcome,
) -> Result<Vec<Difference>, Error> {
    let mut differences = Vec::new();
    for (index, frame) in outcome.frames.iter().enumerate() {
        // The input was checked as a whole, so only one error is possible: a potential beyond 32 bits.
        let trace = engine.trace(&sample(job.input, first + index), 0).map_err(first_error)?;
        differences.extend(golden::compare(job.simulator.program(), model, &trace, frame, first + index));
    }
    Ok(differences)
}

fn first_error(mut errors: Vec<engine::Error>) -> Error {
    errors.swap_remove(0).into()
}

/// One sample of an input, as an input of its own.
fn sample(input: &Input, index: usize) -> Input {
    match input {
        Input::Images(images) => {
            let [_, h, w, c] = images.shape;
            Input::Images(Dense { shape: [1, h, w, c], data: images.sample(index).to_vec() })
        }
        Input::Events(events) => {
            let [_, w, h, c] = events.shape;
            let of_sample = events.events.iter().filter(|e| e.n as usize == index);
            let events = of_sample.map(|e| Event { n: 0, ..*e }).collect();
            Input::Events(Sparse { shape: [1, w, h, c], events })
        }
    }
}

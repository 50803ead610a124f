//! One batch of a job: simulated, and compared with the engine.

use std::ops::Range;
use std::time::Duration;

use super::activity::ActivityProbe;
use super::error::Error;
use super::frames::FrameSource;
use super::job::Job;
use super::layer_frames::layer_frames;
use super::sink::{FinishedBatch, Sink};
use crate::engine::{self, Engine};
use crate::golden;
use crate::mesh::probe::EventProbe;
use crate::mesh::{EarlyEnd, End, Ended, Frame};
use crate::mesh::{Outcome, ReasonProbe};

/// The probes of every batch: counts of events and of clocks, and the events themselves if the job asks for them.
pub(super) struct Recording<'a>(pub (ActivityProbe, (ReasonProbe<'a>, Option<EventProbe>)));

impl<'a> Recording<'a> {
    /// Nothing recorded yet of a batch of `frames`.
    pub fn new(job: &Job<'a>, frames: &[Frame]) -> Recording<'a> {
        let activity = ActivityProbe::new(job.simulator.program(), frames.len());
        Recording((activity, (ReasonProbe::new(job.simulator), job.events.then(EventProbe::default))))
    }
}

/// The results of a batch, compared with the engine.
pub(super) struct BatchResult {
    batch: FinishedBatch,
    end: End<Error>,
}

impl BatchResult {
    /// Compares a batch that was simulated in `simulating`. `frames` are its frames in the input.
    pub(super) fn new(
        job: &Job,
        engine: Option<&Engine>,
        source: &FrameSource,
        frames: &Range<usize>,
        ended: Ended<Outcome>,
        recording: Recording,
        simulating: Duration,
    ) -> BatchResult {
        let first = frames.start;
        let (mut outcome, mut end) = ended.map_failure(Error::from).into_parts();
        let (mut differences, mut compared) = (Vec::new(), 0);
        // Where a batch hangs, the maps of all frames are compared: a wrong value is often why.
        let comparable = match end {
            End::Finished | End::Early(EarlyEnd::Hang(_)) => outcome.frames.len(),
            End::Early(_) => outcome.finished,
        };
        if let (Some(engine), Some(model)) = (engine, job.golden) {
            for (index, frame) in outcome.frames.iter().enumerate().take(comparable) {
                if job.stopped() {
                    end = End::Early(EarlyEnd::Stopped);
                    break;
                }
                // The input was checked as a whole, so only one error is possible: a potential beyond 32 bits.
                match engine.trace(&source.sample(first + index), 0) {
                    Ok(trace) => differences.extend(golden::compare(
                        job.simulator.program(),
                        model,
                        &trace,
                        frame,
                        first + index,
                    )),
                    Err(errors) => {
                        end = End::Early(EarlyEnd::Failure(first_error(errors)));
                        break;
                    }
                }
                compared += 1;
            }
        }
        let (activity, (reasons, events)) = recording.0;
        let reasons = reasons.into_counts();
        let activity = activity.frames;
        let mut events = events.map_or_else(Vec::new, |events| events.spikes);
        for event in &mut events {
            event.frame += first as u32;
        }
        let layers = if job.layers { layer_frames(&outcome) } else { Vec::new() };
        if !job.layers {
            outcome.frames.iter_mut().for_each(|frame| frame.output_maps = Vec::new());
        }
        let batch = FinishedBatch {
            first,
            outcome,
            layers,
            differences,
            compared,
            events,
            activity,
            reasons,
            simulating,
        };
        BatchResult { batch, end }
    }

    /// The same batch as one that ended early: for this reason, if there was none before.
    pub(super) fn ending(self, early: EarlyEnd<Error>) -> BatchResult {
        match self.end {
            End::Finished => BatchResult { end: End::Early(early), ..self },
            End::Early(_) => self,
        }
    }

    /// Its frames in the input, if it ended early for a reason that it has in itself: it ends so again.
    pub(super) fn ends_again(&self) -> Option<Range<usize>> {
        let frames = self.batch.first..self.batch.first + self.batch.outcome.frames.len();
        matches!(self.end, End::Early(EarlyEnd::Hang(_) | EarlyEnd::Limit(_))).then_some(frames)
    }

    /// Gives the batch to `sink`: its number of frames. Of a batch that ended early the frames that are whole are results.
    pub(super) fn give(mut self, sink: &mut dyn Sink) -> Result<usize, EarlyEnd<Error>> {
        match self.end {
            End::Finished => {
                let frames = self.batch.outcome.frames.len();
                sink.batch(self.batch)?;
                Ok(frames)
            }
            End::Early(early) => {
                self.batch.keep_whole();
                // Why the batch ended comes first, whatever else fails then.
                let _ = sink.unfinished(self.batch);
                Err(early)
            }
        }
    }
}

fn first_error(mut errors: Vec<engine::Error>) -> Error {
    errors.swap_remove(0).into()
}

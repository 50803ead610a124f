//! Runs a job batch by batch.

use std::ops::Range;
use std::time::Instant;

use super::batch::{BatchResult, Recording};
use super::error::Error;
use super::frames::FrameSource;
use super::in_order::in_order;
use super::job::Job;
use super::recorded_batch::{self, Recorded};
use super::results::{Collector, RunResults};
use super::sink::Sink;
use crate::engine::Engine;
use crate::golden;
use crate::mesh::{EarlyEnd, End, Ended, Frame};

/// Runs a job. Batches run on all cores; the results do not depend on how many there are.
///
/// A job that ends early gives the frames that were finished before.
///
/// # Errors
/// The input has no samples or does not fit, the engine refuses the model, the program was not made from it.
pub fn simulate(job: &Job) -> Result<Ended<RunResults, Error>, Vec<Error>> {
    let mut all = Collector::new(job.simulator);
    let end = simulate_into(job, 0, &mut all)?;
    Ok(Ended::new(all.results(*job.simulator.device().clock_hz), end))
}

/// Runs a job from its frame `first` on, which begins a batch, and gives the results to `sink`. Memory does not grow with the number of frames
/// that are finished.
///
/// # Errors
/// As [`simulate`].
pub(crate) fn simulate_into(job: &Job, first: usize, sink: &mut dyn Sink) -> Result<End<Error>, Vec<Error>> {
    let source = FrameSource::new(job.simulator.program(), job.input).map_err(|e| vec![e])?;
    if source.count() == 0 {
        return Err(vec![Error::NoFrames]);
    }
    if let Some(model) = job.golden {
        golden::check(job.simulator.program(), model).map_err(|e| vec![e.into()])?;
    }
    let made = job
        .golden
        .filter(|_| job.engine.is_none())
        .map(Engine::new)
        .transpose()
        .map_err(|errors| errors.into_iter().map(Error::from).collect::<Vec<_>>())?;
    let engine = job.engine.or(made.as_ref());
    let batches: Vec<Range<usize>> = (first..source.count())
        .step_by(job.batch)
        .map(|begin| begin..source.count().min(begin + job.batch))
        .collect();
    Ok(match run_batches(job, engine, &source, &batches, sink) {
        Ok(()) => End::Finished,
        Err(early) => End::Early(early),
    })
}

/// Runs batches, each a range of frames, in slices: so the memory in use stays bounded, and a stop takes effect soon.
fn run_batches(
    job: &Job,
    engine: Option<&Engine>,
    source: &FrameSource,
    mut rest: &[Range<usize>],
    sink: &mut dyn Sink,
) -> Result<(), EarlyEnd<Error>> {
    let recorded = job.recorded_batch(source.count()).map(|recorded| recorded.start);
    let position = rest.iter().position(|batch| Some(batch.start) == recorded);
    if let Some(position) = position {
        run_side_by_side(job, engine, source, &rest[..position], sink)?;
        let batch = &rest[position];
        let begin = Instant::now();
        let Recorded { ended, recording, written, failed } =
            recorded_batch::record(job, &frames(source, batch), batch);
        let simulating = begin.elapsed();
        let result = BatchResult::new(job, engine, source, batch, ended, recording, simulating);
        for (path, record) in written {
            sink.written(&path, record)?;
        }
        // A file that could not be written is why the job ends. A job that goes on later writes it, so it runs the batch again.
        let result = match failed {
            None => result,
            Some(error) => result.ending(EarlyEnd::Failure(error)),
        };
        (job.progress)(result.give(sink)?);
        rest = &rest[position + 1..];
    }
    run_side_by_side(job, engine, source, rest, sink)
}

fn frames(source: &FrameSource, batch: &Range<usize>) -> Vec<Frame> {
    batch.clone().map(|index| source.frame(index)).collect()
}

/// Runs batches of which nothing is recorded, on all threads. One that hangs or reaches the limit of cycles does so again: it runs once more if the
/// last cycles before that are asked for as waves.
fn run_side_by_side(
    job: &Job,
    engine: Option<&Engine>,
    source: &FrameSource,
    batches: &[Range<usize>],
    sink: &mut dyn Sink,
) -> Result<(), EarlyEnd<Error>> {
    for slice in batches.chunks(rayon::current_num_threads() * 4) {
        if job.stopped() {
            return Err(EarlyEnd::Stopped);
        }
        let run = |index: usize| {
            let batch = &slice[index];
            let frames = frames(source, batch);
            let begin = Instant::now();
            let mut recording = Recording::new(job, &frames);
            let ended = job.simulator.run(&frames, 0, &job.options, &mut recording.0);
            BatchResult::new(job, engine, source, batch, ended, recording, begin.elapsed())
        };
        let give = |result: BatchResult| {
            if let Some(batch) = result.ends_again().filter(|_| job.asks_for_last_cycles()) {
                let again = Job { trace: None, options: job.options.clone(), ..*job };
                for (path, record) in recorded_batch::record(&again, &frames(source, &batch), &batch).written
                {
                    sink.written(&path, record)?;
                }
            }
            result.give(sink)
        };
        in_order(slice.len(), run, give, job.progress)?;
    }
    Ok(())
}

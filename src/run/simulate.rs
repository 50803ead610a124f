//! Runs a job batch by batch.

use std::io::BufWriter;
use std::time::Instant;

use rayon::prelude::*;

use super::batch::BatchResult;
use super::error::Error;
use super::frames::frames;
use super::job::Job;
use super::results::RunResults;
use super::wave_file;
use crate::engine::Engine;
use crate::files::atomic_file;
use crate::golden;
use crate::mesh::probe::{EventProbe, Spike, TraceProbe};
use crate::mesh::{EarlyEnd, End, Ended, Frame, Outcome};
use crate::noc::NoProbe;

/// Runs a job. Batches run on all cores; the results do not depend on how many there are.
///
/// A job that ends early gives the frames that were finished before.
///
/// # Errors
/// The input does not fit, the engine refuses the model, the program was not made from it, waves cannot be written.
pub fn simulate(job: &Job) -> Result<Ended<RunResults, Error>, Vec<Error>> {
    let frames = frames(job.simulator.program(), job.input).map_err(|e| vec![e])?;
    if let Some(model) = job.golden {
        golden::check(job.simulator.program(), model).map_err(|e| vec![e.into()])?;
    }
    let engine = job
        .golden
        .map(Engine::new)
        .transpose()
        .map_err(|errors| errors.into_iter().map(Error::from).collect::<Vec<_>>())?;
    let batches: Vec<(usize, &[Frame])> =
        frames.chunks(job.batch).enumerate().map(|(i, batch)| (i * job.batch, batch)).collect();
    let mut results = RunResults::new(job.simulator);
    let mut rest = batches.as_slice();
    let mut first_batch = None;
    if let (true, Some((first, others))) = (job.waves.is_some() || job.trace.is_some(), rest.split_first()) {
        let begin = Instant::now();
        let (ended, events) = record(job, first.1).map_err(|error| vec![error])?;
        first_batch = Some(BatchResult::new(job, engine.as_ref(), first, ended, events, begin.elapsed()));
        rest = others;
    }
    let end = match run_batches(job, engine.as_ref(), first_batch, rest, &mut results) {
        Ok(()) => End::Finished,
        Err(early) => End::Early(early),
    };
    results.finish(*job.simulator.device().clock_hz);
    Ok(Ended::new(results, end))
}

/// Adds the first batch, if it ran already, then runs and adds the others, in slices: so the memory in use stays bounded, and a stop takes effect
/// soon.
fn run_batches(
    job: &Job,
    engine: Option<&Engine>,
    first: Option<BatchResult>,
    rest: &[(usize, &[Frame])],
    results: &mut RunResults,
) -> Result<(), EarlyEnd<Error>> {
    first.map_or(Ok(()), |batch| results.add(batch))?;
    for slice in rest.chunks(rayon::current_num_threads() * 4) {
        if job.stopped() {
            return Err(EarlyEnd::Stopped);
        }
        let batches: Vec<BatchResult> = slice
            .par_iter()
            .map(|batch| {
                let begin = Instant::now();
                let mut events = EventProbe::default();
                let ended = if job.events {
                    job.simulator.run(batch.1, 0, &job.options, &mut events)
                } else {
                    job.simulator.run(batch.1, 0, &job.options, &mut NoProbe)
                };
                BatchResult::new(job, engine, batch, ended, events.spikes, begin.elapsed())
            })
            .collect();
        batches.into_iter().try_for_each(|batch| results.add(batch))?;
    }
    Ok(())
}

/// Runs a batch, and writes the waves and the packet trace that the job asks for; a batch that fails or reaches a limit leaves no file.
fn record(job: &Job, frames: &[Frame]) -> Result<(Ended<Outcome>, Vec<Spike>), Error> {
    let waves = job.waves.map(|path| wave_file::create(path, job.simulator)).transpose()?;
    let trace = job.trace.map(|path| {
        let trace = atomic_file::create(path).and_then(|file| TraceProbe::new(BufWriter::new(file)));
        trace.map_err(|cause| Error::write(path, cause))
    });
    let mut probe = (waves, (trace.transpose()?, EventProbe::default()));
    let (outcome, end) = job.simulator.run(frames, 0, &job.options, &mut probe).into_parts();
    let (waves, (trace, events)) = probe;
    let events = if job.events { events.spikes } else { Vec::new() };
    if let End::Early(EarlyEnd::Stopped | EarlyEnd::Limit(_) | EarlyEnd::Failure(_)) = end {
        return Ok((Ended::new(outcome, end), events));
    }
    if let (Some(waves), Some(path)) = (waves, job.waves) {
        wave_file::commit(waves, path)?;
    }
    if let (Some(trace), Some(path)) = (trace, job.trace) {
        let write = |cause| Error::write(path, cause);
        let file = trace.finish().map_err(write)?.into_inner().map_err(|error| write(error.into_error()))?;
        atomic_file::commit(file, path).map_err(write)?;
    }
    Ok((Ended::new(outcome, end), events))
}

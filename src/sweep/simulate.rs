//! One point: simulated, compared, counted.

use std::path::Path;
use std::time::Instant;

use miette::Diagnostic;
use sha2::{Digest, Sha256};

use super::materials::Materials;
use super::metric::{METRICS, Measured, claims};
use super::point::{Point, hexadecimal};
use super::programs::{Mapped, Programs, Unmapped};
use super::record::PointRecord;
use super::refusal::{PointStatus, Refusal};
use crate::Stop;
use crate::mesh::{EarlyEnd, End, Simulator};
use crate::run::{
    self, FileRecord, FinishedBatch, Job, Labels, OutputArray, Sink, Tally, output_arrays, simulate_into,
};

/// Digits of the hash of outputs.
const OUTPUT_DIGITS: usize = 16;

/// A point that gives no record.
pub(super) struct Stopped;

/// What compares points with the engine: every point, or one of each program.
pub(super) trait Compared: Sync {
    /// Whether this point is to be compared, because none of its program and input was.
    fn begin(&self, point: &Point) -> bool;

    /// The outputs of a program and an input as they were compared; otherwise those of this point.
    fn outputs(&self, point: &Point, outputs: &str, compared: bool) -> bool;
}

/// Simulates a point.
///
/// # Errors
/// It was stopped.
pub(super) fn simulate(
    point: &Point,
    programs: &Programs,
    materials: &Materials,
    compared: &dyn Compared,
    stop: &Stop,
) -> Result<PointRecord, Stopped> {
    let begin = Instant::now();
    let record = match attempt(point, programs, materials, compared, stop) {
        Ok(record) => record,
        Err(Unmapped::Refused(refusal) | Unmapped::Deadlock(refusal)) => {
            PointRecord::refused(point.identity.clone(), refusal)
        }
        Err(Unmapped::Stopped) => return Err(Stopped),
    };
    Ok(PointRecord { host_seconds: begin.elapsed().as_secs_f64(), ..record })
}

fn attempt(
    point: &Point,
    programs: &Programs,
    materials: &Materials,
    compared: &dyn Compared,
    stop: &Stop,
) -> Result<PointRecord, Unmapped> {
    let mapped = programs.of(point, materials, stop)?;
    let with_engine = point.identity.check || compared.begin(point);
    let mut record = once(point, &mapped, materials, with_engine, stop)?;
    // Points of one program and input give the same: what differs is looked at layer by layer.
    let outputs = record.values.get("outputs_sha256").map(|outputs| format!("{outputs:?}"));
    if record.status == PointStatus::Complete
        && outputs.is_some_and(|outputs| !compared.outputs(point, &outputs, with_engine))
    {
        record = once(point, &mapped, materials, true, stop)?;
    }
    Ok(record)
}

fn once(
    point: &Point,
    mapped: &Mapped,
    materials: &Materials,
    with_engine: bool,
    stop: &Stop,
) -> Result<PointRecord, Unmapped> {
    let identity = &point.identity;
    let program = &mapped.program;
    let refused = Unmapped::Refused;
    let simulator = Simulator::new(program.clone(), point.device.clone())
        .map_err(|errors| refused(Refusal::first(&errors)))?;
    let input = materials.input(&point.input, identity.frames as usize, program).map_err(refused)?;
    let model = &mapped.model.model;
    let labels = point
        .labels
        .as_deref()
        .map(|labels| materials.labels(labels, identity.frames as usize, model, program));
    let labels = labels.transpose().map_err(|error| refused(Refusal::first(&[error])))?;
    let mut job = Job::new(&simulator, &input)
        .batch(identity.batch as usize)
        .max_cycles(identity.max_cycles)
        .stop(stop);
    if with_engine {
        job = job.against_engine(model, mapped.model.engine().map_err(refused)?);
    }
    let mut sums = Sums {
        tally: Tally::new(&simulator, usize::from(labels.is_some())),
        labels: labels.as_ref(),
        arrays: output_arrays(program),
        outputs: Sha256::new(),
    };
    let end = simulate_into(&job, 0, &mut sums).map_err(|errors| refused(Refusal::first(&errors)))?;
    let early = |status: PointStatus, error: &dyn Diagnostic| Err(refused(Refusal::of(status, error)));
    match &end {
        End::Finished => {}
        End::Early(EarlyEnd::Stopped) => return Err(Unmapped::Stopped),
        End::Early(early_end @ EarlyEnd::Hang(_)) => return early(PointStatus::Hang, early_end),
        End::Early(early_end @ EarlyEnd::Limit(_)) => return early(PointStatus::Limit, early_end),
        End::Early(EarlyEnd::Failure(error)) => return early(PointStatus::Refused, error),
    }
    let Sums { tally, outputs, .. } = sums;
    let frames = tally.frames() as u64;
    let measured = Measured {
        stats: &tally.stats,
        mapped,
        frames,
        accuracy: labels.as_ref().map(|_| tally.right[0] as f64 / frames.max(1) as f64),
        outputs_sha256: &hexadecimal(&outputs.finalize(), OUTPUT_DIGITS),
    };
    let values = METRICS.iter().filter_map(|metric| Some((metric.name.to_owned(), metric.of(&measured)?)));
    let differs = tally.different > 0;
    Ok(PointRecord {
        identity: identity.clone(),
        status: if differs { PointStatus::Mismatch } else { PointStatus::Complete },
        code: differs.then(|| "run::mismatch".to_owned()),
        message: tally.first_difference.clone(),
        values: values.collect(),
        claims: claims(&tally.stats).into_iter().collect(),
        host_seconds: 0.0,
    })
}

/// Sums over the frames of a point: nothing of a frame is kept.
struct Sums<'a> {
    tally: Tally,
    labels: Option<&'a Labels>,
    arrays: Vec<OutputArray>,
    outputs: Sha256,
}

impl Sink for Sums<'_> {
    fn batch(&mut self, batch: FinishedBatch) -> Result<(), run::Error> {
        if let Some(labels) = self.labels {
            let frames = batch.outcome.frames.iter().map(|frame| frame.outputs[labels.output].as_slice());
            let output = self.arrays[labels.output].output(frames);
            self.tally.right[0] += labels.right(batch.first, &output) as u64;
        }
        for value in batch.outcome.frames.iter().flat_map(|frame| &frame.outputs).flatten() {
            self.outputs.update(value.to_le_bytes());
        }
        self.tally.add(&batch);
        self.tally.stats.frames.clear();
        Ok(())
    }

    fn unfinished(&mut self, batch: FinishedBatch) -> Result<(), run::Error> {
        self.batch(batch)
    }

    fn written(&mut self, _: &Path, _: FileRecord) -> Result<(), run::Error> {
        Ok(())
    }
}

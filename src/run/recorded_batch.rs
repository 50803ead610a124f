//! The batch of a job whose waves or packets are recorded.

use std::io::BufWriter;
use std::ops::Range;
use std::path::PathBuf;

use super::batch::Recording;
use super::error::Error;
use super::hashed_file::{FileRecord, HashedFile};
use super::job::Job;
use super::trace_origin;
use super::wave_file;
use crate::mesh::probe::TraceProbe;
use crate::mesh::{EarlyEnd, Ended, Frame, Outcome};

/// What is left of that batch.
pub(super) struct Recorded<'a> {
    pub ended: Ended<Outcome>,
    /// What was counted of its events.
    pub recording: Recording<'a>,
    /// The files that have their names: up to the end of the batch, and marked as a part if it ended early.
    pub written: Vec<(PathBuf, FileRecord)>,
    /// The first file that could not be written.
    pub failed: Option<Error>,
}

/// Runs a batch, whose frames are these of the input, and writes the waves and the packet trace that the job asks for.
pub(super) fn record<'a>(job: &Job<'a>, frames: &[Frame], of_input: &Range<usize>) -> Recorded<'a> {
    let mut failed = None;
    let mut keep = |error: Error| {
        failed.get_or_insert(error);
    };
    let waves = job.waves.and_then(|request| {
        wave_file::create(request, job.simulator, of_input.clone()).map_err(&mut keep).ok()
    });
    let trace = job.trace.and_then(|path| {
        let (origin, layers) =
            (trace_origin::origin(job.simulator), trace_origin::layers(job.simulator.program()));
        let trace =
            HashedFile::create(path).and_then(|file| TraceProbe::new(BufWriter::new(file), &origin, &layers));
        trace.map_err(|cause| keep(Error::write(path, cause))).ok()
    });
    // What the type of a probe says that it observes costs time, also where it is none: without waves no flit is reported.
    let recorders = (trace, Recording::new(job, frames).0);
    let (ended, waves, (trace, recording)) = if let Some(waves) = waves {
        let mut probe = (waves, recorders);
        let ended = job.simulator.run(frames, 0, &job.options, &mut probe);
        (ended, Some(probe.0), probe.1)
    } else {
        let mut probe = recorders;
        let ended = job.simulator.run(frames, 0, &job.options, &mut probe);
        (ended, None, probe)
    };
    let (outcome, end) = ended.into_parts();
    // The events of a hang are whole: nothing would come after them.
    let why = end.early().filter(|early| !matches!(early, EarlyEnd::Hang(_))).map(EarlyEnd::why);
    let mut written = Vec::new();
    if let (Some(waves), Some(request)) = (waves, job.waves) {
        for file in wave_file::finish(waves, request, why.as_deref()) {
            match file {
                Ok(file) => written.push(file),
                Err(error) => keep(error),
            }
        }
    }
    if let (Some(trace), Some(path)) = (trace, job.trace) {
        let finish = || {
            let file = match &why {
                None => trace.finish(),
                Some(why) => trace.finish_partial(why),
            };
            file?.into_inner().map_err(|error| error.into_error())?.commit()
        };
        match finish() {
            Ok(record) => written.push((path.to_path_buf(), record)),
            Err(cause) => keep(Error::write(path, cause)),
        }
    }
    Recorded { ended: Ended::new(outcome, end), recording: Recording(recording), written, failed }
}

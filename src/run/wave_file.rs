//! The files of waves of a job: which format each has, and when it gets its name.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::hashed_file::{FileRecord, HashedFile};
use crate::device::Device;
use crate::mesh::Simulator;
use crate::mesh::wave::{FinishedWave, TimeScale, WaveFormat, WavePlan, WaveRecorder};

/// Waves that a job is asked for.
#[derive(Clone, Debug)]
pub struct WaveRequest {
    /// What is written.
    pub plan: WavePlan,
    /// The files, each with its format.
    pub files: Vec<(PathBuf, WaveFormat)>,
}

impl WaveRequest {
    /// All of a run in one file with the true times of a device's clock; none if the name does not end in `.vcd` or `.fst`.
    pub fn new(path: &Path, device: &Device) -> Option<WaveRequest> {
        let plan = WavePlan::new(TimeScale::of_clock(*device.clock_hz));
        Some(WaveRequest { plan, files: vec![(path.to_path_buf(), WaveFormat::of(path)?)] })
    }
}

/// Begins the waves of a program that a simulator runs, in files that have no name yet.
pub(super) fn create(
    request: &WaveRequest,
    simulator: &Simulator,
) -> Result<WaveRecorder<HashedFile>, Error> {
    let create = |(path, format): &(PathBuf, WaveFormat)| {
        let file = HashedFile::create(path).map_err(|cause| Error::write(path, cause))?;
        Ok((file, *format))
    };
    let files = request.files.iter().map(create).collect::<Result<_, Error>>()?;
    let first = request.files.first().map_or(Path::new(""), |(path, _)| path);
    let recorder = WaveRecorder::of_simulator(simulator, &request.plan, files);
    recorder.map_err(|cause| Error::write(first, cause))
}

/// Ends the waves, with a mark if they are a part, and gives the files their names.
pub(super) fn finish<'a>(
    recorder: WaveRecorder<HashedFile>,
    request: &'a WaveRequest,
    partial: Option<&str>,
) -> Vec<Result<(&'a Path, FileRecord), Error>> {
    let (files, _) = recorder.finish(partial);
    let name = |(file, (path, _)): (std::io::Result<FinishedWave<HashedFile>>, &'a (PathBuf, WaveFormat))| {
        let record = file.and_then(|wave| wave.file.commit());
        Ok((path.as_path(), record.map_err(|cause| Error::write(path, cause))?))
    };
    files.into_iter().zip(&request.files).map(name).collect()
}

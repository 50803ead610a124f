//! The files of waves of a job: which format each has, and when it gets its name.

use std::ffi::OsStr;
use std::io::{self, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Error;
use super::hashed_file::{FileRecord, HashedFile};
use crate::device::Device;
use crate::mesh::Simulator;
use crate::mesh::wave::{
    FinishedWave, Limited, TimeScale, WaveFormat, WavePlan, WaveRecorder, WaveSize, WaveSizes,
};
use crate::noc::Config;

/// Waves that a job is asked for.
#[derive(Clone, Debug)]
pub struct WaveRequest {
    /// What is written.
    pub plan: WavePlan,
    files: Vec<(PathBuf, WaveFormat)>,
    /// Files that reached the plan's limit.
    limited: Arc<Mutex<Vec<LimitedWave>>>,
    /// How long the files are.
    sizes: Arc<Mutex<WaveSizes>>,
}

/// A file of waves that reached its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitedWave {
    /// The file.
    pub path: PathBuf,
    /// About how many bytes it would have without a limit, if that is known.
    pub whole: Option<u64>,
}

impl WaveRequest {
    /// A plan and its files, each with its format.
    pub fn new(plan: WavePlan, files: Vec<(PathBuf, WaveFormat)>) -> WaveRequest {
        WaveRequest { plan, files, limited: Arc::default(), sizes: Arc::default() }
    }

    /// Files that ended because they reached the limit of the plan, once the job is over.
    pub fn limited(&self) -> Vec<LimitedWave> {
        self.limited.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The files that are being written, with their sizes. Where a part is chosen nothing says how long it will be.
    pub fn sizes(&self) -> Vec<(&Path, WaveSize)> {
        let sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner).sizes();
        let paths = self.files.iter().map(|(path, _)| path.as_path());
        let known = |size: WaveSize| WaveSize { whole: size.whole.filter(|_| self.plan.is_whole()), ..size };
        paths.zip(sizes.into_iter().map(known)).collect()
    }

    fn watched<F: Write + Seek + Send + 'static>(&self, recorder: WaveRecorder<F>) -> WaveRecorder<F> {
        *self.sizes.lock().unwrap_or_else(PoisonError::into_inner) = recorder.sizes();
        recorder
    }

    /// All of a run in one file with the true times of a device's clock; none if the name does not end in `.vcd` or `.fst`.
    pub fn whole(path: &Path, device: &Device) -> Option<WaveRequest> {
        let plan = WavePlan::new(TimeScale::of_clock(*device.clock_hz));
        Some(WaveRequest::new(plan, vec![(path.to_path_buf(), WaveFormat::of(path)?)]))
    }
}

/// Begins the waves of a batch of these frames of the input, in files that have no name yet.
pub(super) fn create(
    request: &WaveRequest,
    simulator: &Simulator,
    frames: Range<usize>,
) -> Result<WaveRecorder<HashedFile>, Error> {
    Ok(request.watched(WaveRecorder::of_simulator(simulator, &request.plan, frames, files(request)?)?))
}

/// Begins the waves of a network without units, in files that have no name yet.
///
/// # Errors
/// A choice that cannot be made of a network, a file that cannot be written.
pub(crate) fn create_of_network(
    request: &WaveRequest,
    config: &Config,
) -> Result<WaveRecorder<HashedFile>, Error> {
    Ok(request.watched(WaveRecorder::of_network(config, &request.plan, files(request)?)?))
}

fn files(request: &WaveRequest) -> Result<Vec<(HashedFile, WaveFormat)>, Error> {
    let create = |(path, format): &(PathBuf, WaveFormat)| {
        let file = HashedFile::create_wave(path).map_err(|cause| Error::write(path, cause))?;
        Ok((file, *format))
    };
    request.files.iter().map(create).collect()
}

/// Ends the waves, with a mark if they are a part, and gives the files their names. Beside each come the files with which viewers open it.
pub(crate) fn finish(
    recorder: WaveRecorder<HashedFile>,
    request: &WaveRequest,
    partial: Option<&str>,
) -> Vec<Result<(PathBuf, FileRecord), Error>> {
    let (files, summary) = recorder.finish(partial);
    let mut written = Vec::new();
    let mut keep = |path: &Path, record: io::Result<FileRecord>| {
        let record = record.map(|record| (path.to_path_buf(), record));
        written.push(record.map_err(|cause| Error::write(path, cause)));
    };
    for (file, (path, format)) in files.into_iter().zip(&request.files) {
        if let Ok(FinishedWave { limited: Some(Limited { whole }), .. }) = &file {
            let limited = LimitedWave { path: path.clone(), whole: *whole };
            request.limited.lock().unwrap_or_else(PoisonError::into_inner).push(limited);
        }
        keep(path, file.and_then(|wave| wave.file.commit()));
        // Beside a device or a pipe is no place for others.
        let name = path.file_name().and_then(OsStr::to_str).filter(|_| path.is_file());
        for beside in name.iter().flat_map(|name| summary.beside(name, *format)) {
            let path = path.with_file_name(&beside.name);
            keep(&path, write(&path, beside.text.as_bytes()));
        }
    }
    written
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<FileRecord> {
    let mut file = HashedFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

//! The file of waves of a job: which format it has, who writes it, and when it gets its name.

use std::path::Path;

use tempfile::NamedTempFile;

use super::error::Error;
use crate::files::atomic_file;
use crate::mesh::Simulator;
use crate::mesh::wave::{BackgroundWriter, VcdWriter, WaveRecorder};

/// Records waves into a file that has no name yet.
pub(super) type WaveFile = WaveRecorder<VcdWriter<BackgroundWriter<NamedTempFile>>>;

/// Begins the waves of a program that a simulator runs.
pub(super) fn create(path: &Path, simulator: &Simulator) -> Result<WaveFile, Error> {
    let begin = || {
        let file = BackgroundWriter::new(atomic_file::create(path)?);
        WaveRecorder::new(VcdWriter::new(file)?, simulator.units(), &simulator.device().network_config())
    };
    begin().map_err(|cause| Error::write(path, cause))
}

/// Ends the waves and gives the file its name.
pub(super) fn commit(waves: WaveFile, path: &Path) -> Result<(), Error> {
    let end = || atomic_file::commit(waves.finish()?.finish()?, path);
    end().map_err(|cause| Error::write(path, cause))
}

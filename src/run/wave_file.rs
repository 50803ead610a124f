//! The file of waves of a job: which format it has, who writes it, and when it gets its name.

use std::path::Path;

use super::error::Error;
use super::hashed_file::{FileRecord, HashedFile};
use crate::mesh::Simulator;
use crate::mesh::wave::{BackgroundWriter, VcdWriter, WaveRecorder};

/// Records waves into a file that has no name yet.
pub(super) type WaveFile = WaveRecorder<VcdWriter<BackgroundWriter<HashedFile>>>;

/// Begins the waves of a program that a simulator runs.
pub(super) fn create(path: &Path, simulator: &Simulator) -> Result<WaveFile, Error> {
    let begin = || {
        let file = BackgroundWriter::new(HashedFile::create(path)?);
        WaveRecorder::new(VcdWriter::new(file)?, simulator.units(), &simulator.device().network_config())
    };
    begin().map_err(|cause| Error::write(path, cause))
}

/// Ends the waves, with a mark if they are a part, and gives the file its name.
pub(super) fn finish(waves: WaveFile, path: &Path, partial: Option<&str>) -> Result<FileRecord, Error> {
    let end = || waves.finish(partial)?.finish()?.commit();
    end().map_err(|cause| Error::write(path, cause))
}

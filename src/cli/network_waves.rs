//! Waves of a network without units: of `replay` and `traffic`.

use std::path::Path;

use super::console::Console;
use super::error::{Failures, VerbError};
use super::exit::Exit;
use super::wave_args::{WaveChoice, WaveLimit};
use crate::mesh::wave::WaveRecorder;
use crate::noc::Config;
use crate::run::{HashedFile, WaveRequest, create_of_network, finish_waves};

/// Waves on their way.
pub(super) struct NetworkWaves {
    pub recorder: WaveRecorder<HashedFile>,
    request: WaveRequest,
}

impl NetworkWaves {
    /// Begins them, if any are asked for; with true times where a device's clock is known.
    ///
    /// # Errors
    /// A choice that cannot be made of a network, a file that cannot be written.
    pub fn begin(
        choice: &WaveChoice,
        config: &Config,
        clock_hz: Option<u64>,
    ) -> Result<Option<NetworkWaves>, VerbError> {
        let Some(request) = choice.request(choice.wave.clone(), clock_hz) else {
            return choice.check_none().map(|()| None);
        };
        let recorder = create_of_network(&request, config);
        let recorder = recorder.map_err(|error| VerbError::one(Exit::Error, error))?;
        Ok(Some(NetworkWaves { recorder, request }))
    }

    /// Ends them, with a mark if they are a part.
    pub fn finish(self, partial: Option<&str>, failures: &mut Failures, console: &Console) {
        for file in finish_waves(self.recorder, &self.request, partial) {
            failures.take(file.map(|_| ()).map_err(|error| VerbError::one(Exit::Error, error)));
        }
        WaveLimit::of(&self.request).into_iter().for_each(|limit| console.warn(limit));
    }
}

/// The paths of waves.
pub(super) fn paths(choice: &WaveChoice) -> impl Iterator<Item = &Path> {
    choice.wave.iter().map(|path| path.as_path())
}

//! What is recorded, and how times are written.

use super::time_scale::TimeScale;
use super::window::Windows;

/// The plan of a recording.
#[derive(Clone, Debug)]
pub struct WavePlan {
    /// Links and buffers that the program does not use, too.
    pub all: bool,
    /// When.
    pub windows: Windows,
    /// Times of the files.
    pub scale: TimeScale,
    /// Bytes of a file.
    pub limit: u64,
}

impl WavePlan {
    /// All of a run.
    pub fn new(scale: TimeScale) -> WavePlan {
        WavePlan { all: false, windows: Windows::default(), scale, limit: u64::MAX }
    }
}

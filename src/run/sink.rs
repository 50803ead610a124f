//! Where the results of a job go, batch by batch.

use std::path::Path;
use std::time::Duration;

use super::activity::FrameActivity;
use super::error::Error;
use super::hashed_file::FileRecord;
use super::layer_frames::LayerFrame;
use crate::golden::Difference;
use crate::mesh::probe::Spike;
use crate::mesh::{Outcome, ReasonCounts};

/// A batch that was simulated: to its end, or with the frames that are whole.
pub(crate) struct FinishedBatch {
    /// Index of its first frame in the input.
    pub first: usize,
    /// Outputs, cycles and counters.
    pub outcome: Outcome,
    /// Every layer of every frame, if the job asked for them.
    pub layers: Vec<Vec<LayerFrame>>,
    /// The first difference of every frame that differs from the engine.
    pub differences: Vec<Difference>,
    /// Frames that were compared.
    pub compared: usize,
    /// Every event, if the job asked for them.
    pub events: Vec<Spike>,
    /// Counts of events, by frame and output map; of a batch that ended early also those of frames that are not whole.
    pub activity: Vec<Vec<FrameActivity>>,
    /// Clocks by unit and reason; of a batch that ended early as far as it came.
    pub reasons: ReasonCounts,
    /// Host time of one thread.
    pub simulating: Duration,
}

impl FinishedBatch {
    /// Leaves out the frames that are not whole, of a batch that ended early. Their differences stay: a wrong value is often why.
    pub(super) fn keep_whole(&mut self) {
        self.outcome.keep_finished();
        let frames = self.outcome.frames.len();
        self.compared = self.compared.min(frames);
        let end = self.first + frames;
        self.events.retain(|event| (event.frame as usize) < end);
    }
}

/// Takes the results of a job as they come, so that a job keeps none of them.
pub(crate) trait Sink: Send {
    /// The next batch, in the order of the input.
    ///
    /// # Errors
    /// It cannot be kept: the job ends.
    fn batch(&mut self, batch: FinishedBatch) -> Result<(), Error>;

    /// The whole frames of a batch that ended early: the last batch of the job. They are results; a job that goes on later runs them again, because
    /// the frames of a batch depend on those before them.
    ///
    /// # Errors
    /// It cannot be kept.
    fn unfinished(&mut self, batch: FinishedBatch) -> Result<(), Error>;

    /// A file that the job was asked for has its name: whole, or marked as a part.
    ///
    /// # Errors
    /// That cannot be kept: the job ends.
    fn written(&mut self, path: &Path, record: FileRecord) -> Result<(), Error>;
}

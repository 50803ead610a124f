//! A run that is simulated again.

use super::job::Job;
use crate::engine::Input;
use crate::mesh::Simulator;
use crate::noc::Cycle;

/// What a run was: its program on its device, its input, how it was simulated. The same again gives the same in every clock.
pub struct Rerun {
    /// The program on the device.
    pub simulator: Simulator,
    /// The samples.
    pub input: Input,
    /// Frames of a batch.
    pub batch: usize,
    /// The limit of a batch.
    pub max_cycles: Cycle,
}

impl Rerun {
    /// The job, to which may be added what to record and when to stop.
    pub fn job(&self) -> Job<'_> {
        Job::new(&self.simulator, &self.input).batch(self.batch).max_cycles(self.max_cycles)
    }
}

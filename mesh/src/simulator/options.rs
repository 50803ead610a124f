//! How to simulate.

use spikemesh_noc::Cycle;
use spikemesh_stop::Stop;

/// How to run.
#[derive(Clone, Debug)]
pub struct SimulationOptions {
    /// Keep every output map, not only the output of the program.
    pub record_output_maps: bool,
    /// The last cycle: a run that goes on beyond it ends early.
    pub max_cycles: Cycle,
    /// Ends the run early once it is set.
    pub stop: Stop,
}

impl Default for SimulationOptions {
    fn default() -> Self {
        SimulationOptions { record_output_maps: true, max_cycles: 1 << 40, stop: Stop::NEVER }
    }
}

//! How to simulate.

use spikemesh_noc::Cycle;

/// How to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimulationOptions {
    /// Keep every output map, not only the output of the program.
    pub record_output_maps: bool,
    /// The last cycle: a run that goes on beyond it ends early.
    pub max_cycles: Cycle,
}

impl Default for SimulationOptions {
    fn default() -> Self {
        SimulationOptions { record_output_maps: true, max_cycles: 1 << 40 }
    }
}

//! The option `--set`: constants of a device that are other for one job.

use crate::device::Setting;

/// Constants of the device that are set for this job.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct SetArgs {
    /// Set a constant of the device for this job, such as network.depth=4, or of one part, such as overrides.n1_0.east.delay=8; may be
    /// given several times. `spikemesh device NAME --canonical` lists all paths
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Setting>,
}

//! `spikemesh demo`: a complete run on real images.

use std::path::PathBuf;

use super::failure::Error;
use super::{Exit, Failure, Output};

pub(super) const EXAMPLE: &str = "Example:\n  spikemesh demo\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder for the results
    #[arg(short, long, default_value = "spikemesh-demo")]
    pub output: PathBuf,
}

/// Runs.
pub fn run(_args: &Args, _output: &Output) -> Result<(), Failure> {
    Err(Failure::one(Exit::Error, Error::Missing { verb: "demo" }))
}

//! `spikemesh run`: simulates a model or a program and compares it with the engine.

use std::path::PathBuf;

use super::failure::Error;
use super::{Exit, Failure, Output};

pub(super) const EXAMPLE: &str = "Example:\n  spikemesh run model.fbz -d akd1000 -i images.npy -o out/\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A model (.fb, .fbz, or a YAML template) or a program (.npx)
    pub model: PathBuf,
}

/// Runs.
pub fn run(_args: &Args, _output: &Output) -> Result<(), Failure> {
    Err(Failure::one(Exit::Error, Error::Missing { verb: "run" }))
}

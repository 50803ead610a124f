//! `spikemesh completions`: a completion script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Failure, Output};

pub(super) const EXAMPLE: &str =
    "Example:\n  spikemesh completions bash > ~/.local/share/bash-completion/completions/spikemesh\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the script.
pub fn run(args: &Args, output: &Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "spikemesh", &mut script);
    output.text(String::from_utf8_lossy(&script).trim_end())
}

//! `spikemesh completions`: a completion script for a shell.

use clap_complete::Shell;

use super::console::Console;
use super::error::VerbError;

pub(super) const EXAMPLE: &str =
    "Example:\n  spikemesh completions bash > ~/.local/share/bash-completion/completions/spikemesh\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the script for the command line `command`.
pub fn run(args: &Args, mut command: clap::Command, console: &Console) -> Result<(), VerbError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "spikemesh", &mut script);
    console.text(String::from_utf8_lossy(&script).trim_end())
}

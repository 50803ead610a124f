//! The `spikemesh` command; [`spikemesh::cli`] is all of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    spikemesh::cli::run(std::env::args_os())
}

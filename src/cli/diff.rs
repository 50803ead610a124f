//! `spikemesh diff`: what differs between two runs, two programs, or two devices.

use std::path::PathBuf;

use miette::Diagnostic;

use super::console::Console;
use super::diff_text::text;
use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::interrupt;
use crate::diff::{self, DiffError};

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh diff out/ other/
  spikemesh diff akd1000 mine.ron\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run directory, a program (.npx), or a device (a name, or a .ron file)
    pub a: PathBuf,
    /// Another of the same kind
    pub b: PathBuf,
    /// Compare what the directories hold, and do not simulate the runs again for the first event that differs
    #[arg(long)]
    pub no_events: bool,
}

/// Something differs.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{a} and {b} differ")]
#[diagnostic(code(diff::different), help("what differs is on standard output"))]
struct Different {
    a: String,
    b: String,
}

/// Compares.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let report = diff::paths(&args.a, &args.b, !args.no_events, &interrupt::stop()).map_err(failed)?;
    if args.no_events && report.of != diff::RUNS {
        let message = "--no-events has no effect: only runs have events".to_owned();
        return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
    }
    if report.first_event_unknown.as_ref().is_some_and(|unknown| unknown.code.ends_with("::stopped")) {
        return Err(VerbError::one(Exit::Interrupted, CliError::Interrupted));
    }
    console.data(&report, text)?;
    if !report.different {
        return Ok(());
    }
    let (a, b) = (args.a.display().to_string(), args.b.display().to_string());
    Err(VerbError::one(Exit::Mismatch, Different { a, b }))
}

fn failed(errors: Vec<DiffError>) -> VerbError {
    match errors.iter().find(|error| matches!(error, DiffError::Kinds { .. })) {
        Some(error) => VerbError::one(Exit::Usage, CliError::Usage { message: error.to_string() }),
        None => VerbError::all(Exit::Error, errors),
    }
}

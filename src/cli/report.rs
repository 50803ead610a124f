//! `spikemesh report`: a run, or two beside each other, as text, as JSON or as one page.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::interrupt;
use super::outputs::{self, check_overwrite};
use super::report_text;
use crate::report::{Comparison, Report, page_of, page_of_both, perfetto};
use crate::run::RunDirectory;

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh report out/
  spikemesh report out/ -o report.html
  spikemesh report before/ after/
  spikemesh report out/ --perfetto run.pftrace\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run directory
    pub run: PathBuf,
    /// Another one, to compare with
    pub other: Option<PathBuf>,
    /// Write one page (.html) that needs no network; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the first batch as a trace for ui.perfetto.dev: phases of units, loads of links, packets that units waited for
    #[arg(long, value_name = "FILE", conflicts_with = "other")]
    pub perfetto: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
}

/// A page that cannot be made.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the page cannot be made: {reason}")]
#[diagnostic(code(report::page), help("this is a defect of Spikemesh: report it with the run directory"))]
struct PageError {
    reason: String,
}

/// Reports.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let written: Vec<&Path> = args.output.as_deref().into_iter().chain(args.perfetto.as_deref()).collect();
    check_overwrite(&[], &written, args.force)?;
    let console = &console.beside(&written);
    if let Some(path) = &args.perfetto {
        trace(&args.run, path, console)?;
        if args.output.is_none() {
            return Ok(());
        }
    }
    let first = report(&args.run)?;
    let Some(other) = &args.other else {
        return match &args.output {
            Some(path) => page(path, page_of(&first), console),
            None => console.data(&first, report_text::report),
        };
    };
    let comparison = Comparison::of(first, report(other)?);
    match &args.output {
        Some(path) => page(path, page_of_both(&comparison), console),
        None => console.data(&comparison, report_text::comparison),
    }
}

fn report(path: &Path) -> Result<Report, VerbError> {
    let directory = RunDirectory::open(path).map_err(|error| VerbError::one(Exit::Error, error))?;
    let report = Report::of(&directory, &interrupt::stop());
    let report = report.map_err(|errors| VerbError::all(Exit::Error, errors))?;
    if interrupt::stop().is_set() {
        return Err(VerbError::one(Exit::Interrupted, CliError::Interrupted));
    }
    Ok(report)
}

/// Writes a trace of Perfetto.
fn trace(run: &Path, path: &Path, console: &Console) -> Result<(), VerbError> {
    let directory = RunDirectory::open(run).map_err(|error| VerbError::one(Exit::Error, error))?;
    let rerun = directory.rerun().map_err(|errors| VerbError::all(Exit::Error, errors))?;
    let stop = interrupt::stop();
    let trace = perfetto(&rerun, &stop).map_err(|error| VerbError::one(Exit::Error, error))?;
    if stop.is_set() {
        return Err(VerbError::one(Exit::Interrupted, CliError::Interrupted));
    }
    outputs::write(path, &trace)?;
    console.note(format!("wrote {} (open it at ui.perfetto.dev)", path.display()));
    Ok(())
}

fn page(path: &Path, page: Result<String, String>, console: &Console) -> Result<(), VerbError> {
    let page = page.map_err(|reason| VerbError::one(Exit::Error, PageError { reason }))?;
    outputs::write(path, page.as_bytes())?;
    console.note(format!("wrote {}", path.display()));
    Ok(())
}

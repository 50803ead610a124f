//! `spikemesh diff`: what differs between two runs, two programs, or two devices.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::console::Console;
use super::diff_text::text;
use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::inputs;
use super::interrupt;
use crate::device::Device;
use crate::diff;
use crate::isa::{self, Program};
use crate::run::RunDirectory;

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

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Run,
    Program,
    Device,
}

/// Compares.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let (a, b) = (kind(&args.a)?, kind(&args.b)?);
    let report = match (a, b) {
        (Kind::Run, Kind::Run) => {
            let open = |path: &Path| {
                RunDirectory::open_whole(path).map_err(|error| VerbError::one(Exit::Error, error))
            };
            let (a, b) = (open(&args.a)?, open(&args.b)?);
            diff::runs(&a, &b, !args.no_events, &interrupt::stop())
                .map_err(|errors| VerbError::all(Exit::Error, errors))?
        }
        (Kind::Program, Kind::Program) => {
            let (a, b) = (program(&args.a)?, program(&args.b)?);
            let device = |program: &Program| {
                Device::text(&program.device).and_then(|text| Device::parse(&program.device, text).ok())
            };
            let devices = [device(&a), device(&b)];
            diff::programs(&a, &b, devices.each_ref().map(Option::as_ref))
        }
        (Kind::Device, Kind::Device) => {
            let device = |path: &Path| inputs::device(&path.to_string_lossy(), &[]);
            diff::devices(&device(&args.a)?, &device(&args.b)?)
        }
        (a, b) => {
            let of = |kind: Kind| match kind {
                Kind::Run => "a run directory",
                Kind::Program => "a program",
                Kind::Device => "a device",
            };
            let (a, b, first, second) = (args.a.display(), args.b.display(), of(a), of(b));
            let message = format!("{a} is {first}, and {b} is {second}: give two of a kind");
            return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
        }
    };
    if args.no_events && a != Kind::Run {
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

/// What a path is, by what is there: what is no folder and no program is a device.
fn kind(path: &Path) -> Result<Kind, VerbError> {
    let is_file = path.is_file() && path.extension().is_none_or(|extension| extension != "ron");
    Ok(match path.is_dir() {
        true => Kind::Run,
        false if is_file && inputs::is_program(path)? => Kind::Program,
        false => Kind::Device,
    })
}

fn program(path: &Path) -> Result<Program, VerbError> {
    isa::load(path).map_err(|errors| VerbError::all(Exit::Error, errors))
}

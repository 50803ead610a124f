//! `spikemesh verify`: whether results are what was written, and whether a certificate is true.

mod certificate;
mod report;

use std::path::PathBuf;

use miette::Report;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::set::SetArgs;
use crate::run::{DirectoryError, verify_run};
use report::{Problem, Verified, VerifyReport, text};

pub(super) const EXAMPLE: &str = "\
Examples:
  spikemesh verify out/
  spikemesh verify plan.json prog.npx model.fbz -d akd1000\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run directories: every file is compared with the hash in run.json. Or a certificate of `map`, its program, and the model if it is at hand:
    /// every claim is derived again
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The device of a certificate, by name or .ron file
    #[arg(short, long)]
    pub device: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub set: SetArgs,
}

/// Verifies.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let (paths, errors) = match certificate::of(&args.paths, args.device.is_some())? {
        Some(certificate) => {
            let (path, errors) =
                certificate::verified(&certificate, &args.paths, args.device.as_deref(), &args.set.set)?;
            (vec![path], errors.into_iter().map(Report::new).collect())
        }
        None => directories(&args.paths),
    };
    let report = VerifyReport { verified: errors.is_empty(), paths };
    console.data(&report, text)?;
    if errors.is_empty() {
        return Ok(());
    }
    Err(VerbError { exit: Exit::Unverified, problems: errors })
}

/// Run directories, with everything that is wrong.
fn directories(paths: &[PathBuf]) -> (Vec<Verified>, Vec<Report>) {
    let (mut verified, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        let (info, found) = match verify_run(path) {
            Ok(verified) => (Some(verified.info), verified.errors),
            Err(error) => (None, vec![error]),
        };
        verified.push(Verified {
            path: path.display().to_string(),
            verified: found.is_empty(),
            status: info.as_ref().map(|info| info.status),
            finished: info.as_ref().map(|info| info.finished),
            frames: info.as_ref().map(|info| info.identity.frames),
            files: info.as_ref().map_or(0, |info| info.files.len()),
            claims: None,
            problems: found.iter().map(|error: &DirectoryError| Problem::new(error)).collect(),
        });
        errors.extend(found.into_iter().map(Report::new));
    }
    (verified, errors)
}

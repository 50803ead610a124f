//! `spikemesh verify`: whether results are what was written.

use std::path::PathBuf;

use miette::{Diagnostic, Report};
use serde::Serialize;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use crate::document::{Document, Schema};
use crate::run::{DirectoryError, RunStatus, verify_run};
use crate::words::plural;

pub(super) const EXAMPLE: &str = "Example:\n  spikemesh verify out/\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Run directories: every file is compared with the hash in run.json
    #[arg(required = true, value_name = "DIR")]
    pub paths: Vec<PathBuf>,
}

/// The result, as scripts read it.
#[derive(Serialize)]
struct VerifyReport {
    /// Nothing is wrong.
    verified: bool,
    paths: Vec<Verified>,
}

impl Document for VerifyReport {
    const SCHEMA: Schema = Schema::Verify;
}

/// One path.
#[derive(Serialize)]
struct Verified {
    path: String,
    verified: bool,
    /// How the run ended, if that can be read.
    status: Option<RunStatus>,
    finished: Option<usize>,
    frames: Option<usize>,
    /// Files that were compared.
    files: usize,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    code: String,
    message: String,
}

/// Verifies.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let mut paths = Vec::new();
    let mut errors = Vec::new();
    for path in &args.paths {
        let (info, found) = match verify_run(path) {
            Ok(verified) => (Some(verified.info), verified.errors),
            Err(error) => (None, vec![error]),
        };
        let problem = |error: &DirectoryError| Problem {
            code: error.code().map(|code| code.to_string()).unwrap_or_default(),
            message: error.to_string(),
        };
        paths.push(Verified {
            path: path.display().to_string(),
            verified: found.is_empty(),
            status: info.as_ref().map(|info| info.status),
            finished: info.as_ref().map(|info| info.finished),
            frames: info.as_ref().map(|info| info.identity.frames),
            files: info.as_ref().map_or(0, |info| info.files.len()),
            problems: found.iter().map(problem).collect(),
        });
        errors.extend(found);
    }
    let report = VerifyReport { verified: errors.is_empty(), paths };
    console.data(&report, text)?;
    if errors.is_empty() {
        return Ok(());
    }
    Err(VerbError { exit: Exit::Unverified, problems: errors.into_iter().map(Report::new).collect() })
}

fn text(report: &VerifyReport) -> String {
    let lines = report.paths.iter().map(|path| {
        let word = if path.verified { "OK " } else { "BAD" };
        match (path.status, path.finished, path.frames) {
            (Some(status), Some(finished), Some(frames)) => {
                let files = plural(path.files, "file", "files");
                format!(
                    "{word}  {}: {}, {finished} of {}, {files}",
                    path.path,
                    status.name(),
                    plural(frames, "frame", "frames")
                )
            }
            _ => format!("{word}  {}", path.path),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

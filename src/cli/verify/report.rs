//! What `verify` prints.

use miette::Diagnostic;
use serde::Serialize;

use crate::document::{Document, Schema};
use crate::run::RunStatus;
use crate::words::plural;

/// The result, as scripts read it.
#[derive(Serialize)]
pub(super) struct VerifyReport {
    /// Nothing is wrong.
    pub verified: bool,
    pub paths: Vec<Verified>,
}

impl Document for VerifyReport {
    const SCHEMA: Schema = Schema::Verify;
}

/// One path.
#[derive(Serialize)]
pub(super) struct Verified {
    pub path: String,
    pub verified: bool,
    /// How the run ended, if that can be read.
    pub status: Option<RunStatus>,
    pub finished: Option<usize>,
    pub frames: Option<usize>,
    /// Files that were compared.
    pub files: usize,
    /// Of a certificate: what its claims are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<Claimed>,
    pub problems: Vec<Problem>,
}

/// What the claims of a certificate are about.
#[derive(Serialize)]
pub(super) struct Claimed {
    pub passes: usize,
    pub units: usize,
    pub routes: usize,
    /// Trees of several receivers.
    pub trees: usize,
    pub links: usize,
    /// The model's digest was compared.
    pub model: bool,
}

#[derive(Serialize)]
pub(super) struct Problem {
    pub code: String,
    pub message: String,
}

impl Problem {
    pub fn new(error: &(impl Diagnostic + ?Sized)) -> Problem {
        let code = error.code().map(|code| code.to_string()).unwrap_or_default();
        Problem { code, message: error.to_string() }
    }
}

/// The report for people.
pub(super) fn text(report: &VerifyReport) -> String {
    let lines = report.paths.iter().map(|path| {
        let word = if path.verified { "OK " } else { "BAD" };
        if let Some(claims) = &path.claims {
            let Claimed { passes, units, routes, trees, links, model } = *claims;
            let model = if model { "" } else { "; the model was not compared" };
            let mut parts = vec![
                plural(passes, "pass", "passes"),
                plural(units, "unit", "units"),
                plural(routes, "route", "routes"),
            ];
            parts.extend((trees > 0).then(|| plural(trees, "tree", "trees")));
            return format!(
                "{word}  {}: every claim of {} and {} is derived again{model}",
                path.path,
                parts.join(", "),
                plural(links, "link", "links")
            );
        }
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

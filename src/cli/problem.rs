//! A problem as it is shown: for people with a snippet of its source, for scripts as JSON.

use std::fmt::{self, Display};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Report, Severity, SourceCode, SourceSpan,
};
use serde_json::{Value, json};

use super::snippet::Snippet;
use crate::words::shortened;

/// Width of messages in columns.
const WIDTH: usize = 100;

/// A problem for people. `with_help` is false if the same advice was given with an earlier one.
pub(super) fn rendered(problem: &dyn Diagnostic, theme: GraphicalTheme, with_help: bool) -> String {
    let shown = Shown {
        problem,
        message: shortened(&problem.to_string()),
        help: problem.help().filter(|_| with_help).map(|help| shortened(&help.to_string())),
        snippet: Snippet::of(problem),
    };
    let mut text = String::new();
    let mut handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(WIDTH);
    let message = problem.to_string();
    let mut causes = std::iter::successors(problem.source(), |cause| cause.source());
    if causes.all(|cause| message.contains(&cause.to_string())) {
        handler = handler.without_cause_chain();
    }
    match handler.render_report(&mut text, &shown) {
        Ok(()) => text,
        // A label outside of its source: show the message without the source.
        Err(_) => format!("{}\n", shown.message),
    }
}

/// A problem with nothing in it that is too long to be shown.
struct Shown<'a> {
    problem: &'a dyn Diagnostic,
    message: String,
    help: Option<String>,
    snippet: Option<Snippet>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.problem.source()
    }
}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.problem.code()
    }

    fn severity(&self) -> Option<Severity> {
        self.problem.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match &self.snippet {
            Some(snippet) => Some(snippet),
            None => self.problem.source_code(),
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        match &self.snippet {
            Some(snippet) => Some(Box::new(snippet.labels())),
            None => self.problem.labels(),
        }
    }
}

/// A problem for scripts: `code`, `severity`, `message`, `help`, `causes`, and `labels` with their place in the file.
pub(super) fn value_of(report: &Report) -> Value {
    let problem: &dyn Diagnostic = report.as_ref();
    let severity = match problem.severity().unwrap_or_default() {
        Severity::Advice => "advice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let labels: Vec<Value> = problem
        .labels()
        .into_iter()
        .flatten()
        .map(|label| label_of(problem, label.inner(), label.label()))
        .collect();
    json!({
        "code": problem.code().map(|c| c.to_string()),
        "severity": severity,
        "message": shortened(&report.to_string()),
        "help": problem.help().map(|help| shortened(&help.to_string())),
        "causes": report.chain().skip(1).map(|cause| shortened(&cause.to_string())).collect::<Vec<_>>(),
        "labels": labels,
    })
}

/// Lines and columns count from 1.
fn label_of(problem: &dyn Diagnostic, span: &SourceSpan, text: Option<&str>) -> Value {
    let contents = problem.source_code().and_then(|source| source.read_span(span, 0, 0).ok());
    json!({
        "text": text,
        "file": contents.as_ref().and_then(|c| c.name().map(str::to_owned)),
        "line": contents.as_ref().map(|c| c.line() + 1),
        "column": contents.as_ref().map(|c| c.column() + 1),
        "offset": span.offset(),
        "length": span.len(),
    })
}

/// A problem as it is shown on a terminal, and as JSON.
pub(crate) fn in_both_formats(report: &Report) -> [String; 2] {
    [rendered(report.as_ref(), GraphicalTheme::unicode_nocolor(), true), value_of(report).to_string()]
}

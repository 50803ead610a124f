//! Where a verb writes: data to standard output, everything else to standard error.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, Report, Severity, SourceSpan};
use serde::Serialize;
use serde_json::{Value, json};

use super::Failure;

/// Columns of a message where the terminal does not say.
const WIDTH: usize = 100;

/// How data and errors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For scripts: one JSON value on standard output, errors as one on standard error.
    Json,
}

impl Format {
    /// The format that arguments ask for which could not be parsed as a whole.
    pub(super) fn asked_for(args: &[OsString]) -> Format {
        let json = args.iter().any(|a| a == "--format=json")
            || args.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
        if json { Format::Json } else { Format::Human }
    }
}

/// The two streams of a command.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    format: Format,
    terminal: bool,
    color: bool,
}

impl Output {
    /// Streams of this process. Colours and progress bars only where standard error is a terminal, and no colours where `NO_COLOR`
    /// is set to anything.
    pub fn new(format: Format) -> Output {
        let terminal = std::io::stderr().is_terminal();
        let color = terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Output { format, terminal, color }
    }

    /// The format of data and errors.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Data and errors are JSON.
    pub fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// Colours may be used on standard error.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Writes data for people and a new line to standard output.
    ///
    /// # Errors
    /// Standard output cannot be written. A reader that closed its pipe has seen enough: that is no error.
    pub fn text(&self, text: impl Display) -> Result<(), Failure> {
        written(writeln!(std::io::stdout().lock(), "{text}"))
    }

    /// Writes data as JSON to standard output. Errors as for [`Output::text`].
    pub fn value(&self, value: &impl Serialize) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let result = serde_json::to_writer_pretty(&mut out, value).map_err(std::io::Error::from);
        written(result.and_then(|()| writeln!(out)))
    }

    /// Writes data as the format asks: JSON of `value`, or what `text` makes of it. Errors as for [`Output::text`].
    pub fn data<T: Serialize, D: Display>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> D,
    ) -> Result<(), Failure> {
        if self.json() { self.value(value) } else { self.text(text(value)) }
    }

    /// Tells a person what goes on, on standard error; scripts are not told.
    pub fn note(&self, message: impl Display) {
        if !self.json() {
            // Nobody is left to tell.
            let _ = writeln!(std::io::stderr(), "{message}");
        }
    }

    /// Shows a problem that does not make the verb fail.
    pub fn warn(&self, problem: impl Diagnostic + Send + Sync + 'static) {
        let report = Report::new(problem);
        let text = if self.json() {
            json!({ "warning": value_of(&report) }).to_string()
        } else {
            self.render(&report)
        };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }

    /// A bar on standard error for long work: `total` steps, each one of `unit`. Nothing is drawn unless it is a terminal.
    pub fn progress(&self, total: u64, unit: &str) -> ProgressBar {
        if !self.terminal || self.json() {
            return ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let template = format!("{{wide_bar}} {{pos}}/{{len}} {unit}, {{eta}} left");
        ProgressStyle::with_template(&template).map(|style| bar.set_style(style)).ok();
        bar
    }

    /// Shows all problems of a failure on standard error.
    pub(super) fn failure(&self, failure: &Failure) {
        let text = if self.json() {
            let problems: Vec<Value> = failure.problems.iter().map(value_of).collect();
            json!({ "exit": failure.exit as u8, "problems": problems }).to_string()
        } else {
            failure.problems.iter().map(|p| self.render(p)).collect::<Vec<_>>().join("\n")
        };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }

    fn render(&self, report: &Report) -> String {
        let theme = match (self.terminal, self.color) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, _) => GraphicalTheme::none(),
        };
        let mut text = String::new();
        let mut handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(WIDTH);
        let message = report.to_string();
        if report.chain().skip(1).all(|cause| message.contains(&cause.to_string())) {
            handler = handler.without_cause_chain();
        }
        match handler.render_report(&mut text, report.as_ref()) {
            Ok(()) => text,
            // A label outside of its source: the message matters more than the picture.
            Err(_) => format!("{report}\n"),
        }
    }
}

fn written(result: std::io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::io("write", Path::new("standard output"), error))
        }
        _ => Ok(()),
    }
}

/// A problem for scripts: `code`, `severity`, `message`, `help`, `causes`, and `labels` with their place in the file.
fn value_of(report: &Report) -> Value {
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
        "message": report.to_string(),
        "help": problem.help().map(|h| h.to_string()),
        "causes": report.chain().skip(1).map(|cause| cause.to_string()).collect::<Vec<_>>(),
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

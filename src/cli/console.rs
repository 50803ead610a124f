//! The two streams of a verb: data goes to standard output, everything else to standard error.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Report, Severity, SourceCode, SourceSpan,
};
use serde_json::{Value, json};

use super::error::VerbError;
use crate::document::{Document, Marked, Schema};
use crate::files::is_standard_output;

/// Width of messages in columns.
const WIDTH: usize = 100;

/// The format of data and errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ConsoleFormat {
    /// For people.
    #[default]
    Human,
    /// For scripts: one JSON value on standard output, errors as one on standard error.
    Json,
}

impl ConsoleFormat {
    /// The format in arguments that clap refused.
    pub(super) fn in_args(args: &[OsString]) -> ConsoleFormat {
        let json = args.iter().any(|a| a == "--format=json")
            || args.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
        if json { ConsoleFormat::Json } else { ConsoleFormat::Human }
    }
}

/// The two streams of a command.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    format: ConsoleFormat,
    terminal: bool,
    color: bool,
    /// Standard output carries a file: data goes to standard error.
    aside: bool,
}

impl Console {
    /// Streams of this process. Colours and progress bars only where standard error is a terminal, and no colours where `NO_COLOR`
    /// is set to anything.
    pub fn new(format: ConsoleFormat) -> Console {
        let terminal = std::io::stderr().is_terminal();
        let color = terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Console { format, terminal, color, aside: false }
    }

    /// The same, for a verb that writes `files`: if one of them is standard output, data goes to standard error.
    pub fn beside(self, files: &[&Path]) -> Console {
        Console { aside: self.aside || files.iter().any(|path| is_standard_output(path)), ..self }
    }

    /// Where data goes.
    fn out(&self) -> Box<dyn Write> {
        if self.aside { Box::new(std::io::stderr().lock()) } else { Box::new(std::io::stdout().lock()) }
    }

    /// Data and errors are JSON.
    pub fn json(&self) -> bool {
        self.format == ConsoleFormat::Json
    }

    /// Colours may be used on standard error.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Writes data for people and a new line to standard output.
    ///
    /// # Errors
    /// Standard output cannot be written. A reader that closed its pipe has seen enough: that is no error.
    pub fn text(&self, text: impl Display) -> Result<(), VerbError> {
        written(writeln!(self.out(), "{text}"))
    }

    /// Writes lines for people to standard output as they are made. Errors as for [`Console::text`].
    pub fn lines(&self, lines: &impl Display) -> Result<(), VerbError> {
        let mut out = BufWriter::new(self.out());
        written(write!(out, "{lines}").and_then(|()| out.flush()))
    }

    /// Writes data as JSON to standard output. Errors as for [`Console::text`].
    pub fn value(&self, value: &impl Document) -> Result<(), VerbError> {
        let mut out = BufWriter::new(self.out());
        let result =
            serde_json::to_writer_pretty(&mut out, &Marked::new(value)).map_err(std::io::Error::from);
        written(result.and_then(|()| writeln!(out)).and_then(|()| out.flush()))
    }

    /// Writes data as the format asks: JSON of `value`, or what `text` makes of it. Errors as for [`Console::text`].
    pub fn data<T: Document, D: Display>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> D,
    ) -> Result<(), VerbError> {
        if self.json() { self.value(value) } else { self.text(text(value)) }
    }

    /// Writes a message about the progress to standard error; none with `--format json`.
    pub fn note(&self, message: impl Display) {
        if !self.json() {
            // A closed pipe leaves nobody to report to.
            let _ = writeln!(std::io::stderr(), "{message}");
        }
    }

    /// Shows a problem that does not make the verb fail.
    pub fn warn(&self, problem: impl Diagnostic + Send + Sync + 'static) {
        let report = Report::new(problem);
        let text = if self.json() {
            json!({ "schema": Schema::Warning, "warning": value_of(&report) }).to_string()
        } else {
            self.render(report.as_ref())
        };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }

    /// A progress bar of `total` steps, named `unit`, on standard error; hidden unless it is a terminal.
    pub fn progress(&self, total: u64, unit: &str) -> ProgressBar {
        if !self.terminal || self.json() {
            return ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let template = format!("{{wide_bar}} {{pos}}/{{len}} {unit}, {{eta}} left");
        ProgressStyle::with_template(&template).map(|style| bar.set_style(style)).ok();
        bar
    }

    /// Shows all problems of a verb on standard error.
    pub(super) fn error(&self, error: &VerbError) {
        let text = if self.json() {
            let problems: Vec<Value> = error.problems.iter().map(value_of).collect();
            json!({ "schema": Schema::Problems, "exit": error.exit as u8, "problems": problems }).to_string()
        } else {
            // The same advice is given once, however many problems it is for.
            let mut given = HashSet::new();
            let mut render = |problem: &Report| {
                let help = problem.help().map(|help| help.to_string());
                let again = help.is_some_and(|help| !given.insert(help));
                if again { self.render(&WithoutHelp(problem)) } else { self.render(problem.as_ref()) }
            };
            error.problems.iter().map(&mut render).collect::<Vec<_>>().join("\n")
        };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }

    fn render(&self, problem: &dyn Diagnostic) -> String {
        let theme = match (self.terminal, self.color) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, _) => GraphicalTheme::none(),
        };
        let mut text = String::new();
        let mut handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(WIDTH);
        let message = problem.to_string();
        let mut causes = std::iter::successors(problem.source(), |cause| cause.source());
        if causes.all(|cause| message.contains(&cause.to_string())) {
            handler = handler.without_cause_chain();
        }
        match handler.render_report(&mut text, problem) {
            Ok(()) => text,
            // A label outside of its source: show the message without the source.
            Err(_) => format!("{problem}\n"),
        }
    }
}

/// A problem whose advice was given with an earlier one.
struct WithoutHelp<'a>(&'a Report);

impl fmt::Debug for WithoutHelp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl fmt::Display for WithoutHelp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl std::error::Error for WithoutHelp<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl Diagnostic for WithoutHelp<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.0.code()
    }

    fn severity(&self) -> Option<Severity> {
        self.0.severity()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }
}

fn written(result: std::io::Result<()>) -> Result<(), VerbError> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(VerbError::io("write", Path::new("standard output"), error))
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

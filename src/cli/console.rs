//! The two streams of a verb: data goes to standard output, everything else to standard error.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::path::Path;

use miette::{Diagnostic, GraphicalTheme, Report};
use serde_json::{Value, json};

use super::error::VerbError;
use super::problem::{rendered, value_of};
use super::watch::Watch;
use crate::document::{Document, Marked, Schema};
use crate::files::is_standard_output;

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
    /// Nothing about the progress.
    quiet: bool,
    /// Standard output carries a file: data goes to standard error.
    aside: bool,
}

impl Console {
    /// Streams of this process. Colours and progress bars only where standard error is a terminal, and no colours where `NO_COLOR`
    /// is set to anything.
    pub fn new(format: ConsoleFormat, quiet: bool) -> Console {
        let terminal = std::io::stderr().is_terminal();
        let color = terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Console { format, terminal, color, quiet, aside: false }
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

    /// Writes a message about the progress to standard error; none with `--format json` and `--quiet`.
    pub fn note(&self, message: impl Display) {
        if !self.json() && !self.quiet {
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
            self.render(report.as_ref(), true)
        };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }

    /// Removes the progress of work that nobody ends any more.
    pub(super) fn clear_line(&self) {
        if self.terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }

    /// Shows how far work is, in `unit`s, on standard error, until the value is dropped; nothing unless it is a terminal, and with `--quiet`.
    pub fn watch(&self, unit: &'static str) -> Watch {
        self.watch_beside(unit, String::new)
    }

    /// As [`Console::watch`], and what `beside` says.
    pub fn watch_beside(&self, unit: &'static str, beside: impl Fn() -> String + Send + 'static) -> Watch {
        let visible = self.terminal && !self.json() && !self.quiet;
        if visible { Watch::begin(unit, beside) } else { Watch::nobody() }
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
                self.render(problem.as_ref(), !again)
            };
            error.problems.iter().map(&mut render).collect::<Vec<_>>().join("\n")
        };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }

    fn render(&self, problem: &dyn Diagnostic, with_help: bool) -> String {
        let theme = match (self.terminal, self.color) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, _) => GraphicalTheme::none(),
        };
        rendered(problem, theme, with_help)
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

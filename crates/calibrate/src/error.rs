//! What is wrong with published rows.

use miette::Diagnostic;
use spikemesh_stop::Stopped;
use spikemesh_words::{SourceLine, plural, thousands};
use thiserror::Error as ThisError;

/// What is wrong with a file of rows. Lines count from 1, the heading included.
#[derive(Clone, Debug, PartialEq, Eq, ThisError, Diagnostic)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the rows of {path}: {cause}")]
    #[diagnostic(
        code(validate::unreadable),
        help("give a .csv file with a heading, as docs/validation/README.md says")
    )]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
    /// The heading lacks columns: no row can be read.
    #[error("{line}: there is no column {}", quoted(columns))]
    #[diagnostic(
        code(validate::column),
        help("name every column of docs/validation/README.md in the heading")
    )]
    Column {
        /// The line, with its place.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The columns.
        columns: Vec<String>,
    },
    /// A row is longer or shorter than the heading.
    #[error("{line}: the row has {}, and the heading {expected}", plural(*found, "field", "fields"))]
    #[diagnostic(code(validate::fields), help("put fields that hold a comma into quotes"))]
    Fields {
        /// The line, with its place.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// Fields of the row.
        found: usize,
        /// Fields of the heading.
        expected: usize,
    },
    /// A field does not hold what its column asks for.
    #[error("{line}: `{column}` is `{value}`, and must be {limit}")]
    #[diagnostic(code(validate::value), help("correct the row"))]
    Value {
        /// The line, with its place.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The column.
        column: String,
        /// What it holds.
        value: String,
        /// What it must be.
        limit: String,
    },
    /// The NPs of a row are not those of its splits, or more than the device has.
    #[error("{line}: {cause}")]
    #[diagnostic(
        code(validate::nps),
        help("`nps` is `nps_spatial` times `nps_filter`, and at most the NPs of the device")
    )]
    Nps {
        /// The line, with its place.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// What does not fit.
        cause: String,
    },
    /// No program can be made of a row, or the simulator refuses it.
    #[error("{line}: {cause}")]
    #[diagnostic(
        code(validate::row),
        help("rows must describe layers that the device can compute: `spikemesh check` lists the rules")
    )]
    Row {
        /// The line, with its place.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// What the model, the compiler or the simulator says.
        cause: String,
    },
    /// More is wrong than is reported at once.
    #[error("{} more problem{} of rows after these", thousands(*left), if *left == 1 { "" } else { "s" })]
    #[diagnostic(code(validate::many_problems), help("correct these first"))]
    ManyProblems {
        /// Problems that are not shown.
        left: usize,
    },
    /// A device was given, and no row is of it: it would change nothing.
    #[error("no row is of the device `{name}`")]
    #[diagnostic(
        code(validate::device),
        help("give the device file the `name` that the rows have: it stands in for the device of that name")
    )]
    Device {
        /// The device.
        name: String,
    },
    /// There is nothing to compare with.
    #[error("none of the files has a row")]
    #[diagnostic(code(validate::no_rows), help("give rows of published measurements below the headings"))]
    NoPublishedRows,
    /// There is nothing to fit to.
    #[error("{file} holds no layer of {device}")]
    #[diagnostic(code(fit::no_rows), help("give rows whose `device` is the name inside the device file"))]
    NoRows {
        /// The device.
        device: String,
        /// The file.
        file: String,
    },
    /// A constant that was asked for does not exist.
    #[error("{device} has no constant `{name}` that can be fitted")]
    #[diagnostic(
        code(fit::unknown_constant),
        help(
            "`spikemesh device {device}` lists constants; those of `timing` in clocks and of `energy` in picojoules can be fitted"
        )
    )]
    Constant {
        /// The constant.
        name: String,
        /// The device.
        device: String,
    },
    /// No row determines a constant that was asked for: any value of it fits as well.
    #[error("nothing determines `{name}`: {} it, and none tells it from other constants", plural(*rows, "row charges", "rows charge"))]
    #[diagnostic(
        code(fit::undetermined),
        help("give rows that charge it more and less, or leave it as it is")
    )]
    Undetermined {
        /// The constant.
        name: String,
        /// Rows that charge it.
        rows: usize,
    },
    /// The template of a row cannot be read.
    #[error("{line}: the template `{template}`: {cause}")]
    #[diagnostic(
        code(validate::template),
        help("put the templates into a folder `models` next to the file of rows")
    )]
    Template {
        /// The line, with its place.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The template.
        template: String,
        /// Why.
        cause: String,
    },
    /// The stop flag was set before the last row.
    #[error("the work was stopped before its end")]
    #[diagnostic(code(validate::stopped))]
    Stopped,
}

/// Names with quotation marks: `a`, `b` or `c`.
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

impl From<Stopped> for Error {
    fn from(Stopped: Stopped) -> Error {
        Error::Stopped
    }
}

//! What is wrong with published rows.

use miette::Diagnostic;
use spikemesh_stop::Stopped;
use spikemesh_words::plural;
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
    /// The heading lacks a column: no row can be read.
    #[error("{file}:{line}: there is no column `{column}`")]
    #[diagnostic(
        code(validate::column),
        help("name every column of docs/validation/README.md in the heading")
    )]
    Column {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// The column.
        column: String,
    },
    /// A row is longer or shorter than the heading.
    #[error("{file}:{line}: the row has {}, and the heading {expected}", plural(*found, "field", "fields"))]
    #[diagnostic(code(validate::fields), help("put fields that hold a comma into quotes"))]
    Fields {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// Fields of the row.
        found: usize,
        /// Fields of the heading.
        expected: usize,
    },
    /// A field does not hold what its column asks for.
    #[error("{file}:{line}: `{column}` is `{value}`, and must be {limit}")]
    #[diagnostic(code(validate::value), help("correct the row"))]
    Value {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// The column.
        column: String,
        /// What it holds.
        value: String,
        /// What it must be.
        limit: String,
    },
    /// The NPs of a row are not those of its splits, or more than the device has.
    #[error("{file}:{line}: {cause}")]
    #[diagnostic(
        code(validate::nps),
        help("`nps` is `nps_spatial` times `nps_filter`, and at most the NPs of the device")
    )]
    Nps {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// What does not fit.
        cause: String,
    },
    /// No program can be made of a row, or the simulator refuses it.
    #[error("{file}:{line}: {cause}")]
    #[diagnostic(
        code(validate::row),
        help("rows must describe layers that the device can compute: `spikemesh check` lists the rules")
    )]
    Row {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// What the model, the compiler or the simulator says.
        cause: String,
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
    #[error("{file}:{line}: the template `{template}`: {cause}")]
    #[diagnostic(
        code(validate::template),
        help("put the templates into a folder `models` next to the file of rows")
    )]
    Template {
        /// The file.
        file: String,
        /// The line.
        line: usize,
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

impl From<Stopped> for Error {
    fn from(Stopped: Stopped) -> Error {
        Error::Stopped
    }
}

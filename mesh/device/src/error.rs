//! What can be wrong with a device file.

use miette::Diagnostic;
use thiserror::Error as ThisError;

/// What is wrong with a device file.
#[derive(Debug, ThisError, Diagnostic)]
pub enum Error {
    /// No device of that name comes with the simulator, and it is no path of a device file.
    #[error("there is no device named `{name}`")]
    #[diagnostic(code(device::unknown), help("known devices: {known}; or give the path of a .ron file"))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The file cannot be read.
    #[error("cannot read the device file {path}: {source}")]
    #[diagnostic(
        code(device::unreadable),
        help("`spikemesh device akd1000` prints a device file to start from")
    )]
    Unreadable {
        /// The file.
        path: String,
        /// Why: the system's answer, or that the file is too large or no text.
        source: std::io::Error,
    },
    /// The file is not a device description.
    #[error("{place}:{line}:{column}: {cause}")]
    #[diagnostic(
        code(device::syntax),
        help(
            "every constant is (value, documented|measured|fitted|assumed, \"source\"); `spikemesh device akd1000` shows them all"
        )
    )]
    Syntax {
        /// The file.
        place: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        cause: String,
    },
    /// A constant lies outside the range in which the simulator is defined.
    #[error("{device}: `{constant}` is {value}, and must be {limit}")]
    #[diagnostic(code(device::range), help("correct the constant in the device file"))]
    Range {
        /// The device.
        device: String,
        /// Path of the constant in the file.
        constant: String,
        /// Its value.
        value: String,
        /// What it must be.
        limit: String,
    },
    /// A constant has no source.
    #[error("{device}: `{constant}` names no source")]
    #[diagnostic(
        code(device::source),
        help("say where the number comes from, or for an assumed one why it was chosen")
    )]
    Source {
        /// The device.
        device: String,
        /// Path of the constant in the file.
        constant: String,
    },
}

impl Error {
    pub(super) fn syntax(place: &str, error: &ron::error::SpannedError) -> Error {
        Error::Syntax {
            place: place.to_owned(),
            line: error.span.start.line,
            column: error.span.start.col,
            cause: error.code.to_string(),
        }
    }
}

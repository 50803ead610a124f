//! What can be wrong with a device file.

use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error as ThisError;

use crate::network;
use crate::place::{offset, places, value_at};

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
    #[error("{at}{cause}")]
    #[diagnostic(
        code(device::syntax),
        help(
            "every constant is (value, documented|measured|fitted|assumed, \"source\"); `spikemesh device akd1000` shows them all"
        )
    )]
    Syntax {
        /// The file, line and column.
        at: String,
        /// What the parser says.
        cause: String,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        place: Option<SourceSpan>,
    },
    /// The file is of an older version.
    #[error("{at}`{constant}` is of device files of an older version")]
    #[diagnostic(
        code(device::older),
        help(
            "actions have an energy each instead of shares: put `memory_byte`, `load_byte` and `network: (...)` of `spikemesh device akd1000 --ron` in its place, then let `spikemesh fit` find the energies of clocks again"
        )
    )]
    Older {
        /// The file, line and column.
        at: String,
        /// Path of the constant that there is no more.
        constant: String,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        place: Option<SourceSpan>,
    },
    /// A constant lies outside the range in which the simulator is defined.
    #[error("{at}`{constant}` is {value}, and must be {limit}")]
    #[diagnostic(code(device::range), help("correct the constant; docs/formats/device.md lists all ranges"))]
    Range {
        /// The file, line and column; the device if it comes from no file.
        at: String,
        /// Path of the constant in the file.
        constant: String,
        /// Its value.
        value: String,
        /// What it must be.
        limit: String,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        place: Option<SourceSpan>,
    },
    /// A constant has no source.
    #[error("{at}`{constant}` names no source")]
    #[diagnostic(
        code(device::source),
        help("say where the number comes from, or for an assumed one why it was chosen")
    )]
    Source {
        /// The file, line and column; the device if it comes from no file.
        at: String,
        /// Path of the constant in the file.
        constant: String,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        place: Option<SourceSpan>,
    },
    /// A setting or a file names a part that the device does not have.
    #[error("{at}`{constant}`: the device has no {part}")]
    #[diagnostic(code(device::no_part), help("{limit}"))]
    NoPart {
        /// The file, line and column; the device if it comes from no file.
        at: String,
        /// Path of the constant.
        constant: String,
        /// Name of the part.
        part: String,
        /// Which parts there are.
        limit: String,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        place: Option<SourceSpan>,
    },
    /// A setting names no constant of the device.
    #[error("{device}: there is no constant `{constant}`")]
    #[diagnostic(code(device::unknown_constant), help("{near}"))]
    UnknownConstant {
        /// The device.
        device: String,
        /// The path that was given.
        constant: String,
        /// What may have been meant.
        near: String,
    },
    /// A constant cannot be set to a value.
    #[error("{device}: `{constant}` cannot be `{value}`, it must be {limit}")]
    #[diagnostic(
        code(device::value),
        help("docs/formats/device.md lists all ranges; `spikemesh device akd1000` shows a value of each")
    )]
    Value {
        /// The device.
        device: String,
        /// Path of the constant.
        constant: String,
        /// The value that was given.
        value: String,
        /// What it must be.
        limit: String,
    },
    /// A constant is set that a program was made for.
    #[error(
        "{device}: `{constant}` was read when the program was mapped: it was {mapped}, and cannot be {value} now"
    )]
    #[diagnostic(
        code(device::read_by_mapping),
        help(
            "set it where the model is mapped, or give the model instead of the program; constants of time, energy and network may be set on a program"
        )
    )]
    ReadByMapping {
        /// The device.
        device: String,
        /// Path of the constant.
        constant: String,
        /// The value that was given.
        value: String,
        /// The value that mapping read.
        mapped: String,
    },
    /// The constants of the network, each within its range, describe no network that the router implements.
    #[error("{at}the network: {cause}")]
    #[diagnostic(code(device::network), help("{}", cause.help().map(|help| help.to_string()).unwrap_or_default()))]
    Network {
        /// The file, line and column; the device if it comes from no file.
        at: String,
        /// What is wrong with it.
        cause: network::Error,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        place: Option<SourceSpan>,
    },
}

/// Constants of older versions.
const OLDER: [&str; 2] = ["energy.memory_share", "energy.network_share"];

/// The text of a device file, which errors point into.
pub(super) struct DeviceText {
    name: String,
    text: Arc<NamedSource<String>>,
    places: Vec<(String, Range<usize>)>,
}

/// A place in a text, in the words of a message, and for who shows the text.
pub(super) struct Place {
    pub(super) at: String,
    pub(super) text: Arc<NamedSource<String>>,
    pub(super) place: Option<SourceSpan>,
}

impl DeviceText {
    /// The text of a file.
    pub(super) fn new(name: &str, text: &str) -> DeviceText {
        let source = NamedSource::new(name, text.to_owned());
        DeviceText { name: name.to_owned(), text: Arc::new(source), places: places(text) }
    }

    /// No text: a device that was made in memory.
    pub(super) fn none(device: &str) -> DeviceText {
        DeviceText::new(device, "")
    }

    /// The place of a constant.
    pub(super) fn of(&self, path: &str) -> Place {
        let found = self.places.iter().find(|(known, _)| known == path);
        self.place(found.map(|(_, place)| place.clone()))
    }

    fn place(&self, place: Option<Range<usize>>) -> Place {
        let at = match &place {
            None => format!("{}: ", self.name),
            Some(place) => {
                let before = &self.text.inner()[..place.start];
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                format!("{}:{line}:{column}: ", self.name)
            }
        };
        Place { at, text: Arc::clone(&self.text), place: place.map(SourceSpan::from) }
    }

    /// What the parser says. A number that its type cannot hold is out of range like any other: `limit` knows the range of a path.
    pub(super) fn syntax(
        &self,
        error: &ron::error::SpannedError,
        limit: impl Fn(&str) -> Option<String>,
    ) -> Error {
        let older = self.places.iter().find(|(path, _)| OLDER.contains(&path.as_str()));
        if let Some((constant, place)) = older {
            let Place { at, text, place } = self.place(Some(place.clone()));
            return Error::Older { at, constant: constant.clone(), text, place };
        }
        let whole = self.text.inner();
        let start = offset(whole, error.span.start.line, error.span.start.col);
        let end = offset(whole, error.span.end.line, error.span.end.col);
        let Place { at, text, place } = self.place(Some(start..end.max(start)));
        if let Some((constant, value)) = value_at(whole, start)
            && let Ok(number) = value.replace('_', "").parse::<f64>()
            && let Some(limit) = limit(&constant)
        {
            let limit = if number.fract() == 0.0 { limit } else { format!("a whole number, {limit}") };
            let Place { at, text, place } = self.of(&constant);
            return Error::Range { at, constant, value, limit, text, place };
        }
        Error::Syntax { at, cause: error.code.to_string(), text, place }
    }
}

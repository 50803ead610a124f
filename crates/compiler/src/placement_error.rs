//! What can be wrong with a placement file, alone and on a mapping.

use std::fmt::{self, Display};
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use spikemesh_device::{ron_offset, ron_places};
use spikemesh_words::plural;

/// A placement file cannot be read, or asks for what is impossible.
#[derive(Debug)]
pub struct PlacementError {
    /// What is wrong.
    pub problem: Box<PlacementProblem>,
    at: String,
    text: Option<Arc<NamedSource<String>>>,
    place: Option<Range<usize>>,
}

/// What is wrong with a placement file.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum PlacementProblem {
    /// The file cannot be read.
    #[error("cannot read the placement file {path}: {source}")]
    #[diagnostic(
        code(placement::unreadable),
        help("`spikemesh map --write-place FILE.ron` writes such a file")
    )]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no placement.
    #[error("{cause}")]
    #[diagnostic(
        code(placement::syntax),
        help(
            "`spikemesh map --write-place FILE.ron` writes such a file; docs/formats/placement.md has the fields"
        )
    )]
    Syntax {
        /// What the parser says.
        cause: String,
    },
    /// The file is of another version, or something else.
    #[error("the schema is `{schema}`, and must be `{expected}`")]
    #[diagnostic(
        code(placement::schema),
        help("write the file again with `spikemesh map --write-place FILE.ron`")
    )]
    Schema {
        /// What it says.
        schema: String,
        /// What is read.
        expected: &'static str,
    },
    /// A pin is about a layer that the model does not have, or that no neural processor computes.
    #[error("no neural processor computes a layer `{layer}`")]
    #[diagnostic(code(placement::layer), help("{near}"))]
    Layer {
        /// Its name.
        layer: String,
        /// What may have been meant.
        near: String,
    },
    /// A pin is about a slice that the layer does not have.
    #[error("layer `{layer}` has {}, and none with the number {slice}", plural(*slices, "slice", "slices"))]
    #[diagnostic(
        code(placement::slice),
        help("slices count from 0: give at most {}, or map with more neural processors", slices.saturating_sub(1))
    )]
    Slice {
        /// The layer.
        layer: String,
        /// The slice.
        slice: u32,
        /// How many there are.
        slices: u32,
    },
    /// A slice is another one in this mapping than in the one that the file is of.
    #[error("slice {slice} of layer `{layer}` has {what} {found} in this mapping, and {given} in the file")]
    #[diagnostic(
        code(placement::other_mapping),
        help(
            "map with the mode and the device that the file was written with, or leave `{field}` out of the pin"
        )
    )]
    OtherMapping {
        /// The layer.
        layer: String,
        /// The slice.
        slice: u32,
        /// What differs, in words.
        what: &'static str,
        /// What differs, as the file has it.
        field: &'static str,
        /// Here.
        found: String,
        /// In the file.
        given: String,
    },
    /// There is no such neural processor.
    #[error("{device} has no neural processor `{np}`")]
    #[diagnostic(
        code(placement::np),
        help("neural processors are {first} to {last}: column and row of the node, then its own number")
    )]
    Np {
        /// Its name.
        np: String,
        /// The device.
        device: String,
        /// The first one.
        first: String,
        /// The last one.
        last: String,
    },
    /// The neural processor computes nothing.
    #[error("`{np}` of {device} is disabled and computes nothing")]
    #[diagnostic(code(placement::np_disabled), help("pin the slice to another one, such as {other}"))]
    NpDisabled {
        /// Its name.
        np: String,
        /// The device.
        device: String,
        /// One that computes.
        other: String,
    },
    /// A slice has two places.
    #[error("slice {slice} of layer `{layer}` is on `{first}` already")]
    #[diagnostic(code(placement::twice), help("leave one of the two pins out"))]
    Twice {
        /// The layer.
        layer: String,
        /// The slice.
        slice: u32,
        /// Its first place.
        first: String,
    },
    /// Two slices of a pass have the same place.
    #[error(
        "slice {slice} of layer `{layer}` is on `{np}`, where pass {pass} has slice {other_slice} of layer `{other_layer}`"
    )]
    #[diagnostic(
        code(placement::np_taken),
        help("a neural processor computes one slice of a pass: pin one of the two elsewhere")
    )]
    NpTaken {
        /// The layer.
        layer: String,
        /// The slice.
        slice: u32,
        /// The neural processor.
        np: String,
        /// The pass of both.
        pass: u32,
        /// The layer that was there first.
        other_layer: String,
        /// Its slice.
        other_slice: u32,
    },
    /// The neural processor has too little memory for this slice.
    #[error("slice {slice} of layer `{layer}` takes {} on `{np}`, which holds {limit}", plural(*bytes, "byte", "bytes"))]
    #[diagnostic(
        code(placement::memory),
        help("pin it to one whose output FIFO is smaller; overrides of the device give `{np}` its own")
    )]
    Memory {
        /// The layer.
        layer: String,
        /// The slice.
        slice: u32,
        /// The neural processor.
        np: String,
        /// What the slice takes there.
        bytes: u64,
        /// What it holds.
        limit: u64,
    },
}

impl PlacementError {
    /// A file that cannot be read.
    pub fn unreadable(path: &str, source: std::io::Error) -> PlacementError {
        let problem = PlacementProblem::Unreadable { path: path.to_owned(), source };
        PlacementError { problem: Box::new(problem), at: String::new(), text: None, place: None }
    }
}

impl Display for PlacementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.at, self.problem)
    }
}

impl std::error::Error for PlacementError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.problem.source()
    }
}

impl Diagnostic for PlacementError {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.problem.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.problem.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_deref().map(|text| text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some("here".to_owned()), self.place.clone()?);
        Some(Box::new(std::iter::once(label)))
    }
}

/// The text of a placement file, which errors point into.
#[derive(Debug)]
pub(crate) struct PlacementText {
    name: String,
    text: Arc<NamedSource<String>>,
    places: Vec<(String, Range<usize>)>,
}

impl PlacementText {
    /// Of a file with this name.
    pub(crate) fn new(name: &str, text: &str) -> PlacementText {
        let source = Arc::new(NamedSource::new(name, text.to_owned()));
        let mut places = ron_places(text);
        places.sort_by(|(a, _), (b, _)| a.cmp(b));
        PlacementText { name: name.to_owned(), text: source, places }
    }

    /// A problem of the value with this path, such as `slices[3].np`.
    pub(crate) fn error(&self, path: &str, problem: PlacementProblem) -> PlacementError {
        let found = self.places.binary_search_by(|(known, _)| known.as_str().cmp(path));
        self.at(found.ok().map(|index| self.places[index].1.clone()), problem)
    }

    /// What the parser says.
    pub(crate) fn syntax(&self, error: &ron::error::SpannedError) -> PlacementError {
        let text = self.text.inner();
        let start = ron_offset(text, error.span.start.line, error.span.start.col);
        let end = ron_offset(text, error.span.end.line, error.span.end.col);
        self.at(Some(start..end.max(start)), PlacementProblem::Syntax { cause: error.code.to_string() })
    }

    fn at(&self, place: Option<Range<usize>>, problem: PlacementProblem) -> PlacementError {
        let at = place.as_ref().map_or(format!("{}: ", self.name), |place| {
            let before = &self.text.inner()[..place.start];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            format!("{}:{line}:{column}: ", self.name)
        });
        PlacementError { problem: Box::new(problem), at, text: Some(Arc::clone(&self.text)), place }
    }
}

//! What can be wrong with a template, and where.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// A problem of a template with its place in the file.
#[derive(Clone)]
pub struct Error {
    /// What is wrong.
    pub problem: Problem,
    source: Option<Arc<NamedSource<String>>>,
    labels: Vec<LabeledSpan>,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Diagnostic)]
pub enum Problem {
    /// The file cannot be read at all.
    #[error("cannot read {path}: {reason}")]
    #[diagnostic(code(model::unreadable), help("check the path and its permissions"))]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },

    /// Text that is not UTF-8, or has characters that YAML forbids: binary data, most likely.
    #[error("byte {offset} is not text: {reason}")]
    #[diagnostic(code(model::not_text), help("a template is a YAML file in UTF-8"))]
    NotText {
        /// Place of the first such byte.
        offset: usize,
        /// What is wrong with it.
        reason: String,
    },

    /// Larger, deeper or richer than any template: refused before it eats memory.
    #[error("the template has more than {limit} {unit}")]
    #[diagnostic(
        code(model::template_too_large),
        help("a template lists at most 4096 layers with plain values")
    )]
    TooLarge {
        /// What is counted.
        unit: &'static str,
        /// The limit.
        limit: usize,
    },

    /// The file is not YAML.
    #[error("not valid YAML: {reason}")]
    #[diagnostic(code(model::yaml_syntax), help("check indentation, quotes and brackets around this place"))]
    Syntax {
        /// The scanner's reason.
        reason: String,
    },

    /// A feature of YAML that templates do without, so that what is read is what is written.
    #[error("{feature} not supported in templates")]
    #[diagnostic(code(model::yaml_feature), help("write the values out"))]
    Feature {
        /// The feature, with its verb.
        feature: &'static str,
    },

    /// A key occurs twice; one of its values would be lost.
    #[error("key `{key}` occurs twice")]
    #[diagnostic(code(model::duplicate_key), help("keep one of them"))]
    DuplicateKey {
        /// The key.
        key: String,
    },

    /// A key that nothing reads: a spelling mistake would go unnoticed.
    #[error("unknown key `{key}` in {place}")]
    #[diagnostic(code(model::unknown_key), help("{help}"))]
    UnknownKey {
        /// The key.
        key: String,
        /// What it is a key of.
        place: String,
        /// The nearest known key, or all of them.
        help: String,
    },

    /// A key without which the layer is not defined.
    #[error("{place} lacks `{key}`")]
    #[diagnostic(code(model::missing_key), help("add `{key}: {example}`"))]
    MissingKey {
        /// The key.
        key: &'static str,
        /// What lacks it.
        place: String,
        /// An example of a value.
        example: &'static str,
    },

    /// No such layer type.
    #[error("unknown layer type `{found}`")]
    #[diagnostic(code(model::unknown_type), help("{help}"))]
    UnknownType {
        /// What came.
        found: String,
        /// The nearest known type, or all of them.
        help: String,
    },

    /// A value of the wrong kind.
    #[error("`{key}` is {found}, expected is {expected}")]
    #[diagnostic(code(model::wrong_type), help("{help}"))]
    WrongType {
        /// The key.
        key: String,
        /// What came.
        found: String,
        /// What is expected.
        expected: &'static str,
        /// How to write it.
        help: String,
    },

    /// A value that is not one of a few.
    #[error("`{key}` is `{found}`, not one of its values")]
    #[diagnostic(code(model::unknown_value), help("{help}"))]
    UnknownValue {
        /// The key.
        key: &'static str,
        /// What came.
        found: String,
        /// The nearest value, or all of them.
        help: String,
    },

    /// An integer far outside of anything.
    #[error("`{key}` is {found}, allowed is {allowed}")]
    #[diagnostic(code(model::parameter_range), help("set `{key}` to {allowed}"))]
    Range {
        /// The key.
        key: &'static str,
        /// What came.
        found: String,
        /// What is allowed.
        allowed: String,
    },

    /// An inbound layer that no earlier layer is named after.
    #[error("layer `{layer}`: no earlier layer is named `{inbound}`")]
    #[diagnostic(code(model::unknown_inbound), help("{help}"))]
    UnknownInbound {
        /// Name of the layer.
        layer: String,
        /// Name of the inbound layer.
        inbound: String,
        /// The nearest name, or the reason.
        help: String,
    },

    /// A template without a layer is not a model.
    #[error("the template has no layers")]
    #[diagnostic(code(model::no_layers), help("list the layers under `layers:`, an input layer first"))]
    NoLayers,

    /// The rest of a long list of problems.
    #[error("more than {limit} problems; the rest is not shown")]
    #[diagnostic(code(model::many_problems), help("correct these first"))]
    ManyProblems {
        /// How many are shown.
        limit: usize,
    },

    /// A layer that the model refuses.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] crate::error::Error),
}

impl Error {
    /// Places in the file, as byte ranges with a label each, the main one first.
    pub fn places(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        self.labels.iter().map(|l| (l.offset()..l.offset() + l.len(), l.label().unwrap_or_default()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("problem", &self.problem).field("labels", &self.labels).finish()
    }
}

impl std::error::Error for Error {}

impl Diagnostic for Error {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// Collects problems of one file.
pub(super) struct Problems {
    source: Option<Arc<NamedSource<String>>>,
    list: Vec<Error>,
}

/// Most problems that are reported at once.
const LIMIT: usize = 100;

impl Problems {
    /// For a file with this text.
    pub fn of(file: &str, text: &str) -> Problems {
        let source = NamedSource::new(file, text.to_string()).with_language("yaml");
        Problems { source: Some(Arc::new(source)), list: Vec::new() }
    }

    /// A single problem of a file that has no text.
    pub fn without_text(problem: Problem) -> Vec<Error> {
        vec![Error { problem, source: None, labels: Vec::new() }]
    }

    /// Adds a problem at a place.
    pub fn add(&mut self, problem: impl Into<Problem>, span: &Range<usize>, label: &str) {
        self.add_labelled(problem.into(), vec![primary(span, label)]);
    }

    /// Adds a problem with a second place that explains it.
    pub fn add_with(
        &mut self,
        problem: impl Into<Problem>,
        span: &Range<usize>,
        label: &str,
        other: &Range<usize>,
        other_label: &str,
    ) {
        let other = LabeledSpan::new(Some(other_label.to_string()), other.start, other.len());
        self.add_labelled(problem.into(), vec![primary(span, label), other]);
    }

    fn add_labelled(&mut self, problem: Problem, labels: Vec<LabeledSpan>) {
        let source = self.source.clone();
        match self.list.len() {
            n if n < LIMIT => self.list.push(Error { problem, source, labels }),
            LIMIT => self.list.push(Error {
                problem: Problem::ManyProblems { limit: LIMIT },
                source: None,
                labels: Vec::new(),
            }),
            _ => {}
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// All of them, in the order of the file; what has no place comes last.
    pub fn finish(mut self) -> Vec<Error> {
        self.list.sort_by_key(|error| error.labels.first().map_or(usize::MAX, LabeledSpan::offset));
        self.list
    }
}

fn primary(span: &Range<usize>, label: &str) -> LabeledSpan {
    LabeledSpan::new_primary_with_span(Some(label.to_string()), (span.start, span.len()))
}

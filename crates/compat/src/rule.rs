//! What a rule is, and what breaking it looks like.

use std::fmt;

use miette::Diagnostic;

use crate::axis::AxisLimit;
use crate::profile::Profile;
use crate::source::Source;
use spikemesh_model::{Layer, LayerId, LayerKind, Model, PoolingType, Span};

/// One limit of the hardware.
pub struct Rule {
    /// Stable name; the code of a violation is `compat::<id>`.
    pub id: &'static str,
    /// The requirement in one line.
    pub title: &'static str,
    /// Where it is written, once for each profile that it belongs to.
    pub sources: &'static [Source],
    /// Its limits along an axis of a map.
    pub axes: &'static [AxisLimit],
    /// Finds every breach of one layer.
    pub check: fn(&Subject) -> Vec<Breach>,
    /// A template that keeps the rule in all of its profiles.
    pub good: &'static str,
    /// A template that breaks the rule in all of its profiles.
    pub bad: &'static str,
}

impl Rule {
    /// Where it is written, in a profile that it belongs to.
    pub fn source(&self, profile: Profile) -> Option<Source> {
        self.sources.iter().copied().find(|source| source.profile == profile)
    }

    /// Profiles that it belongs to.
    pub fn profiles(&self) -> impl Iterator<Item = Profile> {
        self.sources.iter().map(|source| source.profile)
    }
}

/// A layer to be checked.
pub struct Subject<'a> {
    /// Its model.
    pub model: &'a Model,
    /// Its place there.
    pub id: LayerId,
    /// The layer.
    pub layer: &'a Layer,
    /// Whose limits hold.
    pub profile: Profile,
}

impl Subject<'_> {
    /// True for `InputConvolutional`: the layer runs on the input unit.
    pub fn is_input(&self) -> bool {
        self.layer.kind() == LayerKind::InputConvolutional
    }

    /// True for `SeparableConvolutional`.
    pub fn is_separable(&self) -> bool {
        self.layer.kind() == LayerKind::SeparableConvolutional
    }

    /// The kernel's windows, of a `Convolutional` or `SeparableConvolutional`.
    pub fn mesh_kernel(&self) -> Option<[Span; 2]> {
        self.layer.shape.kernel.filter(|_| !self.is_input())
    }

    /// The windows of pooling of this type.
    pub fn pooling(&self, kind: PoolingType) -> Option<[Span; 2]> {
        let parameters = self.layer.parameters.pooling()?;
        self.layer.shape.pooling.filter(|_| parameters.pooling_type == kind)
    }
}

/// A limit that a layer breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// What the layer has, such as `kernel 4x4`.
    pub measured: String,
    /// What is allowed, such as `1x1, 3x3, 5x5 or 7x7`.
    pub limit: String,
    /// A change after which the layer keeps the rule.
    pub suggestion: String,
}

impl Breach {
    /// A list of one breach, or none if `holds`.
    pub fn unless(
        holds: bool,
        measured: impl fmt::Display,
        limit: impl fmt::Display,
        suggestion: impl fmt::Display,
    ) -> Vec<Breach> {
        if holds {
            return Vec::new();
        }
        vec![Breach {
            measured: measured.to_string(),
            limit: limit.to_string(),
            suggestion: suggestion.to_string(),
        }]
    }
}

/// A breach with its layer and rule. Its code is `compat::<rule>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Id of the rule.
    pub rule: &'static str,
    /// Profile that it belongs to.
    pub profile: Profile,
    /// Where the limit is written.
    pub source: Source,
    /// The layer.
    pub layer_id: LayerId,
    /// Its name.
    pub layer: String,
    /// What the layer has.
    pub measured: String,
    /// What is allowed.
    pub limit: String,
    /// A change after which the layer keeps the rule.
    pub suggestion: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { profile, layer, measured, limit, .. } = self;
        write!(f, "layer `{layer}`: {measured}, {profile} allows {limit}")
    }
}

impl std::error::Error for Violation {}

impl Diagnostic for Violation {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("compat::{}", self.rule)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.suggestion))
    }
}

/// `a, b or c`.
pub(super) fn list<T: fmt::Display>(items: &[T]) -> String {
    match items {
        [] => "none".to_string(),
        [only] => only.to_string(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(T::to_string).collect();
            format!("{} or {last}", first.join(", "))
        }
    }
}

/// Sizes of windows in x and y, such as `3x3`.
pub(super) fn size([x, y]: [Span; 2]) -> String {
    format!("{}x{}", x.size, y.size)
}

/// Steps of windows in x and y.
pub(super) fn stride([x, y]: [Span; 2]) -> String {
    format!("{}x{}", x.stride, y.stride)
}

/// The smallest of `allowed` that is at least `value`, or the largest.
pub(super) fn next_legal<T: Copy + PartialOrd>(allowed: &[T], value: T) -> Option<T> {
    allowed.iter().copied().find(|a| *a >= value).or(allowed.last().copied())
}

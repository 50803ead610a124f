//! Why a point has no results: a row with a code, not the end of a sweep.

use miette::Diagnostic;
use serde::{Deserialize, Serialize};

use crate::words::shortened;

/// How a point ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointStatus {
    /// It has results.
    Complete,
    /// It has results that differ from the engine's.
    Mismatch,
    /// The device cannot be made, the model cannot be mapped, the input does not fit.
    Refused,
    /// Nothing moves any more.
    Hang,
    /// It came to its limit of cycles.
    Limit,
}

impl PointStatus {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            PointStatus::Complete => "complete",
            PointStatus::Mismatch => "mismatch",
            PointStatus::Refused => "refused",
            PointStatus::Hang => "hang",
            PointStatus::Limit => "limit",
        }
    }
}

/// Why a point has no results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: PointStatus,
    pub code: String,
    pub message: String,
}

impl Refusal {
    /// A refusal for an error.
    pub fn of(status: PointStatus, error: &dyn Diagnostic) -> Refusal {
        let code = error.code().map(|code| code.to_string()).unwrap_or_default();
        Refusal { status, code, message: shortened(&error.to_string()).to_string() }
    }

    /// A refusal for the first of some errors.
    pub fn first<E: Diagnostic>(errors: &[E]) -> Refusal {
        let none = || Refusal { status: PointStatus::Refused, code: String::new(), message: String::new() };
        errors.first().map_or_else(none, |error| Refusal::of(PointStatus::Refused, error))
    }
}

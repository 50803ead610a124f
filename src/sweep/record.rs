//! What is kept of a point: its identity, how it ended, its numbers and their claims.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metric::{Cell, Claim, ClaimOf};
use super::point::PointIdentity;
use super::refusal::{PointStatus, Refusal};
use crate::document::{Document, Marked, Schema};

/// What is kept of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointRecord {
    /// What was simulated.
    pub identity: PointIdentity,
    /// How it ended.
    pub status: PointStatus,
    /// The code of the error, if it has no results.
    pub code: Option<String>,
    /// The error in words.
    pub message: Option<String>,
    /// Its numbers, by the name of the metric.
    pub values: BTreeMap<String, Cell>,
    /// What they rest on.
    pub claims: BTreeMap<ClaimOf, Claim>,
    /// Seconds that it took on the host.
    pub host_seconds: f64,
}

impl Document for PointRecord {
    const SCHEMA: Schema = Schema::Point;
}

/// A record as it is read.
#[derive(Deserialize)]
struct Read {
    schema: String,
    #[serde(flatten)]
    record: PointRecord,
}

impl PointRecord {
    /// A point without results.
    pub(super) fn refused(identity: PointIdentity, refusal: Refusal) -> PointRecord {
        let Refusal { status, code, message } = refusal;
        PointRecord {
            identity,
            status,
            code: Some(code),
            message: Some(message),
            values: BTreeMap::new(),
            claims: BTreeMap::new(),
            host_seconds: 0.0,
        }
    }

    /// A point whose device cannot be made: nothing of it is kept.
    pub(super) fn without_device(refusal: Refusal) -> PointRecord {
        PointRecord::refused(PointIdentity::default(), refusal)
    }

    /// As the file holds it.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(&Marked::new(self)).unwrap_or_default() + "\n"
    }

    /// A record from its file; none if it is not whole, or of another version.
    pub(super) fn parse(text: &str) -> Option<PointRecord> {
        let read: Read = serde_json::from_str(text).ok()?;
        (read.schema == Schema::Point.to_string()).then_some(read.record)
    }
}

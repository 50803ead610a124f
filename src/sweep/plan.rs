//! What is there of a sweep, and what is left.

use std::collections::{BTreeMap, HashMap};

use super::point::PointKeys;
use super::refusal::Refusal;

/// What is there and what is left, when it was looked at.
#[derive(Debug, Default)]
pub struct Plan {
    /// The digest of each point; none of one whose device cannot be made.
    pub(super) digests: Vec<Option<String>>,
    /// Why there is none.
    pub(super) refused: BTreeMap<u64, Refusal>,
    /// Of points that are left.
    pub(super) keys: HashMap<u64, PointKeys>,
    /// Points that are to be simulated, those of one program beside each other. Of equal points the first.
    pub left: Vec<u64>,
    /// Different points whose results are there.
    pub cached: u64,
}

//! What all units of a run compute with, one after the other.

use super::events::{ColumnCount, MapEvents};

/// Buffers. Nothing in them outlives the start of a unit's frame, so all units share them: they grow to what the largest unit needs, and stay in the
/// cache.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// Of a plain convolution.
    pub(super) events: MapEvents,
    /// Of the depthwise part of a separable one.
    pub(super) sums: Vec<i32>,
    /// (column, row, filter), filters padded.
    pub potentials: Vec<i32>,
    /// The same behind pooling.
    pub pooled: Vec<i32>,
    /// How many events each column has.
    pub counts: Vec<ColumnCount>,
    /// Of counting.
    pub seen: Vec<u8>,
}

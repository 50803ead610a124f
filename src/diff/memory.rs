//! Weights and thresholds that differ.

use serde_json::Value;

use crate::isa::memory::{Contents, Layout};

/// The first value of a part of a memory that differs.
pub(super) struct MemoryChange {
    /// `weights`, `pointwise`, `thresholds`, `steps`.
    pub part: &'static str,
    /// Its position in the part.
    pub offset: usize,
    /// Values of the part that differ.
    pub differing: usize,
    pub a: Value,
    pub b: Value,
}

/// Parts of two images of the same layout that differ.
pub(super) fn differences(layout: &Layout, a: &[u8], b: &[u8]) -> Vec<MemoryChange> {
    if a == b {
        return Vec::new();
    }
    let (Some(a), Some(b)) = (Contents::unpack(a, layout), Contents::unpack(b, layout)) else {
        return Vec::new();
    };
    let parts = [
        part("weights", &a.weights, &b.weights),
        part("pointwise", &a.pointwise, &b.pointwise),
        part("thresholds", &a.thresholds, &b.thresholds),
        part("steps", &a.steps, &b.steps),
    ];
    parts.into_iter().flatten().collect()
}

fn part<T: Copy + PartialEq + Into<Value>>(part: &'static str, a: &[T], b: &[T]) -> Option<MemoryChange> {
    let mut different = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b);
    let (offset, (&a, &b)) = different.next()?;
    Some(MemoryChange { part, offset, differing: 1 + different.count(), a: a.into(), b: b.into() })
}

//! Where the time of the first batch went: the critical path of its last frame, and what sets the period.

use std::collections::BTreeMap;

use serde::Serialize;

use super::again::Again;
use crate::run::{CauseRow, IntervalRow, MergedRow, PeriodRow};

/// The critical path to the end of a frame, and what sets the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimeFacts {
    /// Index of the last frame of the first batch that ended.
    pub frame: usize,
    /// The cycle in which it was taken in.
    pub start: u64,
    /// The cycle in which its last output arrived: the length of the path.
    pub end: u64,
    /// Of the path, clocks of packets on their way: what they would take alone, and what they waited for others.
    pub packet_clocks: u64,
    /// The same, of the path.
    pub packet_share: f64,
    /// The path by layer and reason, the longest first.
    pub by_layer: Vec<LayerTime>,
    /// The path by unit and reason, the longest first.
    pub merged: Vec<MergedRow>,
    /// From the end of each frame to the end of the next.
    pub intervals: Vec<IntervalRow>,
    /// What sets the period, if two frames have ended.
    pub period: Option<PeriodRow>,
    /// What would help, the largest first; empty if the batch did not come to its end.
    pub causes: Vec<CauseRow>,
}

/// Time of the critical path that belongs to a layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerTime {
    /// The layer; of a packet that of its sender; none of loads, sources and sinks.
    pub layer: Option<String>,
    /// A reason of its units; `packet`, `load_pass` or `settle`.
    pub reason: String,
    /// Clocks.
    pub clocks: u64,
    /// Of the path.
    pub share: f64,
}

impl TimeFacts {
    pub(super) fn of(again: &Again) -> Option<TimeFacts> {
        let explained = again.explained.as_ref()?;
        let all = explained.end.max(1) as f64;
        let mut sums: BTreeMap<(Option<String>, String), u64> = BTreeMap::new();
        for row in &explained.merged {
            let reason = match (row.resource.resource, row.resource.reason) {
                ("unit", Some(reason)) => reason,
                ("load", _) => "load_pass",
                (resource, _) => resource,
            };
            *sums.entry((row.resource.layer.clone(), reason.to_owned())).or_default() += row.clocks;
        }
        let mut by_layer: Vec<LayerTime> = sums
            .into_iter()
            .map(|((layer, reason), clocks)| LayerTime { layer, reason, clocks, share: clocks as f64 / all })
            .collect();
        by_layer.sort_by_key(|row| std::cmp::Reverse(row.clocks));
        let packets = explained.merged.iter().filter(|row| row.resource.resource == "packet");
        let packet_clocks: u64 = packets.map(|row| row.clocks).sum();
        Some(TimeFacts {
            frame: explained.frame,
            start: explained.start,
            end: explained.end,
            packet_clocks,
            packet_share: packet_clocks as f64 / all,
            by_layer,
            merged: explained.merged.clone(),
            intervals: explained.intervals.clone(),
            period: explained.period.clone(),
            causes: explained.causes.clone(),
        })
    }
}

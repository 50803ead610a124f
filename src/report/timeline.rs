//! What units did when, in the first batch: intervals as integers that differ little, so that a page of many stays small.

use serde::Serialize;

use super::again::Again;
use crate::mesh::timeline::{CriticalPath, Interval, PathPart, Resource};
use crate::mesh::{Reason, Simulator, UnitId};

/// What units did when, in the first batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimelineFacts {
    /// The first cycle after the batch.
    pub end: u64,
    /// Which frames are shown.
    pub frames: FramesShown,
    /// Passes at work, as they ran.
    pub passes: Vec<PassSpan>,
    /// Units, in the order of [`Report::units`](super::Report::units).
    pub lanes: Vec<Lane>,
    /// Lanes from above: sources, then layer by layer, then sinks.
    pub rows: Vec<usize>,
    /// Names of the reasons of intervals and of parts of the path: their indices.
    pub reasons: Vec<&'static str>,
    /// The critical path of the last frame, part after part from cycle 0 on, four numbers each: clocks, index of its reason, 1 + index of the lane of
    /// its unit, 1 + index of the lane that gets the packet. A lane of 0 is none.
    pub path: Vec<u64>,
}

/// The frames of a batch that are shown: of a long one the first and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FramesShown {
    /// Frames of the batch.
    pub all: usize,
    /// So many from the first are shown.
    pub first: usize,
    /// So many up to the last.
    pub last: usize,
}

/// A pass at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PassSpan {
    /// Its index in the program.
    pub pass: usize,
    /// When its load began.
    pub loaded: u64,
    /// When it began.
    pub start: u64,
    /// Its last event.
    pub end: u64,
}

/// A unit of a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// Its name.
    pub unit: String,
    /// The pass.
    pub pass: usize,
    /// The layer that it computes.
    pub layer: Option<String>,
    /// Its intervals one after another, three numbers each: clocks since the end of the one before, clocks, 8 times the frame plus the index of the
    /// reason.
    pub intervals: Vec<u64>,
}

/// Intervals that are shown at most; of a batch with more, frames in the middle are left out.
const MAX_INTERVALS: usize = 60_000;
/// Reasons of a part of the path that is no unit's.
const OF_PATH: [&str; 4] = ["arrival", "departure", "load_pass", "settle"];

impl TimelineFacts {
    pub(super) fn of(simulator: &Simulator, again: &Again) -> TimelineFacts {
        let timeline = &again.timeline;
        let mut first = Vec::new();
        let mut lanes = Vec::new();
        for (pass, plan) in simulator.passes().iter().enumerate() {
            first.push(lanes.len());
            for (unit, map) in plan.names.iter().zip(&plan.output_maps) {
                let layer = map.map(|map| simulator.program().output_maps[usize::from(map.0)].name.clone());
                lanes.push(Lane { unit: unit.clone(), pass, layer, intervals: Vec::new() });
            }
        }
        let rows = rows(simulator);
        let frames = again.shown();
        let mut ends = vec![0; lanes.len()];
        for pass in &timeline.passes {
            for unit in 0..pass.units() {
                let lane = first[pass.pass] + unit;
                for interval in pass.intervals(UnitId(unit as u32)) {
                    let Some(&frame) = pass.frames.get(interval.frame as usize) else { continue };
                    if is_drawn(interval) && frames.has(frame) {
                        let code = 8 * frame as u64 + interval.reason as u64;
                        let gap = interval.start - ends[lane];
                        lanes[lane].intervals.extend([gap, interval.end - interval.start, code]);
                        ends[lane] = interval.end;
                    }
                }
            }
        }
        let path = again.outcome.finished.checked_sub(1);
        let path = path.and_then(|frame| CriticalPath::of(simulator, timeline, &again.outcome, frame));
        let parts = path.iter().flat_map(|path| &path.parts);
        let passes = timeline.passes.iter().map(|pass| PassSpan {
            pass: pass.pass,
            loaded: pass.loaded,
            start: pass.start,
            end: pass.end,
        });
        TimelineFacts {
            end: timeline.passes.last().map_or(0, |pass| pass.end),
            frames,
            passes: passes.collect(),
            lanes,
            rows,
            reasons: Reason::ALL.iter().map(|reason| reason.name()).chain(OF_PATH).collect(),
            path: parts.flat_map(|part| coded(part, &first)).collect(),
        }
    }
}

/// Lanes in the order of the layers that they compute.
fn rows(simulator: &Simulator) -> Vec<usize> {
    let mut keys = Vec::new();
    for (pass, plan) in simulator.passes().iter().enumerate() {
        let sinks = plan.names.len() - plan.sinks();
        for (unit, map) in plan.output_maps.iter().enumerate() {
            let layer = map.map_or(if unit < sinks { 0 } else { usize::MAX }, |map| 1 + usize::from(map.0));
            keys.push((pass, layer, keys.len()));
        }
    }
    keys.sort_unstable();
    keys.into_iter().map(|(_, _, lane)| lane).collect()
}

/// Unused time is the ground that intervals are drawn on.
fn is_drawn(interval: &Interval) -> bool {
    interval.reason != Reason::Unused && interval.start < interval.end
}

fn coded(part: &PathPart, first: &[usize]) -> [u64; 4] {
    let lane = |unit: UnitId| 1 + (first[part.pass] + unit.0 as usize) as u64;
    let other = |index: usize| (Reason::ALL.len() + index) as u64;
    let (reason, unit, target) = match part.resource {
        Resource::Unit { unit, reason } => (reason as u64, lane(unit), 0),
        Resource::Packet { source, target, arrived } => {
            (other(usize::from(!arrived)), lane(source), lane(target))
        }
        Resource::Load => (other(2), 0, 0),
        Resource::Settle => (other(3), 0, 0),
    };
    [part.clocks(), reason, unit, target]
}

impl FramesShown {
    /// Whether a frame is shown.
    fn has(&self, frame: usize) -> bool {
        frame < self.first || frame + self.last >= self.all
    }
}

impl Again {
    /// All frames, or as many of the first and the last, in turn, as the intervals allow; at least the first.
    fn shown(&self) -> FramesShown {
        let all = self.outcome.frames.len();
        let mut counts = vec![0; all];
        for pass in &self.timeline.passes {
            let intervals = (0..pass.units()).flat_map(|unit| pass.intervals(UnitId(unit as u32)));
            for interval in intervals.filter(|interval| is_drawn(interval)) {
                if let Some(&frame) = pass.frames.get(interval.frame as usize) {
                    counts[frame] += 1;
                }
            }
        }
        choose(&counts)
    }
}

fn choose(counts: &[usize]) -> FramesShown {
    let mut shown = FramesShown { all: counts.len(), first: 0, last: 0 };
    let mut sum = 0;
    while shown.first + shown.last < shown.all {
        let is_first = shown.first <= shown.last;
        sum += counts[if is_first { shown.first } else { shown.all - 1 - shown.last }];
        if sum > MAX_INTERVALS && shown.first > 0 {
            break;
        }
        if is_first { shown.first += 1 } else { shown.last += 1 }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_batch_the_first_and_the_last_frames_are_shown() {
        let shown = |counts: &[usize]| {
            let FramesShown { all, first, last } = choose(counts);
            (all, first, last)
        };
        assert_eq!(shown(&[10; 4]), (4, 2, 2));
        assert_eq!(shown(&[10; 1]), (1, 1, 0));
        assert_eq!(shown(&[MAX_INTERVALS / 4; 9]), (9, 2, 2));
        assert_eq!(shown(&[2 * MAX_INTERVALS; 9]), (9, 1, 0));
        assert_eq!(shown(&[]), (0, 0, 0));
        let has: Vec<bool> = (0..9).map(|frame| choose(&[MAX_INTERVALS / 4; 9]).has(frame)).collect();
        assert_eq!(has, [true, true, false, false, false, false, false, true, true]);
    }
}

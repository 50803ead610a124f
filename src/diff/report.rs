//! What differs, as data.

use serde::Serialize;
use serde_json::Value;

use super::events_unknown::EventsUnknown;
use crate::document::{Document, Schema};

/// Everything that differs between `a` and `b`.
#[derive(Clone, Debug, Serialize)]
pub struct DiffReport {
    /// `runs`, `programs` or `devices`.
    pub of: &'static str,
    /// Something differs.
    pub different: bool,
    /// What a run is: fields of `run.json`.
    pub configuration: Vec<Change>,
    /// Constants of the devices, by path.
    pub constants: Vec<Change>,
    /// Records of the programs, and weights and thresholds in them.
    pub program: Vec<ProgramChange>,
    /// The first value of each output that differs.
    pub outputs: Vec<OutputChange>,
    /// Sums over the run.
    pub totals: Vec<Change>,
    /// Clocks of frames.
    pub frames: Vec<Change>,
    /// Counters of layers.
    pub layers: Vec<Change>,
    /// Counters of links.
    pub links: Vec<Change>,
    /// The first event that differs.
    pub first_event: Option<FirstEvent>,
    /// Why it was not looked for.
    pub first_event_unknown: Option<EventsUnknown>,
}

impl Document for DiffReport {
    const SCHEMA: Schema = Schema::Diff;
}

impl DiffReport {
    pub(super) fn new(of: &'static str) -> DiffReport {
        DiffReport {
            of,
            different: false,
            configuration: Vec::new(),
            constants: Vec::new(),
            program: Vec::new(),
            outputs: Vec::new(),
            totals: Vec::new(),
            frames: Vec::new(),
            layers: Vec::new(),
            links: Vec::new(),
            first_event: None,
            first_event_unknown: None,
        }
    }

    /// With the verdict.
    pub(super) fn judged(self) -> DiffReport {
        let changes =
            [&self.configuration, &self.constants, &self.totals, &self.frames, &self.layers, &self.links];
        let different = changes.iter().any(|changes| !changes.is_empty())
            || !self.program.is_empty()
            || !self.outputs.is_empty()
            || self.first_event.is_some();
        DiffReport { different, ..self }
    }
}

/// A value that differs; `null` where one side has none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What it is of: a layer, a link, a frame; none of a whole.
    pub of: Option<String>,
    /// Which of its values.
    pub name: String,
    /// In `a`.
    pub a: Value,
    /// In `b`.
    pub b: Value,
    /// `b - a`, of numbers.
    pub delta: Option<f64>,
    /// `delta / a`, unless `a` is 0.
    pub share: Option<f64>,
}

impl Change {
    /// None if both are equal.
    pub(super) fn of(of: Option<&str>, name: &str, a: Option<&Value>, b: Option<&Value>) -> Option<Change> {
        let (a, b) = (a.cloned().unwrap_or_default(), b.cloned().unwrap_or_default());
        if a == b {
            return None;
        }
        let delta = a.as_f64().zip(b.as_f64()).map(|(a, b)| b - a);
        let share = delta.zip(a.as_f64()).filter(|(_, a)| *a != 0.0).map(|(delta, a)| delta / a);
        Some(Change { of: of.map(str::to_owned), name: name.to_owned(), a, b, delta, share })
    }
}

/// A difference of two programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProgramChange {
    /// The layer; none of the whole program.
    pub layer: Option<String>,
    /// The pass.
    pub pass: Option<usize>,
    /// The unit.
    pub unit: Option<String>,
    /// What differs: `units` of a layer, a field of a record, or a part of a memory: `weights`, `pointwise`, `thresholds`, `steps`.
    pub name: String,
    /// The first value that differs, counted in values of the part; none but of a memory.
    pub offset: Option<usize>,
    /// Values of the part that differ.
    pub differing: Option<usize>,
    /// In `a`.
    pub a: Value,
    /// In `b`.
    pub b: Value,
}

/// The first value of an output that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputChange {
    /// The layer.
    pub layer: String,
    /// The shape (n, w, h, c) in `a`; none if it is no output there.
    pub a_shape: Option<[usize; 4]>,
    /// In `b`.
    pub b_shape: Option<[usize; 4]>,
    /// The first value that differs, if both have the same sizes of a frame.
    pub first: Option<OutputPlace>,
}

/// A value of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OutputPlace {
    /// The frame.
    pub frame: usize,
    /// Column.
    pub x: usize,
    /// Row.
    pub y: usize,
    /// Feature.
    pub feature: usize,
    /// In `a`.
    pub a: i32,
    /// In `b`.
    pub b: i32,
    /// Values that differ.
    pub differing: usize,
    /// Values that were compared.
    pub values: usize,
}

/// The first event that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirstEvent {
    /// `value`, or `time` if no value of any frame differs.
    pub differs: &'static str,
    /// The frame.
    pub frame: usize,
    /// The layer that sends it.
    pub layer: String,
    /// Column.
    pub x: u32,
    /// Row.
    pub y: u32,
    /// Feature.
    pub feature: u32,
    /// In `a`; none if it is not sent there.
    pub a: Option<EventSide>,
    /// In `b`.
    pub b: Option<EventSide>,
}

/// An event in one of the runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventSide {
    /// Level, or potential.
    pub value: i32,
    /// The cycle of the batch in which it was emitted.
    pub cycle: u64,
    /// Cycles since the start of its frame.
    pub frame_cycle: u64,
    /// The unit that emitted it.
    pub unit: String,
}

//! What differs from the golden file of a case.

use std::fmt;

use crate::words::{fixed, plural, thousands};

/// A value, a time or an accuracy that is another than the golden one, and what it may come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Mismatch {
    /// The first map that differs: least frame, then the first layer.
    Map {
        /// The frame, from 0.
        frame: usize,
        /// The layer.
        layer: String,
        /// Its first value that differs; none where neither the golden file nor the engine has the expected map.
        first: Option<Place>,
        /// Its events in the golden file, and now.
        events: (u64, u64),
        /// Layers of this frame whose maps differ.
        layers: usize,
        /// Frames with a map that differs.
        frames: usize,
    },
    /// The first value of a frame's output that differs.
    Output {
        /// The frame, from 0.
        frame: usize,
        /// The layer.
        output: String,
        /// The value.
        first: Place,
    },
    /// A frame that takes another time.
    Cycles {
        /// The frame, from 0.
        frame: usize,
        /// The golden clocks.
        expected: u64,
        /// The mesh's clocks.
        found: u64,
    },
    /// A layer that takes another time, summed over frames.
    Layer {
        /// The layer.
        layer: String,
        /// The golden clocks of its slowest unit, and those of now.
        clocks: (u64, u64),
        /// The golden cycles from the start of each frame until it had sent everything, and those of now.
        end: (u64, u64),
    },
    /// Fewer samples have their label than the case asks for.
    Accuracy {
        /// Least share.
        expected: f64,
        /// Share.
        found: f64,
    },
    /// What is another than when the golden file was made: what differs may come from that.
    Changed {
        /// Parts of a sentence.
        changes: Vec<String>,
    },
}

/// A value in a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Column.
    pub x: usize,
    /// Row.
    pub y: usize,
    /// Feature, or neuron.
    pub feature: usize,
    /// The golden value.
    pub expected: i32,
    /// The mesh's value.
    pub found: i32,
    /// Values of the map that differ.
    pub differing: usize,
    /// Values of the map.
    pub values: usize,
}

impl Place {
    /// The first value that differs of two maps of this shape: width, height, channels.
    pub(super) fn first(
        [_, height, channels]: [usize; 3],
        expected: impl Iterator<Item = i32>,
        found: &[i32],
    ) -> Option<Place> {
        let mut different =
            expected.zip(found).enumerate().filter(|(_, (expected, found))| expected != *found);
        let (index, (expected, &value)) = different.next()?;
        Some(Place {
            x: index / channels / height,
            y: index / channels % height,
            feature: index % channels,
            expected,
            found: value,
            differing: 1 + different.count(),
            values: found.len(),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { x, y, feature, expected, found, differing, values } = self;
        write!(
            f,
            "x {x}, y {y}, feature {feature}: expected {expected}, got {found} ({differing} of {})",
            plural(*values, "value differs", "values differ")
        )
    }
}

/// What kind of results differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differs {
    /// Values, and perhaps times: other values take other times.
    Values,
    /// Times, and no value.
    Times,
    /// The accuracy that was asked for.
    Accuracy,
}

impl Differs {
    /// Of some mismatches.
    pub fn of(mismatches: &[Mismatch]) -> Differs {
        let any = |wanted: fn(&Mismatch) -> bool| mismatches.iter().any(wanted);
        if any(|m| matches!(m, Mismatch::Map { .. } | Mismatch::Output { .. })) {
            Differs::Values
        } else if any(|m| matches!(m, Mismatch::Cycles { .. } | Mismatch::Layer { .. })) {
            Differs::Times
        } else {
            Differs::Accuracy
        }
    }

    /// As JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Differs::Values => "values",
            Differs::Times => "times",
            Differs::Accuracy => "accuracy",
        }
    }
}

impl Mismatch {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Mismatch::Map { .. } => "regression::map",
            Mismatch::Output { .. } => "regression::output",
            Mismatch::Cycles { .. } => "regression::cycles",
            Mismatch::Layer { .. } => "regression::layer_clocks",
            Mismatch::Accuracy { .. } => "regression::accuracy",
            Mismatch::Changed { .. } => "regression::changed",
        }
    }
}

/// A golden number and the one of now: `1,000 -> 1,020 (+20, +2.0 %)`.
fn change((expected, found): (u64, u64)) -> String {
    let difference = found as i128 - i128::from(expected);
    let share = match expected {
        0 => String::new(),
        _ => {
            let percent = 100.0 * difference as f64 / expected as f64;
            format!(", {}{} %", if percent < 0.0 { "-" } else { "+" }, fixed(percent.abs(), 1))
        }
    };
    let sign = if difference < 0 { "-" } else { "+" };
    let size = thousands(difference.unsigned_abs());
    format!("{} -> {} ({sign}{size}{share})", thousands(expected), thousands(found))
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Map { frame, layer, first, events, layers, frames } => {
                write!(f, "frame {frame}, layer `{layer}`")?;
                match first {
                    Some(first) => write!(f, " at {first}")?,
                    None => write!(f, ": its map differs, with events {}", change(*events))?,
                }
                let layers = plural(*layers, "layer of this frame differs", "layers of this frame differ");
                write!(f, "; {layers}, in {}", plural(*frames, "frame", "frames"))
            }
            Mismatch::Output { frame, output, first } => {
                write!(f, "frame {frame}, output `{output}` at {first}")
            }
            Mismatch::Cycles { frame, expected, found } => {
                write!(f, "frame {frame}: cycles {}", change((*expected, *found)))
            }
            Mismatch::Layer { layer, clocks, end } => {
                write!(f, "layer `{layer}`: clocks {}, ends {}", change(*clocks), change(*end))
            }
            Mismatch::Accuracy { expected, found } => {
                write!(f, "accuracy {}, and at least {} is asked for", fixed(*found, 4), fixed(*expected, 4))
            }
            Mismatch::Changed { changes } => {
                write!(f, "since the golden file was made: {}", changes.join("; "))
            }
        }
    }
}

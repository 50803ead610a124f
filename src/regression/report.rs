//! Results of regression cases.

use std::fmt;

use super::error::Error;
use crate::device_rules::DeviceRules;
use crate::words::plural;

/// A value or a time that differs from the golden one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The first value of a frame's output that differs.
    Output {
        /// The frame, from 0.
        frame: usize,
        /// The layer.
        output: String,
        /// Column.
        x: usize,
        /// Row.
        y: usize,
        /// Neuron.
        neuron: usize,
        /// The golden value.
        expected: i32,
        /// The mesh's value.
        found: i32,
        /// Values of this frame that differ.
        differing: usize,
        /// Values of a frame.
        values: usize,
    },
    /// The device has other constants than when the reference was written: what differs may come from that.
    Device {
        /// Its name.
        name: String,
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
}

impl Mismatch {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Mismatch::Output { .. } => "regression::output",
            Mismatch::Cycles { .. } => "regression::cycles",
            Mismatch::Device { .. } => "regression::device",
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Output { frame, output, x, y, neuron, expected, found, differing, values } => write!(
                f,
                "frame {frame}, output `{output}` at x {x}, y {y}, neuron {neuron}: expected {expected}, got {found} \
                 ({differing} of {})",
                plural(*values, "value differs", "values differ")
            ),
            Mismatch::Device { name } => {
                write!(f, "the constants of {name} are others than when the reference was written")
            }
            Mismatch::Cycles { frame, expected, found } => {
                write!(f, "frame {frame}: expected {}, got {found}", plural(*expected, "cycle", "cycles"))
            }
        }
    }
}

/// The result of a case.
#[derive(Debug)]
pub enum CaseStatus {
    /// Everything equals the reference.
    Passed,
    /// New references were written.
    Blessed,
    /// All differences from the reference.
    Failed(Vec<Mismatch>),
    /// The case could not run or be compared, for all these reasons.
    Error(Vec<Error>),
}

/// One case.
#[derive(Debug)]
pub struct CaseReport {
    /// Its name.
    pub name: String,
    /// Frames that ran.
    pub frames: usize,
    /// Sum of their clocks.
    pub cycles: u64,
    /// Inputs of events of 1 or 3 channels and equal sides were taken as images, and the case does not name their order.
    pub ambiguous: bool,
    /// The rules of its device that the model breaks.
    pub rules: Option<DeviceRules>,
    /// The result.
    pub status: CaseStatus,
}

/// All cases of a manifest, in its order.
#[derive(Debug)]
pub struct RegressionReport {
    /// File name of the manifest, without its extension.
    pub name: String,
    /// The cases that ran.
    pub cases: Vec<CaseReport>,
    /// Names of those that did not, or not to their end, because the command was stopped.
    pub left: Vec<String>,
}

impl RegressionReport {
    /// Cases that passed or were blessed.
    pub fn passed(&self) -> usize {
        self.count(|status| matches!(status, CaseStatus::Passed | CaseStatus::Blessed))
    }

    /// Cases that differ from their reference.
    pub fn failed(&self) -> usize {
        self.count(|status| matches!(status, CaseStatus::Failed(_)))
    }

    /// Cases that could not run or be compared.
    pub fn errors(&self) -> usize {
        self.count(|status| matches!(status, CaseStatus::Error(_)))
    }

    fn count(&self, which: impl Fn(&CaseStatus) -> bool) -> usize {
        self.cases.iter().filter(|case| which(&case.status)).count()
    }
}

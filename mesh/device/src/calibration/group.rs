//! Measurements that have no ranges: loads, energies.

use serde::{Deserialize, Serialize};

use crate::constant_line::ConstantLine;

/// Rows that a part of a device was compared with as a whole. Errors are fractions of the published values.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCalibration {
    /// How many.
    pub rows: usize,
    /// Half of them are within it.
    pub median: f64,
    /// All of them are within it.
    pub worst: f64,
    /// The constants that they charge, as they were when the errors were found. Of other constants nothing is claimed.
    #[serde(default)]
    pub constants: Vec<ConstantLine>,
}

//! How large the energies of the network can be at most.
//!
//! No measurement tells the energy of the network from that of the units. But one model under several mappings costs nearly the same, although
//! its events take other ways: that bounds the network's energy from above. The energies of its actions keep their ratio to each other.

use serde::{Deserialize, Serialize};

use crate::constant_line::ConstantLine;

/// The largest multiple of the network's energies that measurements allow.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkBound {
    /// Measured models under several mappings that it was found with.
    pub models: usize,
    /// The multiple of the constants that is allowed at most. Below 1 the constants themselves are too large.
    pub at_most: f64,
    /// The energies that it is a multiple of, as they were.
    pub constants: Vec<ConstantLine>,
}

/// Ratios that differ by less are equal.
const EQUAL: f64 = 1e-9;

impl NetworkBound {
    /// The multiple of the energies of a device with these constants that is allowed at most. `None` if their ratio is not that of [`NetworkBound::constants`], or
    /// if there are none.
    pub(super) fn of(&self, lines: &[ConstantLine]) -> Option<f64> {
        let now = |path: &str| {
            let line = lines.iter().find(|line| line.path == path)?;
            line.value.parse::<f64>().ok()
        };
        let pairs: Option<Vec<(f64, f64)>> = self
            .constants
            .iter()
            .map(|line| Some((line.value.parse::<f64>().ok()?, now(&line.path)?)))
            .collect();
        let pairs = pairs?;
        let (_, scale) = pairs
            .iter()
            .map(|&(then, now)| (then, now / then))
            .filter(|(then, _)| *then > 0.0)
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        let is_scaled = |&(then, now): &(f64, f64)| (now - scale * then).abs() <= EQUAL * (1.0 + now.abs());
        (scale > 0.0 && pairs.iter().all(is_scaled)).then(|| self.at_most / scale)
    }
}

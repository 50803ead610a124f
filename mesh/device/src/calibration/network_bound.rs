//! How large the energies of the network can be at most.
//!
//! No measurement tells the energy of the network from that of the units. But one model under several mappings costs nearly the same, although
//! its events take other ways: that bounds the network's energy from above. The energies of its actions keep their ratio to each other.

use serde::{Deserialize, Serialize};

use crate::constant_line::ConstantLine;
use crate::device::Device;

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

/// The beginning of their paths.
const ENERGIES: &str = "energy.network.";

/// Ratios that differ by less are equal.
const EQUAL: f64 = 1e-9;

impl NetworkBound {
    /// The multiple of the energies of a device that is allowed at most. `None` if their ratio is not that of [`NetworkBound::constants`], or
    /// if there are none.
    fn of(&self, lines: &[ConstantLine]) -> Option<f64> {
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

impl Device {
    /// The largest multiple of the network's energies that measurements allow: its energy lies between 0 and so many times what it is. `None` if
    /// nothing was measured, or if the energies have another ratio to each other than then. Below 1 they are larger than measurements allow.
    pub fn network_energy_at_most(&self) -> Option<f64> {
        self.network_energy_bound.as_ref()?.of(&self.constant_lines())
    }

    /// The energies of the network's actions, as a bound lists them.
    pub fn network_energies(&self) -> Vec<ConstantLine> {
        self.constant_lines().into_iter().filter(|line| line.path.starts_with(ENERGIES)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_while_the_ratio_does() {
        let mut device = Device::load("akd1000").unwrap();
        let constants = device.network_energies();
        assert_eq!(constants.len(), 6);
        device.network_energy_bound = Some(NetworkBound { models: 3, at_most: 4.0, constants });
        assert_eq!(device.network_energy_at_most(), Some(4.0));
        let mut scaled = device.clone();
        for (path, energy) in scaled.energy.picojoules_mut() {
            energy.0 *= if path.starts_with(ENERGIES) { 8.0 } else { 1.0 };
        }
        assert_eq!(scaled.network_energy_at_most(), Some(0.5));
        device.energy.network.link.0 *= 2.0;
        assert_eq!(device.network_energy_at_most(), None);
        device.network_energy_bound = None;
        assert_eq!(device.network_energy_at_most(), None);
    }
}

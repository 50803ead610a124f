//! The bound of the network's energy, of a device as it is.

use crate::constant_line::ConstantLine;
use crate::device::Device;

/// The beginning of the paths of the network's energies.
const ENERGIES: &str = "energy.network.";

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
    use crate::calibration::NetworkBound;

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

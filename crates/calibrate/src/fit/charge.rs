//! How often a layer charges each constant, unit by unit.
//!
//! A unit's clocks are linear in the constants. So a device that charges one constant a clock each time, and all others nothing, counts it: the
//! simulator itself says what multiplies what, and no formula is written down a second time.

use crate::trial::{Kind, Shape, Trial};
use spikemesh_device::Clocks;
use spikemesh_device::Device;

/// How often constants are charged. Constants are those of [`spikemesh_device::Timing::clocks`], by position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Charges {
    /// Of each unit: the constants that it is charged, and how often.
    pub units: Vec<Vec<(usize, f64)>>,
    /// The same of the load of its weights.
    pub load: Vec<(usize, f64)>,
}

impl Charges {
    /// Counts what a layer charges on a device.
    ///
    /// # Errors
    /// In words, why the simulator refuses the layer.
    pub fn count(trial: &Trial, device: &Device) -> Result<Charges, String> {
        let mut charges = Charges::default();
        let names: Vec<String> = device.timing.clocks().into_iter().map(|(name, _)| name).collect();
        for (constant, name) in names.iter().enumerate() {
            if !concerns(name, &trial.shape, device) {
                continue;
            }
            let found = trial.units(&counting(device, constant))?;
            charges.units.resize(found.records.len(), Vec::new());
            for (unit, record) in charges.units.iter_mut().zip(&found.records) {
                if record.clocks() > 0 {
                    unit.push((constant, record.clocks() as f64));
                }
            }
            if found.load > 0 {
                charges.load.push((constant, found.load as f64));
            }
        }
        Ok(charges)
    }
}

/// How often a layer charges each energy of a device, by position in [`spikemesh_device::Energy::picojoules`].
///
/// # Errors
/// In words, why the simulator refuses the layer.
pub fn energy(trial: &Trial, device: &Device) -> Result<Vec<f64>, String> {
    let found = trial.units(device)?;
    let work = trial.shape.work(device);
    let counts = (0..device.energy.picojoules().len()).map(|counted| {
        let mut energy = device.energy.clone();
        for (constant, (_, cost)) in energy.picojoules_mut().into_iter().enumerate() {
            cost.0 = f64::from(u8::from(constant == counted));
        }
        let cost = energy.unit(work, trial.shape.kernel);
        found.records.iter().map(|record| cost.of(record.clocks(), record.lane_clocks())).sum()
    });
    Ok(counts.collect())
}

/// A device that charges a clock for one constant and nothing for any other.
fn counting(device: &Device, counted: usize) -> Device {
    let mut device = device.clone();
    for (constant, (_, clocks)) in device.timing.clocks_mut().into_iter().enumerate() {
        clocks.0 = if constant == counted { Clocks::ONE } else { Clocks::default() };
    }
    device
}

/// A constant may be charged by layers of a shape: saves runs that would count nothing.
fn concerns(name: &str, shape: &Shape, device: &Device) -> bool {
    let accumulate = |separable: bool| {
        let cost = device.timing.np.accumulate(separable, shape.kernel, shape.weight_bits);
        let position =
            cost.and_then(|cost| device.timing.np.accumulate.iter().position(|c| std::ptr::eq(c, cost)));
        position.is_some_and(|index| name == format!("timing.np.accumulate[{index}].clocks"))
    };
    let convolution = name == "timing.np.single_position";
    name == "timing.load.pass_byte"
        || match shape.kind {
            Kind::Hrc => name.starts_with("timing.hrc."),
            Kind::Convolution => {
                convolution || name.starts_with("timing.np.convolution.") || accumulate(false)
            }
            Kind::Separable => convolution || name.starts_with("timing.np.separable.") || accumulate(true),
            Kind::FullyConnected => name.starts_with("timing.np.fully_connected."),
        }
}

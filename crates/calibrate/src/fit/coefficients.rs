//! How often a layer is charged each constant, unit by unit.
//!
//! A unit's clocks are linear in the constants. So a device that charges one clock for one constant, and nothing for all others, counts it: the
//! simulator itself says what multiplies what, and no formula is written down a second time.

use crate::single_layer::{Kind, LayerSpec, SingleLayer};
use spikemesh_device::Clocks;
use spikemesh_device::Device;
use spikemesh_stop::Stop;

/// How often constants are charged. Constants are those of [`spikemesh_device::Timing::clocks`], by position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coefficients {
    /// Of each unit: the constants that it is charged, and how often.
    pub units: Vec<Vec<(usize, f64)>>,
    /// The same of the load of its weights.
    pub load: Vec<(usize, f64)>,
}

impl Coefficients {
    /// Counts what a layer is charged on a device.
    ///
    /// # Errors
    /// Why the simulator refuses the layer, or ended early.
    pub fn count(single_layer: &SingleLayer, device: &Device, stop: &Stop) -> Result<Coefficients, String> {
        let mut coefficients = Coefficients::default();
        let names: Vec<String> = device.timing.clocks().into_iter().map(|(name, _)| name).collect();
        for (constant, name) in names.iter().enumerate() {
            if !concerns(name, &single_layer.shape, device) {
                continue;
            }
            let found = single_layer.units(&counting(device, constant), stop)?;
            coefficients.units.resize(found.records.len(), Vec::new());
            for (unit, record) in coefficients.units.iter_mut().zip(&found.records) {
                if record.clocks() > 0 {
                    unit.push((constant, record.clocks() as f64));
                }
            }
            if found.load > 0 {
                coefficients.load.push((constant, found.load as f64));
            }
        }
        Ok(coefficients)
    }
}

/// How often a layer is charged each energy of a device, by position in [`spikemesh_device::Energy::picojoules`], and the bytes of its weights.
/// The network is left out.
///
/// # Errors
/// Why the simulator refuses the layer.
pub fn energy(single_layer: &SingleLayer, device: &Device, stop: &Stop) -> Result<(Vec<f64>, u64), String> {
    let found = single_layer.units(device, stop)?;
    let work = single_layer.shape.work(device);
    let counts = (0..device.energy.picojoules().len()).map(|counted| {
        let mut energy = device.energy.clone();
        for (constant, (_, cost)) in energy.picojoules_mut().into_iter().enumerate() {
            cost.0 = f64::from(u8::from(constant == counted));
        }
        energy.unit(Some(work), single_layer.shape.kernel).of(&found.counts).total()
    });
    Ok((counts.collect(), found.load_bytes))
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
fn concerns(name: &str, shape: &LayerSpec, device: &Device) -> bool {
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

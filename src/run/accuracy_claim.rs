//! The accuracy that may be claimed for the numbers of a run: layer by layer, and of their sums.

use crate::device::{AccuracyClaim, Claims, OperatingPoint, Work};
use crate::isa::{Operation, Program};

/// The claims for one layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LayerClaims {
    /// Of its clocks.
    pub clocks: AccuracyClaim,
    /// Of the energy of its units, which is that of their clocks.
    pub energy: AccuracyClaim,
    /// Of its share of a frame's cycles: its clocks, and the load of its weights where a frame waits for that.
    pub cycles: AccuracyClaim,
}

impl LayerClaims {
    /// The claims for a layer; `loaded` if its weights are loaded inside a frame.
    pub fn of(claims: &Claims, point: &OperatingPoint, loaded: bool) -> LayerClaims {
        let clocks = claims.clocks(point);
        let energy = AccuracyClaim::weakest([&clocks, &claims.energy(point.work, point.kernel)]);
        let load = loaded.then(|| claims.load(point.work).of_part("the load of its weights"));
        let cycles = AccuracyClaim::weakest([&clocks].into_iter().chain(&load));
        LayerClaims { clocks, energy, cycles }
    }
}

/// What the time of a layer depends on, and the number of values in the input maps of its units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LayerConditions {
    /// The density is still to be set.
    pub case: OperatingPoint,
    /// Values of the input maps of all units, halos included.
    pub values: u64,
}

/// The conditions of every output map of a program.
pub(super) fn layer_conditions(program: &Program) -> Vec<Option<LayerConditions>> {
    let mut output_maps: Vec<Option<LayerConditions>> = vec![None; program.output_maps.len()];
    for pass in &program.passes {
        if let Some(hrc) = &pass.hrc {
            let case = OperatingPoint {
                work: Work::Input,
                kernel: hrc.x.size,
                weight_bits: hrc.weight_bits,
                height: hrc.image.height,
                width: hrc.image.width,
                channels: hrc.image.channels,
                filters: hrc.filters,
                density: 1.0,
            };
            output_maps[usize::from(hrc.output_map.0)] = Some(LayerConditions { case, values: 0 });
        }
        for np in &pass.nps {
            let (work, kernel, weight_bits, filters) = match &np.operation {
                Operation::Convolution(c) => {
                    let work = if c.separable { Work::Separable } else { Work::Convolution };
                    (work, c.x.size, c.weight_bits, c.filters)
                }
                Operation::FullyConnected(fc) => {
                    (if fc.external { Work::External } else { Work::OnChip }, 1, fc.weight_bits, fc.units)
                }
            };
            let map = np.input.map;
            // Flat inputs have neither rows nor columns.
            let (height, width, channels) = match np.operation {
                Operation::Convolution(_) => (map.height, map.width, map.channels),
                Operation::FullyConnected(_) => (1, 1, map.len() as u32),
            };
            let case =
                OperatingPoint { work, kernel, weight_bits, height, width, channels, filters, density: 1.0 };
            let values = u64::from(np.input.rows.len()) * u64::from(map.width) * u64::from(map.channels);
            let conditions =
                output_maps[usize::from(np.output_map.0)].get_or_insert(LayerConditions { case, values: 0 });
            conditions.case.filters = conditions.case.filters.max(filters);
            conditions.values += values;
        }
    }
    output_maps
}

impl LayerConditions {
    /// The conditions with the density of its input: `received` events in `frames` frames.
    pub fn case(self, received: u64, frames: u64) -> OperatingPoint {
        let counts_events = matches!(self.case.work, Work::Convolution | Work::Separable);
        let all = (self.values * frames).max(1) as f64;
        OperatingPoint { density: if counts_events { received as f64 / all } else { 1.0 }, ..self.case }
    }
}

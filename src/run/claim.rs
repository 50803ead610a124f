//! What may be claimed of a layer's clocks: the error that was found on silicon, or why none.

use serde::Serialize;

use crate::device::{Calibration, Case, Work, claim};
use crate::isa::{Operation, Program};

/// What may be claimed of a layer's clocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// `calibrated`, or `extrapolated` beyond what was measured.
    pub basis: &'static str,
    /// Half of the measured layers of its kind are within this fraction.
    pub median: Option<f64>,
    /// All of them are.
    pub worst: Option<f64>,
    /// What lies outside of what was measured.
    pub outside: Option<String>,
}

impl Claim {
    /// Of a layer.
    pub fn of(case: &Case, calibrations: &[Calibration]) -> Claim {
        match claim(calibrations, case) {
            Ok(seen) => Claim {
                basis: "calibrated",
                median: Some(seen.median),
                worst: Some(seen.worst),
                outside: None,
            },
            Err(outside) => {
                Claim { basis: "extrapolated", median: None, worst: None, outside: Some(outside) }
            }
        }
    }
}

/// A layer of a program: what its time depends on, and the values of the input maps that its units hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Held {
    /// The density is still to be set.
    pub case: Case,
    /// Values.
    pub values: u64,
}

/// Every group of a program.
pub(super) fn held(program: &Program) -> Vec<Option<Held>> {
    let mut groups: Vec<Option<Held>> = vec![None; program.groups.len()];
    for pass in &program.passes {
        if let Some(hrc) = &pass.hrc {
            let case = Case {
                work: Work::Input,
                kernel: hrc.x.size,
                weight_bits: hrc.weight_bits,
                height: hrc.image.height,
                width: hrc.image.width,
                channels: hrc.image.channels,
                filters: hrc.filters,
                density: 1.0,
            };
            groups[usize::from(hrc.group.0)] = Some(Held { case, values: 0 });
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
            let case = Case { work, kernel, weight_bits, height, width, channels, filters, density: 1.0 };
            let values = u64::from(np.input.rows.len()) * u64::from(map.width) * u64::from(map.channels);
            let held = groups[usize::from(np.group.0)].get_or_insert(Held { case, values: 0 });
            held.case.filters = held.case.filters.max(filters);
            held.values += values;
        }
    }
    groups
}

impl Held {
    /// With the events that its units received in so many frames.
    pub fn with(self, received: u64, frames: u64) -> Case {
        let counts_events = matches!(self.case.work, Work::Convolution | Work::Separable);
        let all = (self.values * frames).max(1) as f64;
        Case { density: if counts_events { received as f64 / all } else { 1.0 }, ..self.case }
    }
}

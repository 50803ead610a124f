//! Energy: a table of actions, each with what it costs. docs/microarchitecture/energy.md says how it was fitted.

use serde::{Deserialize, Serialize};

use crate::calibration::Work;
use crate::constant::Constant;

/// What a device's actions cost.
///
/// A busy clock's energy includes what the unit's memories and the network use meanwhile: their shares part it, they do not add to it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// One clock of an NP that computes, in picojoules; receiving and loading are free.
    pub np_clock: Constant<f64>,
    /// More of it, for each filter that a convolution is working on, by kind of kernel.
    pub lanes: Vec<LaneEnergy>,
    /// One clock of the input unit that computes, in picojoules.
    pub hrc_clock: Constant<f64>,
    /// Part of a busy clock's energy that memories use, 0 to 1.
    pub memory_share: Constant<f64>,
    /// Part of a busy clock's energy that the network uses, 0 to 1.
    pub network_share: Constant<f64>,
    /// Power that the device takes whatever it does, in watts.
    pub floor_watts: Constant<f64>,
}

/// What an active filter costs.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LaneEnergy {
    /// Separable or plain.
    pub separable: bool,
    /// Smallest kernel that it holds for; of several entries the largest that fits a layer is taken.
    pub kernel: u32,
    /// One clock of one filter, in picojoules.
    pub clock: Constant<f64>,
}

/// The constants that are energies of clocks, with their paths in a device file.
macro_rules! picojoules {
    ($energy:expr, $($mutable:tt)?) => {{
        let Energy { np_clock, hrc_clock, lanes, .. } = $energy;
        let mut all = vec![
            ("energy.np_clock".to_owned(), np_clock),
            ("energy.hrc_clock".to_owned(), hrc_clock),
        ];
        for (index, lane) in lanes.into_iter().enumerate() {
            all.push((format!("energy.lanes[{index}].clock"), & $($mutable)? lane.clock));
        }
        all
    }};
}

impl Energy {
    /// Every constant that is an energy of a clock, with its path in the device file. A frame's dynamic energy is linear in them.
    pub fn picojoules(&self) -> Vec<(String, &Constant<f64>)> {
        picojoules!(self,)
    }

    /// As [`Energy::picojoules`], to change them.
    pub fn picojoules_mut(&mut self) -> Vec<(String, &mut Constant<f64>)> {
        picojoules!(self, mut)
    }

    /// What a unit's work costs, by what it computes.
    pub fn unit(&self, work: Work, kernel: u32) -> UnitEnergy {
        match work {
            Work::Input => UnitEnergy { clock: *self.hrc_clock, lane: 0.0 },
            Work::Convolution => UnitEnergy { clock: *self.np_clock, lane: self.lane(false, kernel) },
            Work::Separable => UnitEnergy { clock: *self.np_clock, lane: self.lane(true, kernel) },
            Work::OnChip | Work::External => UnitEnergy { clock: *self.np_clock, lane: 0.0 },
        }
    }

    /// A filter's clock for a kind of kernel; 0 if the device has no entry for it.
    pub fn lane(&self, separable: bool, kernel: u32) -> f64 {
        self.lane_index(separable, kernel).map_or(0.0, |index| *self.lanes[index].clock)
    }

    /// The position of its entry.
    pub(crate) fn lane_index(&self, separable: bool, kernel: u32) -> Option<usize> {
        (0..self.lanes.len())
            .filter(|&index| self.lanes[index].separable == separable && self.lanes[index].kernel <= kernel)
            .max_by_key(|&index| self.lanes[index].kernel)
    }
}

/// What a unit's work costs, in picojoules.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnitEnergy {
    /// A clock.
    pub clock: f64,
    /// A clock of an active filter.
    pub lane: f64,
}

impl UnitEnergy {
    /// Energy of a number of clocks of computing, and of clocks times active filters, in picojoules.
    pub fn of(&self, clocks: u64, active_filter_clocks: f64) -> f64 {
        clocks as f64 * self.clock + active_filter_clocks * self.lane
    }
}

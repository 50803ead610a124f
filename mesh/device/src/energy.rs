//! Energy: a table of actions, each with what it costs. docs/microarchitecture/energy.md says how it was fitted.
//!
//! | file | holds |
//! |---|---|
//! | `action` | the actions, how often each was done, and what that costs |

mod action;

use serde::{Deserialize, Serialize};

pub use action::{Action, ActionCounts, ActionEnergy, UnitEnergy};

use crate::calibration::Work;
use crate::constant::Constant;

/// What a device's actions cost, in picojoules. The energy of a frame's work is the sum over all actions.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// One clock of an NP that computes; receiving and waiting are free.
    pub np_clock: Constant<f64>,
    /// More of it, for each filter that a convolution is working on, by kind of kernel.
    pub lanes: Vec<LaneEnergy>,
    /// One clock of the input unit that computes, its memories included.
    pub hrc_clock: Constant<f64>,
    /// One byte that an NP reads from its memories or writes to them.
    pub memory_byte: Constant<f64>,
    /// One byte of weights that is copied to an NP inside a frame.
    pub load_byte: Constant<f64>,
    /// Actions of the network.
    pub network: NetworkEnergy,
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

/// What the network's actions cost, in picojoules: each a flit, an allocation a head.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkEnergy {
    /// A flit leaves a unit for its router.
    pub injection: Constant<f64>,
    /// A flit is written to an input buffer of a router.
    pub buffer_write: Constant<f64>,
    /// A head gets a virtual channel behind an output of a router; one that forks, one for each branch.
    pub allocation: Constant<f64>,
    /// A flit is read from its buffer and crosses the switch; where its packet forks, once for each branch.
    pub buffer_read: Constant<f64>,
    /// A flit crosses a link between two routers.
    pub link: Constant<f64>,
    /// A flit leaves a router for a unit.
    pub ejection: Constant<f64>,
}

/// The constants that are energies of actions, with their paths in a device file.
macro_rules! picojoules {
    ($energy:expr, $($mutable:tt)?) => {{
        let Energy { np_clock, hrc_clock, lanes, memory_byte, load_byte, network, floor_watts: _ } = $energy;
        let NetworkEnergy { injection, buffer_write, allocation, buffer_read, link, ejection } = network;
        let mut all = vec![
            ("energy.np_clock".to_owned(), np_clock),
            ("energy.hrc_clock".to_owned(), hrc_clock),
            ("energy.memory_byte".to_owned(), memory_byte),
            ("energy.load_byte".to_owned(), load_byte),
            ("energy.network.injection".to_owned(), injection),
            ("energy.network.buffer_write".to_owned(), buffer_write),
            ("energy.network.allocation".to_owned(), allocation),
            ("energy.network.buffer_read".to_owned(), buffer_read),
            ("energy.network.link".to_owned(), link),
            ("energy.network.ejection".to_owned(), ejection),
        ];
        for (index, lane) in lanes.into_iter().enumerate() {
            all.push((format!("energy.lanes[{index}].clock"), & $($mutable)? lane.clock));
        }
        all
    }};
}

impl Energy {
    /// Every constant that is an energy of an action, with its path in the device file. A frame's dynamic energy is linear in them.
    pub fn picojoules(&self) -> Vec<(String, &Constant<f64>)> {
        picojoules!(self,)
    }

    /// As [`Energy::picojoules`], to change them.
    pub fn picojoules_mut(&mut self) -> Vec<(String, &mut Constant<f64>)> {
        picojoules!(self, mut)
    }

    /// What the actions of a unit cost, by what it computes; without work, of one that only sends and receives.
    pub fn unit(&self, work: Option<Work>, kernel: u32) -> UnitEnergy {
        let lane = match work {
            Some(Work::Convolution) => self.lane(false, kernel),
            Some(Work::Separable) => self.lane(true, kernel),
            Some(Work::Input | Work::OnChip | Work::External) | None => 0.0,
        };
        let clocks = work.map(|work| match work {
            Work::Input => Action::HrcClock,
            _ => Action::NpClock,
        });
        UnitEnergy::new(clocks, |action| match action {
            Action::NpClock => *self.np_clock,
            Action::LaneClock => lane,
            Action::HrcClock => *self.hrc_clock,
            Action::MemoryByte => *self.memory_byte,
            Action::LoadByte => *self.load_byte,
            Action::Injection => *self.network.injection,
            Action::BufferWrite => *self.network.buffer_write,
            Action::Allocation => *self.network.allocation,
            Action::BufferRead => *self.network.buffer_read,
            Action::Link => *self.network.link,
            Action::Ejection => *self.network.ejection,
        })
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

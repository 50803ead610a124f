//! Energy: a table of actions, each with what it costs. docs/microarchitecture/energy.md says how it was fitted.

use serde::{Deserialize, Serialize};

use super::Constant;

/// What a device's actions cost.
///
/// A busy clock's energy includes what the unit's memories and the network use meanwhile: their shares part it, they do not add to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// One clock of an NP that computes, in picojoules; receiving and loading are free.
    pub np_clock: Constant<f64>,
    /// One clock of the input unit that computes, in picojoules.
    pub hrc_clock: Constant<f64>,
    /// Part of a busy clock's energy that memories use, 0 to 1.
    pub memory_share: Constant<f64>,
    /// Part of a busy clock's energy that the network uses, 0 to 1.
    pub network_share: Constant<f64>,
    /// Power that the device takes whatever it does, in watts.
    pub floor_watts: Constant<f64>,
}

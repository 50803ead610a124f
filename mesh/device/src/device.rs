//! A device: everything that its file says.

use serde::{Deserialize, Serialize};

use crate::calibration::{Calibration, GroupCalibration, NetworkBound};
use crate::constant::Constant;
use crate::energy::Energy;
use crate::floorplan::{Floorplan, Unit};
use crate::network::{Config, LinkDelay, NetworkDescription, TerminalCoord};
use crate::overrides::{NpOverride, Overrides};
use crate::rule_profile::RuleProfile;
use crate::scale::Scale;
use crate::timing::Timing;

/// A device, checked.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Its name on the command line.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// The limits that its models have to keep; a file may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Constant<RuleProfile>>,
    /// Clock in Hz.
    pub clock_hz: Constant<u64>,
    /// Nodes in x.
    pub columns: Constant<u16>,
    /// Nodes in y.
    pub rows: Constant<u16>,
    /// Neural processors at each node.
    pub nps_per_node: Constant<u16>,
    /// Several passes inside one program; otherwise the host reprograms the device between sequences.
    pub multi_pass: Constant<bool>,
    /// What one NP can hold.
    pub np: NpCapacity,
    /// How long units take.
    pub timing: Timing,
    /// What its units' work costs.
    pub energy: Energy,
    /// The network between nodes.
    pub network: NetworkDescription,
    /// Parts with constants of their own.
    #[serde(default, skip_serializing_if = "Overrides::is_empty")]
    pub overrides: Overrides,
    /// What its times were compared with; empty where nothing was published. `spikemesh fit` makes it.
    #[serde(default)]
    pub calibration: Vec<Calibration>,
    /// What loads inside a frame were compared with: layers of later passes, loads included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_calibration: Option<GroupCalibration>,
    /// What energies were compared with: whole models that were left out of the fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_calibration: Option<GroupCalibration>,
    /// How large the energies of the network can be at most, by what was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_energy_bound: Option<NetworkBound>,
}

/// What one NP can hold.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NpCapacity {
    /// Bytes of weights of a convolution.
    pub weight_bytes: Constant<u32>,
    /// Bytes of input map.
    pub input_bytes: Constant<u32>,
    /// Input maps that it holds, 1 or 2: with two it receives a frame while it computes the one before.
    pub input_maps: Constant<u32>,
    /// Rows of the input map that it may own.
    pub own_rows: Constant<u32>,
    /// Bytes of memory in all: the memory footprint of a slice must not exceed it.
    pub memory_bytes: Constant<u32>,
    /// Fully connected weights beyond these bytes lie in external memory.
    pub on_chip_weight_bytes: Constant<u32>,
    /// Filters that are computed together.
    pub filters_per_group: Constant<u32>,
    /// Bytes of a potential.
    pub potential_bytes: Constant<u32>,
    /// Bytes of a filter's threshold and step.
    pub threshold_bytes: Constant<u32>,
    /// Events that the output FIFO holds.
    pub fifo_events: Constant<u32>,
    /// Bytes of an event in the output FIFO.
    pub event_bytes: Constant<u32>,
}

impl NpCapacity {
    /// The most rows that it may own.
    pub const MAX_OWN_ROWS: u32 = 48;
}

impl Device {
    /// Where its units sit.
    pub fn floorplan(&self) -> Floorplan {
        Floorplan { columns: *self.columns, rows: *self.rows, nps_per_node: *self.nps_per_node }
    }

    /// Neural processors of all nodes.
    pub fn nps(&self) -> u32 {
        self.floorplan().nps()
    }

    /// The network's configuration, with a terminal for each unit of the floorplan.
    pub fn network_config(&self) -> Config {
        let Floorplan { columns, rows, .. } = self.floorplan();
        let delays = self.overrides.link_delays();
        let delays = delays.map(|(node, side, cycles)| LinkDelay { node, side, cycles: cycles.into() });
        Config {
            link_delays: delays.collect(),
            ..self.network.config(columns, rows, self.floorplan().locals())
        }
    }

    /// The same with room for input maps twice as large: their bytes, their rows as far as these may go, and the memory that this takes. None where
    /// that is out of range.
    pub fn with_larger_maps(&self) -> Option<Device> {
        let mut device = self.clone();
        let np = &mut device.np;
        np.memory_bytes.0 = np.memory_bytes.checked_add(np.input_bytes.checked_mul(*np.input_maps)?)?;
        np.input_bytes.0 = np.input_bytes.checked_mul(2)?;
        np.own_rows.0 = np.own_rows.saturating_mul(2).min(NpCapacity::MAX_OWN_ROWS);
        device.check().is_empty().then_some(device)
    }

    /// What a neural processor has of its own.
    fn np_override(&self, np: u16) -> Option<&NpOverride> {
        let TerminalCoord { node, local } = self.floorplan().coord(Unit::Np(np));
        self.overrides.np(node, local)
    }

    /// Whether a neural processor computes nothing.
    pub fn is_disabled(&self, np: u16) -> bool {
        self.np_override(np).and_then(|own| own.disabled.as_deref()).copied().unwrap_or(false)
    }

    /// Neural processors that compute nothing, ascending.
    pub fn disabled_nps(&self) -> Vec<u16> {
        let nps = self.overrides.0.iter().flat_map(|(&node, own)| {
            own.nps
                .keys()
                .map(move |&local| (u32::from(node.y) * u32::from(*self.columns) + u32::from(node.x), local))
        });
        let indices =
            nps.map(|(node, local)| (node * u32::from(*self.nps_per_node) + u32::from(local)) as u16);
        let mut disabled: Vec<u16> = indices.filter(|&np| self.is_disabled(np)).collect();
        disabled.sort_unstable();
        disabled
    }

    /// Events that the output FIFO of a neural processor holds.
    pub fn fifo_events(&self, np: u16) -> u32 {
        self.np_override(np)
            .and_then(|own| own.fifo_events.as_deref())
            .copied()
            .unwrap_or(*self.np.fifo_events)
    }

    /// Clocks that the steps of a neural processor take, as a multiple of the device's.
    pub fn clock_scale(&self, np: u16) -> Scale {
        self.np_override(np).and_then(|own| own.clock_scale.as_deref()).copied().unwrap_or_default()
    }
}

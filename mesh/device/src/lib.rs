//! Devices: what a chip has, and how long its units take.
//!
//! A device is a RON file. Every constant in it is a [`Constant`]: a value, the [`Basis`] on which it rests, and its source in words.
//! The simulator and the compiler take all hardware numbers from here; code carries none.

mod calibration;
mod check;
mod constant;
mod energy;
mod floorplan;
pub mod network;
mod timing;

use std::path::Path;

use serde::{Deserialize, Serialize};
use spikemesh_files::read_text;

pub use calibration::{Calibration, OperatingPoint, Work, claim};
pub use check::Error;
pub use constant::{Basis, Clocks, Constant};
pub use energy::{Energy, LaneEnergy, UnitEnergy};
pub use floorplan::{Floorplan, Unit};
pub use network::NetworkDescription;
pub use timing::{
    AccumulateCost, ConvolutionTiming, FullyConnectedTiming, HrcTiming, LoadTiming, NpTiming, Timing,
};

/// A device, checked.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Its name on the command line.
    pub name: String,
    /// One line for people.
    pub description: String,
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
    /// What its times were held against; nothing where nothing was. `spikemesh fit` makes it.
    #[serde(default)]
    pub calibration: Vec<Calibration>,
}

/// What one NP can hold.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NpCapacity {
    /// Bytes of weights of a convolution.
    pub weight_bytes: Constant<u32>,
    /// Bytes of input map.
    pub input_bytes: Constant<u32>,
    /// Rows of the input map that it may own.
    pub own_rows: Constant<u32>,
    /// Bytes of memory in all: the ledger of a slice must not exceed it.
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

/// Devices that come with the simulator: name and file.
const BUILT_IN: [(&str, &str); 3] = [
    ("akd1000", include_str!("../devices/akd1000.ron")),
    ("akd1500", include_str!("../devices/akd1500.ron")),
    ("two-nodes", include_str!("../devices/two-nodes.ron")),
];

/// The largest device file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

impl Device {
    /// Names of the devices that come with the simulator.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The text of a device that comes with the simulator.
    pub fn text(name: &str) -> Option<&'static str> {
        BUILT_IN.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
    }

    /// A device by name, or from a path that ends in `.ron`.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or whatever [`Device::parse`] finds.
    pub fn load(name_or_path: &str) -> Result<Device, Vec<Error>> {
        if let Some(text) = Device::text(name_or_path) {
            return Device::parse(name_or_path, text);
        }
        let path = Path::new(name_or_path);
        if path.extension().is_none_or(|e| e != "ron") {
            let known = Device::names().collect::<Vec<_>>().join(", ");
            return Err(vec![Error::Unknown { name: name_or_path.to_owned(), known }]);
        }
        let unreadable = |cause: String| vec![Error::Unreadable { path: name_or_path.to_owned(), cause }];
        let text = read_text(path, MAX_FILE_BYTES).map_err(|e| unreadable(e.to_string()))?;
        Device::parse(name_or_path, &text)
    }

    /// A device from the text of a RON file; `place` names the file in errors.
    ///
    /// # Errors
    /// Syntax errors with their line, unknown or missing fields, and every constant that makes no sense.
    pub fn parse(place: &str, text: &str) -> Result<Device, Vec<Error>> {
        let device: Device = ron::from_str(text).map_err(|e| vec![Error::syntax(place, &e)])?;
        let errors = device.check();
        if errors.is_empty() { Ok(device) } else { Err(errors) }
    }

    /// Everything that makes no sense in it; empty for a device that was loaded or parsed.
    pub fn check(&self) -> Vec<Error> {
        check::check(self)
    }

    /// Where its units sit.
    pub fn floorplan(&self) -> Floorplan {
        Floorplan { columns: *self.columns, rows: *self.rows, nps_per_node: *self.nps_per_node }
    }

    /// Neural processors of all nodes.
    pub fn nps(&self) -> u32 {
        self.floorplan().nps()
    }

    /// The network's configuration, with a terminal for each unit of the floorplan.
    pub fn network_config(&self) -> network::Config {
        let Floorplan { columns, rows, .. } = self.floorplan();
        self.network.config(columns, rows, self.floorplan().locals())
    }
}

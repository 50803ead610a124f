//! Devices: what a chip has, where its units sit, how long they take, and which way packets go on its network.
//!
//! A [`Device`] is a RON file. Every constant in it is a [`Constant`]: a value, the [`Basis`] on which it rests, and its source. The
//! simulator and the compiler take all hardware numbers from here; code has none.
//!
//! Two further questions are answered here only, for everybody who asks:
//!
//! - *Where is a unit, and what is it called?* The [`Floorplan`].
//! - *Which way does a packet go?* [`network::outputs`], a function of the wiring ([`network::Topology`]).
//!
//! ```
//! use spikemesh_device::network::{RouteClasses, Topology, outputs, walk};
//! use spikemesh_device::{Basis, Device, Unit};
//!
//! let device = Device::load("akd1000").unwrap();
//! assert_eq!((*device.np.own_rows, device.np.own_rows.basis()), (32, Basis::Fitted));
//!
//! // The input unit is at the edge node, NP 36 at column 4 of row 1.
//! let floorplan = device.floorplan();
//! assert_eq!(floorplan.name(Unit::Hrc), "n0_0.hrc");
//! assert_eq!(floorplan.name(Unit::Np(36)), "n4_1.np0");
//!
//! // The links that an event from the one to the other passes.
//! let config = device.network_config();
//! let (topology, classes) = (Topology::new(&config), RouteClasses::new(&config));
//! let [from, to] = [Unit::Hrc, Unit::Np(36)].map(|unit| floorplan.terminal(unit));
//! let steps = walk(&topology, &classes, outputs, &classes.of(0)[0], from, to);
//! let links: Vec<&str> = steps.iter().map(|(_, wanted)| topology.link(wanted.link).name.as_str()).collect();
//! assert_eq!(links, ["n0_0.east", "n1_0.east", "n2_0.east", "n3_0.east", "n4_0.south", "n4_1.eject0"]);
//! ```
//!
//! # A new constant
//!
//! A field of the structure it belongs to ([`NpCapacity`], [`Timing`], [`Energy`], [`NetworkDescription`]) with a range in `check.rs`, and a
//! value with its source in each file below `devices/`. docs/contributing.md lists the rest; a test fails until the constant has its row
//! in docs/microarchitecture.
//!
//! # Another routing function
//!
//! See `network/routing.rs`: what a torus, adaptive routing, or faulty links need.

mod calibration;
mod canonical;
mod check;
mod constant;
mod constant_line;
mod device;
mod energy;
mod error;
mod file;
mod floorplan;
mod json;
mod line_collector;
mod mapping_reads;
pub mod network;
mod overrides;
mod place;
mod ron_text;
mod rule_profile;
mod scale;
mod setting;
mod timing;

pub use calibration::{
    AccuracyClaim, Calibration, ClaimBasis, Claims, GroupCalibration, NetworkBound, OperatingPoint, Work,
    covering,
};
pub use canonical::sha256_of_lines;
pub use constant::{Basis, Clocks, Constant};
pub use constant_line::ConstantLine;
pub use device::{Device, NpCapacity};
pub use energy::{Action, ActionCounts, ActionEnergy, Energy, LaneEnergy, NetworkEnergy, UnitEnergy};
pub use error::Error;
pub use file::MAX_FILE_BYTES;
pub use floorplan::{Floorplan, Unit};
pub use mapping_reads::{Reader, reader};
pub use network::NetworkDescription;
pub use overrides::{LinkOverride, NodeOverrides, NpOverride, Overrides};
pub use place::{offset as ron_offset, places as ron_places};
pub use rule_profile::RuleProfile;
pub use scale::Scale;
pub use setting::{SettableDevice, Setting, path_of};
pub use timing::{
    AccumulateCost, ConvolutionTiming, FullyConnectedTiming, HrcTiming, LoadTiming, NpTiming, Timing,
};

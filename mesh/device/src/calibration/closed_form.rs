//! Which constants the time and the energy of a layer read: the closed forms of docs/microarchitecture/timing.md and energy.md as lists.

use super::ranges::Calibration;
use super::work::{OperatingPoint, Work};
use crate::device::Device;
use crate::energy::Action;

/// The form of a convolution depends on the map: one position, or several.
#[derive(Clone, Copy, Debug)]
pub(super) struct Positions {
    pub single: bool,
    pub several: bool,
}

impl Positions {
    pub fn of(point: &OperatingPoint) -> Positions {
        let single = point.is_single_position();
        Positions { single, several: !single }
    }

    /// Of all layers within an entry's ranges.
    pub fn within(entry: &Calibration) -> Positions {
        Positions {
            single: entry.height.0 <= 1.0 && entry.width.0 <= 1.0,
            several: entry.height.1 > 1.0 || entry.width.1 > 1.0,
        }
    }
}

/// Paths of the constants that the clocks of layers of a kind read. Strides are not known here: what only some strides read is among them.
pub(super) fn clocks(
    device: &Device,
    work: Work,
    kernel: u32,
    weight_bits: u8,
    positions: Positions,
) -> Vec<String> {
    let below = |place: &str, names: &[&str]| names.iter().map(|name| format!("{place}.{name}")).collect();
    let convolution = |separable: bool, place: &str| {
        let mut paths = vec!["np.filters_per_group".to_owned()];
        if let Some(index) = device.timing.np.accumulate_index(separable, kernel, weight_bits) {
            let entry = format!("timing.np.accumulate[{index}]");
            paths.extend([format!("{entry}.clocks"), format!("{entry}.per_tap")]);
        }
        if positions.several {
            paths.extend::<Vec<String>>(below(place, &["unpack", "unpack_strided", "fetch", "position"]));
        }
        if positions.single {
            paths.push("timing.np.single_position".to_owned());
        }
        paths
    };
    match work {
        Work::Input => {
            below("timing.hrc", &["filters_per_group", "position", "per_filters", "filters_per_step"])
        }
        Work::Convolution => convolution(false, "timing.np.convolution"),
        Work::Separable => convolution(true, "timing.np.separable"),
        Work::OnChip => below("timing.np.fully_connected", &["on_chip_start", "on_chip_input"]),
        Work::External => below(
            "timing.np.fully_connected",
            &["external_unit", "external_byte", "external_bits_per_input", "external_bytes_per_unit"],
        ),
    }
}

/// Paths of the constants that loads of all kinds read on a device with several passes in one program.
pub(super) const PASS_LOAD: [&str; 3] =
    ["np.filters_per_group", "timing.load.depthwise_bits", "timing.load.pass_byte"];

/// Paths of the constants that the load of a layer's weights inside a frame reads.
pub(super) fn load(device: &Device, work: Work) -> Vec<&'static str> {
    let mut paths = if *device.multi_pass {
        vec!["timing.load.pass_byte"]
    } else {
        vec!["clock_hz", "timing.load.first_byte", "timing.load.first_microseconds"]
    };
    match work {
        Work::Convolution => paths.push("np.filters_per_group"),
        Work::Separable => paths.extend(["np.filters_per_group", "timing.load.depthwise_bits"]),
        Work::Input | Work::OnChip | Work::External => {}
    }
    paths
}

/// The constant of loading a byte: read where weights are loaded inside a frame.
pub(super) const LOAD_BYTE: &str = "energy.load_byte";

/// Paths of the constants that the energy of a layer reads beside its clocks; loads inside frames are left out.
pub(super) fn energy(device: &Device, work: Work, kernel: u32) -> Vec<String> {
    let lane = match work {
        Work::Convolution => device.energy.lane_index(false, kernel),
        Work::Separable => device.energy.lane_index(true, kernel),
        Work::Input | Work::OnChip | Work::External => None,
    };
    let unit =
        if work == Work::Input { vec![Action::HrcClock] } else { vec![Action::NpClock, Action::MemoryByte] };
    let actions = unit.into_iter().chain(Action::NETWORK).map(Action::path);
    actions.chain(lane.map(|index| format!("energy.lanes[{index}].clock"))).collect()
}

/// Whether measurements tell a constant from others. The energies of some actions they do not: these were part of what was compared, so that the sum
/// may be claimed although they are assumed.
pub(super) fn is_told_apart(path: &str) -> bool {
    let together = [Action::MemoryByte, Action::LoadByte].into_iter().chain(Action::NETWORK);
    !together.map(Action::path).any(|own| own == path)
}

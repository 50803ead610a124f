//! The device checker: constants that make no sense are refused, all at once.

use std::fmt::Display;
use std::ops::RangeInclusive;

use spikemesh_words::thousands;

use crate::constant::{Basis, Constant};
use crate::device::{Device, NpCapacity};
use crate::error::{DeviceText, Error, Place};
use crate::floorplan::Floorplan;
use crate::network::PortKind;
use crate::overrides::{LinkOverride, NodeOverrides, NpOverride};
use crate::scale::Scale;

/// The longest delay of a stage or a link of the network, in cycles.
const MAX_NETWORK_DELAY: u8 = 16;
/// Events that an output FIFO may hold.
const FIFO_EVENTS: RangeInclusive<u32> = 16..=1 << 20;

/// Everything wrong with a device; `text` is what it was read from.
pub(super) fn check(device: &Device, text: &DeviceText) -> Vec<Error> {
    checked(device, text, None).errors
}

/// The range of the constant at a path, in words.
pub(super) fn limit_of(path: &str) -> Option<String> {
    let mut device = Device::load(Device::names().next()?).ok()?;
    // Parts of a kind have the same limits.
    let path = match path.strip_prefix("overrides.").and_then(|path| path.rsplit('.').next()) {
        Some("delay") => "overrides.n0_0.east.delay".to_owned(),
        Some(field) => format!("overrides.n0_0.np0.{field}"),
        None => path.to_owned(),
    };
    let links = [(PortKind::East, LinkOverride { delay: Some(sample(1)) })].into();
    let own =
        NpOverride { clock_scale: Some(sample(Scale::ONE)), disabled: None, fifo_events: Some(sample(16)) };
    device.overrides.0.insert(Floorplan::EDGE, NodeOverrides { links, nps: [(0, own)].into() });
    checked(&device, &DeviceText::none(&device.name), Some(&path)).limit
}

fn sample<T>(value: T) -> Constant<T> {
    Constant(value, Basis::Assumed, "a sample".to_owned())
}

fn checked<'a>(device: &'a Device, text: &'a DeviceText, sought: Option<&'a str>) -> Checker<'a> {
    let mut checker = Checker { text, errors: Vec::new(), sought, limit: None };
    if let Some(profile) = &device.profile {
        checker.sourced("profile", profile);
    }
    checker.range("clock_hz", &device.clock_hz, 1_000_000..=100_000_000_000);
    checker.range("columns", &device.columns, 1..=64);
    checker.range("rows", &device.rows, 1..=64);
    checker.range("nps_per_node", &device.nps_per_node, 1..=8);
    checker.sourced("multi_pass", &device.multi_pass);
    checker.np(device);
    checker.timing(device);
    checker.energy(device);
    checker.overrides(device);
    checker.network(device);
    checker.calibration(device);
    checker
}

struct Checker<'a> {
    text: &'a DeviceText,
    errors: Vec<Error>,
    /// The path of a constant whose range is asked for, and the range in words.
    sought: Option<&'a str>,
    limit: Option<String>,
}

impl Checker<'_> {
    fn np(&mut self, device: &Device) {
        let np = &device.np;
        self.range("np.weight_bytes", &np.weight_bytes, 1..=1 << 30);
        self.range("np.input_bytes", &np.input_bytes, 1..=1 << 30);
        self.range("np.input_maps", &np.input_maps, 1..=2);
        self.range("np.own_rows", &np.own_rows, 1..=NpCapacity::MAX_OWN_ROWS);
        self.range("np.memory_bytes", &np.memory_bytes, 1..=1 << 31);
        self.range("np.on_chip_weight_bytes", &np.on_chip_weight_bytes, 0..=1 << 30);
        self.range("np.filters_per_group", &np.filters_per_group, 1..=64);
        self.range("np.potential_bytes", &np.potential_bytes, 4..=4);
        self.range("np.threshold_bytes", &np.threshold_bytes, 0..=64);
        self.range("np.fifo_events", &np.fifo_events, FIFO_EVENTS);
        self.range("np.event_bytes", &np.event_bytes, 1..=16);
    }

    fn timing(&mut self, device: &Device) {
        let (np, hrc, load) = (&device.timing.np, &device.timing.hrc, &device.timing.load);
        let fc = &np.fully_connected;
        for (name, constant) in device.timing.clocks() {
            self.sourced(&name, constant);
        }
        self.range("timing.np.fully_connected.external_bits_per_input", &fc.external_bits_per_input, 0..=64);
        self.range(
            "timing.np.fully_connected.external_bytes_per_unit",
            &fc.external_bytes_per_unit,
            0..=4096,
        );
        self.range("timing.load.depthwise_bits", &load.depthwise_bits, 1..=8);
        self.range("timing.load.first_microseconds", &load.first_microseconds, 0..=1_000_000);
        self.range("timing.hrc.filters_per_group", &hrc.filters_per_group, 1..=16);
        self.range("timing.hrc.filters_per_step", &hrc.filters_per_step, 1..=64);
        for separable in [false, true] {
            for kernel in [1, 3, 5, 7] {
                if np.accumulate(separable, kernel, 1).is_none() {
                    let place = format!("timing.np.accumulate(separable: {separable}, kernel: {kernel})");
                    self.wrong(&place, "missing", "given, for weights of 1 bit and more");
                }
            }
        }
    }

    fn energy(&mut self, device: &Device) {
        let energy = &device.energy;
        for (name, constant) in energy.picojoules() {
            self.range(&name, constant, 0.0..=1e6);
        }
        self.range("energy.floor_watts", &energy.floor_watts, 0.0..=1000.0);
    }

    fn overrides(&mut self, device: &Device) {
        let Floorplan { columns, rows, nps_per_node } = device.floorplan();
        for (&node, own) in &device.overrides.0 {
            let inside = node.x < columns && node.y < rows;
            for (&side, link) in &own.links {
                let name = format!("overrides.{node}.{side}.delay");
                let Some(delay) = &link.delay else { continue };
                if !inside || node.beside(side, columns, rows).is_none() {
                    let limit = format!(
                        "a link between routers has the name of the node that it leaves, n0_0 to n{}_{}, and a side on which there is another node",
                        columns - 1,
                        rows - 1
                    );
                    self.no_part(&name, format!("link {node}.{side}"), limit);
                }
                self.range(&name, delay, 1..=MAX_NETWORK_DELAY);
            }
            for (&np, own) in &own.nps {
                let name = |field: &str| format!("overrides.{node}.np{np}.{field}");
                let any = [
                    (own.clock_scale.is_some(), "clock_scale"),
                    (own.disabled.is_some(), "disabled"),
                    (own.fifo_events.is_some(), "fifo_events"),
                ];
                let given = any.iter().find(|(is_given, _)| *is_given);
                if let Some((_, field)) = given.filter(|_| !inside || np >= nps_per_node) {
                    let limit = format!(
                        "it has the nodes n0_0 to n{}_{}, each with np0 to np{}",
                        columns - 1,
                        rows - 1,
                        nps_per_node - 1
                    );
                    self.no_part(&name(field), format!("neural processor {node}.np{np}"), limit);
                }
                own.clock_scale
                    .iter()
                    .for_each(|scale| self.range(&name("clock_scale"), scale, Scale::LEAST..=Scale::MOST));
                own.disabled.iter().for_each(|disabled| self.sourced(&name("disabled"), disabled));
                own.fifo_events
                    .iter()
                    .for_each(|events| self.range(&name("fifo_events"), events, FIFO_EVENTS));
            }
        }
    }

    fn no_part(&mut self, constant: &str, part: String, limit: String) {
        let Place { at, text, place } = self.text.of(constant);
        self.errors.push(Error::NoPart { at, constant: constant.to_owned(), part, limit, text, place });
    }

    fn network(&mut self, device: &Device) {
        let network = &device.network;
        self.range("network.data_vcs", &network.data_vcs, 1..=8);
        self.range("network.token_vcs", &network.token_vcs, 1..=8);
        self.range("network.vc_buf_size", &network.vc_buf_size, 1..=1024);
        for (name, delay, least) in [
            ("network.routing_delay", &network.routing_delay, 0),
            ("network.vc_alloc_delay", &network.vc_alloc_delay, 1),
            ("network.sw_alloc_delay", &network.sw_alloc_delay, 1),
            ("network.st_prepare_delay", &network.st_prepare_delay, 0),
            ("network.st_final_delay", &network.st_final_delay, 0),
            ("network.link_delay", &network.link_delay, 1),
            ("network.credit_delay", &network.credit_delay, 0),
        ] {
            self.range(name, delay, least..=MAX_NETWORK_DELAY);
        }
        self.sourced("network.routing", &network.routing);
        self.sourced("network.port_order", &network.port_order);
        self.sourced("network.vc_allocator", &network.vc_allocator);
        self.sourced("network.sw_allocator", &network.sw_allocator);
        self.sourced("network.arb_type", &network.arb_type);
        self.sourced("network.speculative", &network.speculative);
        self.sourced("network.hold_switch_for_packet", &network.hold_switch_for_packet);
        self.sourced("network.multicast", &network.multicast);
        if self.errors.is_empty() {
            for cause in device.network_config().check() {
                let Place { at, text, place } = self.text.of("network");
                self.errors.push(Error::Network { at, cause, text, place });
            }
        }
    }

    fn calibration(&mut self, device: &Device) {
        for (place, group) in [
            ("load_calibration", &device.load_calibration),
            ("energy_calibration", &device.energy_calibration),
        ] {
            if let Some(group) = group {
                self.errors_of(place, group.median, group.worst);
            }
        }
        if let Some(bound) = &device.network_energy_bound
            && !(bound.at_most >= 0.0 && bound.at_most.is_finite())
        {
            self.wrong("network_energy_bound.at_most", &bound.at_most.to_string(), "a number, 0 or more");
        }
        for (index, entry) in device.calibration.iter().enumerate() {
            self.errors_of(&format!("calibration[{index}]"), entry.median, entry.worst);
            for (name, (least, most)) in [
                ("height", entry.height),
                ("width", entry.width),
                ("channels", entry.channels),
                ("filters", entry.filters),
                ("density", entry.density),
            ] {
                if !(least >= 0.0 && least <= most && most.is_finite()) {
                    let place = format!("calibration[{index}].{name}");
                    self.wrong(&place, &format!("({least}, {most})"), "(least, most), neither below 0");
                }
            }
        }
    }

    fn errors_of(&mut self, place: &str, median: f64, worst: f64) {
        for (name, error) in [("median", median), ("worst", worst)] {
            if !(0.0..=1e6).contains(&error) {
                self.wrong(&format!("{place}.{name}"), &error.to_string(), "a fraction, 0 to 1,000,000");
            }
        }
    }

    fn sourced<T>(&mut self, name: &str, constant: &Constant<T>) {
        if constant.source().trim().is_empty() {
            let Place { at, text, place } = self.text.of(name);
            self.errors.push(Error::Source { at, constant: name.to_owned(), text, place });
        }
    }

    fn range<T: PartialOrd + Display>(
        &mut self,
        name: &str,
        constant: &Constant<T>,
        range: RangeInclusive<T>,
    ) {
        self.sourced(name, constant);
        let (is_wrong, is_sought) = (!range.contains(constant), self.sought == Some(name));
        // Sweeps check devices by the thousand: words that nobody reads are not made.
        if !is_wrong && !is_sought {
            return;
        }
        let (least, most) = (thousands(range.start()), thousands(range.end()));
        let limit = if least == most { least } else { format!("{least} to {most}") };
        if is_wrong {
            self.wrong(name, &thousands(&constant.0), &limit);
        }
        if is_sought {
            self.limit = Some(limit);
        }
    }

    fn wrong(&mut self, constant: &str, value: &str, limit: &str) {
        let (constant, value, limit) = (constant.to_owned(), value.to_owned(), limit.to_owned());
        let Place { at, text, place } = self.text.of(&constant);
        self.errors.push(Error::Range { at, constant, value, limit, text, place });
    }
}

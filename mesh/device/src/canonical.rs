//! The canonical text of a device: one text for all files that describe the same device.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::constant_line::ConstantLine;
use crate::device::Device;
use crate::line_collector::LineCollector;

/// Fields of a device that change no result: names, what may be claimed, and whose limits a model is warned by.
const LEFT_OUT: [&str; 7] = [
    "name",
    "description",
    "profile",
    "calibration",
    "load_calibration",
    "energy_calibration",
    "network_energy_bound",
];

impl Device {
    /// Every value that its results depend on, sorted by path: constants with their basis, and the keys of list entries without.
    ///
    /// Names, descriptions, the profile, sources and calibrations are no part of it. The values come from the serialised device, so a new constant is in it
    /// without further ado.
    pub fn constant_lines(&self) -> Vec<ConstantLine> {
        let mut collector = LineCollector::new(&LEFT_OUT);
        // A device is numbers, names and lists of them: it always serialises.
        let serialised = self.serialize(&mut collector);
        debug_assert!(serialised.is_ok(), "{serialised:?}");
        let mut lines = collector.lines;
        lines.sort_unstable();
        lines
    }

    /// [`constant_lines`](Device::constant_lines) as text, a line each. Formatting and comments of a file do not change it; every other value or
    /// basis of a constant does.
    pub fn canonical_text(&self) -> String {
        text_of(&self.constant_lines())
    }

    /// The SHA-256 of [`canonical_text`](Device::canonical_text), in hexadecimal digits.
    pub fn sha256(&self) -> String {
        sha256_of_lines(&self.constant_lines())
    }
}

/// The SHA-256 of a device by its [`constant_lines`](Device::constant_lines), for who has them.
pub fn sha256_of_lines(lines: &[ConstantLine]) -> String {
    Sha256::digest(text_of(lines)).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text_of(lines: &[ConstantLine]) -> String {
    let mut text = String::with_capacity(64 * lines.len());
    for line in lines {
        line.append_to(&mut text);
        text.push('\n');
    }
    text
}

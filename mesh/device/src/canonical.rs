//! The canonical text of a device: one text for all files that describe the same device.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::constant::Basis;
use crate::constant_line::ConstantLine;
use crate::device::Device;

/// Fields of a device that change no result: names, what may be claimed, and whose limits a model is warned by.
const LEFT_OUT: [&str; 6] =
    ["name", "description", "profile", "calibration", "load_calibration", "energy_calibration"];

impl Device {
    /// Every value that its results depend on, sorted by path: constants with their basis, and the keys of list entries without.
    ///
    /// Names, descriptions, the profile, sources and calibrations are no part of it. The values come from the serialised device, so a new constant is in it
    /// without further ado.
    pub fn constant_lines(&self) -> Vec<ConstantLine> {
        let mut lines = Vec::new();
        // A device is numbers, names and lists of them: it always serialises.
        if let Ok(Value::Object(fields)) = serde_json::to_value(self) {
            for (name, value) in fields.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
                collect(&mut name.clone(), value, &mut lines);
            }
        }
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
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

/// The lines of a value at a path, which grows and shrinks with the fields that are looked at.
fn collect(path: &mut String, value: &Value, lines: &mut Vec<ConstantLine>) {
    match value {
        Value::Object(fields) => {
            if let (3, Some(value), Some(Value::String(basis)), Some(_)) =
                (fields.len(), fields.get("value"), fields.get("basis"), fields.get("source"))
            {
                lines.push(ConstantLine {
                    path: path.clone(),
                    value: text(value),
                    basis: Basis::named(basis),
                });
                return;
            }
            let length = path.len();
            for (name, value) in fields {
                path.push('.');
                path.push_str(name);
                collect(path, value, lines);
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            let length = path.len();
            for (index, item) in items.iter().enumerate() {
                let _ = write!(path, "[{index}]");
                collect(path, item, lines);
                path.truncate(length);
            }
        }
        value => lines.push(ConstantLine { path: path.clone(), value: text(value), basis: None }),
    }
}

/// A name is written without quotation marks.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

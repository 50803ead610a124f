//! Devices as JSON: what serde makes of one, edited.

use serde_json::Value;

use crate::device::Device;

impl Device {
    /// A device of the JSON that it serialises to; each constant is an object of `value`, `basis` and `source`. It may make no sense:
    /// [`Device::check`] says so.
    ///
    /// # Errors
    /// What serde says.
    pub fn from_json(text: &str) -> serde_json::Result<Device> {
        serde_json::from_value(constants_as_lists(serde_json::from_str(text)?))
    }
}

/// Objects of `value`, `basis` and `source` as lists of the three, as device files are read.
fn constants_as_lists(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            let constant = ["value", "basis", "source"].map(|key| fields.get(key).cloned());
            match constant {
                [Some(value), Some(basis), Some(source)] if fields.len() == 3 => {
                    Value::Array(vec![constants_as_lists(value), basis, source])
                }
                _ => {
                    for field in fields.values_mut() {
                        *field = constants_as_lists(field.take());
                    }
                    Value::Object(fields)
                }
            }
        }
        Value::Array(items) => Value::Array(items.into_iter().map(constants_as_lists).collect()),
        other => other,
    }
}

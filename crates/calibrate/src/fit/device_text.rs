//! A device as the text of a device file.

use std::fmt::Write as _;

use serde_json::Value;

use spikemesh_device::Device;

/// The text: every constant with its basis and source. Comments of the file that the device came from are not kept.
pub fn device_text(device: &Device) -> String {
    let mut text = format!("// {}\n//\n// Made by `spikemesh fit`.\n", device.description);
    write(&mut text, &serde_json::to_value(device).unwrap_or_default(), 0);
    text.push('\n');
    text
}

/// Fields that hold names of a kind, not text.
const NAMES: &[&str] = &["work"];

fn write(text: &mut String, value: &Value, depth: usize) {
    let pad = "    ".repeat(depth);
    match value {
        Value::Object(fields) => {
            if let (Some(number), Some(Value::String(basis)), Some(source)) =
                (fields.get("value"), fields.get("basis"), fields.get("source"))
            {
                // A value that is a word is a name.
                let value = number.as_str().map_or(number.to_string(), str::to_owned);
                let _ = write!(text, "({value}, {basis}, {source})");
                return;
            }
            text.push_str("(\n");
            for (name, value) in fields {
                let _ = write!(text, "{pad}    {name}: ");
                match value {
                    Value::String(word) if NAMES.contains(&name.as_str()) => text.push_str(word),
                    value => write(text, value, depth + 1),
                }
                text.push_str(",\n");
            }
            let _ = write!(text, "{pad})");
        }
        // Lists hold entries of the device; a pair of numbers is a range.
        Value::Array(items) if matches!(items[..], [Value::Number(_), Value::Number(_)]) => {
            let _ = write!(text, "({}, {})", items[0], items[1]);
        }
        Value::Array(items) => {
            text.push_str("[\n");
            for item in items {
                let _ = write!(text, "{pad}    ");
                write(text, item, depth + 1);
                text.push_str(",\n");
            }
            let _ = write!(text, "{pad}]");
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_survive() {
        for name in Device::names() {
            let device = Device::load(name).unwrap();
            let text = device_text(&device);
            let again = Device::parse(name, &text).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
            assert_eq!(serde_json::to_value(&again).unwrap(), serde_json::to_value(&device).unwrap());
        }
    }
}

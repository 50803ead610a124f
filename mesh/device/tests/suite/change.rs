//! Devices with one value changed, by its path.

use serde_json::{Value, json};
use spikemesh_device::{ConstantLine, Device};

/// A device as it is read: constants as lists of three.
fn value_of(device: &Device) -> Value {
    fn constants_as_lists(value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                if fields.len() == 3 && fields.contains_key("basis") && fields.contains_key("source") {
                    return json!([fields["value"], fields["basis"], fields["source"]]);
                }
                fields.into_iter().map(|(name, value)| (name, constants_as_lists(value))).collect()
            }
            Value::Array(items) => items.into_iter().map(constants_as_lists).collect(),
            other => other,
        }
    }
    constants_as_lists(serde_json::to_value(device).unwrap())
}

/// The device with another value or basis at a path; `None` if such a value cannot be.
pub fn changed(
    device: &Device,
    line: &ConstantLine,
    value: Option<Value>,
    basis: Option<&str>,
) -> Option<Device> {
    let mut whole = value_of(device);
    let pointer = format!("/{}", line.path.replace(['.', '['], "/").replace(']', ""));
    let place = whole.pointer_mut(&pointer).unwrap_or_else(|| panic!("{pointer}"));
    match (line.basis, value) {
        (Some(_), value) => {
            if let Some(value) = value {
                place[0] = value;
            }
            if let Some(basis) = basis {
                place[1] = basis.into();
            }
        }
        (None, Some(value)) => *place = value,
        (None, None) => return None,
    }
    let device: Device = serde_json::from_value(whole).ok()?;
    device.check().is_empty().then_some(device)
}

/// Values near the present one, each once; not all of them need be allowed.
pub fn others(line: &ConstantLine) -> Vec<Value> {
    let mut values = Vec::new();
    for value in candidates(line) {
        let text = value.to_string();
        let is_new = text != line.value && !values.contains(&value);
        values.extend(is_new.then_some(value));
    }
    values
}

fn candidates(line: &ConstantLine) -> Vec<Value> {
    let text = line.value.as_str();
    if let Ok(flag) = text.parse::<bool>() {
        return vec![json!(!flag)];
    }
    if let Ok(whole) = text.parse::<u64>() {
        return vec![json!(whole + 1), json!(whole.saturating_sub(1)), json!(2 * whole), json!(whole / 2)];
    }
    if let Ok(number) = text.parse::<f64>() {
        return vec![json!(number + 1.0), json!(number / 2.0), json!(number + 0.125)];
    }
    ["xy", "yx", "o1turn", "local_first", "local_last", "separable_input_first", "separable_output_first"]
        .into_iter()
        .chain(["round_robin", "prio", "source", "tree"])
        .filter(|name| *name != text)
        .map(Value::from)
        .collect()
}

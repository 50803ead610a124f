//! The first difference of each claim: two trees of JSON, field by field.

use serde_json::Value;

use crate::error::Error;

/// Adds an error for each field that differs, is missing, or is claimed by nothing.
pub(crate) fn compare(claim: &str, stated: &Value, derived: &Value, errors: &mut Vec<Error>) {
    match (stated, derived) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, derived) in b {
                compare(&below(claim, name), a.get(name).unwrap_or(&Value::Null), derived, errors);
            }
            for (name, stated) in a.iter().filter(|(name, _)| !b.contains_key(*name)) {
                errors.push(Error::wrong(below(claim, name), shown(stated), "no claim"));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for (index, derived) in b.iter().enumerate() {
                compare(&format!("{claim}[{index}]"), a.get(index).unwrap_or(&Value::Null), derived, errors);
            }
            for (index, stated) in a.iter().enumerate().skip(b.len()) {
                errors.push(Error::wrong(format!("{claim}[{index}]"), shown(stated), "no claim"));
            }
        }
        (stated, derived) if stated == derived => {}
        _ => errors.push(Error::wrong(claim, shown(stated), shown(derived))),
    }
}

fn below(claim: &str, name: &str) -> String {
    if claim.is_empty() { name.to_owned() } else { format!("{claim}.{name}") }
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

//! The first difference of each claim: two trees of JSON, field by field.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::path::Path;

/// Adds an error for each value that differs, is missing, or is claimed by nothing.
pub(crate) fn compare(path: &Path<'_>, stated: &Value, derived: &Value, errors: &mut Vec<Error>) {
    match (stated, derived) {
        (Value::Object(stated), Value::Object(derived)) => object(path, stated, derived, &[], errors),
        (Value::Array(a), Value::Array(b)) => {
            for (index, derived) in b.iter().enumerate() {
                compare(&Path::At(path, index), a.get(index).unwrap_or(&Value::Null), derived, errors);
            }
            for (index, stated) in a.iter().enumerate().skip(b.len()) {
                errors.push(Error::wrong(Path::At(path, index), shown(stated), "no claim"));
            }
        }
        (stated, derived) if stated == derived => {}
        _ => errors.push(Error::wrong(path, shown(stated), shown(derived))),
    }
}

/// As [`compare`], of objects, without the fields that are checked `apart`.
pub(crate) fn object(
    path: &Path<'_>,
    stated: &Map<String, Value>,
    derived: &Map<String, Value>,
    apart: &[&str],
    errors: &mut Vec<Error>,
) {
    for (name, derived) in derived {
        compare(&Path::Field(path, name), stated.get(name).unwrap_or(&Value::Null), derived, errors);
    }
    let is_known = |name: &str| derived.contains_key(name) || apart.contains(&name);
    for (name, stated) in stated.iter().filter(|(name, _)| !is_known(name)) {
        errors.push(Error::wrong(Path::Field(path, name), shown(stated), "no claim"));
    }
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

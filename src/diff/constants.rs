//! Constants that differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::report::Change;
use crate::device::Device;

/// Constants with another value or basis, or that one device has alone, by path; and other names.
pub(super) fn differences(a: &Device, b: &Device) -> Vec<Change> {
    let lines = |device: &Device| -> BTreeMap<String, Value> {
        let text = |line: crate::device::ConstantLine| match line.basis {
            Some(basis) => (line.path, format!("{} {basis}", line.value).into()),
            None => (line.path, line.value.into()),
        };
        device.constant_lines().into_iter().map(text).collect()
    };
    let (ours, theirs) = (lines(a), lines(b));
    let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let name = Change::of(None, "name", Some(&a.name.as_str().into()), Some(&b.name.as_str().into()));
    let changes =
        paths.into_iter().filter_map(|path| Change::of(None, path, ours.get(path), theirs.get(path)));
    name.into_iter().chain(changes).collect()
}

//! What two runs are that differs.

use serde_json::Value;

use super::report::Change;
use crate::run::RunIdentity;

/// Fields that say where results are, or that say again what is compared elsewhere.
const LEFT_OUT: [&str; 6] = ["outputs", "rules", "input_file", "waves", "trace", "device_sha256"];

/// Fields of `run.json` that differ.
pub(super) fn differences(a: &RunIdentity, b: &RunIdentity) -> Vec<Change> {
    let fields = |identity: &RunIdentity| serde_json::to_value(identity).unwrap_or_default();
    let (ours, theirs) = (fields(a), fields(b));
    let names = ours.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let compared = names.filter(|name| !LEFT_OUT.contains(name));
    let value = |fields: &Value, name: &str| fields.get(name).cloned();
    compared
        .filter_map(|name| Change::of(None, name, value(&ours, name).as_ref(), value(&theirs, name).as_ref()))
        // Numbers of a setup have no meaning as a sum.
        .map(|change| Change { delta: None, share: None, ..change })
        .collect()
}

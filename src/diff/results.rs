//! Outputs and counters that differ.

use std::collections::BTreeSet;

use serde_json::Value;

use super::report::{Change, OutputChange, OutputPlace};
use crate::run::{DirectoryError, RunDirectory};
use crate::tensor::Dense;

/// Totals, frames, layers, links.
pub(super) type Counters = (Vec<Change>, Vec<Change>, Vec<Change>, Vec<Change>);

/// What differs in two `stats.json`.
pub(super) fn differences(a: &Value, b: &Value) -> Counters {
    (totals(a, b), frames(a, b), lists(a, b, "layers"), lists(a, b, "links"))
}

/// Numbers of the whole run, and of its energy.
fn totals(a: &Value, b: &Value) -> Vec<Change> {
    let mut changes = numbers(None, a, b);
    for part in ["energy", "first_load"] {
        let (Some(ours), Some(theirs)) = (a.get(part), b.get(part)) else { continue };
        let named = |change: Change| Change { name: format!("{part}.{}", change.name), ..change };
        changes.extend(numbers(None, ours, theirs).into_iter().map(named));
    }
    changes
}

/// Numbers, but for the share of a link: it follows from the flits and from the clocks of the whole run.
fn is_compared(name: &str, value: &Value) -> bool {
    value.is_number() && name != "share"
}

/// Numbers of two objects that differ.
fn numbers(of: Option<&str>, a: &Value, b: &Value) -> Vec<Change> {
    let fields = a.as_object().into_iter().flatten();
    let names = fields.filter(|(name, value)| is_compared(name, value)).map(|(name, _)| name);
    names.filter_map(|name| Change::of(of, name, a.get(name), b.get(name))).collect()
}

/// Clocks of frames.
fn frames(a: &Value, b: &Value) -> Vec<Change> {
    let clocks = |value: &Value| -> Vec<Value> {
        let frames = value["frames"].as_array().into_iter().flatten();
        let clocks = |frame: &Value| Some(frame["end"].as_u64()?.saturating_sub(frame["start"].as_u64()?));
        frames.map(|frame| clocks(frame).map_or(Value::Null, Value::from)).collect()
    };
    let (ours, theirs) = (clocks(a), clocks(b));
    (0..ours.len().max(theirs.len()))
        .filter_map(|frame| {
            Change::of(Some(&frame.to_string()), "clocks", ours.get(frame), theirs.get(frame))
        })
        .collect()
}

/// Numbers of the entries of a list that have the same name.
fn lists(a: &Value, b: &Value, list: &str) -> Vec<Change> {
    let entries = |value: &Value| value[list].as_array().cloned().unwrap_or_default();
    let name = |entry: &Value| entry["name"].as_str().unwrap_or_default().to_owned();
    let (ours, theirs) = (entries(a), entries(b));
    let mut changes = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in ours.iter().chain(&theirs) {
        let of = name(entry);
        if !seen.insert(of.clone()) {
            continue;
        }
        let find = |entries: &[Value]| entries.iter().find(|entry| name(entry) == of).cloned();
        match (find(&ours), find(&theirs)) {
            (Some(a), Some(b)) => changes.extend(numbers(Some(&of), &a, &b)),
            // A link that nothing passed is not listed.
            (a, b) => {
                let zeros = a.or(b).unwrap_or_default();
                let is_ours = find(&ours).is_some();
                let number = |(name, value): (&String, &Value)| {
                    let (a, b) = if is_ours { (Some(value), None) } else { (None, Some(value)) };
                    Change::of(Some(&of), name, a, b)
                };
                let fields = zeros.as_object().into_iter().flatten();
                changes.extend(fields.filter(|(name, value)| is_compared(name, value)).filter_map(number));
            }
        }
    }
    changes
}

/// The outputs of two runs that differ.
///
/// # Errors
/// An array is missing, was changed, or cannot be read.
pub(super) fn outputs(a: &RunDirectory, b: &RunDirectory) -> Result<Vec<OutputChange>, DirectoryError> {
    let names = |directory: &RunDirectory| -> Vec<String> {
        directory.info().identity.outputs.iter().map(|output| output.name.clone()).collect()
    };
    let (ours, theirs) = (names(a), names(b));
    let mut changes = Vec::new();
    for layer in ours.iter().chain(theirs.iter().filter(|name| !ours.contains(name))) {
        let read = |directory: &RunDirectory, names: &[String]| {
            names.contains(layer).then(|| directory.output(layer)).transpose()
        };
        let (left, right) = (read(a, &ours)?, read(b, &theirs)?);
        let shape = |array: &Option<Dense<i32>>| array.as_ref().map(|array| array.shape);
        let first = left.as_ref().zip(right.as_ref()).and_then(|(left, right)| first_value(left, right));
        if first.is_some() || shape(&left) != shape(&right) {
            let (a_shape, b_shape) = (shape(&left), shape(&right));
            changes.push(OutputChange { layer: layer.clone(), a_shape, b_shape, first });
        }
    }
    Ok(changes)
}

/// The first value that differs in the frames that both have.
fn first_value(a: &Dense<i32>, b: &Dense<i32>) -> Option<OutputPlace> {
    let [_, width, height, channels] = a.shape;
    if a.shape[1..] != b.shape[1..] {
        return None;
    }
    let mut different = a.data.iter().zip(&b.data).enumerate().filter(|(_, (a, b))| a != b);
    let (index, (&ours, &theirs)) = different.next()?;
    Some(OutputPlace {
        frame: index / channels / height / width,
        x: index / channels / height % width,
        y: index / channels % height,
        feature: index % channels,
        a: ours,
        b: theirs,
        differing: 1 + different.count(),
        values: a.data.len().min(b.data.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_of_the_same_name_are_compared_and_missing_links_are_named() {
        let a = json!({"flit_hops": 4, "name": "x", "energy": {"np_pj": 2.0}, "frames": [{"start": 1, "end": 5}],
            "layers": [{"name": "l", "clocks": 10, "load": 1}], "links": [{"name": "n0", "flits": 3}]});
        let mut b = a.clone();
        assert_eq!(differences(&a, &b), (vec![], vec![], vec![], vec![]));
        b["energy"]["np_pj"] = json!(3.0);
        b["frames"][0]["end"] = json!(6);
        b["layers"][0]["clocks"] = json!(15);
        b["links"][0]["name"] = json!("n1");
        let (totals, frames, layers, links) = differences(&a, &b);
        assert_eq!((totals[0].name.as_str(), totals.len(), totals[0].share), ("energy.np_pj", 1, Some(0.5)));
        assert_eq!((frames[0].of.as_deref(), frames[0].delta), (Some("0"), Some(1.0)));
        assert_eq!(
            (layers[0].of.as_deref(), layers[0].name.as_str(), layers.len()),
            (Some("l"), "clocks", 1)
        );
        let of: Vec<&str> = links.iter().filter_map(|link| link.of.as_deref()).collect();
        assert_eq!((of, links[0].b.clone()), (vec!["n0", "n1"], Value::Null));
    }

    #[test]
    fn the_first_value_of_an_output_has_its_place() {
        let a = Dense { shape: [2, 2, 3, 2], data: (0..24).collect::<Vec<i32>>() };
        let mut b = a.clone();
        assert_eq!(first_value(&a, &b), None);
        (b.data[12 + 6 + 2 + 1], b.data[23]) = (-1, -2);
        let place = first_value(&a, &b).unwrap();
        assert_eq!((place.frame, place.x, place.y, place.feature), (1, 1, 1, 1));
        assert_eq!((place.a, place.b, place.differing, place.values), (21, -1, 2, 24));
    }
}

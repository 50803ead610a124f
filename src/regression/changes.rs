//! What a case is made from that was another when its golden file was made.

use std::collections::BTreeMap;

use super::case_entry::mode_name;
use super::golden_file::{Golden, GoldenModelLayer};
use crate::device::ConstantLine;

/// Constants that are named.
const NAMED: usize = 8;

/// What changed since the golden file was made, each as a part of a sentence.
pub(super) fn changes(golden: &Golden, found: &Golden) -> Vec<String> {
    let mut changes = Vec::new();
    if golden.spikemesh != found.spikemesh {
        changes.push(format!("Spikemesh {} is {} now", golden.spikemesh, found.spikemesh));
    }
    changes.extend(model(&golden.model, &found.model));
    if golden.inputs_sha256 != found.inputs_sha256 {
        changes.push("the inputs are others".to_owned());
    }
    if golden.mode != found.mode {
        changes.push(format!("mode {} is {} now", mode_name(golden.mode), mode_name(found.mode)));
    }
    if golden.batch != found.batch {
        changes.push(format!("batch {} is {} now", golden.batch, found.batch));
    }
    if golden.device != found.device {
        changes.push(format!("device {} is {} now", golden.device, found.device));
    }
    if golden.device_sha256 != found.device_sha256 {
        changes.extend(constants(&golden.constants, &found.constants));
    }
    // It follows from the rest, unless mapping itself changed.
    if changes.is_empty() && golden.program_sha256 != found.program_sha256 {
        changes.push("the same model is mapped to another program".to_owned());
    }
    changes
}

fn model(golden: &[GoldenModelLayer], found: &[GoldenModelLayer]) -> Vec<String> {
    let mut changes = Vec::new();
    let names = |layers: &[GoldenModelLayer]| {
        layers.iter().map(|layer| format!("`{}`", layer.name)).collect::<Vec<_>>().join(", ")
    };
    if names(golden) != names(found) {
        return vec![format!("the layers were {}, and are {} now", names(golden), names(found))];
    }
    for (old, new) in golden.iter().zip(found) {
        let name = &new.name;
        if old.parameters != new.parameters {
            let words: Vec<&str> = old.parameters.split(' ').collect();
            let other: Vec<&str> = new.parameters.split(' ').collect();
            let gone = words.iter().filter(|word| !other.contains(word)).copied().collect::<Vec<_>>();
            let come = other.iter().filter(|word| !words.contains(word)).copied().collect::<Vec<_>>();
            changes.push(format!("`{name}` had {}, and has {} now", gone.join(" "), come.join(" ")));
        }
        if old.weights != new.weights {
            changes.push(format!("`{name}` has other weights"));
        }
        if old.thresholds != new.thresholds {
            changes.push(format!("`{name}` has other thresholds or steps"));
        }
    }
    changes
}

/// Constants with another value or basis, or on one side only.
fn constants(golden: &[ConstantLine], found: &[ConstantLine]) -> Vec<String> {
    let by_path = |lines: &[ConstantLine]| -> BTreeMap<String, String> {
        let value = |line: &ConstantLine| match line.basis {
            Some(basis) => format!("{} {basis}", line.value),
            None => line.value.clone(),
        };
        lines.iter().map(|line| (line.path.clone(), value(line))).collect()
    };
    let (old, new) = (by_path(golden), by_path(found));
    let paths: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changes: Vec<String> = paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path))
        .map(|path| match (old.get(path), new.get(path)) {
            (Some(old), Some(new)) => format!("constant {path} was {old}, and is {new} now"),
            (Some(old), None) => format!("constant {path} was {old}, and is not there any more"),
            (_, new) => format!("constant {path} is new: {}", new.map_or("", String::as_str)),
        })
        .collect();
    let more = changes.len().saturating_sub(NAMED);
    changes.truncate(NAMED);
    if more > 0 {
        changes.push(format!("and {more} more"));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::super::golden_file::tests::golden;
    use super::*;

    #[test]
    fn everything_that_changed_is_named_and_nothing_else() {
        let old = golden();
        assert!(changes(&old, &old).is_empty());
        let mut new = golden();
        new.program_sha256 = "x".into();
        assert_eq!(changes(&old, &new), ["the same model is mapped to another program"]);
        new.device_sha256 = "11".into();
        new.constants[0] = "rows=5 assumed".parse().unwrap();
        assert_eq!(changes(&old, &new), ["constant rows was 4 documented, and is 5 assumed now"]);
        new.model[0].weights = "12".into();
        new.model[0].parameters = "FullyConnected units=4".into();
        new.inputs_sha256 = "45".into();
        new.batch = 2;
        let found = changes(&old, &new);
        assert_eq!(found[..2], ["`a` had units=3, and has units=4 now", "`a` has other weights"]);
        assert_eq!(found[2..4], ["the inputs are others", "batch 1 is 2 now"]);
        assert_eq!(found.len(), 5);
    }
}

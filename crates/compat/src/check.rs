//! Rules applied to the layers of a model.

use crate::profile::Profile;
use crate::rule::{Subject, Violation};
use crate::rules::RULES;
use spikemesh_model::Model;

/// Every violation of `profile` in the model, by layer, then by rule. Thresholds are judged by their actual values.
pub fn check(model: &Model, profile: Profile) -> Vec<Violation> {
    model.iter().flat_map(|(id, layer)| judge(&Subject { model, id, layer, profile })).collect()
}

/// Every violation of one layer, by rule.
pub(crate) fn judge(subject: &Subject) -> Vec<Violation> {
    let mut violations = Vec::new();
    for rule in RULES {
        let Some(source) = rule.source(subject.profile) else { continue };
        violations.extend((rule.check)(subject).into_iter().map(|breach| Violation {
            rule: rule.id,
            profile: subject.profile,
            source,
            layer_id: subject.id,
            layer: subject.layer.name.clone(),
            measured: breach.measured,
            limit: breach.limit,
            suggestion: breach.suggestion,
        }));
    }
    violations
}

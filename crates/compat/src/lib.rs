//! Compatibility: holds a model against what a generation of the hardware can do.
//!
//! ```
//! use spikemesh_compat::{self, Profile};
//! use spikemesh_model::template;
//!
//! let model = template::parse("even.yaml", "
//! layers:
//!   - {type: InputData, name: in, input_width: 8, input_height: 8, input_channels: 4}
//!   - {type: Convolutional, name: even, kernel_width: 4, kernel_height: 4, num_neurons: 8}
//! ").map_err(|errors| errors[0].to_string())?;
//! let violations = compat::check(&model, Profile::V2);
//! assert_eq!(violations[0].to_string(), "layer `even`: kernel 4x4, v2 allows 1x1, 3x3, 5x5 or 7x7");
//! # Ok::<(), String>(())
//! ```
//!
//! A [`Rule`] is one row of the public limits; [`rules::ALL`] lists them, and [`table`] writes that list down. Rules know
//! models only: what fits onto a device, and where, is the compiler's business.

pub mod profile;
pub mod repair;
pub mod rule;
pub mod rules;

pub use profile::Profile;
pub use repair::{Remaining, Repair, Repaired, repair};
pub use rule::{Breach, Rule, Subject, Violation};

use spikemesh_model::Model;

/// Every violation of `profile` in the model, by layer, then by rule. Thresholds are judged by their actual values.
pub fn check(model: &Model, profile: Profile) -> Vec<Violation> {
    model.iter().flat_map(|(id, layer)| judge(&Subject { model, id, layer, profile })).collect()
}

/// Every violation of one layer, by rule.
fn judge(subject: &Subject) -> Vec<Violation> {
    let mut violations = Vec::new();
    for rule in rules::ALL.iter().filter(|rule| rule.profiles.contains(&subject.profile)) {
        violations.extend((rule.check)(subject).into_iter().map(|breach| Violation {
            rule: rule.id,
            profile: subject.profile,
            layer_id: subject.id,
            layer: subject.layer.name.clone(),
            measured: breach.measured,
            limit: breach.limit,
            suggestion: breach.suggestion,
        }));
    }
    violations
}

/// The list of rules as a Markdown table: id, profiles, requirement.
pub fn table() -> String {
    let mut out = String::from("| rule | profiles | requirement |\n|---|---|---|\n");
    for rule in rules::ALL {
        let profiles: Vec<_> = rule.profiles.iter().map(Profile::to_string).collect();
        out += &format!("| `compat::{}` | {} | {} |\n", rule.id, profiles.join(", "), rule.title);
    }
    out
}

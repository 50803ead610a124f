//! The rules that a model has to keep on a device.

use std::fmt;

use serde::Serialize;

use crate::compat::{self, Profile, Violation};
use crate::device::{Device, RuleProfile};
use crate::model::Model;
use crate::words::plural;

/// Why the limits of a profile hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileFrom {
    /// The caller names it.
    Option,
    /// The device names it.
    Device,
    /// Nobody names one: the device does not, or there is no device. The newest public limits hold.
    Default,
}

/// Violations that a warning names.
const NAMED: usize = 3;

/// The rules that a model breaks, of the profile that holds on a device.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceRules {
    /// Whose limits hold.
    pub profile: Profile,
    /// Why.
    pub from: ProfileFrom,
    /// Name of the device, if there is one.
    pub device: Option<String>,
    /// What the model breaks, by layer, then by rule.
    pub broken: Vec<Violation>,
}

/// The profile that a device names.
fn profile(named: RuleProfile) -> Profile {
    match named {
        RuleProfile::V1 => Profile::V1,
        RuleProfile::V2 => Profile::V2,
        RuleProfile::Current => Profile::Current,
    }
}

impl DeviceRules {
    /// Checks a model against the profile that is `asked` for, else the one of the device, else the newest.
    pub fn check(model: &Model, device: Option<&Device>, asked: Option<Profile>) -> DeviceRules {
        let mut rules = DeviceRules::choose(device, asked);
        rules.broken = compat::check(model, rules.profile);
        rules
    }

    /// The profile that holds, with nothing checked yet.
    pub(crate) fn choose(device: Option<&Device>, asked: Option<Profile>) -> DeviceRules {
        let named = device.and_then(|device| device.profile.as_ref()).map(|named| profile(**named));
        let (profile, from) = match (asked, named) {
            (Some(asked), _) => (asked, ProfileFrom::Option),
            (None, Some(named)) => (named, ProfileFrom::Device),
            (None, None) => (Profile::Current, ProfileFrom::Default),
        };
        DeviceRules { profile, from, device: device.map(|device| device.name.clone()), broken: Vec::new() }
    }

    /// The profile, and why it holds: `v2, the profile of akd1000`.
    pub fn named(&self) -> String {
        let profile = self.profile;
        match (self.from, &self.device) {
            (ProfileFrom::Option, _) | (_, None) => profile.to_string(),
            (ProfileFrom::Device, Some(device)) => format!("{profile}, the profile of {device}"),
            (ProfileFrom::Default, Some(device)) => format!("{profile}, as {device} names no profile"),
        }
    }

    /// The profile, and in how many places the model violates it.
    pub(crate) fn violated(&self, places: usize) -> String {
        let comma = if self.named().contains(',') { "," } else { "" };
        format!("violates {}{comma} in {}", self.named(), plural(places, "place", "places"))
    }

    /// One line for a model that breaks rules and is mapped all the same.
    pub fn warning(&self) -> Option<RulesBroken> {
        (!self.broken.is_empty()).then(|| RulesBroken(self.clone()))
    }

    /// As `run.json` and the API hold it.
    pub fn record(&self) -> RulesRecord {
        RulesRecord {
            profile: self.profile.to_string(),
            profile_from: self.from,
            broken: self
                .broken
                .iter()
                .map(|violation| BrokenRule {
                    rule: format!("compat::{}", violation.rule),
                    layer: violation.layer.clone(),
                    message: violation.to_string(),
                    source: violation.source.to_string(),
                })
                .collect(),
        }
    }
}

/// The model breaks rules of the device: the hardware would not run it as it is. The simulation goes on.
#[derive(Clone, Debug, thiserror::Error, miette::Diagnostic)]
#[error("the model {0}")]
#[diagnostic(code(rules::broken), severity(warning))]
pub struct RulesBroken(DeviceRules);

impl fmt::Display for DeviceRules {
    /// `violates v2, the profile of akd1000, in 2 places: stride of `a`, weights_bits of `b``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self
            .broken
            .iter()
            .take(NAMED)
            .map(|violation| format!("{} of `{}`", violation.rule, violation.layer))
            .collect();
        write!(f, "{}: {}", self.violated(self.broken.len()), named.join(", "))?;
        match self.broken.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// [`DeviceRules`] for scripts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RulesRecord {
    /// Whose limits hold: `v1`, `v2` or `current`.
    pub profile: String,
    /// Why.
    pub profile_from: ProfileFrom,
    /// What the model breaks; empty if it keeps all.
    pub broken: Vec<BrokenRule>,
}

/// A rule that a layer breaks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokenRule {
    /// Its code.
    pub rule: String,
    /// The layer.
    pub layer: String,
    /// What the layer has, and what is allowed.
    pub message: String,
    /// The page that the limit is written on, and its revision.
    pub source: String,
}

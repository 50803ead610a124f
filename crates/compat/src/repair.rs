//! Repairs: a model that computes the same and breaks fewer rules.
//!
//! A repair is made only where it is exact: whatever the input, every layer that was there sends what it sent before. What cannot be
//! repaired like that stays as it is, with the reason.

mod candidate;
mod change;
mod geometry;
mod identity;
mod kernel;
mod report;
mod width;

pub use change::Repair;
pub use report::{Remaining, Repaired};

use crate::check::{check, judge};
use crate::profile::Profile;
use crate::rule::{Subject, Violation};
use candidate::{Refusal, candidate};
use geometry::Geometry;
use identity::Identity;
use spikemesh_model::{Layer, LayerId, LayerKind, Model, Parameters, VariableName};

/// What becomes of a layer.
struct LayerRepair {
    parameters: Parameters,
    /// Where the stored kernel goes in a larger one.
    kernel: Option<kernel::Padding>,
    done: Vec<Repair>,
    refused: Vec<Refusal>,
}

/// Makes every repair that is exact and leaves the model with fewer violations of `profile`.
pub fn repair(model: &Model, profile: Profile) -> Repaired {
    let mut repaired = Model::new(model.name.clone());
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    // For every layer of `model`: whom its consumers see, a convolution and any other layer.
    let mut places: Vec<(LayerId, LayerId)> = Vec::new();
    for (id, layer) in model.iter() {
        let mut plan = plan(&Subject { model, id, layer, profile });
        let is_convolution = layer.parameters.convolution().is_some();
        let inbound: Vec<LayerId> = layer
            .inbound
            .iter()
            .map(|id| if is_convolution { places[id.0].0 } else { places[id.0].1 })
            .collect();
        let Some(place) = add(&mut repaired, layer, &plan, &inbound) else {
            // Cannot be: a plan keeps all shapes. If it were, the model as it is would be the answer.
            return untouched(model, profile);
        };
        places.push((place, place));
        done.append(&mut plan.done);
        refused.append(&mut plan.refused);

        // As repaired, in its place in the model before: rules look at the layers around it.
        let now = candidate(layer, plan.parameters, repaired.layer(place).shape);
        let subject = Subject { model, id, layer: &now, profile };
        match identity::wanted(&subject) {
            None => {}
            Some(Err(refusal)) => refused.push(refusal),
            Some(Ok(identity)) => match insert(&mut repaired, model, place, identity, &layer.name) {
                Ok((inserted, repair)) => {
                    places[id.0].1 = inserted;
                    done.push(repair);
                }
                Err(refusal) => refused.push(refusal),
            },
        }
    }
    let remaining = remaining(&repaired, profile, &refused);
    Repaired { model: repaired, done, remaining }
}

fn untouched(model: &Model, profile: Profile) -> Repaired {
    Repaired { model: model.clone(), done: Vec::new(), remaining: remaining(model, profile, &[]) }
}

fn remaining(model: &Model, profile: Profile, refused: &[Refusal]) -> Vec<Remaining> {
    let reason = |violation: &Violation| {
        let known = refused.iter().find(|r| r.layer == violation.layer && r.rule == violation.rule);
        known.map_or_else(|| "no exact repair is known".to_string(), |refusal| refusal.reason.clone())
    };
    check(model, profile)
        .into_iter()
        .map(|violation| Remaining { reason: reason(&violation), violation })
        .collect()
}

/// All repairs of one layer by itself.
fn plan(subject: &Subject) -> LayerRepair {
    let layer = subject.layer;
    let mut plan =
        LayerRepair { parameters: layer.parameters, kernel: None, done: Vec::new(), refused: Vec::new() };
    let before = judge(subject);
    if before.is_empty() {
        return plan;
    }
    if let Some(geometry) = Geometry::search(subject) {
        plan.parameters = geometry.parameters;
        plan.kernel = geometry.padding(layer);
        plan.done = geometry.repairs(layer);
    }
    match width::legal(subject) {
        None => {}
        Some(Ok(bits)) => {
            let from = layer.parameters.weights_bits().unwrap_or(bits);
            plan.parameters.weights_bits_mut().into_iter().for_each(|width| *width = bits);
            plan.done.push(Repair::Weights { layer: layer.name.clone(), from, to: bits });
        }
        Some(Err(reason)) => {
            plan.refused.push(Refusal { layer: layer.name.clone(), rule: width::RULE, reason });
        }
    }
    for violation in &before {
        if let Some(reason) = geometry::reason(violation.rule, subject).or(width::reason(violation.rule)) {
            plan.refused.push(Refusal { layer: layer.name.clone(), rule: violation.rule, reason });
        }
    }
    plan
}

/// Adds `layer` as planned, with all of its variables that are set and what it has learned.
fn add(model: &mut Model, layer: &Layer, plan: &LayerRepair, inbound: &[LayerId]) -> Option<LayerId> {
    let id = model.add(&layer.name, plan.parameters, inbound).ok()?;
    let Some(padding) = &plan.kernel else {
        model.copy_variables(id, layer).ok()?;
        return Some(id);
    };
    let v = &layer.variables;
    let set = |name| v.weights_set || v.half_set == Some(name);
    if set(VariableName::Weights) {
        model.set_variable(id, VariableName::Weights, &padding.apply(&v.weights)).ok()?;
    }
    if layer.kind() == LayerKind::SeparableConvolutional && set(VariableName::WeightsPw) {
        model.set_variable(id, VariableName::WeightsPw, &v.weights_pw).ok()?;
    }
    model.set_variable(id, VariableName::ThresholdFire, &v.threshold_fire).ok()?;
    model.set_variable(id, VariableName::ThresholdFireStep, &v.threshold_fire_step).ok()?;
    Some(id)
}

/// Puts an identity behind `place`.
fn insert(
    model: &mut Model,
    original: &Model,
    place: LayerId,
    identity: Identity,
    layer: &str,
) -> Result<(LayerId, Repair), Refusal> {
    let refusal = |reason: String| Refusal { layer: layer.to_string(), rule: identity::RULE, reason };
    let taken = |name: &str| original.layer_by_name(name).or(model.layer_by_name(name)).is_some();
    let inserted = identity::name(layer, taken);
    let channels = model.layer(place).shape.output.channels as usize;
    let id = model
        .add(&inserted, identity.parameters, &[place])
        .map_err(|errors| refusal(errors.first().map(ToString::to_string).unwrap_or_default()))?;
    let mut weights = vec![0i8; channels * channels];
    weights.iter_mut().step_by(channels + 1).for_each(|weight| *weight = 1);
    model.set_variable(id, VariableName::Weights, &weights).map_err(|error| refusal(error.to_string()))?;
    Ok((id, Repair::Identity { layer: layer.to_string(), inserted, feeds: identity.feeds }))
}

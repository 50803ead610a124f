//! Widths of weights.

use super::candidate::candidate;
use crate::check::judge;
use crate::rule::Subject;
use spikemesh_model::{WEIGHTS_BITS, weight_range};
use spikemesh_words::plural;

/// The rule that is repaired here.
pub const RULE: &str = "weights_bits";

/// The legal width that holds the layer's weights: the next wider one, or where there is none the widest narrower one, if the weights are
/// set and fit. `None` if the width is legal as it is.
pub fn legal(subject: &Subject) -> Option<Result<u8, String>> {
    let layer = subject.layer;
    let bits = layer.parameters.weights_bits()?;
    let is_legal = |bits: u8| {
        let mut parameters = layer.parameters;
        parameters.weights_bits_mut().into_iter().for_each(|width| *width = bits);
        let layer = candidate(layer, parameters, layer.shape);
        !judge(&Subject { layer: &layer, ..*subject }).iter().any(|violation| violation.rule == RULE)
    };
    if is_legal(bits) {
        return None;
    }
    // One bit is unsigned 0 and 1, and every wider weight holds what a narrower one does.
    if let Some(wider) = (bits + 1..=*WEIGHTS_BITS.end()).find(|bits| is_legal(*bits)) {
        return Some(Ok(wider));
    }
    let Some(narrower) = (*WEIGHTS_BITS.start()..bits).rev().find(|bits| is_legal(*bits)) else {
        return Some(Err("no width is legal".to_string()));
    };
    let variables = &layer.variables;
    if !variables.weights_set {
        return Some(Err(format!(
            "weights that are not set yet may not fit {}",
            plural(narrower, "bit", "bits")
        )));
    }
    let (min, max) = weight_range(narrower);
    let outside = variables.weights.iter().chain(&variables.weights_pw).find(|w| !(min..=max).contains(*w));
    Some(match outside {
        None => Ok(narrower),
        Some(weight) => Err(format!("a weight of {weight} does not fit {}", plural(narrower, "bit", "bits"))),
    })
}

/// Why a rule about levels and thresholds stays broken.
pub fn reason(rule: &str) -> Option<String> {
    let reason = match rule {
        "activation_bits" => "levels of a legal width stop elsewhere",
        "input_bits" => "levels come as wide as the layer before it sends them",
        "threshold_range" | "step_range" => "other thresholds give other levels",
        _ => return None,
    };
    Some(reason.to_string())
}

//! Layers that a repair may make, for rules to judge, and why it makes none.

use spikemesh_model::{Layer, Parameters, Shape, Variables};

/// Why a rule of a layer stays broken.
pub struct Refusal {
    pub layer: String,
    pub rule: &'static str,
    pub reason: String,
}

/// A layer with other parameters and without its weights, for rules to judge.
pub fn candidate(layer: &Layer, parameters: Parameters, shape: Shape) -> Layer {
    Layer {
        name: layer.name.clone(),
        parameters,
        inbound: layer.inbound.clone(),
        shape,
        input_bits: layer.input_bits,
        variables: Variables {
            threshold_fire: layer.variables.threshold_fire.clone(),
            threshold_fire_step: layer.variables.threshold_fire_step.clone(),
            ..Variables::default()
        },
        learning: None,
    }
}

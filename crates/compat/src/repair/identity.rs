//! A convolution that changes nothing, between max pooling and whatever may not follow it.

use super::candidate::{Refusal, candidate};
use crate::check::judge;
use crate::rule::Subject;
use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, MAX_NAME, Parameters,
    PoolingParameters, Shape,
};

/// The rule that is repaired here.
pub const RULE: &str = "after_max_pooling";

/// A layer that is to be inserted.
pub struct Identity {
    pub parameters: Parameters,
    /// Names of the layers that it will feed.
    pub feeds: Vec<String>,
}

/// The identity that `subject` wants behind it, or why it cannot have one; `None` if it wants none. `subject.layer` is as repaired, its
/// model and id are those before.
pub fn wanted(subject: &Subject) -> Option<Result<Identity, Refusal>> {
    let layer = subject.layer;
    if !judge(subject).iter().any(|violation| violation.rule == RULE) {
        return None;
    }
    let refuse = |reason: String| Some(Err(Refusal { layer: layer.name.clone(), rule: RULE, reason }));
    let Some(bits) = layer.output_bits() else {
        return refuse("raw potentials cannot pass another layer".to_string());
    };
    let parameters = identity(layer.shape.output.channels, bits);
    let name = &layer.name;
    let Ok(shape) = Shape::infer(name, &parameters, layer.shape.output) else {
        return refuse("the map is too large for another layer".to_string());
    };
    // Judged as a consumer of the layer: its inputs are the layer's levels.
    let mut behind = candidate(layer, parameters, shape);
    behind.inbound = vec![subject.id];
    behind.input_bits = bits;
    behind.variables.threshold_fire = vec![0];
    behind.variables.threshold_fire_step = vec![step(bits)];
    if let Some(violation) = judge(&Subject { layer: &behind, ..*subject }).first() {
        return refuse(format!("an identity behind it would break `{}`", violation.rule));
    }
    let consumers = subject.model.consumers(subject.id).map(|id| subject.model.layer(id));
    let feeds = consumers.filter(|c| c.parameters.convolution().is_none()).map(|c| c.name.clone());
    Some(Ok(Identity { parameters, feeds: feeds.collect() }))
}

/// Levels of `bits` bits pass unchanged: with an interval of 1 and threshold 0 a potential of v gives level v.
fn identity(channels: u32, bits: u8) -> Parameters {
    Parameters::Convolutional(Convolutional {
        convolution: ConvolutionParameters {
            kernel_width: 1,
            kernel_height: 1,
            num_neurons: channels,
            convolution_mode: ConvolutionMode::Same,
            stride_x: 1,
            stride_y: 1,
            weights_bits: 1,
        },
        pooling: PoolingParameters::default(),
        activation: ActivationParameters {
            activations_enabled: true,
            threshold_fire: 0,
            threshold_fire_step: step(bits),
            threshold_fire_bits: bits,
        },
    })
}

/// The step that makes the interval, step * 2^(4 - bits), 1.
fn step(bits: u8) -> f32 {
    1.0 / f32::from(1u8 << (4 - bits.min(4)))
}

/// A free name that tells where the layer stands.
pub fn name(layer: &str, taken: impl Fn(&str) -> bool) -> String {
    let stem = if layer.len() + "_identity_4096".len() <= MAX_NAME { layer } else { "pooled" };
    let first = format!("{stem}_identity");
    if !taken(&first) {
        return first;
    }
    let mut number = 2u32;
    loop {
        let name = format!("{stem}_identity_{number}");
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

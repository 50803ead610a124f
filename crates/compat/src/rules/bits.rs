//! Bit widths of inputs, weights and activations.

use crate::profile::Profile;
use crate::rule::{Breach, Rule, Subject, list, next_legal};
use crate::source;
use spikemesh_model::LayerKind;
use spikemesh_words::plural;

/// Legal bits of an input event.
fn legal_inputs(s: &Subject) -> Option<&'static [u8]> {
    match (s.layer.kind(), s.profile) {
        (LayerKind::InputData | LayerKind::InputConvolutional, _) => None,
        (LayerKind::FullyConnected, Profile::V1) => Some(&[1, 2]),
        _ => Some(&[1, 2, 4]),
    }
}

/// Legal bits of a weight. The input unit of the production part takes all that a model can have.
fn legal_weights(s: &Subject) -> Option<&'static [u8]> {
    match (s.layer.kind(), s.profile) {
        (LayerKind::InputConvolutional, Profile::Current) => Some(&[8]),
        (LayerKind::InputData | LayerKind::InputConvolutional, _) => None,
        (LayerKind::SeparableConvolutional, _) => Some(&[2, 4]),
        (_, Profile::V1) => Some(&[1, 2]),
        _ => Some(&[1, 2, 4]),
    }
}

pub static INPUT: Rule = Rule {
    id: "input_bits",
    title: "Convolutional, SeparableConvolutional, FullyConnected: inputs of 1, 2 or 4 bits; FullyConnected in v1: 1 or 2",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some(legal) = legal_inputs(s) else { return Vec::new() };
        let bits = s.layer.input_bits;
        let target = next_legal(legal, bits).unwrap_or(bits);
        let producers = s.layer.inbound.iter().map(|id| s.model.layer(*id));
        let wrong = producers.filter(|l| l.output_bits().is_some_and(|b| !legal.contains(&b)));
        let (fixed, settable): (Vec<_>, Vec<_>) = wrong.partition(|l| l.parameters.activation().is_none());
        let suggestion = match (fixed.first(), settable.as_slice()) {
            (Some(input), _) => {
                format!(
                    "put a Convolutional layer with {} behind `{}`",
                    plural(target, "bit", "bits"),
                    input.name
                )
            }
            (None, settable) => {
                let names: Vec<_> = settable.iter().map(|l| format!("`{}`", l.name)).collect();
                format!("set `threshold_fire_bits` of {} to {target}", names.join(", "))
            }
        };
        Breach::unless(
            legal.contains(&bits),
            format_args!("inputs of {}", plural(bits, "bit", "bits")),
            format_args!("{} bits", list(legal)),
            suggestion,
        )
    },
    good: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, threshold_fire_bits: 2}
  - {type: FullyConnected, num_neurons: 8}
",
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, threshold_fire_bits: 3}
  - {type: FullyConnected, num_neurons: 8}
",
};

pub static WEIGHTS: Rule = Rule {
    id: "weights_bits",
    title: "weights of 1, 2 or 4 bits (v1: 1 or 2); SeparableConvolutional: 2 or 4; InputConvolutional: 8 (v2: 1 to 8)",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let (Some(legal), Some(bits)) = (legal_weights(s), s.layer.parameters.weights_bits()) else {
            return Vec::new();
        };
        let suggestion = match next_legal(legal, bits) {
            // One bit is unsigned {0, 1}, and every width above holds what a smaller one does.
            Some(next) if next >= bits => format!("set `weights_bits` to {next}: it holds the same weights"),
            Some(largest) => format!("quantise the weights to {}", plural(largest, "bit", "bits")),
            None => String::new(),
        };
        Breach::unless(
            legal.contains(&bits),
            format_args!("weights of {}", plural(bits, "bit", "bits")),
            format_args!("{} bits", list(legal)),
            suggestion,
        )
    },
    good: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, weights_bits: 2}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, weights_bits: 4}
  - {type: FullyConnected, num_neurons: 8, weights_bits: 1}
",
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, weights_bits: 3}
",
};

pub static ACTIVATION: Rule = Rule {
    id: "activation_bits",
    title: "every layer: activations of 1, 2 or 4 bits",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some(p) = s.layer.parameters.activation().filter(|p| p.activations_enabled) else {
            return Vec::new();
        };
        let bits = p.threshold_fire_bits;
        Breach::unless(
            [1, 2, 4].contains(&bits),
            format_args!("activations of {}", plural(bits, "bit", "bits")),
            "1, 2 or 4 bits",
            "set `threshold_fire_bits` to 2 or 4 and train again",
        )
    },
    good: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: FullyConnected, num_neurons: 8, threshold_fire_bits: 4}
",
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: FullyConnected, num_neurons: 8, threshold_fire_bits: 3}
",
};

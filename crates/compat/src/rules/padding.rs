//! Convolution modes.

use crate::rule::{Breach, Rule};
use crate::source;
use spikemesh_model::ConvolutionMode;

const GOOD: &str = "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, convolution_mode: Same}
";

pub static SAME: Rule = Rule {
    id: "same_padding",
    title: "Convolutional, SeparableConvolutional: convolution mode Same, not Valid",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some(p) = s.layer.parameters.convolution().filter(|_| !s.is_input()) else { return Vec::new() };
        let holds = p.convolution_mode != ConvolutionMode::Valid;
        Breach::unless(
            holds,
            "convolution_mode Valid",
            "Same",
            "set `convolution_mode` to Same and train again",
        )
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, convolution_mode: Valid}
",
};

pub static FULL: Rule = Rule {
    id: "full_padding",
    title: "every layer: never convolution mode Full",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some(p) = s.layer.parameters.convolution() else { return Vec::new() };
        let limit = if s.is_input() { "Same or Valid" } else { "Same" };
        let holds = p.convolution_mode != ConvolutionMode::Full;
        Breach::unless(
            holds,
            "convolution_mode Full",
            limit,
            "set `convolution_mode` to Same and train again",
        )
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, convolution_mode: Full}
",
};

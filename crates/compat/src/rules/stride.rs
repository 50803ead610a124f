//! Strides of convolutions over events.

use crate::profile::Profile;
use crate::rule::{Breach, Rule, size, stride};
use crate::source;

const GOOD: &str = "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
";

pub static SIZE: Rule = Rule {
    id: "stride",
    title: "Convolutional, SeparableConvolutional: stride 1; from v2 on also 2, with a 3x3 kernel only",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some(kernel) = s.mesh_kernel() else { return Vec::new() };
        let is_3x3 = kernel.iter().all(|k| k.size == 3);
        let (largest, limit) = match s.profile {
            Profile::V1 => (1, "stride 1"),
            Profile::V2 | Profile::Current if is_3x3 => (2, "stride 1 or 2"),
            Profile::V2 | Profile::Current => (1, "stride 1, and 2 only with a 3x3 kernel"),
        };
        let holds = kernel.iter().all(|k| k.stride <= largest);
        let measured = format!("stride {} with kernel {}", stride(kernel), size(kernel));
        let suggestion = match s.profile {
            Profile::V1 => "use stride 1 and max pooling with a stride",
            _ => "use stride 1 and max pooling with a stride, or a 3x3 kernel with stride 2",
        };
        Breach::unless(holds, measured, limit, suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: Convolutional, kernel_width: 5, kernel_height: 5, num_neurons: 8, stride_x: 2, stride_y: 2}
",
};

pub static SQUARE: Rule = Rule {
    id: "square_stride",
    title: "Convolutional, SeparableConvolutional: the same stride in x and y",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some(kernel) = s.mesh_kernel() else { return Vec::new() };
        let holds = kernel[0].stride == kernel[1].stride;
        let suggestion = "use the same stride in x and y";
        Breach::unless(holds, format_args!("stride {}", stride(kernel)), "equal strides", suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, stride_x: 2}
",
};

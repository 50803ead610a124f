//! Max pooling of convolutions over events.

use crate::profile::Profile;
use crate::rule::{Breach, Rule, Subject, list, size, stride};
use crate::source;
use spikemesh_model::{PoolingType, Span};

/// The windows of max pooling, of a `Convolutional` or `SeparableConvolutional`.
fn windows(s: &Subject) -> Option<[Span; 2]> {
    s.mesh_kernel().and(s.pooling(PoolingType::Max))
}

const GOOD: &str = "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Max, pooling_width: 2, pooling_height: 2}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
";

pub static SIZE: Rule = Rule {
    id: "max_pooling_size",
    title: "Convolutional, SeparableConvolutional: max pooling 1x1, 2x2 or 3x3; in current 2x2",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some([x, y]) = windows(s) else { return Vec::new() };
        let legal: &[u32] = if s.profile == Profile::Current { &[2] } else { &[1, 2, 3] };
        let sizes: Vec<_> = legal.iter().map(|p| format!("{p}x{p}")).collect();
        let holds = x.size == y.size && legal.contains(&x.size);
        let suggestion = "use 2x2 pooling, several times if need be";
        Breach::unless(holds, format_args!("max pooling {}", size([x, y])), list(&sizes), suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Max}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
",
};

pub static STRIDE: Rule = Rule {
    id: "max_pooling_stride",
    title: "Convolutional, SeparableConvolutional: max pooling with stride 1, 2 or 3, not above the size; in current 1 or 2",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some([x, y]) = windows(s) else { return Vec::new() };
        let largest = if s.profile == Profile::Current { 2 } else { 3 };
        let fits = |w: Span| w.stride <= largest.min(w.size);
        let holds = x.stride == y.stride && fits(x) && fits(y);
        Breach::unless(
            holds,
            format_args!("max pooling {} with stride {}", size([x, y]), stride([x, y])),
            format_args!("strides 1 to {largest}, equal in x and y, not above the size"),
            "set the pooling strides to the pooling size, or to -1",
        )
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Max, pooling_width: 2, pooling_height: 2, pooling_stride_x: 3, pooling_stride_y: 3}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
",
};

pub static WITHIN: Rule = Rule {
    id: "max_pooling_within_input",
    title: "Convolutional, SeparableConvolutional with max pooling: window and kernel not larger than the input",
    sources: source::FIRST,
    axes: &[],
    check: |s| {
        let (Some(windows), Some(kernel)) = (windows(s), s.mesh_kernel()) else { return Vec::new() };
        let input = s.layer.shape.input;
        let fits = |[x, y]: [Span; 2]| x.size <= input.width && y.size <= input.height;
        Breach::unless(
            fits(windows) && fits(kernel),
            format_args!("kernel {} and max pooling {} over {}x{}", size(kernel), size(windows), input.width, input.height),
            "both within the input",
            "use a smaller kernel or window, or do without pooling",
        )
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 2, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Max, pooling_width: 2, pooling_height: 2}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
",
};

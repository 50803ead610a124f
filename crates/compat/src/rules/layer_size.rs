//! Sizes of convolutions over events.

use crate::axis::{self, Axis, AxisLimit};
use crate::profile::Profile;
use crate::rule::{Breach, Rule};
use crate::source;

const SIDES: &[AxisLimit] = &[
    AxisLimit::new(Profile::Current, Axis::Width, 1, 4096),
    AxisLimit::new(Profile::Current, Axis::Height, 1, 4096),
];
const MAX_CHANNELS: u32 = 2048;

pub static RULE: Rule = Rule {
    id: "layer_size",
    title: "Convolutional, SeparableConvolutional: input of at most 4096 columns x 4096 rows x 2048 channels",
    sources: source::NEWEST,
    axes: SIDES,
    check: |s| {
        if s.mesh_kernel().is_none() {
            return Vec::new();
        }
        let input = s.layer.shape.input;
        let holds = axis::hold(SIDES, s.profile, input) && input.channels <= MAX_CHANNELS;
        let limit = format!("{}, at most {MAX_CHANNELS} channels", axis::words(SIDES, s.profile));
        Breach::unless(holds, format_args!("input {input}"), limit, "reduce the input, or split the layer")
    },
    good: "layers:
  - {type: InputData, input_width: 4096, input_height: 1, input_channels: 2048}
  - {type: Convolutional, kernel_width: 1, kernel_height: 1, num_neurons: 8}
",
    bad: "layers:
  - {type: InputData, input_width: 1, input_height: 4097, input_channels: 1}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
",
};

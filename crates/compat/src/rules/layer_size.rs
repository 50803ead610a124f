//! Sizes of convolutions over events.

use crate::profile::Profile;
use crate::rule::{Breach, Rule};

const LIMIT: [u32; 3] = [4096, 4096, 2048];

pub static RULE: Rule = Rule {
    id: "layer_size",
    title: "Convolutional: input of at most 4096 x 4096 x 2048",
    profiles: &[Profile::Current],
    check: |s| {
        if s.mesh_kernel().is_none() || s.is_separable() {
            return Vec::new();
        }
        let input = s.layer.shape.input;
        let holds =
            [input.width, input.height, input.channels].iter().zip(LIMIT).all(|(side, limit)| *side <= limit);
        let [w, h, c] = LIMIT;
        let limit = format!("at most {w}x{h}x{c}");
        Breach::unless(holds, format_args!("input {input}"), limit, "reduce the input, or split the layer")
    },
    good: "layers:
  - {type: InputData, input_width: 4096, input_height: 1, input_channels: 2048}
  - {type: Convolutional, kernel_width: 1, kernel_height: 1, num_neurons: 8}
",
    bad: "layers:
  - {type: InputData, input_width: 1, input_height: 4097, input_channels: 1}
  - {type: Convolutional, kernel_width: 1, kernel_height: 1, num_neurons: 8}
",
};

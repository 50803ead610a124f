//! Global average pooling of convolutions over events.

use crate::axis::{self, Axis, AxisLimit};
use crate::profile::Profile;
use crate::rule::{Breach, Rule, Subject};
use crate::source;
use spikemesh_model::{Dims, PoolingType};
use spikemesh_words::plural;

/// The map that is averaged: the output of the convolution.
fn averaged(s: &Subject) -> Option<Dims> {
    s.mesh_kernel().and(s.pooling(PoolingType::Average)).map(|_| s.layer.shape.convolved())
}

const GOOD: &str = "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Average}
";

/// Along one axis of the layer's input. The pages of the older parts call the limited axis the width, the newest page calls it the height. The
/// input is cut along its height, and a map that is pooled as a whole cannot be cut.
const LENGTHS: &[AxisLimit] = &[
    AxisLimit::new(Profile::V1, Axis::Width, 8, 32),
    AxisLimit::new(Profile::V2, Axis::Width, 1, 32),
    AxisLimit::new(Profile::Current, Axis::Height, 1, 32),
];

const MIN_ROWS: u32 = 3;
const ROWS_LEFT: &[AxisLimit] = &[AxisLimit::new(Profile::Current, Axis::Height, MIN_ROWS, u32::MAX)];

pub static SIZE: Rule = Rule {
    id: "average_pooling_size",
    title: "global average pooling: input of height 1 to 32; in v2 of width 1 to 32; in v1 of width 8, 16, 24 or 32 and a height that is a multiple of 8",
    sources: source::ALL,
    axes: LENGTHS,
    check: |s| {
        if averaged(s).is_none() {
            return Vec::new();
        }
        let input = s.layer.shape.input;
        let mut holds = axis::hold(LENGTHS, s.profile, input);
        let mut limit = axis::words(LENGTHS, s.profile);
        if s.profile == Profile::V1 {
            holds &= input.width % 8 == 0 && input.height % 8 == 0;
            limit = "width 8, 16, 24 or 32 and a height that is a multiple of 8".to_string();
        }
        let suggestion = match s.profile {
            Profile::Current => "pool or stride before it, or resize the input",
            // The compiler cuts every device along the height.
            Profile::V1 | Profile::V2 => {
                "pool or stride before it, or resize the input; the newest page limits the height instead, see --profile current"
            }
        };
        let measured = format!("average pooling of an input of {}x{}", input.width, input.height);
        Breach::unless(holds, measured, limit, suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 33, input_height: 33, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Average}
",
};

pub static ROWS: Rule = Rule {
    id: "average_pooling_rows",
    title: "global average pooling: at least 3 rows out of the convolution",
    sources: source::NEWEST,
    axes: ROWS_LEFT,
    check: |s| {
        let Some(map) = averaged(s) else { return Vec::new() };
        Breach::unless(
            axis::hold(ROWS_LEFT, s.profile, map),
            format_args!("average pooling of {}", plural(map.height, "row", "rows")),
            format_args!("at least {MIN_ROWS} rows"),
            "stride or pool less before it, or feed the map to a FullyConnected",
        )
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 2, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Average}
",
};

pub static POINT: Rule = Rule {
    id: "average_pooling_point",
    title: "SeparableConvolutional: no global average pooling of a 1x1 input",
    sources: source::NEWEST,
    axes: &[],
    check: |s| {
        if averaged(s).is_none() || !s.is_separable() {
            return Vec::new();
        }
        let input = s.layer.shape.input;
        let holds = (input.width, input.height) != (1, 1);
        let suggestion = "drop the pooling: a 1x1 map is its own sum";
        Breach::unless(holds, "average pooling of a 1x1 input", "more than one position", suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 1, input_height: 1, input_channels: 4}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Average}
",
};

//! Global average pooling of convolutions over events.

use crate::profile::Profile;
use crate::rule::{Breach, Rule, Subject};
use spikemesh_model::{Dims, PoolingType};

const MAX_WIDTH: u32 = 32;
const MIN_ROWS: u32 = 3;

/// The map that is averaged.
fn averaged(s: &Subject) -> Option<Dims> {
    s.mesh_kernel().and(s.pooling(PoolingType::Average)).map(|_| s.layer.shape.convolved())
}

const GOOD: &str = "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Average}
";

pub static SIZE: Rule = Rule {
    id: "average_pooling_size",
    title: "global average pooling: width 1 to 32; in v1 width 8, 16, 24 or 32 and a height that is a multiple of 8",
    profiles: &Profile::ALL,
    check: |s| {
        let Some(map) = averaged(s) else { return Vec::new() };
        let (holds, limit) = match s.profile {
            Profile::V1 => {
                let multiple = map.width % 8 == 0 && map.height % 8 == 0;
                (
                    multiple && map.width <= MAX_WIDTH,
                    "width 8, 16, 24 or 32 and a height that is a multiple of 8",
                )
            }
            Profile::V2 | Profile::Current => (map.width <= MAX_WIDTH, "width 1 to 32"),
        };
        let measured = format!("average pooling of a {}x{} map", map.width, map.height);
        Breach::unless(holds, measured, limit, "pool or stride before it, or resize the input")
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 33, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Average}
",
};

pub static ROWS: Rule = Rule {
    id: "average_pooling_rows",
    title: "global average pooling: at least 3 rows out of the convolution",
    profiles: &[Profile::Current],
    check: |s| {
        let Some(map) = averaged(s) else { return Vec::new() };
        Breach::unless(
            map.height >= MIN_ROWS,
            format_args!("average pooling of {} rows", map.height),
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
    title: "SeparableConvolutional: no global average pooling of a 1x1 map",
    profiles: &[Profile::Current],
    check: |s| {
        let Some(map) = averaged(s).filter(|_| s.is_separable()) else { return Vec::new() };
        let holds = (map.width, map.height) != (1, 1);
        let suggestion = "drop the pooling: a 1x1 map is its own sum";
        Breach::unless(holds, "average pooling of a 1x1 map", "more than one position", suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 1, input_height: 1, input_channels: 4}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Average}
",
};

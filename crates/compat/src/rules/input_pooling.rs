//! Pooling on the input unit.

use crate::profile::Profile;
use crate::rule::{Breach, Rule, size, stride};
use crate::source;
use spikemesh_model::{PoolingType, Span};

const GOOD: &str = "layers:
  - {type: InputConvolutional, input_width: 32, input_height: 32, input_channels: 1, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Max, pooling_width: 2, pooling_height: 2}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
";

pub static MAX: Rule = Rule {
    id: "input_max_pooling",
    title: "InputConvolutional: max pooling 1x1 (v2 only), 1x2, 2x1 or 2x2, with stride 2 (v2) or stride equal to the size (current)",
    sources: source::FROM_V2,
    axes: &[],
    check: |s| {
        let Some(windows) = s.pooling(PoolingType::Max).filter(|_| s.is_input()) else { return Vec::new() };
        let small = windows.iter().all(|w| w.size <= 2);
        let (holds, limit) = match s.profile {
            Profile::Current => {
                let stepped = windows.iter().all(|w: &Span| w.stride == w.size);
                let single = windows.iter().all(|w| w.size == 1);
                (small && stepped && !single, "1x2, 2x1 or 2x2 with stride equal to the size")
            }
            Profile::V1 | Profile::V2 => {
                (small && windows.iter().all(|w| w.stride == 2), "1x1, 1x2, 2x1 or 2x2 with stride 2x2")
            }
        };
        let measured = format!("max pooling {} with stride {}", size(windows), stride(windows));
        Breach::unless(holds, measured, limit, "use 2x2 with stride 2x2, or pool in the next layer")
    },
    good: GOOD,
    bad: "layers:
  - {type: InputConvolutional, input_width: 32, input_height: 32, input_channels: 1, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Max, pooling_width: 3, pooling_height: 3}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
",
};

pub static AVERAGE: Rule = Rule {
    id: "input_average_pooling",
    title: "InputConvolutional: no average pooling",
    sources: source::FROM_V2,
    axes: &[],
    check: |s| {
        let holds = !s.is_input() || s.pooling(PoolingType::Average).is_none();
        Breach::unless(holds, "average pooling in the input layer", "max pooling", "pool in the next layer")
    },
    good: GOOD,
    bad: "layers:
  - {type: InputConvolutional, input_width: 32, input_height: 32, input_channels: 1, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Average}
",
};

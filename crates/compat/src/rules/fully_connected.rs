//! Size of fully connected layers.

use crate::profile::Profile;
use crate::rule::{Breach, Rule};
use crate::source;
use spikemesh_model::LayerKind;

/// Most flat inputs.
fn max_inputs(profile: Profile) -> usize {
    match profile {
        Profile::V1 | Profile::V2 => 81_920,
        Profile::Current => 57_334,
    }
}

pub static INPUTS: Rule = Rule {
    id: "fully_connected_inputs",
    title: "FullyConnected: at most 81,920 flat inputs, 57,334 in current",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        if s.layer.kind() != LayerKind::FullyConnected {
            return Vec::new();
        }
        let (input, limit) = (s.layer.shape.input, max_inputs(s.profile));
        let measured = format!("{} flat inputs ({input})", input.len());
        let suggestion = "pool or stride before it, or reduce the channels that feed it";
        Breach::unless(input.len() <= limit, measured, format_args!("at most {limit}"), suggestion)
    },
    good: "layers:
  - {type: InputData, input_width: 57334, input_height: 1, input_channels: 1}
  - {type: FullyConnected, num_neurons: 2}
",
    bad: "layers:
  - {type: InputData, input_width: 81, input_height: 1, input_channels: 1024}
  - {type: FullyConnected, num_neurons: 2}
",
};

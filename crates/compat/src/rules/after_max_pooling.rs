//! What may follow max pooling.

use crate::rule::{Breach, Rule};
use crate::source;
use spikemesh_model::{LayerKind, PoolingType};

pub static RULE: Rule = Rule {
    id: "after_max_pooling",
    title: "after max pooling: only Convolutional or SeparableConvolutional, so never the last layer",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        if s.pooling(PoolingType::Max).is_none() {
            return Vec::new();
        }
        let limit = "only Convolutional or SeparableConvolutional after it";
        let suggestion = "put a Convolutional layer with an identity kernel of 1x1 behind it";
        // A layer without consumers is an output, even at the end of a branch that is not the last layer.
        let mut consumers = s.model.consumers(s.id).peekable();
        if consumers.peek().is_none() {
            return Breach::unless(false, "max pooling in the last layer", limit, suggestion);
        }
        let mut breaches = Vec::new();
        for consumer in consumers.map(|id| s.model.layer(id)) {
            let kind = consumer.kind();
            let holds = matches!(kind, LayerKind::Convolutional | LayerKind::SeparableConvolutional);
            let measured = format!("max pooling feeds `{}`, a {}", consumer.name, kind);
            breaches.extend(Breach::unless(holds, measured, limit, suggestion));
        }
        breaches
    },
    good: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Max, pooling_width: 2, pooling_height: 2}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}
  - {type: FullyConnected, num_neurons: 8}
",
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8, pooling_type: Max, pooling_width: 2, pooling_height: 2}
  - {type: FullyConnected, num_neurons: 8}
",
};

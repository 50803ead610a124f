//! Thresholds and steps, by their actual values.

use std::fmt::Display;

use crate::rule::{Breach, Rule};
use crate::source;

/// 20 bits, signed.
const THRESHOLDS: std::ops::RangeInclusive<i32> = -(1 << 19)..=(1 << 19) - 1;
/// 16 bits, unsigned.
const MAX_STEP: f32 = u16::MAX as f32;

/// A breach that names the first neuron beyond the limit and counts the others.
fn beyond<T: Display + Copy>(
    name: &str,
    values: &[T],
    fits: impl Fn(T) -> bool,
    limit: String,
    suggestion: &str,
) -> Vec<Breach> {
    let mut outside = values.iter().enumerate().filter(|(_, v)| !fits(**v));
    let Some((neuron, value)) = outside.next() else { return Vec::new() };
    let others = match outside.count() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Breach::unless(false, format_args!("{name} of neuron {neuron} is {value}{others}"), limit, suggestion)
}

const GOOD: &str = "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: FullyConnected, num_neurons: 8, threshold_fire: -524288, threshold_fire_step: 65535}
";

pub static THRESHOLD: Rule = Rule {
    id: "threshold_range",
    title: "every layer: thresholds of 20 bits signed, -524288 to 524287",
    sources: source::REGISTERS,
    axes: &[],
    check: |s| {
        let limit = format!("{} to {} (20 bits signed)", THRESHOLDS.start(), THRESHOLDS.end());
        let suggestion = "scale weights, thresholds and steps of the layer down together";
        let thresholds = &s.layer.variables.threshold_fire;
        beyond("threshold_fire", thresholds, |t| THRESHOLDS.contains(&t), limit, suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: FullyConnected, num_neurons: 8, threshold_fire: 524288}
",
};

pub static STEP: Rule = Rule {
    id: "step_range",
    title: "every layer: steps of 16 bits unsigned, up to 65535",
    sources: source::REGISTERS,
    axes: &[],
    check: |s| {
        let limit = format!("up to {MAX_STEP} (16 bits unsigned)");
        let suggestion = "scale weights, thresholds and steps of the layer down together";
        let steps = &s.layer.variables.threshold_fire_step;
        beyond("threshold_fire_step", steps, |step| step <= MAX_STEP, limit, suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 4}
  - {type: FullyConnected, num_neurons: 8, threshold_fire_step: 65536}
",
};

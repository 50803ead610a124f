//! Random weights, for models whose weights nobody has.
//!
//! Uniform weights alone would silence a deep network or saturate it. So each neuron's threshold is put at the
//! potential that a mean input would give, and its step is scaled by the standard deviation of the potential over
//! inputs that are half zeros: then such inputs leave the layer half zero again, with every level in
//! use. All arithmetic is integer, or double precision with operations that IEEE 754 rounds exactly (no `powf`,
//! no `exp`), so that a seed means the same model on every machine.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::kind::LayerKind;
use crate::layer::Layer;
use crate::model::Model;
use crate::parameters::{ActivationParameters, PoolingType};
use crate::shape::Span;
use crate::variables::weight_range;

/// Range of thresholds: what hardware holds, 20 bits signed.
const THRESHOLD: f64 = (1 << 19) as f64 - 1.0;
/// Potentials of the top level start this many standard deviations above the threshold.
const TOP_LEVEL: f64 = 1.75;
/// Mean and variance of a level of 1 to 4 bits, for a normal potential and [`TOP_LEVEL`].
const LEVELS: [(f64, f64); 4] = [(0.5, 0.25), (0.967, 1.283), (1.768, 5.167), (3.335, 20.294)];

impl Model {
    /// Draws weights for every layer that has none yet, and replaces that layer's thresholds and steps so that about half
    /// of its outputs are zero; those that its parameters give, other than the defaults, stay. What a layer gets depends on `seed`, its index and its parameters only.
    pub fn randomise(&mut self, seed: u64) {
        let unset: Vec<_> = self.unset_layers().collect();
        for id in unset {
            // An odd multiplier keeps the layers' seeds apart for any seed.
            let seed = seed ^ (id.0 as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            randomise(&mut self.layers[id.0], &mut Pcg64Mcg::seed_from_u64(seed));
        }
    }
}

/// What a layer's inputs look like: mean and variance of a value.
struct InputMoments {
    mean: f64,
    variance: f64,
}

impl InputMoments {
    fn of(layer: &Layer) -> InputMoments {
        let top = f64::from(layer.max_input());
        if layer.kind() == LayerKind::InputConvolutional {
            // Pixels, uniform.
            return InputMoments { mean: top / 2.0, variance: top * (top + 2.0) / 12.0 };
        }
        // Levels of a normal potential, thresholds as set below: half zeros, the rest one side of the bell.
        let (mean, variance) = LEVELS[usize::from(layer.input_bits.clamp(1, 4)) - 1];
        InputMoments { mean: mean * InputMoments::inside(layer), variance }
    }

    /// Mean share of a kernel's taps that lie inside the map; padding gives nothing.
    fn inside(layer: &Layer) -> f64 {
        let Some([x, y]) = layer.shape.kernel else { return 1.0 };
        let share = |span: Span, side: u32| {
            let taps = (0..span.outputs).map(|output| {
                let start = i64::from(output * span.stride) - i64::from(span.pad);
                (start + i64::from(span.size)).min(side.into()) - start.max(0)
            });
            taps.sum::<i64>() as f64 / (f64::from(span.outputs) * f64::from(span.size))
        };
        share(x, layer.shape.input.width) * share(y, layer.shape.input.height)
    }
}

fn randomise(layer: &mut Layer, rng: &mut Pcg64Mcg) {
    let bits = layer.parameters.weights_bits().unwrap_or(1);
    let (min, max) = weight_range(bits);
    let mut draw = |weights: &mut [i8]| {
        let span = (i64::from(max) - i64::from(min) + 1) as u64;
        for weight in weights {
            // The high half of a product: uniform to within 2^-24, without division.
            let offset = (u64::from(rng.next_u32()) * span) >> 32;
            *weight = (i64::from(min) + offset as i64) as i8;
        }
    };
    draw(&mut layer.variables.weights);
    draw(&mut layer.variables.weights_pw);
    layer.variables.weights_set = true;
    layer.variables.half_set = None;

    // What the model gives is not replaced.
    let default = ActivationParameters::default();
    let given = layer.parameters.activation().map_or((false, false), |given| {
        (
            given.threshold_fire != default.threshold_fire,
            given.threshold_fire_step != default.threshold_fire_step,
        )
    });
    let input = InputMoments::of(layer);
    let pooling = PoolingEffect::of(layer);
    for (neuron, (sum, squares)) in sums(layer).into_iter().enumerate() {
        let deviation = (squares as f64 * input.variance).sqrt().max(1.0);
        let threshold = (input.mean * sum as f64 + pooling.shift * deviation) * pooling.sum;
        let top = TOP_LEVEL * deviation * pooling.spread;
        if !given.0 {
            layer.variables.threshold_fire[neuron] =
                (threshold + 0.5).floor().clamp(-THRESHOLD, THRESHOLD) as i32;
        }
        if !given.1 {
            layer.variables.threshold_fire_step[neuron] = (top / 14.0).clamp(0.0625, 65535.0) as f32;
        }
    }
}

/// Sum of the weights, and of their squares, that lead to each neuron.
fn sums(layer: &Layer) -> Vec<(i64, i64)> {
    let neurons = layer.shape.output.channels as usize;
    let variables = &layer.variables;
    let mut sums = vec![(0, 0); neurons];
    if variables.weights_pw.is_empty() {
        for row in variables.weights.chunks_exact(neurons) {
            for (sum, &weight) in sums.iter_mut().zip(row) {
                sum.0 += i64::from(weight);
                sum.1 += i64::from(weight).pow(2);
            }
        }
        return sums;
    }
    let channels = layer.shape.input.channels as usize;
    let mut depthwise = vec![(0, 0); channels];
    for row in variables.weights.chunks_exact(channels) {
        for (sum, &weight) in depthwise.iter_mut().zip(row) {
            sum.0 += i64::from(weight);
            sum.1 += i64::from(weight).pow(2);
        }
    }
    for (row, (sum, squares)) in variables.weights_pw.chunks_exact(neurons).zip(depthwise) {
        for (total, &weight) in sums.iter_mut().zip(row) {
            total.0 += i64::from(weight) * sum;
            total.1 += i64::from(weight).pow(2) * squares;
        }
    }
    sums
}

/// What pooling does to potentials of deviation 1.
struct PoolingEffect {
    /// Potentials that are added up.
    sum: f64,
    /// Shift of the mean by taking the largest.
    shift: f64,
    /// Deviation afterwards.
    spread: f64,
}

impl PoolingEffect {
    fn of(layer: &Layer) -> PoolingEffect {
        let positions = layer.shape.pooling.map_or(1.0, |[x, y]| f64::from(x.size) * f64::from(y.size));
        match layer.parameters.pooling().map(|p| p.pooling_type) {
            // Neighbours share most of their inputs: between the square root, as if independent, and the count.
            Some(PoolingType::Average) => {
                PoolingEffect { sum: positions, shift: 0.0, spread: (positions * positions.sqrt()).sqrt() }
            }
            Some(PoolingType::Max) => {
                let shift = [(1.0, 0.0), (2.0, 0.2), (4.0, 0.55), (9.0, 0.85), (25.0, 1.0)];
                let shift = shift.into_iter().rev().find(|(n, _)| positions >= *n).map_or(0.0, |(_, s)| s);
                PoolingEffect { sum: 1.0, shift, spread: 0.8 }
            }
            Some(PoolingType::NoPooling) | None => PoolingEffect { sum: 1.0, shift: 0.0, spread: 1.0 },
        }
    }
}

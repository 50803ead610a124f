//! A layer made ready to run: weights packed, comparison points computed, the width of its sums chosen.

use crate::accumulator::Accumulator;
use crate::activation::Activation;
use crate::convolution::{Convolution, Laid};
use crate::fully_connected;
use crate::input_convolution::InputConvolution;
use crate::nonzeros::count_nonzero;
use crate::ones::Ones;
use crate::overflow;
use crate::pooling::Pooling;
use crate::scratch::{Buffers, Scratch};
use crate::separable::Separable;
use crate::statistics::LayerStatistics;
use crate::strips::{self, Columns};
use spikemesh_model::{Dims, Layer, Parameters};

/// A layer of the model as the engine runs it.
#[derive(Clone, Debug)]
pub struct LayerKernel {
    /// Name of the layer.
    pub name: String,
    /// Its input map, inbound layers joined.
    pub input: Dims,
    /// Its output map.
    pub output: Dims,
    /// Indices of the layers that feed it; empty for the input layer.
    pub inbound: Vec<usize>,
    /// Of no sample.
    statistics: LayerStatistics,
    arithmetic: Arithmetic,
}

#[derive(Clone, Debug)]
enum Arithmetic {
    /// Events pass as they are.
    None,
    /// Every sum fits 32 bits.
    Narrow(Pipeline<i32>),
    /// Some sum may not.
    Wide(Pipeline<i64>),
}

/// Convolution, pooling, activation.
#[derive(Clone, Debug)]
struct Pipeline<A> {
    sums: Sums,
    pooling: Pooling,
    activation: Option<Activation<A>>,
}

#[derive(Clone, Debug)]
enum Sums {
    Pixels(InputConvolution),
    /// Convolutional and fully connected layers.
    Events(Convolution),
    Separable(Separable),
    /// A layer that learns.
    Ones(Ones),
}

/// Potentials of a layer after pooling, (w, h, n).
#[derive(Clone, Copy, Debug)]
pub enum Potentials<'a> {
    /// The layer has none.
    None,
    /// In 32 bits.
    Narrow(&'a [i32]),
    /// In 64 bits.
    Wide(&'a [i64]),
}

impl LayerKernel {
    /// Prepares a layer whose weights are set.
    pub fn new(layer: &Layer) -> LayerKernel {
        LayerKernel {
            name: layer.name.clone(),
            input: layer.shape.input,
            output: layer.shape.output,
            inbound: layer.inbound.iter().map(|id| id.0).collect(),
            statistics: LayerStatistics::new(layer),
            arithmetic: Arithmetic::new(layer),
        }
    }

    /// True if levels leave the layer, rather than raw potentials.
    pub fn has_levels(&self) -> bool {
        match &self.arithmetic {
            Arithmetic::None => true,
            Arithmetic::Narrow(pipeline) => pipeline.activation.is_some(),
            Arithmetic::Wide(pipeline) => pipeline.activation.is_some(),
        }
    }

    /// Runs the layer on `map` (w, h, c) and writes its levels (w, h, n), if it has an activation. Its potentials are
    /// in `scratch` afterwards, if it has none or they are `kept`.
    pub fn run(&self, map: &[u8], scratch: &mut Scratch, levels: &mut Vec<u8>, kept: bool) {
        match &self.arithmetic {
            Arithmetic::None => {
                levels.clear();
                levels.extend_from_slice(map);
            }
            Arithmetic::Narrow(pipeline) => pipeline.run(map, scratch, levels, kept),
            Arithmetic::Wide(pipeline) => pipeline.run(map, scratch, levels),
        }
    }

    /// The potentials that [`run`](Self::run) has left in `scratch`.
    pub fn potentials<'a>(&self, scratch: &'a Scratch) -> Potentials<'a> {
        match &self.arithmetic {
            Arithmetic::None => Potentials::None,
            Arithmetic::Narrow(pipeline) => Potentials::Narrow(pipeline.potentials(&scratch.narrow)),
            Arithmetic::Wide(pipeline) => Potentials::Wide(pipeline.potentials(&scratch.wide)),
        }
    }

    /// False for an `InputData`.
    pub fn has_weights(&self) -> bool {
        !matches!(self.arithmetic, Arithmetic::None)
    }

    /// The weights of a layer that learns.
    pub fn ones(&self) -> Option<&Ones> {
        match &self.arithmetic {
            Arithmetic::Narrow(Pipeline { sums: Sums::Ones(ones), .. })
            | Arithmetic::Wide(Pipeline { sums: Sums::Ones(ones), .. }) => Some(ones),
            _ => None,
        }
    }

    /// The weights of a layer that learns, to be changed.
    pub fn ones_mut(&mut self) -> Option<&mut Ones> {
        match &mut self.arithmetic {
            Arithmetic::Narrow(Pipeline { sums: Sums::Ones(ones), .. })
            | Arithmetic::Wide(Pipeline { sums: Sums::Ones(ones), .. }) => Some(ones),
            _ => None,
        }
    }

    /// Statistics of the layer before any sample.
    pub fn statistics(&self) -> LayerStatistics {
        let mut statistics = self.statistics.clone();
        if let Some(ones) = self.ones() {
            statistics.row_sparsity = ones.row_sparsity();
        }
        statistics
    }

    /// Counts the sample that [`run`](Self::run) has just computed, but not what leaves the layer.
    pub fn count(&self, map: &[u8], scratch: &Scratch, statistics: &mut LayerStatistics) {
        let (received, operations) = match &self.arithmetic {
            Arithmetic::None => (count_nonzero(map) as u64, 0),
            Arithmetic::Narrow(pipeline) => pipeline.operations(map, &scratch.narrow),
            Arithmetic::Wide(pipeline) => pipeline.operations(map, &scratch.wide),
        };
        statistics.samples += 1;
        statistics.input_events += received;
        statistics.operations += operations;
    }

    /// Events that leave the layer of that sample.
    pub fn output_events(&self, scratch: &Scratch, levels: &[u8]) -> u64 {
        let events = match self.potentials(scratch) {
            Potentials::Narrow(raw) if !self.has_levels() => count_nonzero(raw),
            Potentials::Wide(raw) if !self.has_levels() => count_nonzero(raw),
            _ => count_nonzero(levels),
        };
        events as u64
    }
}

impl Arithmetic {
    fn new(layer: &Layer) -> Arithmetic {
        let Some(prepared) = Prepared::new(layer) else { return Arithmetic::None };
        if is_narrow(prepared.bound) {
            Arithmetic::Narrow(prepared.pipeline(layer))
        } else {
            Arithmetic::Wide(prepared.pipeline(layer))
        }
    }
}

/// Whether potentials up to `bound` are summed in 32 bits. Strictly below: the largest number stands for points that no potential reaches.
fn is_narrow(bound: u64) -> bool {
    bound < i32::MAX as u64
}

/// The sums of a layer, its pooling, and the largest magnitude of a potential after it.
struct Prepared {
    sums: Sums,
    pooling: Pooling,
    bound: u64,
}

impl Prepared {
    /// `None` for an `InputData`.
    fn new(layer: &Layer) -> Option<Prepared> {
        let input = layer.shape.input;
        let channels = input.channels as usize;
        let filters = layer.shape.output.channels as usize;
        let max_input = layer.max_input();
        let variables = &layer.variables;
        let weights = &variables.weights[..];
        // (kernel width, kernel height, channels, filters), row-major.
        let [wide, tall] = layer.shape.kernel.map_or([1, 1], |kernel| kernel.map(|span| span.size as usize));
        let at =
            |x: usize, y: usize, c: usize, n: usize| weights[((x * tall + y) * channels + c) * filters + n];
        let flipped = |x: usize, y: usize, c: usize, n: usize| at(wide - 1 - x, tall - 1 - y, c, n);

        let pooling = match layer.parameters.pooling() {
            Some(parameters) => Pooling::new(parameters.pooling_type, layer.shape.pooling),
            None => Pooling::None,
        };
        let added = layer
            .shape
            .kernel
            .map_or(1, |kernel| pooling.positions(kernel.map(|span| span.outputs as usize)));
        let (sums, bound) = match (&layer.parameters, layer.shape.kernel) {
            (Parameters::InputData(_), _) => return None,
            // A neuron never has more ones than it was compiled with, wherever they move.
            (Parameters::FullyConnected(_), _) if let Some(learning) = &layer.learning => (
                Sums::Ones(Ones::new(input, filters, weights)),
                u64::from(max_input) * u64::from(learning.parameters().num_weights),
            ),
            (Parameters::FullyConnected(_), _) => (
                Sums::Events(fully_connected::convolution(input, filters, max_input, weights)),
                overflow::weighted_sum(max_input.into(), weights, filters),
            ),
            (_, None) => return None,
            (Parameters::InputConvolutional(p), Some(kernel)) => {
                let bound = overflow::weighted_sum(max_input.into(), weights, filters);
                let narrow = is_narrow(bound.saturating_mul(added));
                let outside = p.padding_value;
                let pixels = InputConvolution::new(input, kernel, filters, max_input, narrow, outside, at);
                (Sums::Pixels(pixels), bound)
            }
            (Parameters::Convolutional(_), Some(kernel)) => (
                Sums::Events(Convolution::new(input, kernel, filters, max_input, flipped)),
                overflow::weighted_sum(max_input.into(), weights, filters),
            ),
            (Parameters::SeparableConvolutional(_), Some(kernel)) => {
                let pointwise = &variables.weights_pw[..];
                let (inner, outer) =
                    overflow::separable_sum(max_input.into(), weights, channels, pointwise, filters);
                let depthwise = |x: usize, y: usize, c: usize| {
                    weights[((wide - 1 - x) * tall + tall - 1 - y) * channels + c]
                };
                let pointwise = |c: usize, n: usize| pointwise[c * filters + n];
                let bound = outer.max(inner);
                let narrow = is_narrow(bound.saturating_mul(added));
                let separable = Separable::new(input, kernel, filters, inner, narrow, depthwise, pointwise);
                (Sums::Separable(separable), bound)
            }
        };
        Some(Prepared { sums, pooling, bound: bound.saturating_mul(added) })
    }

    fn pipeline<A: Accumulator>(self, layer: &Layer) -> Pipeline<A> {
        let activation = layer.parameters.activation().filter(|a| a.activations_enabled).map(|a| {
            let (thresholds, steps) = (&layer.variables.threshold_fire, &layer.variables.threshold_fire_step);
            Activation::new(thresholds, steps, a.threshold_fire_bits, self.bound)
        });
        Pipeline { sums: self.sums, pooling: self.pooling, activation }
    }
}

impl Sums {
    fn outputs(&self) -> [usize; 2] {
        match self {
            Sums::Pixels(convolution) => convolution.outputs(),
            Sums::Events(convolution) => convolution.outputs(),
            Sums::Separable(separable) => separable.outputs(),
            Sums::Ones(_) => [1, 1],
        }
    }

    fn filters(&self) -> usize {
        match self {
            Sums::Pixels(convolution) => convolution.filters(),
            Sums::Events(convolution) => convolution.filters(),
            Sums::Separable(separable) => separable.filters(),
            Sums::Ones(ones) => ones.neurons(),
        }
    }
}

impl Pipeline<i32> {
    fn run(&self, map: &[u8], scratch: &mut Scratch, levels: &mut Vec<u8>, kept: bool) {
        let Scratch { convolution, padded, narrow: buffers, cores, .. } = scratch;
        let Buffers { depthwise, convolved, pooled } = buffers;
        let strips = Strips { convolved, levels, cores: *cores, kept };
        match &self.sums {
            Sums::Pixels(pixels) => match pixels.lay(map, &mut convolution.padded) {
                Some(laid) => return self.run_strips(&laid, &mut [], strips, pooled),
                None => pixels.run(map, padded, convolution, self.resized(strips.convolved)),
            },
            Sums::Events(events) => match events.lay(map, convolution) {
                Laid::Dense(laid) => return self.run_strips(&laid, &mut [], strips, pooled),
                Laid::Events(laid) => return self.run_strips(&laid, &mut [], strips, pooled),
            },
            Sums::Separable(separable) => match separable.lay(map, depthwise) {
                Some((laid, sums)) => return self.run_strips(&laid, sums, strips, pooled),
                None => separable.run_wide(map, depthwise, self.resized(strips.convolved)),
            },
            Sums::Ones(ones) => ones.run(map, &mut convolution.bits, self.resized(strips.convolved)),
        }
        self.finish(convolved, pooled, levels);
    }

    /// Without pooling, levels are made where sums are, or while the potentials of a strip are in the cache.
    fn run_strips(&self, laid: &impl Columns, sums: &mut [i16], strips: Strips<'_>, pooled: &mut Vec<i32>) {
        let Strips { convolved, levels, cores, kept } = strips;
        match (&self.pooling, &self.activation) {
            (Pooling::None, Some(activation)) => {
                levels.resize(laid.shape().iter().product(), 0);
                let direct = !kept && activation.lines().is_some();
                let convolved = if direct { &mut [] } else { self.resized(convolved) };
                strips::run(laid, Some(activation), sums, convolved, levels, cores);
            }
            _ => {
                strips::run(laid, None, sums, self.resized(convolved), &mut [], cores);
                self.finish(convolved, pooled, levels);
            }
        }
    }
}

/// Where strips go.
struct Strips<'a> {
    convolved: &'a mut Vec<i32>,
    levels: &'a mut Vec<u8>,
    cores: bool,
    /// Whether potentials are read afterwards.
    kept: bool,
}

impl Pipeline<i64> {
    fn run(&self, map: &[u8], scratch: &mut Scratch, levels: &mut Vec<u8>) {
        let Scratch { convolution, padded, wide: buffers, .. } = scratch;
        let Buffers { depthwise, convolved, pooled } = buffers;
        let convolved = self.resized(convolved);
        match &self.sums {
            Sums::Pixels(pixels) => pixels.run(map, padded, convolution, convolved),
            Sums::Events(events) => events.run(map, convolution, convolved),
            Sums::Separable(separable) => separable.run_wide(map, depthwise, convolved),
            Sums::Ones(ones) => ones.run(map, &mut convolution.bits, convolved),
        }
        self.finish(convolved, pooled, levels);
    }
}

impl<A: Accumulator> Pipeline<A> {
    fn resized<'a>(&self, convolved: &'a mut Vec<A>) -> &'a mut [A] {
        let [width, height] = self.sums.outputs();
        convolved.resize(width * height * self.sums.filters(), A::default());
        convolved
    }

    /// Pools, and makes levels.
    fn finish(&self, convolved: &[A], pooled: &mut Vec<A>, levels: &mut Vec<u8>) {
        let potentials = self.pooling.run(convolved, self.sums.outputs(), pooled);
        match &self.activation {
            Some(activation) => {
                levels.resize(potentials.len(), 0);
                activation.run(potentials, levels);
            }
            None => levels.clear(),
        }
    }

    fn potentials<'a>(&self, buffers: &'a Buffers<A>) -> &'a [A] {
        match self.pooling {
            Pooling::None => &buffers.convolved,
            Pooling::Max(_) | Pooling::Sum => &buffers.pooled,
        }
    }

    /// Events that came in with the sample that `run` has just computed, and their synaptic operations.
    fn operations(&self, map: &[u8], buffers: &Buffers<A>) -> (u64, u64) {
        match &self.sums {
            Sums::Pixels(convolution) => (count_nonzero(map) as u64, convolution.operations()),
            Sums::Events(convolution) => convolution.operations(map),
            Sums::Separable(separable) => separable.operations(map, &buffers.depthwise),
            Sums::Ones(ones) => {
                let events = count_nonzero(map) as u64;
                (events, events * ones.neurons() as u64)
            }
        }
    }
}

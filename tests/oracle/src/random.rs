//! Random networks. A network is read from genes, each a handful of plain numbers, so that a failing one shrinks.

use proptest::prelude::*;
use rand_core::Rng;
use rand_pcg::Pcg64Mcg;
use spikemesh_model::tensor::{Dense, Event, Sparse};
use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, LayerId, Model, Parameters, PoolingParameters, PoolingType,
    SeparableConvolutional, weight_range,
};

use super::reference::Map;

/// One layer.
#[derive(Clone, Debug)]
pub struct Gene {
    /// 0 and 1 convolutional, 2 and 3 separable, 4 fully connected.
    pub kind: u8,
    pub kernel: (u32, u32),
    pub stride: (u32, u32),
    pub neurons: u32,
    pub mode: ConvolutionMode,
    pub weights_bits: u8,
    pub pooling: PoolingParameters,
    pub fire_bits: u8,
    /// Takes in a second, earlier layer of the same size if there is one.
    pub joins: bool,
}

/// A whole network and one batch for it.
#[derive(Clone, Debug)]
pub struct Genome {
    pub input: Dims,
    /// Starts with an InputConvolutional of this gene and padding value, otherwise with an InputData.
    pub pixels: Option<(Gene, u8)>,
    pub genes: Vec<Gene>,
    /// The last layer yields potentials.
    pub raw: bool,
    pub seed: u64,
    /// How many of 8 inputs are not zero.
    pub density: u32,
}

fn pooling() -> impl Strategy<Value = PoolingParameters> {
    let size = || prop_oneof![1 => Just(-1), 4 => 1..=4i32];
    let stride = || prop_oneof![1 => Just(-1), 2 => 1..=3i32];
    prop_oneof![
        3 => Just(PoolingParameters::default()),
        1 => Just(PoolingParameters { pooling_type: PoolingType::Average, ..Default::default() }),
        3 => (size(), size(), stride(), stride()).prop_map(|(w, h, x, y)| PoolingParameters {
            pooling_width: w,
            pooling_height: h,
            pooling_type: PoolingType::Max,
            pooling_stride_x: x,
            pooling_stride_y: y,
        }),
    ]
}

fn gene() -> impl Strategy<Value = Gene> {
    let neurons = prop_oneof![8 => 1..=12u32, 2 => 13..=36u32, 1 => 60..=72u32];
    let mode =
        prop_oneof![Just(ConvolutionMode::Same), Just(ConvolutionMode::Valid), Just(ConvolutionMode::Full)];
    let size = || prop_oneof![2 => 1..=3u32, 1 => 4..=7u32];
    (
        (0..5u8, (size(), size()), (1..=3u32, 1..=3u32)),
        (neurons, mode, 1..=8u8, pooling(), 1..=4u8, any::<bool>()),
    )
        .prop_map(
            |((kind, kernel, stride), (neurons, mode, weights_bits, pooling, fire_bits, joins))| Gene {
                kind,
                kernel,
                stride,
                neurons,
                mode,
                weights_bits,
                pooling,
                fire_bits,
                joins,
            },
        )
}

/// Networks of one to `layers` layers behind their input layer.
pub fn genome(layers: usize) -> impl Strategy<Value = Genome> {
    (
        (1..=11u32, 1..=11u32, 1..=9u32),
        prop::option::of((gene(), prop_oneof![Just(0u8), any::<u8>()])),
        prop::collection::vec(gene(), 1..=layers),
        any::<bool>(),
        any::<u64>(),
        0..=8u32,
    )
        .prop_map(|((width, height, channels), pixels, genes, raw, seed, density)| {
            let channels = if pixels.is_some() { 1 + channels % 2 * 2 } else { channels };
            Genome { input: Dims { width, height, channels }, pixels, genes, raw, seed, density }
        })
}

impl Gene {
    fn activation(&self, enabled: bool) -> ActivationParameters {
        ActivationParameters {
            activations_enabled: enabled,
            threshold_fire_bits: self.fire_bits,
            ..Default::default()
        }
    }

    fn convolution(&self) -> ConvolutionParameters {
        ConvolutionParameters {
            kernel_width: self.kernel.0,
            kernel_height: self.kernel.1,
            num_neurons: self.neurons,
            convolution_mode: self.mode,
            stride_x: self.stride.0,
            stride_y: self.stride.1,
            weights_bits: self.weights_bits,
        }
    }

    fn parameters(&self, enabled: bool) -> Parameters {
        let (convolution, pooling, activation) = (self.convolution(), self.pooling, self.activation(enabled));
        match self.kind {
            0 | 1 => Parameters::Convolutional(Convolutional { convolution, pooling, activation }),
            2 | 3 => Parameters::SeparableConvolutional(SeparableConvolutional {
                convolution,
                pooling,
                activation,
            }),
            _ => Parameters::FullyConnected(FullyConnected {
                num_neurons: self.neurons,
                weights_bits: self.weights_bits,
                activation,
            }),
        }
    }
}

impl Genome {
    /// The network with weights and thresholds. Layers that do not fit their input are left out.
    pub fn model(&self) -> Model {
        let mut model = Model::new("random");
        let mut first = Parameters::InputData(InputData { input: self.input });
        if let Some((gene, padding_value)) = &self.pixels {
            let mut gene = gene.clone();
            if gene.mode == ConvolutionMode::Valid
                && (gene.kernel.0 > self.input.width || gene.kernel.1 > self.input.height)
            {
                gene.mode = ConvolutionMode::Same;
            }
            first = Parameters::InputConvolutional(InputConvolutional {
                input: self.input,
                convolution: gene.convolution(),
                pooling: gene.pooling,
                activation: gene.activation(true),
                padding_value: *padding_value,
            });
        }
        if model.add("input", first, &[]).is_err() {
            // A pooling window that does not fit.
            model.add("input", Parameters::InputData(InputData { input: self.input }), &[]).expect("it fits");
        }
        for (index, gene) in self.genes.iter().enumerate() {
            let last = model.output().expect("there is an input layer");
            let enabled = !(self.raw && index + 1 == self.genes.len());
            let size = |id: LayerId| {
                let dims = model.layer(id).shape.output;
                (dims.width, dims.height)
            };
            let other = (0..last.0).map(LayerId).find(|id| gene.joins && size(*id) == size(last));
            let inbound: Vec<LayerId> = other.into_iter().chain([last]).collect();
            let _ = model.add("", gene.parameters(enabled), &inbound);
        }
        fill(&mut model, self.seed);
        model
    }

    /// Random samples for `model`, as the oracle's maps (w, h, c).
    pub fn samples(&self, model: &Model, count: usize) -> Vec<Map> {
        samples(model, self.density, self.seed, count)
    }
}

/// Random weights of the whole range, and thresholds and steps of the size of the potentials they meet.
pub fn fill(model: &mut Model, seed: u64) {
    let mut random = Pcg64Mcg::new(u128::from(seed) | 1);
    for id in (0..model.layers().len()).map(LayerId) {
        let layer = model.layer(id);
        let Some(bits) = layer.parameters.weights_bits() else { continue };
        let (low, high) = weight_range(bits);
        let mut weights = |len: usize| -> Vec<i8> {
            (0..len).map(|_| below(&mut random, low.into(), high.into()) as i8).collect()
        };
        let (plain, pointwise) =
            (weights(layer.variables.weights.len()), weights(layer.variables.weights_pw.len()));
        let terms = (plain.len() as f64 / f64::from(layer.shape.output.channels)).max(1.0).sqrt();
        let spread = f64::from(layer.max_input())
            * f64::from(high)
            * terms
            * if pointwise.is_empty() { 1.0 } else { f64::from(high) };
        let (neurons, quarter) = (layer.variables.threshold_fire.len(), (spread / 4.0).min(1e9) as i64);
        let thresholds: Vec<i32> =
            (0..neurons).map(|_| below(&mut random, -quarter, quarter) as i32).collect();
        let steps: Vec<f32> = (0..neurons)
            .map(|_| (spread * below(&mut random, 1, 64) as f64 / 1024.0).max(0.1) as f32)
            .collect();
        model.set_variable(id, "weights", &plain[..]).expect("in range");
        if !pointwise.is_empty() {
            model.set_variable(id, "weights_pw", &pointwise[..]).expect("in range");
        }
        model.set_variable(id, "threshold_fire", &thresholds[..]).expect("in range");
        model.set_variable(id, "threshold_fire_step", &steps[..]).expect("in range");
    }
}

/// Random samples for `model`, as the oracle's maps (w, h, c); `density` of 8 values are not zero.
pub fn samples(model: &Model, density: u32, seed: u64, count: usize) -> Vec<Map> {
    let (max, dims) = (i64::from(model.layers()[0].max_input()), model.layers()[0].shape.input);
    let mut random = Pcg64Mcg::new(u128::from(seed.wrapping_mul(3)) | 1);
    let mut sample = || {
        let mut map = Map::new(dims.width.into(), dims.height.into(), dims.channels.into());
        for value in &mut map.values {
            if below(&mut random, 0, 7) < i64::from(density) {
                *value = below(&mut random, 1, max);
            }
        }
        map
    };
    (0..count).map(|_| sample()).collect()
}

/// A number of `low..=high`.
fn below(random: &mut Pcg64Mcg, low: i64, high: i64) -> i64 {
    low + (random.next_u64() % (high - low + 1) as u64) as i64
}

/// The samples as events.
pub fn events(maps: &[Map]) -> Sparse {
    let shape = [maps.len(), maps[0].w as usize, maps[0].h as usize, maps[0].c as usize];
    let mut events = Vec::new();
    for (n, map) in maps.iter().enumerate() {
        for x in 0..map.w {
            for y in 0..map.h {
                for c in 0..map.c {
                    let value = map.get(x, y, c) as u8;
                    if value != 0 {
                        events.push(Event { n: n as u32, x: x as u32, y: y as u32, c: c as u32, value });
                    }
                }
            }
        }
    }
    Sparse { shape, events }
}

/// The samples as images (n, h, w, c).
pub fn images(maps: &[Map]) -> Dense<u8> {
    let shape = [maps.len(), maps[0].h as usize, maps[0].w as usize, maps[0].c as usize];
    let mut data = Vec::new();
    for map in maps {
        for y in 0..map.h {
            for x in 0..map.w {
                for c in 0..map.c {
                    data.push(map.get(x, y, c) as u8);
                }
            }
        }
    }
    Dense { shape, data }
}

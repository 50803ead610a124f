//! What every layer computes, as plain loop nests straight from the definition. Slow, and meant to be obviously right: it shares
//! nothing with the engine, and takes from the model only parameters, variables and inbound layers; sizes and padding are its own.

use spikemesh_model::{
    ConvolutionMode, ConvolutionParameters, Model, Parameters, PoolingParameters, PoolingType,
};

/// A map (w, h, c).
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    pub w: i64,
    pub h: i64,
    pub c: i64,
    pub values: Vec<i64>,
}

impl Map {
    pub fn new(w: i64, h: i64, c: i64) -> Map {
        Map { w, h, c, values: vec![0; (w * h * c) as usize] }
    }

    fn index(&self, x: i64, y: i64, c: i64) -> usize {
        ((x * self.h + y) * self.c + c) as usize
    }

    fn inside(&self, x: i64, y: i64) -> bool {
        0 <= x && x < self.w && 0 <= y && y < self.h
    }

    pub fn get(&self, x: i64, y: i64, c: i64) -> i64 {
        self.values[self.index(x, y, c)]
    }

    pub fn set(&mut self, x: i64, y: i64, c: i64, value: i64) {
        let index = self.index(x, y, c);
        self.values[index] = value;
    }
}

/// What leaves a layer, its potentials after pooling (the input map itself for an InputData), and its synaptic operations.
pub struct Layer {
    pub output: Map,
    pub potentials: Map,
    pub operations: i64,
}

/// Runs one sample, and returns every layer in order.
pub fn run(model: &Model, sample: &Map) -> Vec<Layer> {
    let mut done: Vec<Layer> = Vec::new();
    for layer in model.layers() {
        let input = if layer.inbound.is_empty() {
            sample.clone()
        } else {
            concatenate(&layer.inbound.iter().map(|id| &done[id.0].output).collect::<Vec<_>>())
        };
        let variables = &layer.variables;
        let weights: Vec<i64> = variables.weights.iter().map(|w| i64::from(*w)).collect();
        let weights_pw: Vec<i64> = variables.weights_pw.iter().map(|w| i64::from(*w)).collect();
        let (potentials, operations) = match &layer.parameters {
            Parameters::InputData(_) => {
                done.push(Layer { output: input.clone(), potentials: input, operations: 0 });
                continue;
            }
            Parameters::FullyConnected(p) => fully_connected(&input, p.num_neurons.into(), &weights),
            Parameters::InputConvolutional(p) => {
                let (potentials, operations) =
                    convolve(&input, &p.convolution, p.padding_value.into(), false, true, &weights);
                (pool(&potentials, &p.convolution, &p.pooling), operations)
            }
            Parameters::Convolutional(p) => {
                let (potentials, operations) = convolve(&input, &p.convolution, 0, true, false, &weights);
                (pool(&potentials, &p.convolution, &p.pooling), operations)
            }
            Parameters::SeparableConvolutional(p) => {
                let (sums, reached) = depthwise(&input, &p.convolution, &weights);
                let n: i64 = p.convolution.num_neurons.into();
                let potentials = pointwise(&sums, n, &weights_pw);
                let active = sums.values.iter().filter(|sum| **sum != 0).count() as i64;
                (pool(&potentials, &p.convolution, &p.pooling), reached + active * n)
            }
        };
        let activation = layer.parameters.activation().expect("every other layer has one");
        let mut output = potentials.clone();
        if activation.activations_enabled {
            for x in 0..output.w {
                for y in 0..output.h {
                    for n in 0..output.c {
                        let threshold = variables.threshold_fire[n as usize];
                        let step = variables.threshold_fire_step[n as usize];
                        let potential = potentials.get(x, y, n);
                        output.set(
                            x,
                            y,
                            n,
                            level(potential, threshold, step, activation.threshold_fire_bits),
                        );
                    }
                }
            }
        }
        done.push(Layer { output, potentials, operations });
    }
    done
}

fn concatenate(maps: &[&Map]) -> Map {
    let (w, h) = (maps[0].w, maps[0].h);
    let mut joined = Map::new(w, h, maps.iter().map(|map| map.c).sum());
    for x in 0..w {
        for y in 0..h {
            let mut channel = 0;
            for map in maps {
                assert_eq!((map.w, map.h), (w, h));
                for c in 0..map.c {
                    joined.set(x, y, channel, map.get(x, y, c));
                    channel += 1;
                }
            }
        }
    }
    joined
}

/// Padding on the left and number of outputs of windows of `k` positions over `n`.
pub fn windows(mode: ConvolutionMode, n: i64, k: i64, stride: i64) -> (i64, i64) {
    match mode {
        ConvolutionMode::Valid => (0, (n - k) / stride + 1),
        ConvolutionMode::Same => {
            let out = (n + stride - 1) / stride;
            let total = ((out - 1) * stride + k - n).max(0);
            (total / 2, out)
        }
        ConvolutionMode::Full => (k - 1, (n + k - 2) / stride + 1),
    }
}

/// Potentials and synaptic operations. Kernels are flipped in a true convolution; `dense` counts zero inputs as well.
fn convolve(
    input: &Map,
    p: &ConvolutionParameters,
    padding_value: i64,
    flip: bool,
    dense: bool,
    weights: &[i64],
) -> (Map, i64) {
    let (kw, kh, neurons) = (i64::from(p.kernel_width), i64::from(p.kernel_height), i64::from(p.num_neurons));
    let (pad_x, out_w) = windows(p.convolution_mode, input.w, kw, p.stride_x.into());
    let (pad_y, out_h) = windows(p.convolution_mode, input.h, kh, p.stride_y.into());
    let mut output = Map::new(out_w, out_h, neurons);
    let mut operations = 0;
    for ox in 0..out_w {
        for oy in 0..out_h {
            for n in 0..neurons {
                let mut sum = 0;
                for i in 0..kw {
                    for j in 0..kh {
                        let x = ox * i64::from(p.stride_x) - pad_x + i;
                        let y = oy * i64::from(p.stride_y) - pad_y + j;
                        let (ki, kj) = if flip { (kw - 1 - i, kh - 1 - j) } else { (i, j) };
                        for c in 0..input.c {
                            let inside = input.inside(x, y);
                            let value = if inside { input.get(x, y, c) } else { padding_value };
                            sum += value * weights[(((ki * kh + kj) * input.c + c) * neurons + n) as usize];
                            operations += i64::from(inside && (dense || value != 0));
                        }
                    }
                }
                output.set(ox, oy, n, sum);
            }
        }
    }
    (output, operations)
}

/// Depthwise sums, and the taps that events reach.
fn depthwise(input: &Map, p: &ConvolutionParameters, weights: &[i64]) -> (Map, i64) {
    let (kw, kh) = (i64::from(p.kernel_width), i64::from(p.kernel_height));
    let (pad_x, out_w) = windows(p.convolution_mode, input.w, kw, p.stride_x.into());
    let (pad_y, out_h) = windows(p.convolution_mode, input.h, kh, p.stride_y.into());
    let mut output = Map::new(out_w, out_h, input.c);
    let mut reached = 0;
    for ox in 0..out_w {
        for oy in 0..out_h {
            for c in 0..input.c {
                let mut sum = 0;
                for i in 0..kw {
                    for j in 0..kh {
                        let x = ox * i64::from(p.stride_x) - pad_x + i;
                        let y = oy * i64::from(p.stride_y) - pad_y + j;
                        if input.inside(x, y) {
                            let weight = weights[(((kw - 1 - i) * kh + kh - 1 - j) * input.c + c) as usize];
                            sum += input.get(x, y, c) * weight;
                            reached += i64::from(input.get(x, y, c) != 0);
                        }
                    }
                }
                output.set(ox, oy, c, sum);
            }
        }
    }
    (output, reached)
}

fn pointwise(sums: &Map, neurons: i64, weights: &[i64]) -> Map {
    let mut output = Map::new(sums.w, sums.h, neurons);
    for x in 0..sums.w {
        for y in 0..sums.h {
            for n in 0..neurons {
                let sum = (0..sums.c).map(|c| sums.get(x, y, c) * weights[(c * neurons + n) as usize]).sum();
                output.set(x, y, n, sum);
            }
        }
    }
    output
}

fn fully_connected(input: &Map, neurons: i64, weights: &[i64]) -> (Map, i64) {
    let mut output = Map::new(1, 1, neurons);
    let mut operations = 0;
    for n in 0..neurons {
        let mut sum = 0;
        for x in 0..input.w {
            for y in 0..input.h {
                for c in 0..input.c {
                    let flat = x + input.w * (y + input.h * c);
                    sum += input.get(x, y, c) * weights[(flat * neurons + n) as usize];
                    operations += i64::from(input.get(x, y, c) != 0);
                }
            }
        }
        output.set(0, 0, n, sum);
    }
    (output, operations)
}

fn pool(map: &Map, convolution: &ConvolutionParameters, p: &PoolingParameters) -> Map {
    let mode = convolution.convolution_mode;
    match p.pooling_type {
        PoolingType::NoPooling => map.clone(),
        PoolingType::Average => {
            let mut output = Map::new(1, 1, map.c);
            for n in 0..map.c {
                let mut sum = 0;
                for x in 0..map.w {
                    for y in 0..map.h {
                        sum += map.get(x, y, n);
                    }
                }
                output.set(0, 0, n, sum);
            }
            output
        }
        PoolingType::Max => {
            // (size, stride, padding, outputs) per axis.
            let axis = |n: i64, size: i32, stride: i32| {
                if size == -1 {
                    return (n, 1, 0, 1);
                }
                let size = i64::from(size);
                let stride = if stride == -1 { size } else { i64::from(stride) };
                let (pad, out) = windows(mode, n, size, stride);
                (size, stride, pad, out)
            };
            let (width, stride_x, pad_x, out_w) = axis(map.w, p.pooling_width, p.pooling_stride_x);
            let (height, stride_y, pad_y, out_h) = axis(map.h, p.pooling_height, p.pooling_stride_y);
            let mut output = Map::new(out_w, out_h, map.c);
            for ox in 0..out_w {
                for oy in 0..out_h {
                    for n in 0..map.c {
                        let mut best = None;
                        for i in 0..width {
                            for j in 0..height {
                                let (x, y) = (ox * stride_x - pad_x + i, oy * stride_y - pad_y + j);
                                if map.inside(x, y) {
                                    best = best.max(Some(map.get(x, y, n)));
                                }
                            }
                        }
                        output.set(ox, oy, n, best.expect("no window lies outside the map"));
                    }
                }
            }
            output
        }
    }
}

/// `clamp(ceil((P - T) / w), 0, 2^b - 1)` in whole numbers of 2^-40.
pub fn level(potential: i64, threshold: i32, step: f32, bits: u8) -> i64 {
    let unit = f64::from(step) * 2f64.powi(40);
    assert_eq!(unit, unit.round(), "the step is a multiple of 2^-40");
    let interval = unit as i128 * (1 << (4 - bits));
    let above = (i128::from(potential) - i128::from(threshold)) << 40;
    let ceiling = above.div_euclid(interval) + i128::from(above.rem_euclid(interval) != 0);
    ceiling.clamp(0, (1 << bits) - 1) as i64
}

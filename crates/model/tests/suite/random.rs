//! Random weights keep a deep network alive: neither silent nor saturated, on any machine the same.

use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, Layer, Model, Parameters, PoolingParameters, PoolingType, SeparableConvolutional,
    Span,
};

fn add(potentials: &mut [i64], value: i64, weights: &[i8]) {
    potentials.iter_mut().zip(weights).for_each(|(p, &w)| *p += value * i64::from(w));
}

/// Levels of a layer over `input` (w, h, c), straight from the definition.
fn forward(layer: &Layer, input: &[i64]) -> Vec<i64> {
    let (i, o, v) = (layer.shape.input, layer.shape.output, &layer.variables);
    let map = layer.shape.convolved();
    let neurons = o.channels as usize;
    let mut potentials = vec![0i64; map.len()];
    let at = |x: i64, y: i64, c: usize| -> i64 {
        if x < 0 || y < 0 || x >= i.width.into() || y >= i.height.into() {
            return 0;
        }
        input[(x as usize * i.height as usize + y as usize) * i.channels as usize + c]
    };
    let channels = i.channels as usize;
    match (&layer.parameters, layer.shape.kernel) {
        (Parameters::FullyConnected(_), _) => {
            for flat in 0..i.len() {
                let (x, y) = (flat % i.width as usize, flat / i.width as usize % i.height as usize);
                let value = at(x as i64, y as i64, flat / (i.width * i.height) as usize);
                add(&mut potentials, value, &v.weights[flat * neurons..]);
            }
        }
        (parameters, Some([kx, ky])) => {
            let separable = matches!(parameters, Parameters::SeparableConvolutional(_));
            let flip = !matches!(parameters, Parameters::InputConvolutional(_));
            for (p, out) in potentials.chunks_exact_mut(neurons).enumerate() {
                let (ox, oy) = (p / map.height as usize, p % map.height as usize);
                for c in 0..channels {
                    let mut depthwise = 0;
                    for tx in 0..kx.size as usize {
                        for ty in 0..ky.size as usize {
                            let start =
                                |o: usize, s: &Span| o as i64 * i64::from(s.stride) - i64::from(s.pad);
                            let value = at(start(ox, &kx) + tx as i64, start(oy, &ky) + ty as i64, c);
                            if value == 0 {
                                continue;
                            }
                            let (wx, wy) = if flip {
                                (kx.size as usize - 1 - tx, ky.size as usize - 1 - ty)
                            } else {
                                (tx, ty)
                            };
                            let tap = (wx * ky.size as usize + wy) * channels + c;
                            if separable {
                                depthwise += value * i64::from(v.weights[tap]);
                                continue;
                            }
                            add(out, value, &v.weights[tap * neurons..]);
                        }
                    }
                    if separable {
                        add(out, depthwise, &v.weights_pw[c * neurons..]);
                    }
                }
            }
        }
        _ => return input.to_vec(),
    }
    let average = layer.parameters.pooling().is_some_and(|p| p.pooling_type == PoolingType::Average);
    let bits = layer.output_bits().unwrap();
    let mut levels = Vec::with_capacity(o.len());
    for x in 0..o.width {
        for y in 0..o.height {
            for n in 0..neurons {
                let [sx, sy] =
                    layer.shape.pooling.unwrap_or([Span { size: 1, stride: 1, pad: 0, outputs: 0 }; 2]);
                let range = |o: u32, s: Span, side: u32| {
                    let first = i64::from(o * s.stride) - i64::from(s.pad);
                    first.max(0)..(first + i64::from(s.size)).min(side.into())
                };
                let mut pooled = Vec::new();
                for px in range(x, sx, map.width) {
                    for py in range(y, sy, map.height) {
                        pooled.push(
                            potentials[(px as usize * map.height as usize + py as usize) * neurons + n],
                        );
                    }
                }
                let p = if average { pooled.iter().sum() } else { *pooled.iter().max().unwrap() };
                let w = f64::from(v.threshold_fire_step[n]) * f64::from(1 << (4 - bits));
                let level = ((p - i64::from(v.threshold_fire[n])) as f64 / w).ceil();
                levels.push(level.clamp(0.0, f64::from((1 << bits) - 1)) as i64);
            }
        }
    }
    levels
}

fn activation(bits: u8) -> ActivationParameters {
    ActivationParameters { threshold_fire_bits: bits, ..Default::default() }
}

fn convolution(kernel: u32, num_neurons: u32, stride: u32, weights_bits: u8) -> ConvolutionParameters {
    ConvolutionParameters {
        kernel_width: kernel,
        kernel_height: kernel,
        num_neurons,
        convolution_mode: ConvolutionMode::Same,
        stride_x: stride,
        stride_y: stride,
        weights_bits,
    }
}

/// A network of 14 layers in which every second one has `weights` bits and all have `bits` of activation.
fn deep(weights: u8, bits: u8) -> Model {
    let mut model = Model::new("deep");
    let pooling = PoolingParameters::default();
    let max = PoolingParameters {
        pooling_type: PoolingType::Max,
        pooling_width: 2,
        pooling_height: 2,
        ..Default::default()
    };
    let average = PoolingParameters { pooling_type: PoolingType::Average, ..Default::default() };
    let activation = activation(bits);
    let input = Dims { width: 32, height: 24, channels: 3 };
    let first = InputConvolutional {
        input,
        convolution: convolution(3, 16, 1, 8),
        pooling,
        activation,
        padding_value: 0,
    };
    model.add("", Parameters::InputConvolutional(first), &[]).unwrap();
    for depth in 0..6 {
        let stride = if depth == 3 { 2 } else { 1 };
        let pooling = if depth == 1 { max } else { pooling };
        let c = Convolutional { convolution: convolution(3, 24, stride, weights), pooling, activation };
        model.add("", Parameters::Convolutional(c), &[]).unwrap();
        let separable = SeparableConvolutional {
            convolution: convolution(3, 32, 1, weights.max(2)),
            pooling: if depth == 5 { average } else { pooling },
            activation,
        };
        model.add("", Parameters::SeparableConvolutional(separable), &[]).unwrap();
    }
    let head = FullyConnected { num_neurons: 64, weights_bits: weights, activation };
    model.add("", Parameters::FullyConnected(head), &[]).unwrap();
    model
}

/// A picture with flat areas, gradients and noise.
fn picture(dims: Dims, seed: u64) -> Vec<i64> {
    let mut state = seed;
    let mut values = Vec::new();
    for x in 0..u64::from(dims.width) {
        for y in 0..u64::from(dims.height) {
            for c in 0..u64::from(dims.channels) {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let inside = (x as i64 - 16).pow(2) + (y as i64 - 12).pow(2) < 80;
                let base = if inside { 200 - 20 * c } else { 3 * x + 2 * y };
                values.push((base + (state >> 33) % 40) as i64);
            }
        }
    }
    values
}

#[test]
fn deep_networks_stay_half_silent_with_all_levels_in_use() {
    let runs = 3;
    for (weights, bits, silent) in [
        (4, 4, 0.3..0.7),
        (2, 4, 0.3..0.7),
        (4, 2, 0.3..0.7),
        (8, 4, 0.3..0.7),
        (2, 1, 0.3..0.7),
        (1, 4, 0.2..0.85),
    ] {
        let mut histograms = vec![vec![0usize; 1 << bits]; 14];
        for seed in 0..runs {
            let mut model = deep(weights, bits);
            model.randomise(seed);
            let mut map = picture(model.layers()[0].shape.input, seed);
            for (layer, histogram) in model.layers().iter().zip(&mut histograms) {
                map = forward(layer, &map);
                map.iter().for_each(|&v| histogram[v as usize] += 1);
            }
        }
        for (depth, histogram) in histograms.iter().enumerate() {
            let total: usize = histogram.iter().sum();
            let share = histogram[0] as f64 / total as f64;
            assert!(silent.contains(&share), "weights {weights} levels {bits} layer {depth}: {histogram:?}");
            let used = histogram.iter().filter(|count| **count > 0).count();
            assert!(
                used * 2 > histogram.len(),
                "weights {weights} levels {bits} layer {depth}: {histogram:?}"
            );
        }
    }
}

#[test]
fn a_seed_means_the_same_model_everywhere() {
    let mut model = deep(4, 4);
    model.randomise(7);
    let v = &model.layers()[2].variables;
    assert_eq!(v.weights[..8], [-7, 5, -2, -2, 4, -6, -3, -4]);
    assert_eq!(v.weights_pw[..8], [-5, -7, -1, -1, 3, -7, 2, 4]);
    assert_eq!(v.threshold_fire[..4], [175, -454, -651, -502]);
    assert_eq!(
        v.threshold_fire_step[..3].iter().map(|s| s.to_bits()).collect::<Vec<_>>(),
        [1126225277, 1127095014, 1124302488]
    );

    let mut again = deep(4, 4);
    again.randomise(7);
    assert_eq!(model, again);
    again = deep(4, 4);
    again.randomise(8);
    assert!(
        model.layers().iter().zip(again.layers()).all(|(a, b)| a.variables.weights != b.variables.weights)
    );
}

#[test]
fn layers_with_weights_are_left_alone() {
    let mut model = deep(4, 4);
    let id = model.layer_by_name("convolutional_1").unwrap();
    let len = model.layer(id).variables.weights.len();
    model.set_variable(id, "weights", &vec![3i8; len]).unwrap();
    let before = model.layer(id).clone();
    model.randomise(1);
    assert_eq!(*model.layer(id), before);
    assert_eq!(model.unset_layers().count(), 0);
    let drawn = &model.layers()[3];
    let (min, max) = drawn.weight_range().unwrap();
    assert_eq!(drawn.variables.weights.iter().min(), Some(&min));
    assert_eq!(drawn.variables.weights.iter().max(), Some(&max));
}

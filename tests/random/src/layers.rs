//! Random models: chains and branches, heads at any depth, every type of layer.

use spikemesh::model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, LayerId, Model, Parameters, PoolingParameters, PoolingType,
    SeparableConvolutional,
};

use crate::choices::Choices;

/// How the layers of a model hang together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// One behind the other.
    Chain,
    /// Forks, joins and skips: layers keep the size of their input more often, so that they can be joined.
    Branches,
}

/// A model without weights. Layers that nothing follows are outputs, at any depth.
pub fn model(choices: &mut Choices) -> Model {
    let style = choices.weighted(&[(1, Style::Chain), (3, Style::Branches)]);
    let mut model = Model::new("random");
    input(choices, &mut model);
    // A handful of models is deep.
    let most = choices.weighted(&[(12, 6), (1, 12)]);
    let layers = choices.range(2..=most);
    for index in 0..layers {
        let last = index + 1 == layers;
        let inbound = inbound(choices, &model, style);
        let parameters = layer(choices, style, last);
        // What does not fit its place is left out.
        let _ = model.add("", parameters, &inbound);
    }
    if model.layers().len() == 1 {
        let head = fully_connected(choices, true);
        model.add("", head, &[]).expect("a fully connected layer fits any map");
    }
    if choices.chance(25) {
        for _ in 0..choices.range(1..=2) {
            let from = choices.below(model.layers().len() as u32) as usize;
            if model.layers()[from].output_bits().is_some() {
                let head = layer(choices, Style::Chain, true);
                let _ = model.add("", head, &[LayerId(from)]);
            }
        }
    }
    model
}

/// The first layer.
fn input(choices: &mut Choices, model: &mut Model) {
    if choices.chance(35) {
        let input = Dims {
            width: choices.range(3..=18),
            height: choices.range(3..=24),
            channels: choices.pick(&[1, 3]),
        };
        for _ in 0..3 {
            let convolution = ConvolutionParameters {
                kernel_width: choices.pick(&[3, 5, 7, 2]),
                kernel_height: choices.pick(&[3, 5, 7, 4]),
                num_neurons: choices.range(1..=20),
                convolution_mode: mode(choices),
                stride_x: choices.range(1..=3),
                stride_y: choices.range(1..=3),
                weights_bits: choices.range(1..=8) as u8,
            };
            let padding_value = choices.pick(&[0, 255, 1, 77]);
            let parameters = InputConvolutional {
                input,
                convolution,
                pooling: pooling(choices),
                activation: activation(choices, false),
                padding_value,
            };
            if model.add("input", Parameters::InputConvolutional(parameters), &[]).is_ok() {
                return;
            }
        }
    }
    let input =
        Dims { width: choices.range(1..=14), height: choices.range(1..=20), channels: choices.range(1..=12) };
    model.add("input", Parameters::InputData(InputData { input }), &[]).expect("any map can enter");
}

/// Where a layer takes its map from: the last layer that others may follow, an earlier one, or several that are joined.
fn inbound(choices: &mut Choices, model: &Model, style: Style) -> Vec<LayerId> {
    let open: Vec<LayerId> =
        model.iter().filter(|(_, layer)| layer.output_bits().is_some()).map(|(id, _)| id).collect();
    let last = *open.last().expect("the input layer has levels");
    if style == Style::Chain {
        return vec![last];
    }
    let size = |id: LayerId| {
        let dims = model.layer(id).shape.output;
        (dims.width, dims.height)
    };
    let mates: Vec<LayerId> =
        open.iter().copied().filter(|&id| id != last && size(id) == size(last)).collect();
    match choices.below(10) {
        0..=3 if !mates.is_empty() => {
            let mut joined = vec![choices.pick(&mates), last];
            // Any order, sometimes three.
            let third = choices.pick(&mates);
            if choices.chance(30) && !joined.contains(&third) {
                joined.push(third);
            }
            if choices.chance(30) {
                joined.reverse();
            }
            joined
        }
        0..=5 => vec![choices.pick(&open)],
        _ => vec![last],
    }
}

/// A layer of any type; only the last may yield potentials.
fn layer(choices: &mut Choices, style: Style, last: bool) -> Parameters {
    if choices.chance(if last { 45 } else { 8 }) {
        return fully_connected(choices, last);
    }
    let size = choices.weighted(&[(6, 3), (2, 1), (1, 5), (1, 7)]);
    let keeps_size = style == Style::Branches && choices.chance(80);
    let convolution = ConvolutionParameters {
        kernel_width: size,
        kernel_height: size,
        num_neurons: if choices.chance(35) { choices.range(13..=40) } else { choices.range(1..=12) },
        convolution_mode: if keeps_size { ConvolutionMode::Same } else { mode(choices) },
        stride_x: if keeps_size { 1 } else { choices.range(1..=2) },
        stride_y: if keeps_size { 1 } else { choices.range(1..=2) },
        weights_bits: choices.range(1..=8) as u8,
    };
    let pooling = if keeps_size { PoolingParameters::default() } else { pooling(choices) };
    let activation = activation(choices, last);
    if choices.chance(50) {
        Parameters::Convolutional(Convolutional { convolution, pooling, activation })
    } else {
        Parameters::SeparableConvolutional(SeparableConvolutional { convolution, pooling, activation })
    }
}

fn fully_connected(choices: &mut Choices, last: bool) -> Parameters {
    Parameters::FullyConnected(FullyConnected {
        num_neurons: choices.range(1..=24),
        weights_bits: choices.range(1..=8) as u8,
        activation: activation(choices, last),
    })
}

fn activation(choices: &mut Choices, last: bool) -> ActivationParameters {
    ActivationParameters {
        activations_enabled: !(last && choices.chance(50)),
        threshold_fire_bits: choices.range(1..=4) as u8,
        ..Default::default()
    }
}

fn mode(choices: &mut Choices) -> ConvolutionMode {
    choices.weighted(&[(6, ConvolutionMode::Same), (3, ConvolutionMode::Valid), (1, ConvolutionMode::Full)])
}

fn pooling(choices: &mut Choices) -> PoolingParameters {
    match choices.below(10) {
        0..=5 => PoolingParameters::default(),
        6 => PoolingParameters { pooling_type: PoolingType::Average, ..Default::default() },
        _ => {
            let (width, height) = (choices.range(1..=3) as i32, choices.range(1..=3) as i32);
            let stride = |choices: &mut Choices, size: i32| choices.pick(&[-1, 1, 2, 3]).min(size);
            PoolingParameters {
                pooling_width: width,
                pooling_height: height,
                pooling_type: PoolingType::Max,
                pooling_stride_x: stride(choices, width),
                pooling_stride_y: stride(choices, height),
            }
        }
    }
}

//! Parameters of each layer type, by the keyword names and defaults of the API reference.

use super::fields::Fields;
use crate::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, Parameters, PoolingParameters, PoolingType, SeparableConvolutional,
    limits,
};

/// Reads the parameters of one layer type.
type Read = fn(&mut Fields) -> Parameters;

/// Every layer type by its name.
pub(super) const TYPES: [(&str, Read); 5] = [
    ("InputData", |f| Parameters::InputData(InputData { input: input(f) })),
    ("InputConvolutional", |f| {
        Parameters::InputConvolutional(InputConvolutional {
            input: input(f),
            convolution: convolution(f, 1),
            pooling: pooling(f),
            activation: activation(f),
            padding_value: f.optional("padding_value", 0..=u8::MAX, 0),
        })
    }),
    ("FullyConnected", |f| {
        Parameters::FullyConnected(FullyConnected {
            num_neurons: f.required("num_neurons", "10"),
            weights_bits: weights_bits(f, 1),
            activation: activation(f),
        })
    }),
    ("Convolutional", |f| {
        let (convolution, pooling) = (convolution(f, 1), pooling(f));
        Parameters::Convolutional(Convolutional { convolution, pooling, activation: activation(f) })
    }),
    ("SeparableConvolutional", |f| {
        let (convolution, pooling) = (convolution(f, 2), pooling(f));
        let activation = activation(f);
        Parameters::SeparableConvolutional(SeparableConvolutional { convolution, pooling, activation })
    }),
];

fn input(f: &mut Fields) -> Dims {
    Dims {
        width: f.required("input_width", "32"),
        height: f.required("input_height", "32"),
        channels: f.required("input_channels", "3"),
    }
}

fn weights_bits(f: &mut Fields, default: u8) -> u8 {
    f.optional("weights_bits", limits::WEIGHTS_BITS, default)
}

fn convolution(f: &mut Fields, weights_bits_default: u8) -> ConvolutionParameters {
    const MODES: [(&str, ConvolutionMode); 3] =
        [("Valid", ConvolutionMode::Valid), ("Same", ConvolutionMode::Same), ("Full", ConvolutionMode::Full)];
    ConvolutionParameters {
        kernel_width: f.required("kernel_width", "3"),
        kernel_height: f.required("kernel_height", "3"),
        num_neurons: f.required("num_neurons", "32"),
        convolution_mode: f.choice("convolution_mode", &MODES, ConvolutionMode::Same),
        stride_x: f.optional("stride_x", 1..=limits::MAX_SIDE, 1),
        stride_y: f.optional("stride_y", 1..=limits::MAX_SIDE, 1),
        weights_bits: weights_bits(f, weights_bits_default),
    }
}

fn pooling(f: &mut Fields) -> PoolingParameters {
    const TYPES: [(&str, PoolingType); 3] =
        [("NoPooling", PoolingType::NoPooling), ("Max", PoolingType::Max), ("Average", PoolingType::Average)];
    let default = PoolingParameters::default();
    let mut size = |key| f.optional(key, -1..=limits::MAX_SIDE as i32, -1);
    PoolingParameters {
        pooling_width: size("pooling_width"),
        pooling_height: size("pooling_height"),
        pooling_stride_x: size("pooling_stride_x"),
        pooling_stride_y: size("pooling_stride_y"),
        pooling_type: f.choice("pooling_type", &TYPES, default.pooling_type),
    }
}

fn activation(f: &mut Fields) -> ActivationParameters {
    let default = ActivationParameters::default();
    ActivationParameters {
        activations_enabled: f.truth("activations_enabled", default.activations_enabled),
        threshold_fire: f.optional("threshold_fire", i32::MIN..=i32::MAX, default.threshold_fire),
        threshold_fire_step: f.number("threshold_fire_step", default.threshold_fire_step),
        threshold_fire_bits: f.optional(
            "threshold_fire_bits",
            limits::LEVEL_BITS,
            default.threshold_fire_bits,
        ),
    }
}

//! Ranges of parameters: what a layer may be at all, in software. Hardware is narrower, see [`crate::compat`].

use std::ops::RangeInclusive;

use crate::{
    ActivationParameters, ConvolutionParameters, Dims, Error, Parameters, PoolingParameters, PoolingType,
};

/// Longest side, number of channels or neurons, kernel, window or stride: a coordinate fits into 16 bits.
pub const MAX_SIDE: u32 = 65_535;
/// Bits of a weight.
pub const WEIGHTS_BITS: RangeInclusive<u8> = 1..=8;
/// Bits of a level.
pub const LEVEL_BITS: RangeInclusive<u8> = 1..=4;
/// Most values of one map, 2^28: 1 GiB of potentials.
pub const MAX_MAP: u64 = 1 << 28;
/// Most weights of a model, 2^30: 1 GiB.
pub const MAX_WEIGHTS: u64 = 1 << 30;
/// Most layers of a model.
pub const MAX_LAYERS: usize = 4096;
/// Longest name of a layer in bytes.
pub const MAX_NAME: usize = 255;

/// Every parameter of a layer that is outside of its range.
pub fn check(layer: &str, parameters: &Parameters) -> Vec<Error> {
    let mut range = Range { layer, errors: Vec::new() };
    range.name();
    match parameters {
        Parameters::InputData(p) => range.input(p.input),
        Parameters::InputConvolutional(p) => {
            range.input(p.input);
            let channels = p.input.channels;
            range.require(channels == 1 || channels == 3, "input_channels", channels, "1 or 3");
        }
        Parameters::FullyConnected(p) => {
            range.side("num_neurons", p.num_neurons);
            range.weights_bits(p.weights_bits);
        }
        Parameters::Convolutional(_) | Parameters::SeparableConvolutional(_) => {}
    }
    if let Some(convolution) = parameters.convolution() {
        range.convolution(convolution);
    }
    if let Some(pooling) = parameters.pooling() {
        range.pooling(pooling);
    }
    if let Some(activation) = parameters.activation() {
        range.activation(activation);
    }
    range.errors
}

/// Collects what is outside of its range.
struct Range<'a> {
    layer: &'a str,
    errors: Vec<Error>,
}

impl Range<'_> {
    fn require(
        &mut self,
        holds: bool,
        parameter: &'static str,
        value: impl ToString,
        allowed: impl ToString,
    ) {
        if !holds {
            self.errors.push(Error::ParameterRange {
                layer: self.layer.to_string(),
                parameter,
                value: value.to_string(),
                allowed: allowed.to_string(),
            });
        }
    }

    fn name(&mut self) {
        let problem = if self.layer.len() > MAX_NAME {
            "too many characters"
        } else if self.layer.chars().any(char::is_control) {
            "a control character"
        } else {
            return;
        };
        let layer = self.layer.chars().take(32).collect();
        self.errors.push(Error::LayerName { layer, problem, limit: MAX_NAME });
    }

    fn side(&mut self, parameter: &'static str, value: u32) {
        self.require((1..=MAX_SIDE).contains(&value), parameter, value, format_args!("1 to {MAX_SIDE}"));
    }

    /// -1 or a side.
    fn whole_or_side(&mut self, parameter: &'static str, value: i32) {
        let holds = value == -1 || (1..=MAX_SIDE as i32).contains(&value);
        self.require(holds, parameter, value, format_args!("-1 or 1 to {MAX_SIDE}"));
    }

    fn weights_bits(&mut self, bits: u8) {
        self.require(WEIGHTS_BITS.contains(&bits), "weights_bits", bits, "1 to 8");
    }

    fn input(&mut self, input: Dims) {
        self.side("input_width", input.width);
        self.side("input_height", input.height);
        self.side("input_channels", input.channels);
    }

    fn convolution(&mut self, p: &ConvolutionParameters) {
        self.side("kernel_width", p.kernel_width);
        self.side("kernel_height", p.kernel_height);
        self.side("num_neurons", p.num_neurons);
        self.side("stride_x", p.stride_x);
        self.side("stride_y", p.stride_y);
        self.weights_bits(p.weights_bits);
    }

    fn pooling(&mut self, p: &PoolingParameters) {
        if p.pooling_type == PoolingType::NoPooling {
            return;
        }
        self.whole_or_side("pooling_width", p.pooling_width);
        self.whole_or_side("pooling_height", p.pooling_height);
        self.whole_or_side("pooling_stride_x", p.pooling_stride_x);
        self.whole_or_side("pooling_stride_y", p.pooling_stride_y);
    }

    fn activation(&mut self, p: &ActivationParameters) {
        let bits = p.threshold_fire_bits;
        self.require(LEVEL_BITS.contains(&bits), "threshold_fire_bits", bits, "1 to 4");
        let step = p.threshold_fire_step;
        self.require(step.is_finite() && step > 0.0, "threshold_fire_step", step, "finite and above 0");
    }
}

//! Layer types and their parameters, with the names and defaults of the API reference.

use crate::{LearningState, Shape, Variables};

/// Index of a layer in its model; inbound layers always have lower ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub usize);

/// Size of a map: width (x), height (y), channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dims {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Channels, or features.
    pub channels: u32,
}

impl Dims {
    /// Positions times channels.
    pub fn len(&self) -> usize {
        self.width as usize * self.height as usize * self.channels as usize
    }

    /// True if some side is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Display for Dims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}x{}", self.width, self.height, self.channels)
    }
}

/// Effective padding of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConvolutionMode {
    /// No padding.
    Valid,
    /// Output size is input size divided by the stride, rounded up.
    Same,
    /// Every point of overlap.
    Full,
}

/// Pooling of potentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PoolingType {
    /// None; the other pooling parameters are ignored.
    NoPooling,
    /// The largest potential of each window.
    Max,
    /// The sum over the whole map: global only.
    Average,
}

/// Parameters of every convolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvolutionParameters {
    /// Columns of the kernel.
    pub kernel_width: u32,
    /// Rows of the kernel.
    pub kernel_height: u32,
    /// Filters.
    pub num_neurons: u32,
    /// Padding. Default `Same`.
    pub convolution_mode: ConvolutionMode,
    /// Step in x. Default 1.
    pub stride_x: u32,
    /// Step in y. Default 1.
    pub stride_y: u32,
    /// Bits of a weight, 1..=8. Default 1, separable 2.
    pub weights_bits: u8,
}

/// Parameters of a layer's pooling. -1 is the whole axis, or for a stride the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolingParameters {
    /// Window columns. Default -1.
    pub pooling_width: i32,
    /// Window rows. Default -1.
    pub pooling_height: i32,
    /// Default `NoPooling`.
    pub pooling_type: PoolingType,
    /// Step in x. Default -1.
    pub pooling_stride_x: i32,
    /// Step in y. Default -1.
    pub pooling_stride_y: i32,
}

impl Default for PoolingParameters {
    fn default() -> Self {
        PoolingParameters {
            pooling_width: -1,
            pooling_height: -1,
            pooling_type: PoolingType::NoPooling,
            pooling_stride_x: -1,
            pooling_stride_y: -1,
        }
    }
}

/// Parameters of a layer's activation; thresholds and steps per neuron start from these scalars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivationParameters {
    /// Levels leave the layer; otherwise raw potentials. Default true.
    pub activations_enabled: bool,
    /// A neuron fires above it. Default 0.
    pub threshold_fire: i32,
    /// Length of a potential interval at 4 bits. Default 1. Finite and > 0.
    pub threshold_fire_step: f32,
    /// Bits of a level, 1..=4. Default 1.
    pub threshold_fire_bits: u8,
}

impl Default for ActivationParameters {
    fn default() -> Self {
        ActivationParameters {
            activations_enabled: true,
            threshold_fire: 0,
            threshold_fire_step: 1.0,
            threshold_fire_bits: 1,
        }
    }
}

/// Events enter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputData {
    /// Size of the input.
    pub input: Dims,
}

/// Images enter here, through a dense correlation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputConvolutional {
    /// Size of the image, 1 or 3 channels.
    pub input: Dims,
    /// The convolution.
    pub convolution: ConvolutionParameters,
    /// The pooling.
    pub pooling: PoolingParameters,
    /// The activation.
    pub activation: ActivationParameters,
    /// Value of positions outside the image. Default 0.
    pub padding_value: u8,
}

/// A convolution over events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convolutional {
    /// The convolution.
    pub convolution: ConvolutionParameters,
    /// The pooling.
    pub pooling: PoolingParameters,
    /// The activation.
    pub activation: ActivationParameters,
}

/// A depthwise convolution followed by a pointwise one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeparableConvolutional {
    /// The convolution.
    pub convolution: ConvolutionParameters,
    /// The pooling.
    pub pooling: PoolingParameters,
    /// The activation.
    pub activation: ActivationParameters,
}

/// Every neuron sees every input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FullyConnected {
    /// Neurons.
    pub num_neurons: u32,
    /// Bits of a weight, 1..=8. Default 1.
    pub weights_bits: u8,
    /// The activation.
    pub activation: ActivationParameters,
}

/// A layer type with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parameters {
    /// See [`InputData`].
    InputData(InputData),
    /// See [`InputConvolutional`].
    InputConvolutional(InputConvolutional),
    /// See [`FullyConnected`].
    FullyConnected(FullyConnected),
    /// See [`Convolutional`].
    Convolutional(Convolutional),
    /// See [`SeparableConvolutional`].
    SeparableConvolutional(SeparableConvolutional),
}

impl Parameters {
    /// The name of the layer type, as in the reference.
    pub fn type_name(&self) -> &'static str {
        match self {
            Parameters::InputData(_) => "InputData",
            Parameters::InputConvolutional(_) => "InputConvolutional",
            Parameters::FullyConnected(_) => "FullyConnected",
            Parameters::Convolutional(_) => "Convolutional",
            Parameters::SeparableConvolutional(_) => "SeparableConvolutional",
        }
    }

    /// The convolution, of layers that have one.
    pub fn convolution(&self) -> Option<&ConvolutionParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&p.convolution),
            Parameters::Convolutional(p) => Some(&p.convolution),
            Parameters::SeparableConvolutional(p) => Some(&p.convolution),
            Parameters::InputData(_) | Parameters::FullyConnected(_) => None,
        }
    }

    /// The pooling, of layers that have one.
    pub fn pooling(&self) -> Option<&PoolingParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&p.pooling),
            Parameters::Convolutional(p) => Some(&p.pooling),
            Parameters::SeparableConvolutional(p) => Some(&p.pooling),
            Parameters::InputData(_) | Parameters::FullyConnected(_) => None,
        }
    }

    /// The convolution, to be changed before the layer is added.
    pub fn convolution_mut(&mut self) -> Option<&mut ConvolutionParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&mut p.convolution),
            Parameters::Convolutional(p) => Some(&mut p.convolution),
            Parameters::SeparableConvolutional(p) => Some(&mut p.convolution),
            Parameters::InputData(_) | Parameters::FullyConnected(_) => None,
        }
    }

    /// The pooling, to be changed before the layer is added.
    pub fn pooling_mut(&mut self) -> Option<&mut PoolingParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&mut p.pooling),
            Parameters::Convolutional(p) => Some(&mut p.pooling),
            Parameters::SeparableConvolutional(p) => Some(&mut p.pooling),
            Parameters::InputData(_) | Parameters::FullyConnected(_) => None,
        }
    }

    /// The activation, of every layer but `InputData`.
    pub fn activation(&self) -> Option<&ActivationParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&p.activation),
            Parameters::FullyConnected(p) => Some(&p.activation),
            Parameters::Convolutional(p) => Some(&p.activation),
            Parameters::SeparableConvolutional(p) => Some(&p.activation),
            Parameters::InputData(_) => None,
        }
    }

    /// Bits of a weight, of every layer but `InputData`.
    pub fn weights_bits(&self) -> Option<u8> {
        match self {
            Parameters::FullyConnected(p) => Some(p.weights_bits),
            _ => self.convolution().map(|c| c.weights_bits),
        }
    }
}

/// A layer in its place in a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Unique in the model.
    pub name: String,
    /// Type and parameters.
    pub parameters: Parameters,
    /// Layers whose outputs are concatenated along channels, in this order; empty for the input layer.
    pub inbound: Vec<LayerId>,
    /// Sizes and windows.
    pub shape: Shape,
    /// Bits of an input value: 8 for pixels, 4 for `InputData`, otherwise the largest of the inbound activations.
    pub input_bits: u8,
    /// Weights and thresholds.
    pub variables: Variables,
    /// What it has learned, once compiled. Only the last layer of a model learns.
    pub learning: Option<LearningState>,
}

impl Layer {
    /// Largest value that the layer can receive: 255 for pixels, 2^bits - 1 otherwise.
    pub fn max_input(&self) -> u32 {
        (1 << self.input_bits) - 1
    }

    /// Bits of the values that leave the layer: 4 for `InputData`, `None` for raw potentials.
    pub fn output_bits(&self) -> Option<u8> {
        match self.parameters.activation() {
            None => Some(4),
            Some(a) => a.activations_enabled.then_some(a.threshold_fire_bits),
        }
    }
}

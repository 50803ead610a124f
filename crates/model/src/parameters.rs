//! Layer types with their parameters, by the names of the API reference. [`Parameter`] has their ranges and defaults.

mod check;
mod table;
mod value;

use crate::dims::Dims;
use crate::kind::LayerKind;
use crate::words::words;

pub use table::{Allowed, Parameter, Presence};
pub use value::ParameterValue;

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

words!(ConvolutionMode: Valid, Same, Full);

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

words!(PoolingType: NoPooling, Max, Average);

/// Parameters of every convolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvolutionParameters {
    /// Columns of the kernel.
    pub kernel_width: u32,
    /// Rows of the kernel.
    pub kernel_height: u32,
    /// Filters.
    pub num_neurons: u32,
    /// Padding.
    pub convolution_mode: ConvolutionMode,
    /// Step in x.
    pub stride_x: u32,
    /// Step in y.
    pub stride_y: u32,
    /// Bits of a weight, 1..=8.
    pub weights_bits: u8,
}

/// Parameters of a layer's pooling. -1 is the whole axis, or for a stride the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolingParameters {
    /// Window columns.
    pub pooling_width: i32,
    /// Window rows.
    pub pooling_height: i32,
    /// What becomes of a window.
    pub pooling_type: PoolingType,
    /// Step in x.
    pub pooling_stride_x: i32,
    /// Step in y.
    pub pooling_stride_y: i32,
}

/// Parameters of a layer's activation; thresholds and steps per neuron start from these scalars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivationParameters {
    /// Levels leave the layer; otherwise raw potentials.
    pub activations_enabled: bool,
    /// A neuron fires above it.
    pub threshold_fire: i32,
    /// Length of a potential interval at 4 bits. Finite and > 0.
    pub threshold_fire_step: f32,
    /// Bits of a level, 1..=4.
    pub threshold_fire_bits: u8,
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
    /// Value of positions outside the image.
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
    /// Bits of a weight, 1..=8.
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
    /// The type of the layer.
    pub fn kind(&self) -> LayerKind {
        match self {
            Parameters::InputData(_) => LayerKind::InputData,
            Parameters::InputConvolutional(_) => LayerKind::InputConvolutional,
            Parameters::FullyConnected(_) => LayerKind::FullyConnected,
            Parameters::Convolutional(_) => LayerKind::Convolutional,
            Parameters::SeparableConvolutional(_) => LayerKind::SeparableConvolutional,
        }
    }

    /// The map that enters the model, of input layers.
    pub fn input(&self) -> Option<Dims> {
        match self {
            Parameters::InputData(p) => Some(p.input),
            Parameters::InputConvolutional(p) => Some(p.input),
            _ => None,
        }
    }

    /// The convolution, of layers that have one.
    pub fn convolution(&self) -> Option<&ConvolutionParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&p.convolution),
            Parameters::Convolutional(p) => Some(&p.convolution),
            Parameters::SeparableConvolutional(p) => Some(&p.convolution),
            _ => None,
        }
    }

    /// The pooling, of layers that have one.
    pub fn pooling(&self) -> Option<&PoolingParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&p.pooling),
            Parameters::Convolutional(p) => Some(&p.pooling),
            Parameters::SeparableConvolutional(p) => Some(&p.pooling),
            _ => None,
        }
    }

    /// The convolution, to be changed before the layer is added.
    pub fn convolution_mut(&mut self) -> Option<&mut ConvolutionParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&mut p.convolution),
            Parameters::Convolutional(p) => Some(&mut p.convolution),
            Parameters::SeparableConvolutional(p) => Some(&mut p.convolution),
            _ => None,
        }
    }

    /// The pooling, to be changed before the layer is added.
    pub fn pooling_mut(&mut self) -> Option<&mut PoolingParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&mut p.pooling),
            Parameters::Convolutional(p) => Some(&mut p.pooling),
            Parameters::SeparableConvolutional(p) => Some(&mut p.pooling),
            _ => None,
        }
    }

    /// The activation, of every layer but `InputData`.
    pub fn activation(&self) -> Option<&ActivationParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&p.activation),
            Parameters::FullyConnected(p) => Some(&p.activation),
            Parameters::Convolutional(p) => Some(&p.activation),
            Parameters::SeparableConvolutional(p) => Some(&p.activation),
            _ => None,
        }
    }

    /// Bits of a weight, of every layer but `InputData`.
    pub fn weights_bits(&self) -> Option<u8> {
        match self {
            Parameters::FullyConnected(p) => Some(p.weights_bits),
            _ => self.convolution().map(|c| c.weights_bits),
        }
    }

    /// Neurons, or filters, of every layer but `InputData`.
    pub fn num_neurons(&self) -> Option<u32> {
        match self {
            Parameters::FullyConnected(p) => Some(p.num_neurons),
            _ => self.convolution().map(|c| c.num_neurons),
        }
    }

    /// The input map, to be changed before the layer is added.
    pub(crate) fn input_mut(&mut self) -> Option<&mut Dims> {
        match self {
            Parameters::InputData(p) => Some(&mut p.input),
            Parameters::InputConvolutional(p) => Some(&mut p.input),
            _ => None,
        }
    }

    /// The activation, to be changed before the layer is added.
    pub fn activation_mut(&mut self) -> Option<&mut ActivationParameters> {
        match self {
            Parameters::InputConvolutional(p) => Some(&mut p.activation),
            Parameters::FullyConnected(p) => Some(&mut p.activation),
            Parameters::Convolutional(p) => Some(&mut p.activation),
            Parameters::SeparableConvolutional(p) => Some(&mut p.activation),
            _ => None,
        }
    }

    /// The number of neurons, to be changed before the layer is added.
    pub(crate) fn num_neurons_mut(&mut self) -> Option<&mut u32> {
        match self {
            Parameters::FullyConnected(p) => Some(&mut p.num_neurons),
            _ => self.convolution_mut().map(|c| &mut c.num_neurons),
        }
    }

    /// Bits of a weight, to be changed before the layer is added.
    pub fn weights_bits_mut(&mut self) -> Option<&mut u8> {
        match self {
            Parameters::FullyConnected(p) => Some(&mut p.weights_bits),
            _ => self.convolution_mut().map(|c| &mut c.weights_bits),
        }
    }

    /// The value of positions outside the image, to be changed before the layer is added.
    pub(crate) fn padding_value_mut(&mut self) -> Option<&mut u8> {
        match self {
            Parameters::InputConvolutional(p) => Some(&mut p.padding_value),
            _ => None,
        }
    }
}

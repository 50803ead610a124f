//! A layer's parameters, to and from a dictionary with the names of the reference. Enumerations are words here.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, Parameters, PoolingParameters, PoolingType, SeparableConvolutional,
};

use crate::values::Fields;

const MODES: [(&str, ConvolutionMode); 3] =
    [("Valid", ConvolutionMode::Valid), ("Same", ConvolutionMode::Same), ("Full", ConvolutionMode::Full)];
const POOLINGS: [(&str, PoolingType); 3] =
    [("NoPooling", PoolingType::NoPooling), ("Max", PoolingType::Max), ("Average", PoolingType::Average)];

const SIDE: &str = "1 to 65535";
const WHOLE_OR_SIDE: &str = "-1 or 1 to 65535";
const WEIGHTS_BITS: &str = "1 to 8";
const LEVEL_BITS: &str = "1 to 4";

/// The parameters of a layer of this type.
pub fn parse(layer_type: &str, fields: &Bound<'_, PyDict>) -> PyResult<Parameters> {
    let fields = Fields(fields);
    Ok(match layer_type {
        "InputData" => Parameters::InputData(InputData { input: input(&fields)? }),
        "InputConvolutional" => Parameters::InputConvolutional(InputConvolutional {
            input: input(&fields)?,
            convolution: convolution(&fields)?,
            pooling: pooling(&fields)?,
            activation: activation(&fields)?,
            padding_value: fields.integer("padding_value", "0 to 255")?,
        }),
        "FullyConnected" => Parameters::FullyConnected(FullyConnected {
            num_neurons: fields.integer("num_neurons", SIDE)?,
            weights_bits: fields.integer("weights_bits", WEIGHTS_BITS)?,
            activation: activation(&fields)?,
        }),
        "Convolutional" => Parameters::Convolutional(Convolutional {
            convolution: convolution(&fields)?,
            pooling: pooling(&fields)?,
            activation: activation(&fields)?,
        }),
        "SeparableConvolutional" => Parameters::SeparableConvolutional(SeparableConvolutional {
            convolution: convolution(&fields)?,
            pooling: pooling(&fields)?,
            activation: activation(&fields)?,
        }),
        other => return Err(PyValueError::new_err(format!("there is no layer type {other}"))),
    })
}

fn input(fields: &Fields) -> PyResult<Dims> {
    Ok(Dims {
        width: fields.integer("input_width", SIDE)?,
        height: fields.integer("input_height", SIDE)?,
        channels: fields.integer("input_channels", SIDE)?,
    })
}

fn convolution(fields: &Fields) -> PyResult<ConvolutionParameters> {
    Ok(ConvolutionParameters {
        kernel_width: fields.integer("kernel_width", SIDE)?,
        kernel_height: fields.integer("kernel_height", SIDE)?,
        num_neurons: fields.integer("num_neurons", SIDE)?,
        convolution_mode: fields.word("convolution_mode", &MODES)?,
        stride_x: fields.integer("stride_x", SIDE)?,
        stride_y: fields.integer("stride_y", SIDE)?,
        weights_bits: fields.integer("weights_bits", WEIGHTS_BITS)?,
    })
}

fn pooling(fields: &Fields) -> PyResult<PoolingParameters> {
    Ok(PoolingParameters {
        pooling_width: fields.integer("pooling_width", WHOLE_OR_SIDE)?,
        pooling_height: fields.integer("pooling_height", WHOLE_OR_SIDE)?,
        pooling_type: fields.word("pooling_type", &POOLINGS)?,
        pooling_stride_x: fields.integer("pooling_stride_x", WHOLE_OR_SIDE)?,
        pooling_stride_y: fields.integer("pooling_stride_y", WHOLE_OR_SIDE)?,
    })
}

fn activation(fields: &Fields) -> PyResult<ActivationParameters> {
    Ok(ActivationParameters {
        activations_enabled: fields.truth("activations_enabled")?,
        threshold_fire: fields.integer("threshold_fire", "a 32-bit integer")?,
        threshold_fire_step: fields.number("threshold_fire_step")?,
        threshold_fire_bits: fields.integer("threshold_fire_bits", LEVEL_BITS)?,
    })
}

/// Parameters by name, in the order of the constructor's arguments.
pub fn dict<'py>(py: Python<'py>, parameters: &Parameters) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let input = match parameters {
        Parameters::InputData(p) => Some(p.input),
        Parameters::InputConvolutional(p) => Some(p.input),
        _ => None,
    };
    if let Some(Dims { width, height, channels }) = input {
        dict.set_item("input_width", width)?;
        dict.set_item("input_height", height)?;
        dict.set_item("input_channels", channels)?;
    }
    if let Some(p) = parameters.convolution() {
        dict.set_item("kernel_width", p.kernel_width)?;
        dict.set_item("kernel_height", p.kernel_height)?;
        dict.set_item("num_neurons", p.num_neurons)?;
        dict.set_item("convolution_mode", word(&MODES, p.convolution_mode))?;
        dict.set_item("stride_x", p.stride_x)?;
        dict.set_item("stride_y", p.stride_y)?;
    }
    if let Parameters::FullyConnected(p) = parameters {
        dict.set_item("num_neurons", p.num_neurons)?;
    }
    if let Some(bits) = parameters.weights_bits() {
        dict.set_item("weights_bits", bits)?;
    }
    if let Some(p) = parameters.pooling() {
        dict.set_item("pooling_width", p.pooling_width)?;
        dict.set_item("pooling_height", p.pooling_height)?;
        dict.set_item("pooling_type", word(&POOLINGS, p.pooling_type))?;
        dict.set_item("pooling_stride_x", p.pooling_stride_x)?;
        dict.set_item("pooling_stride_y", p.pooling_stride_y)?;
    }
    if let Some(p) = parameters.activation() {
        dict.set_item("activations_enabled", p.activations_enabled)?;
        dict.set_item("threshold_fire", p.threshold_fire)?;
        dict.set_item("threshold_fire_step", p.threshold_fire_step)?;
        dict.set_item("threshold_fire_bits", p.threshold_fire_bits)?;
    }
    if let Parameters::InputConvolutional(p) = parameters {
        dict.set_item("padding_value", p.padding_value)?;
    }
    Ok(dict)
}

fn word<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

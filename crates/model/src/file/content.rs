//! A model as a FlatBuffers table, and back.

use super::error::{Error, malformed};
use crate::dims::Dims;
use crate::generated as fbs;
use crate::kind::LayerKind;
use crate::layer::{Layer, LayerId};
use crate::learning::{Learning, LearningState};
use crate::limits::MAX_LAYERS;
use crate::model::Model;
use crate::parameters::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, FullyConnected,
    InputConvolutional, InputData, Parameters, PoolingParameters, PoolingType, SeparableConvolutional,
};
use crate::variables::VariableName;
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, VerifierOptions, WIPOffset};

/// Most bytes of a file, packed or not.
pub const MAX_RAW: u64 = 1 << 29;
/// Bytes that any packed file may unpack to, in addition to [`PER_FILE_BYTE`] for each of its bytes.
pub const FREE_RAW: u64 = 1 << 26;
/// Bytes that a packed file may unpack to for each of its bytes: weights of one bit, which lie in a byte each, pack as well as that.
pub const PER_FILE_BYTE: u64 = 8;
/// Tables of one layer: itself, its parameters, three within, and what it has learned.
const TABLES: usize = 6;
/// A layer's convolution is the fourth table from the root.
const MAX_DEPTH: usize = 8;
/// More than a layer takes besides its name, its inbound layers and its variables.
const LAYER: u64 = 512;

/// At least the bytes that a model takes.
pub fn size(model: &Model) -> u64 {
    let layer = |l: &Layer| {
        let v = &l.variables;
        // Learning steps are as many as learning thresholds.
        let words = v.threshold_fire.len() + v.threshold_fire_step.len() + 2 * v.threshold_learning.len();
        let bytes = l.name.len() + 2 * l.inbound.len() + v.weights.len() + v.weights_pw.len() + 4 * words;
        LAYER + bytes as u64
    };
    LAYER + model.name.len() as u64 + model.layers().iter().map(layer).sum::<u64>()
}

pub fn encode(model: &Model) -> Vec<u8> {
    let mut b = FlatBufferBuilder::new();
    let layers: Vec<_> = model.layers().iter().map(|layer| put_layer(&mut b, layer)).collect();
    let name = Some(b.create_string(&model.name));
    let layers = Some(b.create_vector(&layers));
    let root = fbs::Model::create(&mut b, &fbs::ModelArgs { name, layers });
    b.finish(root, None);
    b.finished_data().to_vec()
}

fn put_layer<'a>(b: &mut FlatBufferBuilder<'a>, layer: &Layer) -> WIPOffset<fbs::Layer<'a>> {
    let v = &layer.variables;
    let set = |name| v.weights_set || v.half_set == Some(name);
    let separable = layer.kind() == LayerKind::SeparableConvolutional;
    let activation = layer.parameters.activation().is_some();
    let inbound: Vec<u16> = layer.inbound.iter().map(|id| id.0 as u16).collect();
    let (parameters_type, parameters) = put_parameters(b, &layer.parameters);
    let args = fbs::LayerArgs {
        name: Some(b.create_string(&layer.name)),
        parameters_type,
        parameters: Some(parameters),
        inbound: Some(b.create_vector(&inbound)),
        weights: set(VariableName::Weights).then(|| b.create_vector(&v.weights)),
        weights_pw: (separable && set(VariableName::WeightsPw)).then(|| b.create_vector(&v.weights_pw)),
        threshold_fire: activation.then(|| b.create_vector(&v.threshold_fire)),
        threshold_fire_step: activation.then(|| b.create_vector(&v.threshold_fire_step)),
        learning: layer.learning.as_ref().map(|state| put_learning(b, state, &v.threshold_learning)),
    };
    fbs::Layer::create(b, &args)
}

fn put_learning<'a>(
    b: &mut FlatBufferBuilder<'a>,
    state: &LearningState,
    thresholds: &[i32],
) -> WIPOffset<fbs::Learning<'a>> {
    let p = state.parameters();
    let args = fbs::LearningArgs {
        num_weights: p.num_weights,
        num_classes: p.num_classes,
        initial_plasticity: p.initial_plasticity,
        learning_competition: p.learning_competition,
        min_plasticity: p.min_plasticity,
        plasticity_decay: p.plasticity_decay,
        seed: p.seed,
        steps: Some(b.create_vector(state.steps())),
        threshold_learning: Some(b.create_vector(thresholds)),
    };
    fbs::Learning::create(b, &args)
}

fn put_parameters(
    b: &mut FlatBufferBuilder<'_>,
    parameters: &Parameters,
) -> (fbs::Parameters, WIPOffset<UnionWIPOffset>) {
    let convolution = parameters.convolution().map(|c| put_convolution(b, c));
    let pooling = parameters.pooling().map(|p| put_pooling(b, p));
    let activation = parameters.activation().map(|a| put_activation(b, a));
    match parameters {
        Parameters::InputData(p) => {
            let args = fbs::InputDataArgs { input: Some(&put_dims(p.input)) };
            (fbs::Parameters::InputData, fbs::InputData::create(b, &args).as_union_value())
        }
        Parameters::InputConvolutional(p) => {
            let input = put_dims(p.input);
            let args = fbs::InputConvolutionalArgs {
                input: Some(&input),
                convolution,
                pooling,
                activation,
                padding_value: p.padding_value,
            };
            let table = fbs::InputConvolutional::create(b, &args);
            (fbs::Parameters::InputConvolutional, table.as_union_value())
        }
        Parameters::FullyConnected(p) => {
            let (num_neurons, weights_bits) = (p.num_neurons, p.weights_bits);
            let args = fbs::FullyConnectedArgs { num_neurons, weights_bits, activation };
            (fbs::Parameters::FullyConnected, fbs::FullyConnected::create(b, &args).as_union_value())
        }
        Parameters::Convolutional(_) => {
            let args = fbs::ConvolutionalArgs { convolution, pooling, activation };
            (fbs::Parameters::Convolutional, fbs::Convolutional::create(b, &args).as_union_value())
        }
        Parameters::SeparableConvolutional(_) => {
            let args = fbs::SeparableConvolutionalArgs { convolution, pooling, activation };
            let table = fbs::SeparableConvolutional::create(b, &args);
            (fbs::Parameters::SeparableConvolutional, table.as_union_value())
        }
    }
}

fn put_dims(dims: Dims) -> fbs::Dims {
    fbs::Dims::new(dims.width, dims.height, dims.channels)
}

fn put_convolution<'a>(
    b: &mut FlatBufferBuilder<'a>,
    c: &ConvolutionParameters,
) -> WIPOffset<fbs::Convolution<'a>> {
    let args = fbs::ConvolutionArgs {
        kernel_width: c.kernel_width,
        kernel_height: c.kernel_height,
        num_neurons: c.num_neurons,
        convolution_mode: fbs::ConvolutionMode(c.convolution_mode as u8),
        stride_x: c.stride_x,
        stride_y: c.stride_y,
        weights_bits: c.weights_bits,
    };
    fbs::Convolution::create(b, &args)
}

fn put_pooling<'a>(b: &mut FlatBufferBuilder<'a>, p: &PoolingParameters) -> WIPOffset<fbs::Pooling<'a>> {
    let args = fbs::PoolingArgs {
        pooling_width: p.pooling_width,
        pooling_height: p.pooling_height,
        pooling_type: fbs::PoolingType(p.pooling_type as u8),
        pooling_stride_x: p.pooling_stride_x,
        pooling_stride_y: p.pooling_stride_y,
    };
    fbs::Pooling::create(b, &args)
}

fn put_activation<'a>(
    b: &mut FlatBufferBuilder<'a>,
    a: &ActivationParameters,
) -> WIPOffset<fbs::Activation<'a>> {
    let args = fbs::ActivationArgs {
        activations_enabled: a.activations_enabled,
        threshold_fire: a.threshold_fire,
        threshold_fire_step: a.threshold_fire_step,
        threshold_fire_bits: a.threshold_fire_bits,
    };
    fbs::Activation::create(b, &args)
}

pub fn decode(bytes: &[u8]) -> Result<Model, Vec<Error>> {
    let options = VerifierOptions {
        max_depth: MAX_DEPTH,
        // One layer more than a model may have is refused by the model, with a better message.
        max_tables: TABLES * (MAX_LAYERS + 1) + 1,
        // Parts that several layers refer to count for each: they are copied into each.
        max_apparent_size: bytes.len() + LAYER as usize * (MAX_LAYERS + 1),
        ..VerifierOptions::default()
    };
    let root = flatbuffers::root_with_opts::<fbs::Model>(&options, bytes).map_err(|e| vec![malformed(e)])?;
    let mut model = Model::new(root.name());
    let mut errors = Vec::new();
    for (index, layer) in root.layers().iter().enumerate() {
        let parameters = get_parameters(index, &layer).map_err(|e| vec![e])?;
        thresholds(index, &layer, &parameters).map_err(|e| vec![e])?;
        let inbound: Vec<LayerId> = layer.inbound().iter().map(|id| LayerId(id.into())).collect();
        let id = model.add(layer.name(), parameters, &inbound).map_err(|e| {
            let more = e.into_iter().map(Error::from);
            errors.drain(..).chain(more).collect::<Vec<_>>()
        })?;
        let mut wrong = set_variables(&mut model, id, &layer);
        if wrong.is_empty()
            && let Some(learning) = layer.learning()
        {
            let thresholds: Vec<i32> = learning.threshold_learning().iter().collect();
            let restored = model.restore_learning(id, get_learning(&learning), &thresholds);
            wrong.extend(restored.err().into_iter().flatten());
        }
        errors.extend(wrong.into_iter().map(Error::from));
    }
    if errors.is_empty() { Ok(model) } else { Err(errors) }
}

/// There are as many thresholds and steps as neurons, so that a small file cannot ask for many.
fn thresholds(layer: usize, file: &fbs::Layer<'_>, parameters: &Parameters) -> Result<(), Error> {
    let expected = parameters.num_neurons().unwrap_or(0) as usize;
    let counts = [
        ("threshold_fire", file.threshold_fire().map_or(0, |v| v.len())),
        ("threshold_fire_step", file.threshold_fire_step().map_or(0, |v| v.len())),
    ];
    match counts.into_iter().find(|&(_, found)| found != expected) {
        None => Ok(()),
        Some((variable, found)) => Err(Error::ThresholdCount { layer, variable, found, expected }),
    }
}

/// Sets what the file has; gives what cannot be set.
fn set_variables(model: &mut Model, id: LayerId, file: &fbs::Layer<'_>) -> Vec<crate::error::Error> {
    let mut errors = Vec::new();
    let mut note = |result: Result<(), _>| errors.extend(result.err());
    for (name, weights) in
        [(VariableName::Weights, file.weights()), (VariableName::WeightsPw, file.weights_pw())]
    {
        if let Some(weights) = weights {
            let weights: Vec<i8> = weights.bytes().iter().map(|&byte| byte as i8).collect();
            note(model.set_variable(id, name, &weights[..]));
        }
    }
    if model.layer(id).parameters.activation().is_some() {
        let thresholds: Vec<i32> = file.threshold_fire().into_iter().flatten().collect();
        note(model.set_variable(id, VariableName::ThresholdFire, &thresholds[..]));
        let steps: Vec<f32> = file.threshold_fire_step().into_iter().flatten().collect();
        note(model.set_variable(id, VariableName::ThresholdFireStep, &steps[..]));
    }
    errors
}

fn get_parameters(layer: usize, file: &fbs::Layer<'_>) -> Result<Parameters, Error> {
    let unknown = Error::UnknownKind { layer, field: "parameters", found: file.parameters_type().0 };
    Ok(match file.parameters_type() {
        fbs::Parameters::InputData => {
            let p = file.parameters_as_input_data().ok_or(unknown)?;
            Parameters::InputData(InputData { input: get_dims(p.input()) })
        }
        fbs::Parameters::InputConvolutional => {
            let p = file.parameters_as_input_convolutional().ok_or(unknown)?;
            Parameters::InputConvolutional(InputConvolutional {
                input: get_dims(p.input()),
                convolution: get_convolution(layer, p.convolution())?,
                pooling: get_pooling(layer, p.pooling())?,
                activation: get_activation(p.activation()),
                padding_value: p.padding_value(),
            })
        }
        fbs::Parameters::FullyConnected => {
            let p = file.parameters_as_fully_connected().ok_or(unknown)?;
            Parameters::FullyConnected(FullyConnected {
                num_neurons: p.num_neurons(),
                weights_bits: p.weights_bits(),
                activation: get_activation(p.activation()),
            })
        }
        fbs::Parameters::Convolutional => {
            let p = file.parameters_as_convolutional().ok_or(unknown)?;
            Parameters::Convolutional(Convolutional {
                convolution: get_convolution(layer, p.convolution())?,
                pooling: get_pooling(layer, p.pooling())?,
                activation: get_activation(p.activation()),
            })
        }
        fbs::Parameters::SeparableConvolutional => {
            let p = file.parameters_as_separable_convolutional().ok_or(unknown)?;
            Parameters::SeparableConvolutional(SeparableConvolutional {
                convolution: get_convolution(layer, p.convolution())?,
                pooling: get_pooling(layer, p.pooling())?,
                activation: get_activation(p.activation()),
            })
        }
        _ => return Err(unknown),
    })
}

fn get_learning(file: &fbs::Learning<'_>) -> LearningState {
    let parameters = Learning {
        num_weights: file.num_weights(),
        num_classes: file.num_classes(),
        initial_plasticity: file.initial_plasticity(),
        learning_competition: file.learning_competition(),
        min_plasticity: file.min_plasticity(),
        plasticity_decay: file.plasticity_decay(),
        seed: file.seed(),
    };
    LearningState { parameters, steps: file.steps().iter().collect() }
}

fn get_dims(dims: &fbs::Dims) -> Dims {
    Dims { width: dims.width(), height: dims.height(), channels: dims.channels() }
}

/// The value that a file counts as `found`.
fn known<T: Copy>(layer: usize, field: &'static str, all: &[T], found: u8) -> Result<T, Error> {
    all.get(usize::from(found)).copied().ok_or(Error::UnknownKind { layer, field, found })
}

fn get_convolution(layer: usize, c: fbs::Convolution<'_>) -> Result<ConvolutionParameters, Error> {
    Ok(ConvolutionParameters {
        kernel_width: c.kernel_width(),
        kernel_height: c.kernel_height(),
        num_neurons: c.num_neurons(),
        convolution_mode: known(layer, "convolution_mode", ConvolutionMode::ALL, c.convolution_mode().0)?,
        stride_x: c.stride_x(),
        stride_y: c.stride_y(),
        weights_bits: c.weights_bits(),
    })
}

fn get_pooling(layer: usize, p: fbs::Pooling<'_>) -> Result<PoolingParameters, Error> {
    Ok(PoolingParameters {
        pooling_width: p.pooling_width(),
        pooling_height: p.pooling_height(),
        pooling_type: known(layer, "pooling_type", PoolingType::ALL, p.pooling_type().0)?,
        pooling_stride_x: p.pooling_stride_x(),
        pooling_stride_y: p.pooling_stride_y(),
    })
}

fn get_activation(a: fbs::Activation<'_>) -> ActivationParameters {
    ActivationParameters {
        activations_enabled: a.activations_enabled(),
        threshold_fire: a.threshold_fire(),
        threshold_fire_step: a.threshold_fire_step(),
        threshold_fire_bits: a.threshold_fire_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::{Allowed, ParameterValue};

    fn round_trip(parameters: &Parameters) -> Parameters {
        let mut b = FlatBufferBuilder::new();
        let (parameters_type, table) = put_parameters(&mut b, parameters);
        let args = fbs::LayerArgs {
            name: Some(b.create_string("")),
            parameters_type,
            parameters: Some(table),
            inbound: Some(b.create_vector::<u16>(&[])),
            ..Default::default()
        };
        let root = fbs::Layer::create(&mut b, &args);
        b.finish(root, None);
        let layer = flatbuffers::root::<fbs::Layer>(b.finished_data()).unwrap();
        get_parameters(0, &layer).unwrap()
    }

    /// Every parameter of the table is in the file: each has a value of its own, which is not the default.
    #[test]
    fn a_file_has_every_parameter() {
        for &kind in LayerKind::ALL {
            let mut parameters = Parameters::new(kind);
            for (index, parameter) in (0..).zip(kind.parameters()) {
                let value = match parameter.allowed {
                    Allowed::Integers(min, max) => ParameterValue::Integer((min + 2 + index).min(max)),
                    Allowed::OneOf(known) => ParameterValue::Integer(known[known.len() - 1]),
                    Allowed::Int32 => ParameterValue::Integer(-1000 - index),
                    Allowed::Window => ParameterValue::Integer(100 + index),
                    Allowed::Positive => ParameterValue::Number(2.5),
                    Allowed::Truth => ParameterValue::Truth(false),
                    Allowed::Words(words) => ParameterValue::Word(words[words.len() - 1]),
                };
                assert!(parameter.allowed.contains(value), "{kind} {}", parameter.name);
                assert_ne!(parameter.get(&parameters), Some(value), "{kind} {}", parameter.name);
                parameter.set(&mut parameters, value).unwrap();
            }
            assert_eq!(round_trip(&parameters), parameters, "{kind}");
        }
    }

    /// Files count the values of enumerations as the code does.
    #[test]
    fn enumerations_are_counted_alike() {
        let modes = fbs::ConvolutionMode::ENUM_VALUES.iter().map(|mode| mode.variant_name().unwrap());
        assert!(modes.eq(ConvolutionMode::WORDS.iter().copied()));
        let types = fbs::PoolingType::ENUM_VALUES.iter().map(|kind| kind.variant_name().unwrap());
        assert!(types.eq(PoolingType::WORDS.iter().copied()));
    }
}

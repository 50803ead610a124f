//! What can be wrong with a model, an input or a request.

use crate::input_order::InputOrder;
use spikemesh_model::Dims;
use spikemesh_words::plural;

/// An error of the engine.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// The model has no layer: there is nothing to run.
    #[error("the model has no layers")]
    #[diagnostic(code(engine::empty_model), help("add an input layer first"))]
    EmptyModel,

    /// Layers whose weights were never set: they would compute with zeros, so the model is refused.
    #[error("weights are not set in {}", .layers.join(", "))]
    #[diagnostic(
        code(engine::unset_weights),
        help("set `weights` (and `weights_pw` of separable layers), or load a model that has them")
    )]
    UnsetWeights {
        /// Names of the layers, in the model's order.
        layers: Vec<String>,
    },

    /// A tensor whose number of values is not the product of its sizes.
    #[error("the input holds {}, its shape {shape:?} wants {expected}", plural(*values, "value", "values"))]
    #[diagnostic(code(engine::input_length), help("the data must be the whole array, row-major"))]
    InputLength {
        /// Sizes of the tensor.
        shape: [usize; 4],
        /// Their product.
        expected: usize,
        /// Values that came.
        values: usize,
    },

    /// Images of another number of channels than 1 or 3.
    #[error("images have 1 or 3 channels, the input has {channels}")]
    #[diagnostic(code(engine::image_channels), help("pass other inputs as events (`Sparse`)"))]
    ImageChannels {
        /// Channels that came.
        channels: usize,
    },

    /// Sizes that are not those of the input layer: the whole call is refused.
    #[error("the input is {found:?} in {axes}, layer `{layer}` takes {expected}")]
    #[diagnostic(
        code(engine::input_shape),
        help("images are (samples, height, width, channels), events (samples, width, height, channels)")
    )]
    InputShape {
        /// The input layer.
        layer: String,
        /// Names of the axes, as they came.
        axes: &'static str,
        /// Sizes that came.
        found: [usize; 4],
        /// What the layer takes, width x height x channels.
        expected: Dims,
    },

    /// The array does not fit in the order that it was read in, and would in the other: nothing is transposed silently.
    #[error(
        "the array {found:?} read as {order} has width and height exchanged: {expected} go in, and as {other} it fits"
    )]
    #[diagnostic(
        code(engine::input_order),
        help("name the order with `--order {}`, or transpose the array", other.name())
    )]
    InputOrder {
        /// Sizes that came.
        found: [usize; 4],
        /// The order that does not fit.
        order: InputOrder,
        /// The order that fits.
        other: InputOrder,
        /// What the model or program takes, width x height x channels.
        expected: Dims,
    },

    /// Values outside what the input layer takes: the whole call is refused.
    #[error(
        "{count} input values are out of range, the first is {value} in sample {sample} at x {x}, y {y}, channel {c}; layer \
         `{layer}` takes {min}..={max}"
    )]
    #[diagnostic(code(engine::input_value), help("quantise the input to the layer's range"))]
    InputValue {
        /// The input layer.
        layer: String,
        /// Values out of range.
        count: usize,
        /// Sample of the first.
        sample: usize,
        /// Its column.
        x: usize,
        /// Its row.
        y: usize,
        /// Its channel.
        c: usize,
        /// The first such value.
        value: u8,
        /// Smallest value allowed.
        min: u8,
        /// Largest value allowed.
        max: u8,
    },

    /// Events outside the tensor's own sizes: the whole call is refused.
    #[error(
        "{} outside the input's sizes {shape:?}, the first is event {index} at ({n}, {x}, {y}, {c})", plural(*count, "event lies", "events lie")
    )]
    #[diagnostic(code(engine::input_coordinate), help("coordinates are (n, x, y, c) and start at 0"))]
    InputCoordinate {
        /// Sizes (n, w, h, c).
        shape: [usize; 4],
        /// Events outside.
        count: usize,
        /// Index of the first in the list of events.
        index: usize,
        /// Its sample.
        n: u32,
        /// Its column.
        x: u32,
        /// Its row.
        y: u32,
        /// Its channel.
        c: u32,
    },

    /// A sample that the input does not have.
    #[error("sample {sample} is asked for, the input has {samples}")]
    #[diagnostic(code(engine::sample), help("samples count from 0"))]
    Sample {
        /// The sample.
        sample: usize,
        /// How many there are.
        samples: usize,
    },

    /// A layer that the model does not have.
    #[error("layer {layer} is asked for, the model has {layers}")]
    #[diagnostic(
        code(engine::unknown_layer),
        help("layers count from 0, in the order in which they were added")
    )]
    UnknownLayer {
        /// Index of the layer.
        layer: usize,
        /// How many there are.
        layers: usize,
    },

    /// A potential that leaves the engine but does not fit 32 bits; the call has no result.
    #[error(
        "layer `{layer}`, neuron {neuron}: the potential {potential} of sample {sample} at x {x}, y {y} does not fit 32 bits"
    )]
    #[diagnostic(
        code(engine::potential_range),
        help("use smaller weights, a smaller map to sum over, or enable the layer's activation")
    )]
    PotentialRange {
        /// The layer.
        layer: String,
        /// The neuron.
        neuron: usize,
        /// The sample.
        sample: usize,
        /// Column of the output map.
        x: usize,
        /// Row of the output map.
        y: usize,
        /// The potential.
        potential: i64,
    },

    /// `evaluate` on a model that is only an `InputData`: nothing is computed there.
    #[error("the model is only an InputData: it has no potentials to evaluate")]
    #[diagnostic(code(engine::evaluate_input), help("add a layer, or use `forward`"))]
    EvaluateInput,

    /// `evaluate` on a model whose last layer has an activation: its potentials are not results.
    #[error("layer `{layer}` has an activation: it yields levels, not potentials")]
    #[diagnostic(
        code(engine::evaluate_activation),
        help("set `activations_enabled` of the last layer to false, or use `forward`")
    )]
    EvaluateActivation {
        /// The last layer.
        layer: String,
    },

    /// A number of classes that does not divide the last layer's neurons into equal groups.
    #[error("the {} of layer `{layer}` cannot be divided into {}", plural(*neurons, "neuron", "neurons"), plural(*classes, "class", "classes"))]
    #[diagnostic(
        code(engine::classes),
        help("`num_classes` must be at least 1 and divide the number of neurons")
    )]
    Classes {
        /// The last layer.
        layer: String,
        /// Classes asked for.
        classes: usize,
        /// Neurons of the last layer.
        neurons: usize,
    },

    /// The stop flag was set, or an observer or `progress` broke off; there is no result.
    #[error("the work was stopped at sample {sample}")]
    #[diagnostic(code(engine::stopped))]
    Stopped {
        /// The sample that was being computed or observed.
        sample: usize,
    },

    /// The last layer was never made ready to learn.
    #[error("layer `{layer}` is not compiled: it cannot learn")]
    #[diagnostic(code(engine::not_compiled), help("call `compile` first; the last layer of a model learns"))]
    NotCompiled {
        /// The last layer.
        layer: String,
    },

    /// The engine was made from another model, or from this one before layers were added or removed: it would teach it nonsense.
    #[error("the engine was not made from the model `{model}` as it is")]
    #[diagnostic(code(engine::other_model), help("make a new engine from the model"))]
    OtherModel {
        /// Name of the model.
        model: String,
    },

    /// Neither a label for each sample nor one for all: nothing is learned.
    #[error("{} for {}", plural(*labels, "label", "labels"), plural(*samples, "sample", "samples"))]
    #[diagnostic(code(engine::label_count), help("give one label per sample, or a single one for all"))]
    LabelCount {
        /// Labels that came.
        labels: usize,
        /// Samples of the input.
        samples: usize,
    },

    /// A label below 0 names no class: nothing is learned.
    #[error("label {index} is {label}, classes count from 0")]
    #[diagnostic(
        code(engine::negative_label),
        help(
            "give a sample that belongs to no class a label of at least `num_classes`: it is then forwarded only"
        )
    )]
    NegativeLabel {
        /// Index of the first such label.
        index: usize,
        /// The label.
        label: i64,
    },
}

impl Error {
    /// True if the call came at the wrong time, rather than with wrong values: the model has to be changed first.
    pub fn is_state(&self) -> bool {
        matches!(self, Error::NotCompiled { .. } | Error::EvaluateActivation { .. })
    }
}

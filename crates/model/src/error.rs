//! What can be wrong with a model.

use crate::dims::Dims;
use crate::kind::LayerKind;
use spikemesh_words::plural;

/// A layer, a graph or a variable that cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// A parameter is outside of its range: the layer would have no meaning, or no end.
    #[error("layer `{layer}`: {parameter} is {value}, allowed is {allowed}")]
    #[diagnostic(code(model::parameter_range), help("set `{parameter}` to {allowed}"))]
    ParameterRange {
        /// Name of the layer.
        layer: String,
        /// Name of the parameter.
        parameter: &'static str,
        /// What came.
        value: String,
        /// What is allowed.
        allowed: String,
    },

    /// A name that cannot be shown in one line of a report or as a scope of a wave file.
    #[error("layer name {layer:?} has {problem}")]
    #[diagnostic(code(model::layer_name), help("use at most {limit} printable characters"))]
    LayerName {
        /// The name.
        layer: String,
        /// What is wrong with it.
        problem: &'static str,
        /// Longest name in bytes.
        limit: usize,
    },

    /// Two layers share a name, so that neither can be meant by it.
    #[error("layer name `{layer}` is taken by layer {index}")]
    #[diagnostic(code(model::duplicate_name), help("give each layer a name of its own, or none"))]
    DuplicateName {
        /// The name.
        layer: String,
        /// Index of the layer that has it.
        index: usize,
    },

    /// The model does not start with an input layer, so no shape is known.
    #[error("layer `{layer}` comes first but is a {kind}, not an input layer")]
    #[diagnostic(code(model::no_input), help("start with an InputData or an InputConvolutional"))]
    NoInput {
        /// Name of the layer.
        layer: String,
        /// Its type.
        kind: LayerKind,
    },

    /// Only one layer takes the input.
    #[error("layer `{layer}` is an {kind} but not the first layer")]
    #[diagnostic(code(model::second_input), help("a model has one input layer, and it comes first"))]
    SecondInput {
        /// Name of the layer.
        layer: String,
        /// Its type.
        kind: LayerKind,
    },

    /// An inbound layer is not in the model (yet).
    #[error("layer `{layer}`: inbound layer {index} does not exist, the model has {}", plural(*layers, "layer", "layers"))]
    #[diagnostic(code(model::unknown_inbound), help("add a layer after the layers that feed it"))]
    UnknownInbound {
        /// Name of the layer.
        layer: String,
        /// Index of the inbound layer.
        index: usize,
        /// Layers in the model.
        layers: usize,
    },

    /// An inbound layer is listed twice; its events would need two places at once.
    #[error("layer `{layer}`: inbound layer `{inbound}` is listed twice")]
    #[diagnostic(code(model::inbound_twice), help("list each inbound layer once"))]
    InboundTwice {
        /// Name of the layer.
        layer: String,
        /// Name of the inbound layer.
        inbound: String,
    },

    /// Raw potentials are not events: they cannot enter a layer.
    #[error("layer `{layer}`: inbound layer `{inbound}` has no activation")]
    #[diagnostic(
        code(model::inbound_potentials),
        help("enable the activation of `{inbound}`; only the last layer may go without")
    )]
    InboundPotentials {
        /// Name of the layer.
        layer: String,
        /// Name of the inbound layer.
        inbound: String,
    },

    /// Maps of different sizes cannot be concatenated along their channels.
    #[error("layer `{layer}`: inbound `{inbound}` is {dims} but `{first}` is {first_dims}")]
    #[diagnostic(code(model::inbound_sizes), help("inbound layers need equal width and height"))]
    InboundSizes {
        /// Name of the layer.
        layer: String,
        /// First inbound layer.
        first: String,
        /// Its output.
        first_dims: Dims,
        /// The inbound layer that differs.
        inbound: String,
        /// Its output.
        dims: Dims,
    },

    /// Without padding there is no position for the kernel or the pooling window.
    #[error(
        "layer `{layer}`: {parameter} is {size}, more than the {input} positions that `Valid` slides it over"
    )]
    #[diagnostic(
        code(model::window_too_large),
        help("set `{parameter}` to at most {input}, or `convolution_mode` to Same")
    )]
    WindowTooLarge {
        /// Name of the layer.
        layer: String,
        /// Name of the parameter.
        parameter: &'static str,
        /// Window length.
        size: u32,
        /// Length of the axis.
        input: u32,
    },

    /// Average pooling is a sum over the whole map; there is no other.
    #[error(
        "layer `{layer}`: average pooling over {width}x{height} of a {map_width}x{map_height} map is not global"
    )]
    #[diagnostic(
        code(model::average_not_global),
        help("set `pooling_width` and `pooling_height` to -1, or `pooling_type` to Max")
    )]
    AverageNotGlobal {
        /// Name of the layer.
        layer: String,
        /// Window columns asked for.
        width: i32,
        /// Window rows asked for.
        height: i32,
        /// Columns of the convolution's output.
        map_width: u32,
        /// Rows of the convolution's output.
        map_height: u32,
    },

    /// A map with a side that coordinates cannot hold.
    #[error("layer `{layer}`: its {map} is {dims}, a side is at most {limit}, not {side}")]
    #[diagnostic(code(model::side_too_large), help("reduce the size, the padding or the number of channels"))]
    SideTooLarge {
        /// Name of the layer.
        layer: String,
        /// Which map.
        map: &'static str,
        /// Its size.
        dims: Dims,
        /// The side.
        side: u32,
        /// The limit.
        limit: u32,
    },

    /// A map that would not fit into memory.
    #[error("layer `{layer}`: its {map} of {dims} has {}, the limit is {limit}", plural(*values, "value", "values"))]
    #[diagnostic(code(model::map_too_large), help("reduce the size, the padding or the number of channels"))]
    MapTooLarge {
        /// Name of the layer.
        layer: String,
        /// Which map.
        map: &'static str,
        /// Its size.
        dims: Dims,
        /// Its values.
        values: u64,
        /// The limit.
        limit: u64,
    },

    /// More weights than fit into memory.
    #[error("layer `{layer}`: {}, {left} are left of the {limit} that a model may have", plural(*weights, "weight", "weights"))]
    #[diagnostic(code(model::too_many_weights), help("reduce the kernel, the inputs or `num_neurons`"))]
    TooManyWeights {
        /// Name of the layer.
        layer: String,
        /// Weights of the layer.
        weights: u64,
        /// Weights that the model may still take.
        left: u64,
        /// The limit of a model.
        limit: u64,
    },

    /// More layers than a model may have.
    #[error("layer `{layer}` would be layer number {count}, the limit is {limit}")]
    #[diagnostic(code(model::too_many_layers), help("split the model"))]
    TooManyLayers {
        /// Name of the layer.
        layer: String,
        /// Layers with this one.
        count: usize,
        /// The limit.
        limit: usize,
    },

    /// The model has no such layer.
    #[error("no layer has index {index}, the model has {}", plural(*layers, "layer", "layers"))]
    #[diagnostic(code(model::unknown_layer), help("indices start at 0"))]
    UnknownLayer {
        /// The index.
        index: usize,
        /// Layers in the model.
        layers: usize,
    },

    /// The layer has no such variable.
    #[error("layer `{layer}` has no variable `{variable}`")]
    #[diagnostic(code(model::unknown_variable), help("its variables are: {known}"))]
    UnknownVariable {
        /// Name of the layer.
        layer: String,
        /// The variable.
        variable: String,
        /// Variables of the layer.
        known: String,
    },

    /// The number of values does not fit the variable's shape.
    #[error("layer `{layer}`: {variable} got {}, its shape is {shape:?}, {}", plural(*count, "value", "values"), plural(*expected, "value", "values"))]
    #[diagnostic(
        code(model::variable_length),
        help("row-major (width, height, channels, neurons), or (neurons) for thresholds")
    )]
    VariableLength {
        /// Name of the layer.
        layer: String,
        /// The variable.
        variable: &'static str,
        /// Values that came.
        count: usize,
        /// Shape of the variable.
        shape: Vec<usize>,
        /// Values of the variable.
        expected: usize,
    },

    /// Values of a type that the variable cannot hold without rounding.
    #[error("layer `{layer}`: {variable} got {got} values, it holds integers")]
    #[diagnostic(code(model::variable_type), help("convert the values to an integer type"))]
    VariableType {
        /// Name of the layer.
        layer: String,
        /// The variable.
        variable: &'static str,
        /// Type that came.
        got: &'static str,
    },

    /// A value that the variable cannot hold.
    #[error("layer `{layer}`: {variable} at index {index:?} is {value}, allowed is {allowed}")]
    #[diagnostic(code(model::variable_range), help("clip or quantise the values to {allowed}"))]
    VariableRange {
        /// Name of the layer.
        layer: String,
        /// The variable.
        variable: &'static str,
        /// Place of the first such value, in the variable's shape.
        index: Vec<usize>,
        /// The value.
        value: String,
        /// What is allowed.
        allowed: String,
    },

    /// Weights that were never set are zeros that nobody meant: such a model must not run.
    #[error("no weights have been set for: {layers}")]
    #[diagnostic(
        code(model::unset_weights),
        help("load a model that has weights, or draw random ones with --random-weights SEED")
    )]
    UnsetWeights {
        /// Names of the layers.
        layers: String,
    },

    /// There is no layer that could be compiled, or learn.
    #[error("the model has no layers")]
    #[diagnostic(code(model::empty), help("add an input layer first"))]
    Empty,

    /// The last layer has never been made ready to learn: it has no state that could be used.
    #[error("layer `{layer}` is not compiled: it cannot learn")]
    #[diagnostic(code(model::not_compiled), help("call `compile` first; the last layer of a model learns"))]
    NotCompiled {
        /// Name of the layer.
        layer: String,
    },

    /// Only fully connected layers learn.
    #[error("layer `{layer}` is a {kind}: only a FullyConnected layer learns")]
    #[diagnostic(
        code(model::learning_layer),
        help("end the model with a FullyConnected layer of 1-bit weights")
    )]
    LearningLayer {
        /// Name of the layer.
        layer: String,
        /// Its type.
        kind: LayerKind,
    },

    /// Learning moves ones: there is no rule for other weights.
    #[error("layer `{layer}` has weights of {}: a layer that learns has 1-bit weights", plural(*bits, "bit", "bits"))]
    #[diagnostic(code(model::learning_weights), help("set `weights_bits` of `{layer}` to 1"))]
    LearningWeights {
        /// Name of the layer.
        layer: String,
        /// Bits of a weight.
        bits: u8,
    },

    /// Learning sees events, not levels.
    #[error(
        "layer `{layer}`: inbound layer `{inbound}` sends {}, a layer that learns takes 1-bit events", plural(*bits, "bit", "bits")
    )]
    #[diagnostic(code(model::learning_input), help("set `threshold_fire_bits` of `{inbound}` to 1"))]
    LearningInput {
        /// Name of the layer.
        layer: String,
        /// Name of the inbound layer.
        inbound: String,
        /// Bits of its levels.
        bits: u8,
    },

    /// A neuron of a compiled layer with more or fewer ones than it was compiled with: learning keeps their number, so that the damage would stay.
    #[error("layer `{layer}`: neuron {neuron} has {ones} ones, the layer was compiled with {expected}")]
    #[diagnostic(code(model::learning_ones), help("give every neuron {expected} ones, or compile again"))]
    LearningOnes {
        /// Name of the layer.
        layer: String,
        /// The first such neuron.
        neuron: usize,
        /// Its ones.
        ones: u32,
        /// Ones of every neuron, `num_weights`.
        expected: u32,
    },

    /// Learning steps that are not one for each neuron; they come from a damaged file.
    #[error("layer `{layer}`: learning steps of {}, the layer has {neurons}", plural(*count, "neuron", "neurons"))]
    #[diagnostic(
        code(model::learning_steps),
        help("the file is damaged: save the model again, or copy the file again")
    )]
    LearningSteps {
        /// Name of the layer.
        layer: String,
        /// Steps that came.
        count: usize,
        /// Neurons of the layer.
        neurons: usize,
    },
}

impl Error {
    /// True if the call came at the wrong time, rather than with wrong values: the model has to be changed first.
    pub fn is_state(&self) -> bool {
        matches!(self, Error::NotCompiled { .. } | Error::Empty)
    }

    /// The parameter of the layer that causes the error, where it is one.
    pub fn parameter(&self) -> Option<&'static str> {
        match self {
            Error::ParameterRange { parameter, .. } | Error::WindowTooLarge { parameter, .. } => {
                Some(parameter)
            }
            Error::LayerName { .. } | Error::DuplicateName { .. } => Some("name"),
            Error::AverageNotGlobal { .. } => Some("pooling_type"),
            Error::UnknownInbound { .. }
            | Error::InboundTwice { .. }
            | Error::InboundPotentials { .. }
            | Error::InboundSizes { .. } => Some("inbound"),
            Error::NoInput { .. } | Error::SecondInput { .. } => Some("type"),
            _ => None,
        }
    }
}

//! The table of all parameters: name, layer types, values, default. Templates, range checks, Python and the documentation read it.

use std::fmt::{self, Display, Formatter};

use super::value::{Field, ParameterValue};
use super::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, FullyConnected,
    InputConvolutional, InputData, Parameters, PoolingParameters, PoolingType, SeparableConvolutional,
};
use crate::dims::Dims;
use crate::kind::LayerKind;
use crate::kind::LayerKind::{
    Convolutional as C, FullyConnected as F, InputConvolutional as I, InputData as D,
    SeparableConvolutional as S,
};
use crate::limits::{LEVEL_BITS, MAX_SIDE, WEIGHTS_BITS};

/// A parameter of one or more layer types.
///
/// ```
/// use spikemesh_model::{LayerKind, Parameters, Presence, ParameterValue};
///
/// let mut parameters = Parameters::new(LayerKind::SeparableConvolutional);
/// let bits = LayerKind::SeparableConvolutional.parameters().find(|p| p.name == "weights_bits").unwrap();
/// assert_eq!(bits.presence, Presence::Default(ParameterValue::Integer(2)));
/// assert_eq!(bits.allowed.to_string(), "1 to 8");
/// bits.set(&mut parameters, ParameterValue::Integer(4)).unwrap();
/// assert_eq!(parameters.weights_bits(), Some(4));
/// ```
pub struct Parameter {
    /// Its name in the reference.
    pub name: &'static str,
    /// Layer types that have it.
    pub of: &'static [LayerKind],
    /// Its values.
    pub allowed: Allowed,
    /// Whether it must be given.
    pub presence: Presence,
    /// What it is, in a few words.
    pub about: &'static str,
    get: fn(&Parameters) -> Option<ParameterValue>,
    set: fn(&mut Parameters, ParameterValue) -> Option<()>,
}

/// Whether a parameter must be given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Presence {
    /// It must; this is an example.
    Required(&'static str),
    /// It has this value otherwise.
    Default(ParameterValue),
}

/// The values that a parameter may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowed {
    /// Integers from the first to the last.
    Integers(i64, i64),
    /// A few integers, ascending.
    OneOf(&'static [i64]),
    /// Any integer of 32 bits.
    Int32,
    /// Size or stride of a pooling window: -1 (the whole axis, or the size) or 1 to [`MAX_SIDE`]. Ignored without pooling.
    Window,
    /// Finite numbers above 0.
    Positive,
    /// True and false.
    Truth,
    /// A few words.
    Words(&'static [&'static str]),
}

use Allowed::{Int32, Integers, OneOf, Positive, Truth, Window, Words};
use ParameterValue::{Integer, Number, Word};
use Presence::{Default as Or, Required};

/// Sides of maps and kernels, strides, numbers of neurons.
const SIDE: Allowed = Integers(1, MAX_SIDE as i64);
const WEIGHTS: Allowed = Integers(*WEIGHTS_BITS.start() as i64, *WEIGHTS_BITS.end() as i64);
const LEVELS: Allowed = Integers(*LEVEL_BITS.start() as i64, *LEVEL_BITS.end() as i64);

const ON: Presence = Or(ParameterValue::Truth(true));

/// A row of the table for each parameter; `p => place` is where a layer's parameters hold it.
macro_rules! table {
    ($($name:literal $of:tt $allowed:expr, $presence:expr, $p:ident => $place:expr, $about:literal;)+) => {
        &[$(Parameter {
            name: $name,
            of: &$of,
            allowed: $allowed,
            presence: $presence,
            about: $about,
            get: |parameters| {
                let mut copy = *parameters;
                let $p = &mut copy;
                Some($place.value())
            },
            set: |$p, value| {
                $place = Field::from_value(value)?;
                Some(())
            },
        }),+]
    };
}

/// Every parameter, in the order in which constructors take them. Where a default depends on the layer type, a row for each.
#[rustfmt::skip]
static TABLE: &[Parameter] = table! {
    "input_width"         [D, I]       SIDE,                          Required("32"),              p => p.input_mut()?.width,                    "columns of the input";
    "input_height"        [D, I]       SIDE,                          Required("32"),              p => p.input_mut()?.height,                   "rows of the input";
    "input_channels"      [D]          SIDE,                          Required("3"),               p => p.input_mut()?.channels,                 "channels of the input";
    "input_channels"      [I]          OneOf(&[1, 3]),                Required("3"),               p => p.input_mut()?.channels,                 "channels of the image";
    "kernel_width"        [I, C, S]    SIDE,                          Required("3"),               p => p.convolution_mut()?.kernel_width,       "columns of the kernel";
    "kernel_height"       [I, C, S]    SIDE,                          Required("3"),               p => p.convolution_mut()?.kernel_height,      "rows of the kernel";
    "num_neurons"         [I, C, S, F] SIDE,                          Required("32"),              p => *p.num_neurons_mut()?,                   "neurons, or filters";
    "convolution_mode"    [I, C, S]    Words(ConvolutionMode::WORDS), Or(Word("Same")),            p => p.convolution_mut()?.convolution_mode,   "padding of the input";
    "stride_x"            [I, C, S]    SIDE,                          Or(Integer(1)),              p => p.convolution_mut()?.stride_x,           "step of the kernel in x";
    "stride_y"            [I, C, S]    SIDE,                          Or(Integer(1)),              p => p.convolution_mut()?.stride_y,           "step of the kernel in y";
    "weights_bits"        [I, C, F]    WEIGHTS,                       Or(Integer(1)),              p => *p.weights_bits_mut()?,                  "bits of a weight";
    "weights_bits"        [S]          WEIGHTS,                       Or(Integer(2)),              p => *p.weights_bits_mut()?,                  "bits of a weight";
    "pooling_width"       [I, C, S]    Window,                        Or(Integer(-1)),             p => p.pooling_mut()?.pooling_width,          "columns of the window; -1: all";
    "pooling_height"      [I, C, S]    Window,                        Or(Integer(-1)),             p => p.pooling_mut()?.pooling_height,         "rows of the window; -1: all";
    "pooling_type"        [I, C, S]    Words(PoolingType::WORDS),     Or(Word("NoPooling")),       p => p.pooling_mut()?.pooling_type,           "pooling; `Average` is the sum over the whole map";
    "pooling_stride_x"    [I, C, S]    Window,                        Or(Integer(-1)),             p => p.pooling_mut()?.pooling_stride_x,       "step of the window in x; -1: its width";
    "pooling_stride_y"    [I, C, S]    Window,                        Or(Integer(-1)),             p => p.pooling_mut()?.pooling_stride_y,       "step of the window in y; -1: its height";
    "activations_enabled" [I, C, S, F] Truth,                         ON,                            p => p.activation_mut()?.activations_enabled, "levels leave the layer, otherwise raw potentials: only the last layer may go without";
    "threshold_fire"      [I, C, S, F] Int32,                         Or(Integer(0)),              p => p.activation_mut()?.threshold_fire,      "a neuron fires above it; for every neuron";
    "threshold_fire_step" [I, C, S, F] Positive,                      Or(Number(1.0)),             p => p.activation_mut()?.threshold_fire_step, "length of a level's interval at 4 bits; for every neuron";
    "threshold_fire_bits" [I, C, S, F] LEVELS,                        Or(Integer(1)),              p => p.activation_mut()?.threshold_fire_bits, "bits of a level";
    "padding_value"       [I]          Integers(0, 255),              Or(Integer(0)),              p => *p.padding_value_mut()?,                 "value of positions outside the image";
};

impl LayerKind {
    /// The parameters of a layer type, in the order in which constructors take them.
    pub fn parameters(self) -> impl Iterator<Item = &'static Parameter> {
        TABLE.iter().filter(move |parameter| parameter.of.contains(&self))
    }
}

impl Parameter {
    /// Its value in the parameters of a layer; `None` if that has no such parameter.
    pub fn get(&self, parameters: &Parameters) -> Option<ParameterValue> {
        (self.get)(parameters)
    }

    /// Sets it. `None` if the layer has no such parameter, or the value has another type or more bits than are held; a value that
    /// is held may still be outside of its range.
    pub fn set(&self, parameters: &mut Parameters, value: ParameterValue) -> Option<()> {
        (self.set)(parameters, value)
    }

    /// The parameters of all layer types as a Markdown table.
    pub fn table() -> String {
        let mut out = String::from("| key | of | value | default | meaning |\n|---|---|---|---|---|\n");
        for row in TABLE {
            let of: Vec<_> = row.of.iter().map(|kind| format!("`{kind}`")).collect();
            let of = if of.len() == LayerKind::ALL.len() - 1 {
                "all but `InputData`".into()
            } else {
                of.join(", ")
            };
            let default = match row.presence {
                Required(_) => "required".to_string(),
                Or(value) => format!("`{value}`"),
            };
            out += &format!("| `{}` | {of} | {} | {default} | {} |\n", row.name, row.allowed, row.about);
        }
        out
    }
}

impl Allowed {
    /// True for a value that a model may have.
    pub fn contains(&self, value: ParameterValue) -> bool {
        match (self, value) {
            (Integers(min, max), Integer(value)) => (*min..=*max).contains(&value),
            (OneOf(known), Integer(value)) => known.contains(&value),
            (Int32, Integer(value)) => i32::try_from(value).is_ok(),
            (Window, Integer(value)) => value == -1 || SIDE.contains(Integer(value)),
            (Positive, Number(value)) => value.is_finite() && value > 0.0,
            (Truth, ParameterValue::Truth(_)) => true,
            (Words(known), Word(word)) => known.contains(&word),
            _ => false,
        }
    }

    /// True for an integer between the smallest and the largest one that are allowed.
    pub fn encloses(&self, integer: i128) -> bool {
        let (min, max) = match self {
            Integers(min, max) => (*min, *max),
            OneOf([min, .., max]) => (*min, *max),
            Int32 => (i32::MIN.into(), i32::MAX.into()),
            Window => (-1, MAX_SIDE.into()),
            OneOf(_) | Positive | Truth | Words(_) => return false,
        };
        (i128::from(min)..=i128::from(max)).contains(&integer)
    }
}

impl Display for Allowed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Integers(min, max) => write!(f, "{min} to {max}"),
            OneOf(known) => {
                let known: Vec<_> = known.iter().map(i64::to_string).collect();
                f.write_str(&known.join(" or "))
            }
            Int32 => f.write_str("a 32-bit integer"),
            Window => write!(f, "-1 or {SIDE}"),
            Positive => f.write_str("finite and above 0"),
            Truth => f.write_str("true or false"),
            Words(known) => f.write_str(&known.join(", ")),
        }
    }
}

impl Parameters {
    /// Parameters of a layer type: the defaults, and 1 where a value must be given.
    pub fn new(kind: LayerKind) -> Parameters {
        let input = Dims { width: 1, height: 1, channels: 1 };
        let (convolution, pooling, activation) = (CONVOLUTION, POOLING, ACTIVATION);
        let mut parameters = match kind {
            D => Parameters::InputData(InputData { input }),
            I => Parameters::InputConvolutional(InputConvolutional {
                input,
                convolution,
                pooling,
                activation,
                padding_value: 0,
            }),
            F => Parameters::FullyConnected(FullyConnected { num_neurons: 1, weights_bits: 1, activation }),
            C => Parameters::Convolutional(Convolutional { convolution, pooling, activation }),
            S => Parameters::SeparableConvolutional(SeparableConvolutional {
                convolution,
                pooling,
                activation,
            }),
        };
        for parameter in kind.parameters() {
            if let Presence::Default(value) = parameter.presence {
                parameter.set(&mut parameters, value);
            }
        }
        parameters
    }
}

/// Something to set the values of the table in.
const CONVOLUTION: ConvolutionParameters = ConvolutionParameters {
    kernel_width: 1,
    kernel_height: 1,
    num_neurons: 1,
    convolution_mode: ConvolutionMode::Valid,
    stride_x: 1,
    stride_y: 1,
    weights_bits: 1,
};
const POOLING: PoolingParameters = PoolingParameters {
    pooling_width: 0,
    pooling_height: 0,
    pooling_type: PoolingType::NoPooling,
    pooling_stride_x: 0,
    pooling_stride_y: 0,
};
const ACTIVATION: ActivationParameters = ActivationParameters {
    activations_enabled: false,
    threshold_fire: 0,
    threshold_fire_step: 0.0,
    threshold_fire_bits: 0,
};

impl Default for PoolingParameters {
    fn default() -> Self {
        Parameters::new(C).pooling().copied().unwrap_or(POOLING)
    }
}

impl Default for ActivationParameters {
    fn default() -> Self {
        Parameters::new(C).activation().copied().unwrap_or(ACTIVATION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer type holds what the table says it has, and every default and no example is refused.
    #[test]
    fn the_table_fits_the_parameters() {
        for &kind in LayerKind::ALL {
            let parameters = Parameters::new(kind);
            for row in TABLE {
                let value = row.get(&parameters);
                let shared = TABLE.iter().any(|other| other.name == row.name && other.of.contains(&kind));
                assert_eq!(value.is_some(), shared, "{kind} {}", row.name);
                if !row.of.contains(&kind) {
                    continue;
                }
                match row.presence {
                    Presence::Default(default) => {
                        assert_eq!(value, Some(default), "{kind} {}", row.name);
                        assert!(row.allowed.contains(default), "{kind} {}", row.name);
                    }
                    Required(example) => {
                        assert!(
                            row.allowed.contains(Integer(example.parse().unwrap())),
                            "{kind} {}",
                            row.name
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_parameter_has_one_row_for_each_layer_type() {
        for &kind in LayerKind::ALL {
            let mut names: Vec<_> = kind.parameters().map(|row| row.name).collect();
            let count = names.len();
            assert!(count >= 3, "{kind}");
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{kind}");
        }
    }

    #[test]
    fn what_a_field_cannot_hold_is_not_set() {
        let mut parameters = Parameters::new(F);
        let row = |name: &str| F.parameters().find(|row| row.name == name).unwrap();
        assert_eq!(row("weights_bits").set(&mut parameters, Integer(256)), None);
        assert_eq!(row("weights_bits").set(&mut parameters, Number(1.0)), None);
        assert_eq!(row("activations_enabled").set(&mut parameters, Integer(1)), None);
        assert_eq!(parameters, Parameters::new(F));
    }

    #[test]
    fn windows_are_whole_or_have_a_side() {
        assert_eq!(Window.to_string(), "-1 or 1 to 65535");
        assert_eq!(
            [-2, -1, 0, 1, 65535, 65536].map(|v| Window.contains(Integer(v))),
            [false, true, false, true, true, false]
        );
        assert_eq!([-2, -1, 0, 65536].map(|v| Window.encloses(v)), [false, true, true, false]);
    }
}

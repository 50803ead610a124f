//! Weights and thresholds of a layer.

use crate::parameters::Parameters;
use crate::shape::Shape;

/// Variables of a layer, in the reference's row-major layouts. All empty for `InputData`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables {
    /// `weights`: (kernel_width, kernel_height, channels, neurons); separable (kernel_width, kernel_height, channels, 1); fully
    /// connected (1, 1, inputs, neurons), input = x + w * (y + h * c). Kernels of `Convolutional` and `SeparableConvolutional` are stored flipped.
    pub weights: Vec<i8>,
    /// `weights_pw`, separable only: (1, 1, channels, neurons).
    pub weights_pw: Vec<i8>,
    /// `threshold_fire` per neuron.
    pub threshold_fire: Vec<i32>,
    /// `threshold_fire_step` per neuron.
    pub threshold_fire_step: Vec<f32>,
    /// `threshold_learning` per neuron, above 0 once it has learned; empty unless the layer is compiled.
    pub threshold_learning: Vec<i32>,
    /// False until weights (and pointwise weights) have been set: such a layer must not run.
    pub weights_set: bool,
    /// Of a separable layer's two sets of weights, the one that has been set while the other has not.
    pub half_set: Option<VariableName>,
}

impl Variables {
    /// Zero weights, unset, and thresholds filled from the scalars of the activation.
    pub fn unset(parameters: &Parameters, shape: &Shape) -> Variables {
        let Some(activation) = parameters.activation() else { return Variables::default() };
        let zeros = |name| match variable_shape(parameters, shape, name) {
            Some(shape) => vec![0; shape.iter().product()],
            None => Vec::new(),
        };
        let neurons = shape.output.channels as usize;
        Variables {
            weights: zeros(VariableName::Weights),
            weights_pw: zeros(VariableName::WeightsPw),
            threshold_fire: vec![activation.threshold_fire; neurons],
            threshold_fire_step: vec![activation.threshold_fire_step; neurons],
            threshold_learning: Vec::new(),
            weights_set: false,
            half_set: None,
        }
    }
}

/// Name of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VariableName {
    /// `weights`, int8.
    Weights,
    /// `weights_pw`, int8, of separable layers.
    WeightsPw,
    /// `threshold_fire`, int32.
    ThresholdFire,
    /// `threshold_fire_step`, float32.
    ThresholdFireStep,
    /// `threshold_learning`, int32, of compiled layers.
    ThresholdLearning,
}

impl VariableName {
    /// All names, in the order in which a layer lists them.
    pub const ALL: [VariableName; 5] = [
        VariableName::Weights,
        VariableName::WeightsPw,
        VariableName::ThresholdFire,
        VariableName::ThresholdFireStep,
        VariableName::ThresholdLearning,
    ];

    /// The name in the reference.
    pub fn as_str(self) -> &'static str {
        match self {
            VariableName::Weights => "weights",
            VariableName::WeightsPw => "weights_pw",
            VariableName::ThresholdFire => "threshold_fire",
            VariableName::ThresholdFireStep => "threshold_fire_step",
            VariableName::ThresholdLearning => "threshold_learning",
        }
    }

    /// The variable with this name in the reference.
    pub fn parse(name: &str) -> Option<VariableName> {
        VariableName::ALL.into_iter().find(|v| v.as_str() == name)
    }
}

impl AsRef<str> for VariableName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl std::fmt::Display for VariableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Smallest and largest weight of `bits` bits, 1..=8: symmetric, but unsigned for one bit.
pub fn weight_range(bits: u8) -> (i8, i8) {
    if bits == 1 {
        return (0, 1);
    }
    let largest = ((1i32 << (bits - 1)) - 1) as i8;
    (-largest, largest)
}

/// Shape of a variable, row-major; `None` if a layer of this type, not compiled, has no such variable.
pub fn variable_shape(parameters: &Parameters, shape: &Shape, name: VariableName) -> Option<Vec<usize>> {
    let activation = parameters.activation();
    let neurons = shape.output.channels as usize;
    let channels = shape.input.channels as usize;
    let separable = matches!(parameters, Parameters::SeparableConvolutional(_));
    match name {
        VariableName::Weights => match (parameters, parameters.convolution()) {
            (Parameters::FullyConnected(_), _) => Some(vec![1, 1, shape.input.len(), neurons]),
            (_, Some(c)) => {
                let filters = if separable { 1 } else { neurons };
                Some(vec![c.kernel_width as usize, c.kernel_height as usize, channels, filters])
            }
            _ => None,
        },
        VariableName::WeightsPw => separable.then(|| vec![1, 1, channels, neurons]),
        VariableName::ThresholdFire | VariableName::ThresholdFireStep => activation.map(|_| vec![neurons]),
        VariableName::ThresholdLearning => None,
    }
}

//! Weights and thresholds of a layer.

use crate::{Error, Layer, Parameters, Shape, Values};

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

impl Layer {
    /// Names of the layer's variables.
    pub fn variable_names(&self) -> Vec<VariableName> {
        VariableName::ALL.into_iter().filter(|name| self.variable_shape(*name).is_some()).collect()
    }

    /// Shape of a variable, row-major; `None` if the layer has no such variable.
    pub fn variable_shape(&self, name: VariableName) -> Option<Vec<usize>> {
        if name == VariableName::ThresholdLearning {
            return self.learning.as_ref().map(|state| vec![state.steps().len()]);
        }
        variable_shape(&self.parameters, &self.shape, name)
    }

    /// Values of a variable, row-major; `None` if the layer has no such variable.
    pub fn variable(&self, name: VariableName) -> Option<Values<'_>> {
        self.variable_shape(name)?;
        Some(match name {
            VariableName::Weights => Values::I8(&self.variables.weights),
            VariableName::WeightsPw => Values::I8(&self.variables.weights_pw),
            VariableName::ThresholdFire => Values::I32(&self.variables.threshold_fire),
            VariableName::ThresholdFireStep => Values::F32(&self.variables.threshold_fire_step),
            VariableName::ThresholdLearning => Values::I32(&self.variables.threshold_learning),
        })
    }

    /// Smallest and largest weight.
    pub fn weight_range(&self) -> Option<(i8, i8)> {
        self.parameters.weights_bits().map(weight_range)
    }

    /// Replaces a variable. Nothing is changed on an error: a variable that the layer does not have, a wrong number of
    /// values, floats where integers are held, a value out of range (the first one is named).
    pub(crate) fn set_variable(&mut self, name: VariableName, values: Values) -> Result<(), Error> {
        let Some(shape) = self.variable_shape(name) else {
            return Err(self.unknown_variable(name.as_str()));
        };
        let expected = shape.iter().product();
        if values.len() != expected {
            return Err(Error::VariableLength {
                layer: self.name.clone(),
                variable: name.as_str(),
                count: values.len(),
                shape,
                expected,
            });
        }
        let (min, max) = self.weight_range().unwrap_or_default();
        match name {
            VariableName::Weights => {
                let weights = self.integers(name, &shape, values, min, max)?;
                if let Some(state) = &self.learning {
                    self.check_ones(&weights, state.parameters())?;
                }
                self.variables.weights = weights;
                self.mark_set(name);
            }
            VariableName::WeightsPw => {
                self.variables.weights_pw = self.integers(name, &shape, values, min, max)?;
                self.mark_set(name);
            }
            VariableName::ThresholdFire => {
                self.variables.threshold_fire = self.integers(name, &shape, values, i32::MIN, i32::MAX)?;
            }
            VariableName::ThresholdLearning => {
                self.variables.threshold_learning = self.integers(name, &shape, values, 0, i32::MAX)?;
            }
            VariableName::ThresholdFireStep => {
                let steps: Vec<f32> = (0..expected).map(|i| values.float(i)).collect();
                if let Some(i) = steps.iter().position(|s| !(s.is_finite() && *s > 0.0)) {
                    return Err(self.out_of_range(
                        name,
                        &shape,
                        i,
                        steps[i].to_string(),
                        "finite and above 0",
                    ));
                }
                self.variables.threshold_fire_step = steps;
            }
        }
        Ok(())
    }

    /// The error of a variable that the layer does not have.
    pub(crate) fn unknown_variable(&self, variable: &str) -> Error {
        let known: Vec<_> = self.variable_names().into_iter().map(VariableName::as_str).collect();
        Error::UnknownVariable {
            layer: self.name.clone(),
            variable: variable.to_string(),
            known: if known.is_empty() { "none".to_string() } else { known.join(", ") },
        }
    }

    /// `values` as integers of `min..=max`.
    fn integers<T>(
        &self,
        name: VariableName,
        shape: &[usize],
        values: Values,
        min: T,
        max: T,
    ) -> Result<Vec<T>, Error>
    where
        T: TryFrom<i64> + Copy + PartialOrd + std::fmt::Display,
    {
        let mut integers = Vec::with_capacity(values.len());
        for i in 0..values.len() {
            let Some(value) = values.integer(i) else {
                let layer = self.name.clone();
                return Err(Error::VariableType { layer, variable: name.as_str(), got: values.type_name() });
            };
            match T::try_from(value) {
                Ok(v) if min <= v && v <= max => integers.push(v),
                _ => {
                    let allowed = format!("{min} to {max}");
                    return Err(self.out_of_range(name, shape, i, value.to_string(), &allowed));
                }
            }
        }
        Ok(integers)
    }

    fn out_of_range(
        &self,
        name: VariableName,
        shape: &[usize],
        flat: usize,
        value: String,
        allowed: &str,
    ) -> Error {
        let mut rest = flat;
        let mut index: Vec<usize> = shape.iter().rev().map(|side| (rest % side, rest /= side).0).collect();
        index.reverse();
        Error::VariableRange {
            layer: self.name.clone(),
            variable: name.as_str(),
            index,
            value,
            allowed: allowed.to_string(),
        }
    }

    fn mark_set(&mut self, name: VariableName) {
        let variables = &mut self.variables;
        let separable = matches!(self.parameters, Parameters::SeparableConvolutional(_));
        if !separable || variables.half_set.is_some_and(|half| half != name) {
            variables.weights_set = true;
            variables.half_set = None;
        } else if !variables.weights_set {
            variables.half_set = Some(name);
        }
    }
}

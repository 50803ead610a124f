//! Reading and setting the variables of a layer.

use super::Layer;
use crate::error::Error;
use crate::learning::{Learning, LearningState};
use crate::parameters::Parameters;
use crate::values::Values;
use crate::variables::{VariableName, variable_shape, weight_range};

impl Layer {
    /// Percentages of learning and the number of neurons that are there: [`LearningState::histogram`].
    ///
    /// # Errors
    /// [`Error::NotCompiled`].
    pub fn learning_histogram(&self) -> Result<Vec<(u32, u32)>, Error> {
        let state = self.learning.as_ref();
        state.map(LearningState::histogram).ok_or_else(|| Error::NotCompiled { layer: self.name.clone() })
    }

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

    /// Every neuron must have `num_weights` ones: learning only moves them.
    pub(crate) fn check_ones(&self, weights: &[i8], learning: &Learning) -> Result<(), Error> {
        let neurons = self.shape.output.channels as usize;
        let mut ones = vec![0u32; neurons];
        for row in weights.chunks_exact(neurons) {
            for (ones, weight) in ones.iter_mut().zip(row) {
                *ones += u32::from(*weight != 0);
            }
        }
        match ones.iter().position(|&ones| ones != learning.num_weights) {
            None => Ok(()),
            Some(neuron) => Err(Error::LearningOnes {
                layer: self.name.clone(),
                neuron,
                ones: ones[neuron],
                expected: learning.num_weights,
            }),
        }
    }
}

//! A layer in its place in a model.

mod variables;

use crate::kind::LayerKind;
use crate::learning::LearningState;
use crate::parameters::Parameters;
use crate::shape::Shape;
use crate::variables::Variables;

/// Index of a layer in its model; inbound layers always have lower ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub usize);

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
    /// Its type.
    pub fn kind(&self) -> LayerKind {
        self.parameters.kind()
    }

    /// Largest value that the layer can receive: 255 for pixels, 2^bits - 1 otherwise.
    pub fn max_input(&self) -> u32 {
        (1 << self.input_bits) - 1
    }

    /// Classes that the neurons are divided into: those of a layer that learns, otherwise one for each neuron.
    pub fn num_classes(&self) -> usize {
        match &self.learning {
            Some(learning) => learning.parameters().num_classes as usize,
            None => self.shape.output.channels as usize,
        }
    }

    /// Bits of the values that leave the layer: 4 for `InputData`, `None` for raw potentials.
    pub fn output_bits(&self) -> Option<u8> {
        match self.parameters.activation() {
            None => Some(4),
            Some(a) => a.activations_enabled.then_some(a.threshold_fire_bits),
        }
    }
}

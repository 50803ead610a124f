//! Types of layers.

use crate::words::words;

/// The type of a layer, with the name that it has in the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LayerKind {
    /// Events enter here.
    InputData,
    /// Images enter here, through a dense correlation.
    InputConvolutional,
    /// Every neuron sees every input.
    FullyConnected,
    /// A convolution over events.
    Convolutional,
    /// A depthwise convolution followed by a pointwise one.
    SeparableConvolutional,
}

words!(LayerKind: InputData, InputConvolutional, FullyConnected, Convolutional, SeparableConvolutional);

impl LayerKind {
    /// True if the input of the model enters here: such a layer comes first, and no other does.
    pub fn is_input(self) -> bool {
        matches!(self, LayerKind::InputData | LayerKind::InputConvolutional)
    }
}

//! Models: layers with parameters, shapes and variables, and the files they come from.

pub mod layer;
pub mod shape;
pub mod variables;

pub use layer::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, Layer, LayerId, Parameters, PoolingParameters, PoolingType,
    SeparableConvolutional,
};
pub use shape::{Shape, Span};
pub use variables::Variables;

//! Models: layers with parameters, shapes and variables, and the files they come from.
//!
//! A [`Model`] is built layer by layer and is valid at every moment: [`Model::add`] refuses a layer with every reason
//! at once and leaves the model as it was.
//!
//! ```
//! use spikemesh_model::{Dims, FullyConnected, InputData, Model, Parameters};
//!
//! let mut model = Model::new("tiny");
//! let input = Dims { width: 4, height: 4, channels: 2 };
//! model.add("events", Parameters::InputData(InputData { input }), &[])?;
//! let head = Parameters::FullyConnected(FullyConnected {
//!     num_neurons: 10,
//!     weights_bits: 4,
//!     activation: Default::default(),
//! });
//! let head = model.add("", head, &[])?;
//! assert_eq!(model.layer(head).name, "fullyconnected_1");
//! assert_eq!(model.layer(head).shape.input.len(), 32);
//! model.set_variable(head, "weights", &[7i8; 320]).map_err(|error| vec![error])?;
//! # Ok::<(), Vec<spikemesh_model::Error>>(())
//! ```

mod compile;
mod dims;
mod error;
pub mod file;
mod generated;
mod kind;
mod layer;
pub mod learning;
mod limits;
mod load;
mod model;
mod parameters;
mod random;
mod shape;
mod summary;
pub mod template;
pub mod tensor;
mod values;
mod variables;
mod words;

pub use compile::LearningMut;
pub use dims::Dims;
pub use error::Error;
pub use kind::LayerKind;
pub use layer::{Layer, LayerId};
pub use learning::{Learning, LearningState};
pub use limits::{MAX_MAP, MAX_NAME, MAX_SIDE, WEIGHTS_BITS};
pub use load::{LoadError, is_program};
pub use model::Model;
pub use parameters::{
    ActivationParameters, Allowed, ConvolutionMode, ConvolutionParameters, Convolutional, FullyConnected,
    InputConvolutional, InputData, Parameter, Parameters, PoolingParameters, PoolingType, Presence,
    SeparableConvolutional, Value,
};
pub use shape::{Shape, Span};
pub use summary::Summary;
pub use values::Values;
pub use variables::{VariableName, Variables, weight_range};

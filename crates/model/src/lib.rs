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
//!
//! # Parameters
//!
//! A layer type is a [`LayerKind`], a layer's parameters are [`Parameters`]. [`LayerKind::parameters`] is the one table of all of them:
//! names, values, defaults. Templates, range checks and the Python package read it.
//!
//! ```
//! use spikemesh_model::{LayerKind, Model, Parameters, Presence};
//!
//! let required: Vec<_> = LayerKind::FullyConnected
//!     .parameters()
//!     .filter(|parameter| matches!(parameter.presence, Presence::Required(_)))
//!     .map(|parameter| parameter.name)
//!     .collect();
//! assert_eq!(required, ["num_neurons"]);
//!
//! let mut conv = Parameters::new(LayerKind::Convolutional);
//! if let Some(convolution) = conv.convolution_mut() {
//!     convolution.kernel_width = 0;
//! }
//! assert_eq!(conv.check("edges")[0].to_string(), "layer `edges`: kernel_width is 0, allowed is 1 to 65535");
//! ```
//!
//! # Files
//!
//! [`template`] reads models without weights from YAML, [`mod@file`] writes and reads whole models; [`Model::load`] takes either, whatever the
//! file is called. [`tensor`] has the arrays and event lists that enter and leave a model. Nothing read from outside is trusted: it
//! passes the same checks as a model made by hand, and every problem has a code and a place.
//!
//! ```
//! use spikemesh_model::{file, template};
//!
//! let mut model = template::parse("tiny.yaml", "
//! layers:
//!   - {type: InputData, input_width: 4, input_height: 4, input_channels: 2}
//!   - {type: FullyConnected, name: head, num_neurons: 10, weights_bits: 4}
//! ").map_err(|errors| errors[0].to_string())?;
//! model.randomise(1);
//! let bytes = file::encode(&model).map_err(|error| error.to_string())?;
//! assert_eq!(file::decode(&bytes).map_err(|errors| errors[0].to_string())?, model);
//! # Ok::<(), String>(())
//! ```
//!
//! # Learning
//!
//! [`learning`] has what a last layer needs in order to learn; the rule itself is the engine's, and writes through [`LearningMut`].
//!
//! # Files of a new layer type
//!
//! In here: `kind.rs`, `parameters.rs` and `parameters/table.rs`, `shape.rs`, `variables.rs` if it has weights, and for files `schema/model.fbs`
//! with `file/content.rs`. The tests of the table and of the file fail until all of them know it.

mod dims;
mod error;
pub mod file;
mod generated;
mod kind;
mod layer;
pub mod learning;
mod learning_setup;
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

pub use dims::Dims;
pub use error::Error;
pub use kind::LayerKind;
pub use layer::{Layer, LayerId};
pub use learning::{Learning, LearningState};
pub use learning_setup::LearningMut;
pub use limits::{MAX_MAP, MAX_NAME, MAX_SIDE, MAX_WEIGHTS, WEIGHTS_BITS};
pub use load::{LoadError, is_program};
pub use model::Model;
pub use parameters::{
    ActivationParameters, Allowed, ConvolutionMode, ConvolutionParameters, Convolutional, FullyConnected,
    InputConvolutional, InputData, Parameter, ParameterValue, Parameters, PoolingParameters, PoolingType,
    Presence, SeparableConvolutional,
};
pub use shape::{Shape, Span};
pub use summary::Summary;
pub use values::Values;
pub use variables::{VariableName, Variables, weight_range};

//! What a layer needs in order to learn, and what it keeps of having learned.
//!
//! [`Model::compile`] makes the last layer ready: it draws the ones of every neuron. an engine
//! learns through [`Model::learning_mut`]. [`Model::add_classes`] adds fresh neurons and leaves the others as they are.
//!
//! ```
//! use spikemesh_model::{Dims, FullyConnected, InputData, Learning, Model, Parameters};
//!
//! let mut model = Model::new("learner");
//! let input = Dims { width: 1, height: 1, channels: 16 };
//! model.add("events", Parameters::InputData(InputData { input }), &[])?;
//! let head = FullyConnected { num_neurons: 2, weights_bits: 1, activation: Default::default() };
//! let head = model.add("head", Parameters::FullyConnected(head), &[])?;
//! model.compile(&Learning { num_classes: 2, ..Learning::new(4) })?;
//!
//! let weights = &model.layer(head).variables.weights;
//! let ones = |neuron: usize| (0..16usize).filter(|input| weights[input * 2 + neuron] == 1).collect::<Vec<_>>();
//! assert_eq!(ones(0), [2, 7, 14, 15]);
//! assert_eq!(ones(1), [2, 4, 6, 10]);
//! assert_eq!(model.layer(head).learning_histogram().map_err(|e| vec![e])?, [(0, 2)]);
//!
//! model.add_classes(1)?;
//! assert_eq!(model.layer(head).shape.output.channels, 3);
//! # Ok::<(), Vec<spikemesh_model::Error>>(())
//! ```

mod parameters;
mod plasticity;
mod state;
mod stream;

pub use parameters::Learning;
pub use plasticity::{ONE, Plasticity, fixed};
pub use state::LearningState;
pub use stream::Stream;

//! The functional engine: what every layer computes, exactly, without time. It is the golden reference of the simulated mesh.
//!
//! An [`Engine`] is made once from a model with weights; it packs them, chooses for every layer the width of its sums from the
//! actual weights, and then runs any number of samples, a thread per core, with the same result for any number of threads.
//!
//! A layer is a pipeline: sums (a convolution, dense or over events; a separable one; a fully connected layer is one window over the
//! whole map), then pooling on potentials, then the activation. Maps are (w, h, c), x slowest, as the tensors are.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use spikemesh_engine::{Engine, Input, Output};
//! use spikemesh_model::template;
//! use spikemesh_model::tensor::Dense;
//!
//! let mut model = template::parse("edges.yaml", "
//! layers:
//!   - {type: InputConvolutional, name: edges, input_width: 4, input_height: 3, input_channels: 1, kernel_width: 3, kernel_height: 3,
//!      num_neurons: 1, weights_bits: 2, threshold_fire: 20, threshold_fire_step: 10, threshold_fire_bits: 4}
//!   - {type: FullyConnected, name: head, num_neurons: 2, weights_bits: 2, activations_enabled: false, threshold_fire: 1}
//! ").map_err(|errors| errors[0].to_string())?;
//! let [edges, head] = ["edges", "head"].map(|name| model.layer_by_name(name).unwrap());
//! // A kernel (width, height, channels, filters) that looks for steps from left to right.
//! model.set_variable(edges, "weights", &[-1, -1, -1, 0, 0, 0, 1, 1, 1]).unwrap();
//! // One neuron sums the left half of the map, one the right half.
//! let halves: Vec<i8> = (0..12).flat_map(|i| if i % 4 < 2 { [1, 0] } else { [0, 1] }).collect();
//! model.set_variable(head, "weights", &halves).unwrap();
//!
//! let engine = Engine::new(&model).map_err(|errors| errors[0].to_string())?;
//! // One image (n, h, w, c), dark on its left side.
//! let image = Input::Images(Dense { shape: [1, 3, 4, 1], data: [0, 0, 50, 50].repeat(3) });
//! assert_eq!(engine.forward(&image).unwrap(), Output::Potentials(Dense { shape: [1, 1, 1, 2], data: vec![29, 29] }));
//! assert_eq!(engine.evaluate(&image).unwrap().data, [28.0, 28.0]);
//! assert_eq!(engine.predict(&image, 2).unwrap(), [0]);
//!
//! // What is seen of a layer, and what is counted.
//! let mut seen = Vec::new();
//! engine
//!     .forward_observed(&image, &[edges], &mut |observation| {
//!         seen.extend_from_slice(observation.potentials);
//!         ControlFlow::Continue(())
//!     })
//!     .unwrap();
//! assert_eq!(seen, [0, 0, 0, 100, 150, 100, 100, 150, 100, -100, -150, -100]);
//! let mut statistics = engine.statistics();
//! engine.forward_counting(&image, &mut statistics).unwrap();
//! assert_eq!(statistics.layers[0].output_sparsity(), Some(0.5));
//! # Ok::<(), String>(())
//! ```
//!
//! # Rooms
//!
//! `engine` runs one sample through the layers, `forward` many, `evaluate` and `learning` are what is asked of the last layer. A
//! `layer_kernel` is one layer made ready: it chooses kernels and the width of sums (`overflow`, `accumulator`). The kernels are
//! `convolution` (`dense` or over `events`; also for `fully_connected`, and with a border for `input_convolution`), `separable` (over `depthwise` sums), `ones` (of a layer that learns), `pooling`, `activation` (by a `line` for each neuron); `results` says whether sums are stored or become levels at once; `packed` and
//! `nonzeros` lay weights and inputs out for them, `strips` does a layer some columns at a time, on several cores if a sample is alone; `window` clips windows to the map, `reached` counts what they cover. Each kernel has a portable loop that is compiled for
//! several instruction sets and chosen when it runs (`instruction_set`); every set gives the same integers. `lanes::x86` has the only `unsafe` code.
//!
//! A new layer type is a branch of `Prepared::new` in `layer_kernel.rs`, and a file if its sums are of another kind.

mod accumulator;
mod activation;
mod border;
mod class;
mod convolution;
mod dense;
mod depthwise;
mod engine;
mod error;
mod evaluate;
mod events;
mod forward;
mod fully_connected;
mod hooks;
mod input;
mod input_convolution;
mod input_order;
mod instruction_set;
mod lanes;
mod layer_kernel;
mod layer_map;
mod learner;
mod learning;
mod line;
mod nonzeros;
mod ones;
mod ordered_input;
mod output;
mod overflow;
mod packed;
mod pooling;
mod reached;
mod results;
mod scratch;
mod separable;
mod statistics;
mod strips;
mod tile;
mod window;

pub use class::ClassBy;
pub use engine::Engine;
pub use error::Error;
pub use evaluate::check_classes;
pub use hooks::{Hooks, Observation, Observer};
pub use input::Input;
pub use input_order::InputOrder;
pub use layer_map::{LayerMap, MapValues};
pub use ordered_input::{InputShape, OrderedInput};
pub use output::Output;
pub use statistics::{LayerStatistics, Statistics};

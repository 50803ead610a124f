//! Spikemesh: a cycle-accurate simulator of Akida-class neuromorphic processors.
//!
//! A [`model`] is held against the hardware's limits ([`compat`]), compiled onto a mesh of neural processors ([`compiler`]), and run there
//! clock by clock ([`mesh`]); the functional [`engine`], written separately, says what every layer must emit, and [`run`] compares both value
//! by value.
//!
//! ```
//! use spikemesh::compat::{self, Profile};
//! use spikemesh::compiler::{Mode, compile};
//! use spikemesh::engine::Input;
//! use spikemesh::device::Device;
//! use spikemesh::mesh::Simulator;
//! use spikemesh::model::template;
//! use spikemesh::run::{Job, simulate};
//! use spikemesh::tensor::Dense;
//!
//! let mut model = template::parse(
//!     "small.yaml",
//!     "
//! name: small
//! layers:
//!   - {type: InputConvolutional, name: pixels, input_width: 12, input_height: 8, input_channels: 1, kernel_width: 3, kernel_height: 3,
//!      num_neurons: 8, weights_bits: 8, threshold_fire_bits: 4}
//!   - {type: SeparableConvolutional, name: features, kernel_width: 3, kernel_height: 3, num_neurons: 16, weights_bits: 4,
//!      threshold_fire_bits: 4}
//!   - {type: FullyConnected, name: head, num_neurons: 10, weights_bits: 4, activations_enabled: false}
//! ",
//! )
//! .unwrap();
//! model.randomise(1);
//! assert!(compat::check(&model, Profile::V2).is_empty());
//!
//! let device = Device::load("akd1000").unwrap();
//! let compiled = compile(&model, &device, &Mode::Minimal.into()).unwrap();
//! assert_eq!(compiled.plan.total_nps, 2);
//!
//! let simulator = Simulator::new(&compiled.program, &device).unwrap();
//! let image = Dense { shape: [1, 8, 12, 1], data: (0..96).map(|i| i * 2).collect() };
//! let ended = simulate(&Job::new(&simulator, &Input::Images(image)).against(&model)).unwrap();
//! let results = ended.into_finished().unwrap();
//! assert!(results.differences.is_empty());
//! assert!(results.frames[0].cycles > 0);
//! ```
//!
//! A model that breaks rules of the hardware can often be [repaired](compat::repair) without changing what it computes, and its last layer
//! can [learn](model::learning) by itself:
//!
//! ```
//! use spikemesh::compat::{self, Profile};
//! use spikemesh::engine::{Engine, Input, Hooks};
//! use spikemesh::model::{Learning, file, template};
//! use spikemesh::tensor::Dense;
//!
//! let mut model = template::parse(
//!     "learner.yaml",
//!     "
//! name: learner
//! layers:
//!   - {type: InputConvolutional, name: pixels, input_width: 8, input_height: 8, input_channels: 1, kernel_width: 4, kernel_height: 4,
//!      num_neurons: 16, weights_bits: 4, pooling_type: Max, pooling_width: 2, pooling_height: 2}
//!   - {type: FullyConnected, name: head, num_neurons: 4, activations_enabled: false}
//! ",
//! )
//! .unwrap();
//! model.randomise(1);
//! let repaired = compat::repair(&model, Profile::V2);
//! let done: Vec<String> = repaired.done.iter().map(ToString::to_string).collect();
//! assert_eq!(done[0], "layer `pixels`: kernel 4x4 padded with zeros to 5x5");
//! assert_eq!(done[1], "layer `pixels`: its levels pass `pixels_identity`, a 1x1 identity convolution, to `head`");
//! assert!(repaired.remaining.is_empty());
//!
//! // Two classes, two neurons for each; 60 ones per neuron.
//! let mut model = repaired.model;
//! model.compile(&Learning { num_classes: 2, ..Learning::new(60) }).unwrap();
//! let mut engine = Engine::new(&model).unwrap();
//! // Stripes across, and stripes down.
//! let images: Vec<u8> = (0..128).map(|i| if i < 64 { i / 8 % 2 * 200 } else { i % 2 * 200 }).collect();
//! let images = Input::Images(Dense { shape: [2, 8, 8, 1], data: images });
//! for _ in 0..4 {
//!     engine.fit(&mut model, &images, Some(&[0, 1]), Hooks::default()).unwrap();
//! }
//! assert_eq!(engine.predict(&images, 2).unwrap(), [0, 1]);
//!
//! // What was learned is in the file, and learning goes on from there.
//! let mut loaded = file::decode(&file::encode(&model).unwrap()).unwrap();
//! assert_eq!(loaded, model);
//! loaded.add_classes(1).unwrap();
//! assert_eq!(loaded.output_dims().unwrap().channels, 6);
//! ```
//!
//! The repository's docs/ is the book: guide, microarchitecture, formats, errors, validation.

pub mod cli;
pub mod golden;
pub mod regression;
pub mod run;

pub use spikemesh_calibrate as calibrate;
pub use spikemesh_compat as compat;
pub use spikemesh_compiler as compiler;
pub use spikemesh_device as device;
pub use spikemesh_engine as engine;
pub use spikemesh_files as files;
pub use spikemesh_isa as isa;
pub use spikemesh_mesh as mesh;
pub use spikemesh_model as model;
pub use spikemesh_model::tensor;
pub use spikemesh_noc as noc;

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
//! use spikemesh::mesh::{Device, Simulator};
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
//! let compiled = compile(&model, &device, Mode::Minimal).unwrap();
//! assert_eq!(compiled.plan.total_nps, 2);
//!
//! let simulator = Simulator::new(&compiled.program, &device).unwrap();
//! let image = Dense { shape: [1, 8, 12, 1], data: (0..96).map(|i| i * 2).collect() };
//! let results = simulate(&Job::new(&simulator, &Input::Images(image)).against(&model)).unwrap();
//! assert!(results.differences.is_empty());
//! assert!(results.frames[0].cycles > 0);
//! ```
//!
//! The repository's docs/ is the book: guide, microarchitecture, formats, errors, validation.

pub mod aside;
pub mod cli;
pub mod compat;
pub mod compiler;
pub mod engine;
pub mod golden;
pub mod model;
pub mod regression;
pub mod run;
pub mod tensor;
pub mod validate;

pub use spikemesh_isa as isa;
pub use spikemesh_mesh as mesh;

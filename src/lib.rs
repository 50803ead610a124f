//! Spikemesh: a cycle-accurate simulator of Akida-class neuromorphic processors.
//!
//! A [`model`] is checked against the limits of the hardware ([`compat`]) and compiled onto a mesh of neural processors
//! ([`compiler`]). The simulator ([`mesh`]) runs the resulting program ([`isa`]) on a [`device`], clock by clock. The functional
//! [`engine`], which was written separately, computes the same model without time, and [`run`] compares the two value by value.
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
//! assert_eq!(compiled.report.total_nps, 2);
//!
//! let simulator = Simulator::new(compiled.program.clone(), device.clone()).unwrap();
//! let image = Dense { shape: [1, 8, 12, 1], data: (0..96).map(|i| i * 2).collect() };
//! let ended = simulate(&Job::new(&simulator, &Input::Images(image)).against(&model)).unwrap();
//! let results = ended.into_finished().unwrap();
//! assert!(results.differences.is_empty());
//! assert!(results.frames[0].cycles > 0);
//! ```
//!
//! # Where to go next
//!
//! | task | module |
//! |---|---|
//! | build or load a model, draw random weights | [`model`], arrays in [`tensor`] |
//! | check and repair a model | [`compat`] |
//! | compute outputs without time, learn | [`engine`] |
//! | map a model onto a device, read the mapping report | [`compiler`] |
//! | read, write and print programs | [`isa`] |
//! | check what is claimed of a program | [`Certificate`], [`certificate`] |
//! | read and change devices | [`device`] |
//! | simulate, record waves and events | [`mesh`] |
//! | simulate whole inputs, compare them with the engine, collect counters | [`run`] |
//! | simulate a network alone: packet traces and synthetic traffic | [`noc`] |
//! | what differs between two runs, programs or devices | [`diff`] |
//! | compare with published silicon, fit constants | [`calibrate`] |
//!
//! Each module is a crate of the workspace with a guide of its own, [`run`] and [`cli`] excepted.
//!
//! The folder `docs/` of the repository holds the guide, the microarchitecture, the formats, the errors and the validation.

mod certificate_file;
pub mod cli;
mod device_rules;
pub mod diff;
mod document;
#[doc(hidden)]
pub mod doors;
mod golden;
mod link_stats;
pub mod mapping;
mod mesh_seats;
mod process_status;
mod program_file;
mod refusal;
mod regression;
pub mod report;
pub mod run;
pub mod sweep;
pub mod threads;
pub mod trace;
pub mod words;

pub use spikemesh_calibrate as calibrate;
pub use spikemesh_certificate as certificate;
pub use spikemesh_compat as compat;
pub use spikemesh_compiler as compiler;
pub use spikemesh_device as device;
pub use spikemesh_engine as engine;
pub use spikemesh_isa as isa;
pub use spikemesh_mesh as mesh;
pub use spikemesh_model as model;
pub use spikemesh_model::tensor;
pub use spikemesh_noc as noc;
pub use spikemesh_stop::{Progress, Stop};

pub use certificate_file::Certificate;
pub use device_rules::{BrokenRule, DeviceRules, ProfileFrom, RulesBroken, RulesRecord};
pub use document::{Document, Schema, to_json};
pub use program_file::save_program;
pub use refusal::Refusal;

use spikemesh_files as files;
use spikemesh_plot as plot;

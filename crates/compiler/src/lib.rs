//! Turns a model and a device into a program.
//!
//! [`compile()`] gives a [`Compilation`]: the [`Program`](spikemesh_isa::Program) that the mesh runs, and a
//! [`MappingReport`] that says which neural processor (NP) computes what.
//!
//! ```
//! use spikemesh_compiler::{CompileOptions, Mode, Placer, compile};
//! use spikemesh_device::Device;
//! use spikemesh_model::{Dims, FullyConnected, InputData, Model, Parameters};
//!
//! let mut model = Model::new("tiny");
//! let input = Dims { width: 4, height: 4, channels: 2 };
//! model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
//! let head = FullyConnected { num_neurons: 10, weights_bits: 4, activation: Default::default() };
//! model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
//!
//! let device = Device::load("akd1000").unwrap();
//! let options = CompileOptions::default().with_mode(Mode::Minimal).with_placer(Placer::Best);
//! let compiled = compile(&model, &device, &options).unwrap();
//! assert_eq!(compiled.report.total_nps, 1);
//! assert_eq!(compiled.program.output_maps[0].name, "head");
//! ```
//!
//! # Stages
//!
//! Each stage is a function from one value to the next, in a file of its own. `compile.rs` calls them in this order:
//!
//! | file | from | to |
//! |---|---|---|
//! | `check` | layers | errors that no mapping can avoid |
//! | `partition` | layers | [`Partition`]: slices that an NP can hold, passes that the device can hold |
//! | `placer` | partition | an NP for each slice; `cost` says how good that is |
//! | `data_flow` | placement | receivers, rows and buffers of every map |
//! | `emit` | data flow | [`Program`](spikemesh_isa::Program): records and memory images |
//! | [`isa::verify`](spikemesh_isa::verify()) | program | its consistency in itself |
//! | [`deadlock`] | program | a proof that neither its packets nor its units can get into a circular wait |
//!
//! They use `tiling` (where rows and filters are cut), `footprint` (bytes) and `overflow` (largest potentials). The
//! compiler has no hardware constants of its own: it asks [`Resources`], which are made from a device. The rules are in
//! docs/mapping.md.
//!
//! # A new placer
//!
//! A file below `placer/` with its configuration, a variant of [`Placer`], and a test.

mod bound;
pub mod certificate;
mod check;
mod compile;
mod cost;
mod data_flow;
pub mod deadlock;
mod demand;
mod emit;
mod error;
mod footprint;
mod fullest;
mod link_loads;
pub mod misfit;
mod mode;
mod objective;
mod options;
mod overflow;
mod partition;
mod pins;
mod placement;
mod placement_error;
mod placement_file;
mod placer;
mod report;
mod resources;
mod stages;

mod tiling;

pub use bound::{BoundRule, LowerBound};
pub use compile::{Compilation, compile, compile_partition};
pub use error::Error;
pub use footprint::MemoryFootprint;
pub use mode::Mode;
pub use objective::Objective;
pub use options::CompileOptions;
pub use partition::{LayerPartition, Partition, UnitKind, partition, partition_with_splits};
pub use placement_error::{PlacementError, PlacementProblem};
pub use placement_file::{MAX_PLACEMENT_BYTES, PLACEMENT_SCHEMA, Pins, PlacedSlice, PlacementFile};
pub use placer::{Placer, PlacerTry, annealed::Annealed, greedy::Greedy, random::Random, snake::Snake};
pub use report::{BusiestLink, CapacitySummary, LayerMapping, MappingReport, PlacementSummary, SliceMapping};
pub use resources::{Capacity, Kernel, Resources};
pub use stages::{StageTime, Stages};
pub use tiling::{RowTile, Slice};

//! The program format of Spikemesh.
//!
//! A [`Program`] is everything a simulated chip needs: per pass, one [`NpRecord`] for each neural processor in
//! use, the record of the input unit, the records of the event DMA, and the memory image that the loader writes.
//! It says *what a unit does*; it knows nothing of models, of a device's sizes, or of time.
//!
//! | module | content |
//! |---|---|
//! | program, record | a [`Program`] and its passes; what one unit does: geometry, arithmetic, producers, routes |
//! | id, shape | typed indices; sizes of maps and ranges of rows |
//! | [`limits`] | sizes that no program exceeds |
//! | [`memory`] | the layout of weights and thresholds in an NP's memory |
//! | [`packet`] | the words on the mesh: heads, events, markers, tokens |
//! | [`container`] | the `.npx` file: [`write`], [`encode`], [`read`], [`load`] |
//! | verify | [`verify()`]: whether a program is consistent in itself |
//! | [`text`], [`assembly`] | a program as readable text, and back |
//! | error, place | [`Error`], and the [`Place`] in a program that it names |
//!
//! A program of one neural processor, which adds up four events, goes through a file:
//!
//! ```
//! use spikemesh_isa::memory::Contents;
//! use spikemesh_isa::*;
//!
//! let map = MapShape { width: 2, height: 2, channels: 1 };
//! let sum = MapShape { width: 1, height: 1, channels: 1 };
//! let (input, output) = (BufferId(0), BufferId(1));
//! let route = |target, rows| Route { target, rows: Rows { first: 0, end: rows }, row_base: 0, channel_base: 0, joined: false };
//! let program = Program {
//!     name: "sum".to_owned(),
//!     device: "two-nodes".to_owned(),
//!     weights_set: true,
//!     output_maps: vec![OutputMap { name: "sum".to_owned(), map: sum, potentials: true }],
//!     buffers: vec![
//!         Buffer { map, potentials: false, bits: 4 },
//!         Buffer { map: sum, potentials: true, bits: 0 },
//!     ],
//!     input: Some(input),
//!     outputs: vec![Output { output_map: OutputMapId(0), buffer: output }],
//!     passes: vec![Pass {
//!         hrc: None,
//!         sources: vec![SourceRecord { buffer: input, routes: vec![route(Target::Np(NpId(0)), 2)] }],
//!         nps: vec![NpRecord {
//!             np: NpId(0),
//!             output_map: OutputMapId(0),
//!             input: Window { map, rows: Rows { first: 0, end: 2 }, own: Rows { first: 0, end: 2 }, bits: 4 },
//!             producers: 1,
//!             operation: Operation::FullyConnected(FullyConnected { units: 1, weight_bits: 4, external: false }),
//!             activation: Activation::Potentials,
//!             routes: vec![route(Target::Sink(output), 1)],
//!             memory: Contents { weights: vec![1; 4], ..Contents::default() }.pack(4),
//!         }],
//!         sinks: vec![SinkRecord { buffer: output, producers: 1 }],
//!     }],
//! };
//! assert!(verify(&program).is_empty());
//! assert_eq!(read(&write(&program)).unwrap(), program);
//! ```

pub mod assembly;
pub mod container;
mod error;
mod generated;
mod id;
pub mod limits;
pub mod memory;
pub mod packet;
mod place;
mod program;
mod record;
mod shape;
pub mod text;
mod verify;

pub use container::{PackedProgram, encode, load, read, write};
pub use error::{Error, FileError, FlowError};
pub use id::{BufferId, NpId, OutputMapId};
pub use place::{Place, Unit};
pub use program::{Buffer, Output, OutputMap, Pass, Program};
pub use record::trees;
pub use record::{
    Activation, Axis, Convolution, FullyConnected, HrcRecord, NpRecord, Operation, Pooling, Route,
    SinkRecord, SourceRecord, Target, Window,
};
pub use shape::{MapShape, Rows};
pub use verify::verify;

//! The program format of Spikemesh.
//!
//! A [`Program`] is everything a simulated chip needs: per pass, one [`NpRecord`] for each neural processor in
//! use, the record of the input unit, the records of the event DMA, and the memory image that the loader writes.
//! It says *what a unit does*; it knows nothing of models, of a device's sizes, or of time.
//!
//! | room | what it holds |
//! |---|---|
//! | [`program`] | a program, its passes, the maps that flow between units |
//! | [`record`] | what one unit does: geometry, arithmetic, producers, routes |
//! | [`memory`] | how weights and thresholds lie in an NP's memory |
//! | [`packet`] | the words on the mesh: heads, events, markers, tokens |
//! | [`container`] | the `.npx` file: [`write`], [`read`], [`save`], [`load`] |
//! | [`verify`](mod@verify) | whether a program is consistent in itself |
//! | [`text`] | a program as readable text |
//! | [`error`] | what can be wrong with all that |

pub mod container;
pub mod error;
mod generated;
pub mod memory;
pub mod packet;
pub mod place;
pub mod program;
pub mod record;
pub mod text;
pub mod verify;

pub use container::{load, read, save, write};
pub use error::Error;
pub use place::{Place, Unit};
pub use program::{Buffer, BufferId, Group, GroupId, MapShape, Pass, Program};
pub use record::{
    Activation, Axis, Convolution, FullyConnected, HrcRecord, NpId, NpRecord, Operation, Pooling, Route,
    Rows, SinkRecord, SourceRecord, Target, Window,
};
pub use verify::verify;

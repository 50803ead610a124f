//! Turns a model and a device into a program.
//!
//! Each pass is a function from one value to the next, in a file of its own:
//!
//! | pass | from | to |
//! |---|---|---|
//! | [`mod@check`] | layers | what no mapping could make right |
//! | [`mod@partition`] | layers | [`Partition`]: slices that an NP can hold, passes that the device can hold |
//! | [`Placer`] | partition | [`Placement`]: an NP for each slice, at least [`cost()`] |
//! | [`mod@route`] | placement | [`Routing`]: receivers, rows and buffers of every flow |
//! | [`mod@emit`] | routing | [`Program`]: records and memory images |
//! | [`isa::verify`](spikemesh_isa::verify()) | program | its consistency in itself |
//! | [`deadlock`] | program | a proof that its packets cannot wait for each other in a circle |
//!
//! [`compile()`] is all of them in order. The compiler has no hardware constants of its own: it asks a [`Target`].

pub mod bound;
pub mod check;
mod compile;
mod cost;
pub mod deadlock;
pub mod emit;
pub mod error;
pub mod ledger;
mod options;
pub mod partition;
mod placement;
mod placer;
pub mod plan;
pub mod route;
pub mod size;
pub mod slice;
pub mod target;

pub use compile::{Compilation, compile, compile_partition};
pub use cost::cost;
pub use error::Error;
pub use options::CompileOptions;
pub use partition::{Mode, Partition, partition_as};
pub use placement::Placement;
pub use placer::{Placer, greedy::Greedy, snake::Snake};
pub use plan::Plan;
pub use route::Routing;
pub use target::Target;

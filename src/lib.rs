//! Spikemesh: a cycle-accurate simulator of Akida-class neuromorphic processors.

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

pub use spikemesh_isa as isa;
pub use spikemesh_mesh as mesh;

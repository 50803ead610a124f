//! Tensors: dense arrays and lists of events.

pub mod dense;
pub mod sparse;

pub use dense::Dense;
pub use sparse::Sparse;

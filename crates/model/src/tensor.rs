//! Tensors: dense arrays, lists of events, and their `.npy` files.
//!
//! ```
//! use spikemesh_model::tensor::{Dense, Sparse};
//!
//! let events = Sparse::from_coords(&[0, 1, 0, 3, 2, 1], 3, &[4, 3, 2])?;
//! assert_eq!(events.shape, [1, 4, 3, 2]);
//! assert_eq!(events.nnz(), 2);
//! let dense: Dense<u8> = events.to_dense()?;
//! assert_eq!(Sparse::from_dense(&dense), events);
//! # Ok::<(), spikemesh_model::tensor::Error>(())
//! ```

mod dense;
mod error;
pub mod npy;
mod sparse;

pub use dense::Dense;
pub use error::Error;
pub use sparse::{Chip, Event, Sparse};

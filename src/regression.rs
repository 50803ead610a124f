//! Regression: cases with golden outputs and golden cycles.
//!
//! A [`Manifest`] is a RON file:
//!
//! ```ron
//! (
//!     cases: [
//!         (
//!             name: "tiny",                 // unique
//!             model: "tiny.yaml",           // a template, .fb or .fbz
//!             random_weights: 7,            // optional: a seed for layers without weights
//!             device: "akd1000",            // a name, or a .ron file
//!             mode: "minimal",              // optional
//!             inputs: "tiny-inputs.npy",    // uint8 (n, h, w, c)
//!             frames: 2,                    // optional: only the first so many inputs
//!             outputs: "tiny-outputs.npy",  // golden: int32 (n, w, h, c)
//!             cycles: [1042, 1040],         // golden: clocks of each frame, or a .npy file of int64 (n)
//!         ),
//!     ],
//! )
//! ```
//!
//! Paths are relative to the manifest. Every frame runs alone, from reset. Values and clocks must be equal: nothing is
//! tolerated. A case that cannot run is an error of that case; the others run all the same.

mod case;
mod cycles;
mod error;
mod junit;
mod manifest;
mod report;

pub use case::run;
pub use error::Error;
pub use junit::junit;
pub use manifest::{Case, Cycles, Manifest};
pub use report::{CaseReport, Mismatch, Report, Status};

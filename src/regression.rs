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
//!             frames: 2,                    // optional: only this many inputs
//!             golden: "tiny.json",          // outputs and clocks of each frame, which `--bless` writes
//!         ),
//!     ],
//! )
//! ```
//!
//! Paths are relative to the manifest. Every frame runs alone, from reset. Values and clocks must be equal, without tolerance.
//! A case that cannot run is an error of that case; the other cases still run.

mod case;
mod error;
mod golden_file;
mod junit;
mod manifest;
mod report;

pub(crate) use case::run;
pub(crate) use error::Error;
pub(crate) use golden_file::Golden;
pub use golden_file::MAX_BYTES as MAX_GOLDEN_BYTES;
pub(crate) use junit::junit;
pub use manifest::MAX_BYTES;
pub(crate) use manifest::Manifest;
pub(crate) use report::{CaseReport, CaseStatus, Mismatch, RegressionReport};

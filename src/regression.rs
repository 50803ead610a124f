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
//!             golden: "tiny.json",          // what each layer gave in each frame, which `--bless` writes
//!         ),
//!     ],
//! )
//! ```
//!
//! Paths are relative to the manifest. Every batch runs alone, from reset. Values must be equal, and clocks within the tolerance of the case.
//! A case that cannot run is an error of that case; the other cases still run. docs/formats/regression-manifest.md has all fields.
//!
//! | file | holds |
//! |---|---|
//! | `manifest`, `case_entry`, `selection` | what is written; a case as it runs; which of them run |
//! | `case`, `case_run`, `time_limit` | all cases, several at once; one case; how long it may take |
//! | `golden_file`, `golden_record` | the golden file; what a case gave in its form |
//! | `comparison`, `mismatch`, `changes` | what differs, and what may be why |
//! | `report`, `junit`, `failed_run` | results; what a case that failed leaves |

mod case;
mod case_entry;
mod case_run;
mod changes;
mod comparison;
mod error;
mod failed_run;
mod golden_file;
mod golden_record;
mod junit;
mod manifest;
mod mismatch;
mod report;
mod selection;
mod time_limit;

pub(crate) use case::{Options, run};
pub(crate) use error::Error;
pub(crate) use failed_run::FailedRun;
pub(crate) use golden_file::Golden;
pub use golden_file::MAX_BYTES as MAX_GOLDEN_BYTES;
pub(crate) use junit::junit;
pub use manifest::MAX_BYTES;
pub(crate) use manifest::{Manifest, ManifestCase};
pub(crate) use mismatch::{Differs, Mismatch};
pub(crate) use report::{CaseReport, CaseStatus, RegressionReport};
pub(crate) use selection::{Filter, Selection, Shard};

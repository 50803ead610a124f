//! Compares the simulator with published silicon, and fits the constants of a device to it.
//!
//! [`validate()`] predicts every published row and gives a [`ValidationReport`]; [`fit()`] finds the constants of a device that come closest, and
//! what may be claimed of them. A layer row is simulated as a program of one layer, divided as the row says, with synthetic events at the row's
//! density. A model row is the chain of its layers, divided by the mapping rule. No particular row is known here: rows come from files, those of
//! [`Published::default`] or those of a user.
//!
//! ```
//! use spikemesh_calibrate::{Published, PublishedFile, validate};
//! use spikemesh_stop::Stop;
//!
//! // One layer of a keyword spotter, and nothing else.
//! let mut published = Published::default();
//! let keep = |file: &mut PublishedFile, row: &str| {
//!     let lines = file.text.lines().enumerate().filter(|(index, line)| *index == 0 || line.starts_with(row));
//!     file.text = lines.map(|(_, line)| format!("{line}\n")).collect();
//! };
//! keep(&mut published.layers, "KWS,5,");
//! keep(&mut published.models, "none");
//! keep(&mut published.np_counts, "none");
//! keep(&mut published.micro, "none");
//! keep(&mut published.bounds, "none");
//!
//! let report = validate(&published, &Stop::NEVER).unwrap();
//! let row = &report.rows.layers[0];
//! assert_eq!(row.model, "KWS");
//! assert!(row.error.abs() < 0.25, "{} clocks, published {}", row.predicted, row.published);
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `published` | the files of published rows |
//! | `table` | comma-separated files, with the line of every problem |
//! | `layer`, `model`, `count`, `micro`, `bound` | rows of layers, of whole models, of NP totals, of microbenchmarks, of bounds: how they are read and predicted |
//! | `chain` | the layers of a model, from the rows of layers |
//! | `events` | synthetic events of a given density |
//! | `single_layer` | one layer on the simulator |
//! | `frame_traffic`, `network_bound` | what the network does for a frame of a model, and how much energy it can take at most |
//! | `accuracy` | errors and their summary |
//! | `validate`, `report` | all rows with their predictions; `page` and `scatter` show them |
//! | `fit` | constants from rows, and what may be claimed of them |

mod accuracy;
mod bound;
mod chain;
mod count;
mod error;
mod events;
mod fit;
mod frame_traffic;
mod full_frame;
mod layer;
mod micro;
mod model;
mod network_bound;
mod page;
mod published;
mod report;
mod results;
mod scatter;
mod single_layer;
mod table;
mod validate;

#[doc(hidden)]
pub mod doors;

pub use accuracy::{LONG_LAYER, Summary};
pub use bound::{BoundResult, BoundSummary, BoundVerdict, PublishedBound};
pub use count::CountResult;
pub use error::Error;
pub use fit::{Fit, FitOptions, FitPart, Fitted, FittedRow, LeftOut, device_text, fit};
pub use full_frame::FullFrame;
pub use layer::LayerResult;
pub use micro::MicroResult;
pub use model::ModelResult;
pub use network_bound::{ModelSpread, NetworkRecord};
pub use page::{page, percent};
pub use published::{Published, PublishedFile};
pub use report::{CountSummary, ModelSummary, ValidationReport, ValidationRows};
pub use scatter::scatter;
pub use validate::validate;

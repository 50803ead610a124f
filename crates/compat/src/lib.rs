//! Compatibility: holds a model against what a generation of the hardware can do.
//!
//! ```
//! use spikemesh_compat::{self, Profile};
//! use spikemesh_model::template;
//!
//! let model = template::parse("even.yaml", "
//! layers:
//!   - {type: InputData, name: in, input_width: 8, input_height: 8, input_channels: 4}
//!   - {type: Convolutional, name: even, kernel_width: 4, kernel_height: 4, num_neurons: 8}
//! ").map_err(|errors| errors[0].to_string())?;
//! let violations = compat::check(&model, Profile::V2);
//! assert_eq!(violations[0].to_string(), "layer `even`: kernel 4x4, v2 allows 1x1, 3x3, 5x5 or 7x7");
//! # Ok::<(), String>(())
//! ```
//!
//! A [`Rule`] is one row of the public limits; [`RULES`] lists them, and [`table`] writes that list down. Rules know
//! models only: what fits onto a device, and where, is the compiler's business.

mod check;
mod profile;
mod repair;
mod rule;
mod rules;

pub use check::check;
pub use profile::Profile;
pub use repair::{Remaining, Repair, Repaired, repair};
pub use rule::{Breach, Rule, Subject, Violation};
pub use rules::{RULES, table};

//! Compatibility: which limits of a generation of the hardware a model breaks, and exact repairs.
//!
//! ```
//! use spikemesh_compat::{Profile, check};
//! use spikemesh_model::template;
//!
//! let model = template::parse("even.yaml", "
//! layers:
//!   - {type: InputData, name: in, input_width: 8, input_height: 8, input_channels: 4}
//!   - {type: Convolutional, name: even, kernel_width: 4, kernel_height: 4, num_neurons: 8}
//! ").map_err(|errors| errors[0].to_string())?;
//! let violations = check(&model, Profile::V2);
//! assert_eq!(violations[0].to_string(), "layer `even`: kernel 4x4, v2 allows 1x1, 3x3, 5x5 or 7x7");
//! # Ok::<(), String>(())
//! ```
//!
//! # Repairs
//!
//! [`repair`] gives a model that computes the same and breaks fewer rules. A repair is made only where it is exact: whatever the input,
//! every layer that was there sends what it sent before. What cannot be repaired like that stays as it is, with the reason.
//!
//! ```
//! use spikemesh_compat::{Profile, repair};
//! use spikemesh_model::template;
//!
//! let model = template::parse("even.yaml", "
//! layers:
//!   - {type: InputData, name: in, input_width: 8, input_height: 8, input_channels: 4}
//!   - {type: Convolutional, name: even, kernel_width: 4, kernel_height: 4, num_neurons: 8, weights_bits: 3}
//!   - {type: Convolutional, name: valid, kernel_width: 3, kernel_height: 3, num_neurons: 8, convolution_mode: Valid}
//! ").map_err(|errors| errors[0].to_string())?;
//! let repaired = repair(&model, Profile::V2);
//! assert_eq!(repaired.done[0].to_string(), "layer `even`: kernel 4x4 padded with zeros to 5x5");
//! assert_eq!(repaired.done[1].to_string(), "layer `even`: weights of 3 bits held in 4");
//! assert_eq!(
//!     repaired.remaining[0].to_string(),
//!     "layer `valid`: convolution_mode Valid, v2 allows Same; not repaired: Same would give 8x8 positions, not 6x6"
//! );
//! # Ok::<(), String>(())
//! ```
//!
//! # Rules
//!
//! A [`Rule`] is one row of the public limits; [`RULES`] lists them, and [`table`] writes that list down. Rules know
//! models only: what fits onto a device, and where, is decided by the compiler.
//!
//! A new rule is a `static` [`Rule`] in a file of `rules/` and its name in the registry, `rules.rs`. Tests then run its good and its bad
//! example in every profile, and ask for its row in docs/compatibility.md. A repair is not needed: without one, the violation remains
//! with "no exact repair is known".

mod axis;
mod check;
mod profile;
mod repair;
mod rule;
mod rules;
mod source;

pub use axis::{Axis, AxisLimit};
pub use check::check;
pub use profile::Profile;
pub use repair::{Remaining, Repair, Repaired, repair};
pub use rule::{Breach, Rule, Subject, Violation};
pub use rules::{RULES, table};
pub use source::Source;

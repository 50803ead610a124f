//! Constants of a device fitted to published rows, and what may be claimed of the result.
//!
//! Clocks of layers are linear in the times of a device, energy is linear in its energies. `coefficients` counts on the simulator how often each
//! constant is charged; `solve` finds the constants that come closest. Each model in turn is then left out, and predicted by constants that
//! have not seen it: that error, not the one on the rows themselves, says what to expect of other models.
//!
//! | file | holds |
//! |---|---|
//! | `fit_device` | the fit of a device: times first, then energies |
//! | `free` | which constants may move |
//! | `coefficients` | how often a layer charges each constant |
//! | `equation` | rows as equations |
//! | `solve` | robust least squares |
//! | `leave_out` | the fit of one quantity, as a whole and without each model |
//! | `summary` | what came out |
//! | `device_text` | a device as the text of a device file |

mod coefficients;
mod device_text;
mod equation;
mod fit_device;
mod free;
mod leave_out;
mod solve;
mod summary;

pub use device_text::device_text;
pub use fit_device::fit;
pub use free::FitOptions;
pub use summary::{Fit, FitPart, Fitted, FittedRow, LeftOut};

//! What a device was compared with: where a prediction may claim the error that was found, and where not.
//!
//! An entry of `calibration` claims an error for layers of one kind within the sizes that were measured, as long as the constants that the
//! closed form of the kind reads are those that it lists. `load_calibration` and `energy_calibration` do the same for loads and energies.
//!
//! | file | holds |
//! |---|---|
//! | `work` | kinds of work, and what the time of a layer depends on |
//! | `ranges` | the measured layers of one kind, and which layers they cover |
//! | `group` | measurements that have no ranges: loads, energies |
//! | `network_bound`, `network_energy` | how large the energies of the network can be at most: what was found, and what it says of a device |
//! | `closed_form` | which constants the time and the energy of a layer read |
//! | `accuracy_claim` | what may be claimed of a number, and of a sum |
//! | `claims` | what may be claimed of the layers of a device |

mod accuracy_claim;
mod claims;
mod closed_form;
mod group;
mod network_bound;
mod network_energy;
mod ranges;
mod work;

pub use accuracy_claim::{AccuracyClaim, ClaimBasis};
pub use claims::Claims;
pub use group::GroupCalibration;
pub use network_bound::NetworkBound;
pub use ranges::{Calibration, covering};
pub use work::{OperatingPoint, Work};

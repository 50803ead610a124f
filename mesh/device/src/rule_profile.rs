//! The public list of limits that a device's models have to keep.

use serde::{Deserialize, Serialize};

/// A list of limits, by the name that `spikemesh check --profile` gives it. What is on it is no business of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleProfile {
    /// Of the pre-production part.
    V1,
    /// Of the production part.
    V2,
    /// The newest one.
    Current,
}

//! What a repair has done, and what it has left.

use std::fmt;

use super::change::Repair;
use crate::rule::Violation;
use spikemesh_model::Model;

/// A violation that is still there.
#[derive(Clone, Debug, PartialEq)]
pub struct Remaining {
    /// What is wrong, in the repaired model.
    pub violation: Violation,
    /// Why no exact repair was made.
    pub reason: String,
}

impl fmt::Display for Remaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; not repaired: {}", self.violation, self.reason)
    }
}

/// A model and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired {
    /// Computes what the model before it did. Layers keep their names; what was unset is unset.
    pub model: Model,
    /// What was changed, in the model's order.
    pub done: Vec<Repair>,
    /// What is still wrong; empty if the model is compatible now.
    pub remaining: Vec<Remaining>,
}

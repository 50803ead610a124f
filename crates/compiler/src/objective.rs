//! What a placement is to be good for.

use serde::{Deserialize, Serialize};

/// What a placer makes small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Links that the flits of a frame pass, if every position fires.
    #[default]
    FlitHops,
    /// Flits over the busiest link, if every position fires; flit-hops where that is the same.
    BusiestLink,
}

impl Objective {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Objective::FlitHops => "flit-hops",
            Objective::BusiestLink => "busiest-link",
        }
    }
}

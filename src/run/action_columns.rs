//! Actions that cost energy, as columns of a row of `stats.json`.

use serde::{Serialize, Serializer};

use crate::device::{Action, ActionCounts, ActionEnergy};

/// How often actions were done and what that took, as columns of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ActionColumns {
    /// How often.
    pub counts: ActionCounts,
    /// What it took, in picojoules.
    pub energy: ActionEnergy,
}

/// `link_count`, `link_pj` and so on.
impl Serialize for ActionColumns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = Action::ALL.into_iter().flat_map(|action| {
            [
                (format!("{}_count", action.name()), self.counts.of(action)),
                (format!("{}_pj", action.name()), self.energy.of(action)),
            ]
        });
        serializer.collect_map(columns)
    }
}

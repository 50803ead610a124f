//! Units and links with their counters, as `stats.json` has them.

use serde::{Deserialize, Serialize};

/// Clocks by reason, in the words of `stats.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ReasonClocks {
    pub compute: u64,
    pub wait_input: u64,
    pub wait_map: u64,
    pub wait_fifo: u64,
    pub drain: u64,
    pub load: u64,
    pub unused: u64,
}

impl ReasonClocks {
    /// Clocks in which something was in use.
    pub fn used(&self) -> u64 {
        self.named().iter().map(|(_, clocks)| clocks).sum::<u64>() - self.unused
    }

    /// All reasons with their names, in the order of reports.
    pub fn named(&self) -> [(&'static str, u64); 7] {
        let ReasonClocks { compute, wait_input, wait_map, wait_fifo, drain, load, unused } = *self;
        [
            ("compute", compute),
            ("wait_input", wait_input),
            ("wait_map", wait_map),
            ("wait_fifo", wait_fifo),
            ("drain", drain),
            ("load", load),
            ("unused", unused),
        ]
    }
}

/// A unit, all frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitFacts {
    /// The pass.
    pub pass: usize,
    /// Its name.
    pub name: String,
    /// The layer that it computes.
    pub layer: Option<String>,
    /// Frames that it finished.
    pub frames: usize,
    /// Events or potentials received.
    pub received: u64,
    /// Events or potentials emitted.
    pub emitted: u64,
    /// Clocks by reason.
    #[serde(flatten)]
    pub reasons: ReasonClocks,
    /// Energy of its work, in picojoules.
    pub dynamic_pj: f64,
}

/// A link that flits passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkFacts {
    /// Its name.
    pub name: String,
    /// Flits that passed.
    pub flits: u64,
    /// Flits by cycles: 1 is the most that a link carries.
    pub share: f64,
    /// Most flits that lay in one virtual channel at its end together.
    pub peak: u16,
}

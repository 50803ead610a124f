//! What passed the links of a network, as JSON has it for runs and replays.

use serde::Serialize;

use crate::noc::LinkCounters;

/// A link that flits passed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkStats {
    /// Its name, as in waves: `n1_0.east` leads from node (1, 0) to the east, `n1_0.inject2` from its third unit into it.
    pub name: String,
    /// Flits that passed.
    pub flits: u64,
    /// Flits by cycles simulated: 1 is a flit in every cycle, the most that a link carries.
    pub share: f64,
    /// Most flits that lay in one virtual channel at its end together; 0 for a link to a unit.
    pub peak: u16,
}

/// The link that carries most; of equal ones the first.
pub fn busiest(links: &[LinkStats]) -> Option<&LinkStats> {
    links.iter().rev().max_by_key(|link| link.flits)
}

/// The links that flits passed, in the order of `names`, those of all links. `cycles` is what the counters were counted over.
pub fn link_stats<'a>(
    names: impl Iterator<Item = &'a str>,
    counters: &[LinkCounters],
    cycles: u64,
) -> Vec<LinkStats> {
    names
        .zip(counters)
        .filter(|(_, counters)| counters.flits > 0)
        .map(|(name, counters)| LinkStats {
            name: name.to_owned(),
            flits: counters.flits,
            share: counters.flits as f64 / cycles.max(1) as f64,
            peak: counters.peak,
        })
        .collect()
}

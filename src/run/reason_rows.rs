//! Clocks by reason in `stats.json`: columns of units and layers.

use serde::{Serialize, Serializer};

use crate::mesh::{COMPUTE_STATES, Reason, UnitReasons};

/// Clocks of a unit by reason, of computing by state, and with two input maps of receiving by reason: a field for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitReasonClocks(pub UnitReasons);

impl Serialize for UnitReasonClocks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let UnitReasons { reasons, states, receiving } = &self.0;
        let names = Reason::ALL.iter().map(|reason| reason.name());
        let reasons = names.clone().map(str::to_owned).zip(reasons);
        let states = COMPUTE_STATES.iter().map(|state| state.name().to_owned()).zip(states);
        // A unit never computes, nor waits for room, in order to receive.
        let receiving = names.map(|name| format!("receiving_{name}")).zip(receiving.iter().flatten());
        let receiving = receiving.zip(Reason::ALL).filter(|(_, reason)| RECEIVING.contains(reason));
        serializer.collect_map(reasons.chain(states).chain(receiving.map(|(column, _)| column)))
    }
}

/// The reasons of receiving beside computing.
const RECEIVING: [Reason; 4] = [Reason::WaitInput, Reason::WaitMap, Reason::Load, Reason::Unused];

/// Clocks of the units of a layer by reason: a field for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerReasonClocks(pub [u64; Reason::ALL.len()]);

impl Serialize for LayerReasonClocks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Reason::ALL.iter().map(|reason| reason.name()).zip(self.0))
    }
}

impl LayerReasonClocks {
    /// Clocks with a reason.
    pub fn of(&self, reason: Reason) -> u64 {
        self.0[reason as usize]
    }

    /// The largest reasons, largest first, of the clocks in which the units were in use.
    pub(super) fn main(&self) -> Vec<ReasonShare> {
        let used: u64 = self.0.iter().sum::<u64>() - self.of(Reason::Unused);
        let mut shares: Vec<ReasonShare> = Reason::ALL
            .into_iter()
            .filter(|&reason| reason != Reason::Unused)
            .map(|reason| ReasonShare {
                reason: reason.name(),
                share: self.of(reason) as f64 / used.max(1) as f64,
            })
            .filter(|share| share.share >= LEAST_SHARE)
            .collect();
        // Of equal shares the first reason.
        shares.sort_by(|a, b| b.share.total_cmp(&a.share));
        shares.truncate(MOST_SHARES);
        shares
    }
}

/// Shares below it are no main reason.
const LEAST_SHARE: f64 = 0.005;
/// So many main reasons are named.
const MOST_SHARES: usize = 3;

/// A reason and its share of the clocks in which the units of a layer were in use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReasonShare {
    /// The reason.
    pub reason: &'static str,
    /// From 0 to 1.
    pub share: f64,
}

/// Clocks that a unit waited for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlameStats {
    /// What it waited for.
    pub reason: &'static str,
    /// For whom: a unit of the same pass.
    pub unit: String,
    /// So long.
    pub clocks: u64,
}

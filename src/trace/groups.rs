//! Sums over packets that have something in common.

use std::collections::BTreeMap;

use crate::noc::Cycle;
use crate::noc::traffic::LatencyHistogram;

/// Packets and flits, and how long the packets took, if that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub packets: u64,
    pub flits: u64,
    pub latencies: LatencyHistogram,
}

impl Sums {
    pub fn add(&mut self, flits: u32, latency: Option<Cycle>) {
        self.packets += 1;
        self.flits += u64::from(flits);
        latency.into_iter().for_each(|latency| self.latencies.add(latency));
    }

    pub fn merge(&mut self, other: &Sums) {
        self.packets += other.packets;
        self.flits += other.flits;
        self.latencies.merge(&other.latencies);
    }
}

/// What packets are counted by: everything else is a sum over these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub source: u32,
    pub target: u32,
    pub class: u8,
    pub layer: Option<u32>,
    pub kind: Option<crate::noc::trace::PacketKind>,
}

/// Sums by something that a key tells.
pub(super) fn by<K: Ord>(groups: &BTreeMap<Key, Sums>, part: impl Fn(&Key) -> K) -> BTreeMap<K, Sums> {
    let mut all: BTreeMap<K, Sums> = BTreeMap::new();
    groups.iter().for_each(|(key, sums)| all.entry(part(key)).or_default().merge(sums));
    all
}

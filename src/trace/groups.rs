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

/// Sums over packets, by where they go. A packet is sent once, and arrives at each of its targets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    /// Of one target.
    pub single: BTreeMap<Key, Sums>,
    /// Of several targets, by these, with the last arrivals; the key has the first target.
    pub several: BTreeMap<(Key, Vec<u32>), Sums>,
    /// Their arrivals at each target.
    pub branches: BTreeMap<Key, Sums>,
}

impl Groups {
    /// Sums of what was sent, by something that a key tells; the target is the first one.
    pub fn sent<K: Ord>(&self, part: impl Fn(&Key) -> K) -> BTreeMap<K, Sums> {
        by(self.single.iter().chain(self.several.iter().map(|((key, _), sums)| (key, sums))), part)
    }

    /// Sums of what arrived, by something that a key tells.
    pub fn arrived<K: Ord>(&self, part: impl Fn(&Key) -> K) -> BTreeMap<K, Sums> {
        by(self.single.iter().chain(&self.branches), part)
    }
}

fn by<'a, K: Ord>(
    groups: impl Iterator<Item = (&'a Key, &'a Sums)>,
    part: impl Fn(&Key) -> K,
) -> BTreeMap<K, Sums> {
    let mut all: BTreeMap<K, Sums> = BTreeMap::new();
    groups.for_each(|(key, sums)| all.entry(part(key)).or_default().merge(sums));
    all
}

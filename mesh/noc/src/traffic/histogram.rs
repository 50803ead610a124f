//! Latencies of many packets.

use std::collections::BTreeMap;

use crate::Cycle;

/// A distribution of latencies, exact: how many packets took how many cycles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatencyHistogram {
    counts: BTreeMap<Cycle, u64>,
    packets: u64,
    sum: u128,
}

impl LatencyHistogram {
    /// Adds a packet.
    pub fn add(&mut self, cycles: Cycle) {
        *self.counts.entry(cycles).or_insert(0) += 1;
        self.packets += 1;
        self.sum += u128::from(cycles);
    }

    /// Adds all packets of another distribution.
    pub fn merge(&mut self, other: &LatencyHistogram) {
        for (&cycles, &count) in &other.counts {
            *self.counts.entry(cycles).or_insert(0) += count;
        }
        self.packets += other.packets;
        self.sum += other.sum;
    }

    /// Packets.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Latencies that differ.
    pub fn values(&self) -> usize {
        self.counts.len()
    }

    /// Sum over the packets.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The mean; `None` without packets.
    pub fn mean(&self) -> Option<f64> {
        (self.packets > 0).then(|| self.sum as f64 / self.packets as f64)
    }

    /// The longest; `None` without packets.
    pub fn max(&self) -> Option<Cycle> {
        self.counts.last_key_value().map(|(&cycles, _)| cycles)
    }

    /// The least latency that `percent` percent of the packets do not exceed; `None` without packets.
    pub fn percentile(&self, percent: u64) -> Option<Cycle> {
        let rank = (u128::from(self.packets) * u128::from(percent)).div_ceil(100).max(1);
        let mut below = 0;
        self.counts.iter().find_map(|(&cycles, &count)| {
            below += u128::from(count);
            (below >= rank).then_some(cycles)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_a_sorted_list() {
        let mut latencies = LatencyHistogram::default();
        assert_eq!((latencies.mean(), latencies.percentile(50), latencies.max()), (None, None, None));
        (1..=200).for_each(|cycles| latencies.add(cycles));
        assert_eq!(latencies.mean(), Some(100.5));
        assert_eq!(
            [0, 50, 99, 100].map(|p| latencies.percentile(p)),
            [Some(1), Some(100), Some(198), Some(200)]
        );
        let mut twice = latencies.clone();
        twice.merge(&latencies);
        assert_eq!((twice.packets(), twice.percentile(99), twice.max()), (400, Some(198), Some(200)));
    }
}

//! Distributions of a trace.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::noc::Cycle;

/// Periods that the time of a trace is divided into.
const PERIODS: u64 = 40;

/// A bar of a histogram: packets of which a value is from `from` to `to`, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// Least value.
    pub from: u64,
    /// Greatest value.
    pub to: u64,
    /// Packets.
    pub packets: u64,
    /// Their flits.
    pub flits: u64,
}

/// Distributions of the packets of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Histograms {
    /// By cycles from creation to arrival, in powers of two; `None` if arrivals are not known.
    pub latency: Option<Vec<Bar>>,
    /// By flits of a packet.
    pub size: Vec<Bar>,
    /// By cycle of creation, in at most forty periods of the same length.
    pub created: Vec<Bar>,
}

/// Counts packets by a value: at most some thousand values apart, which double their width as soon as there are more.
#[derive(Clone, Debug, Default)]
pub(super) struct Periods {
    /// Packets and flits by value, divided by the width.
    counts: BTreeMap<u64, (u64, u64)>,
    /// The width is 2 to the power of this.
    shift: u32,
}

/// Most values that are kept apart while they are counted.
const MOST: usize = 1 << 14;

impl Periods {
    pub fn add(&mut self, value: u64, flits: u32) {
        add(&mut self.counts, value >> self.shift, 1, u64::from(flits));
        while self.counts.len() > MOST {
            let finer = std::mem::take(&mut self.counts);
            self.shift += 1;
            finer
                .iter()
                .for_each(|(&value, &(packets, flits))| add(&mut self.counts, value >> 1, packets, flits));
        }
    }

    /// Bars of one width, a power of two; those without packets in between are there.
    pub fn bars(&self) -> Vec<Bar> {
        let (Some((&first, _)), Some((&last, _))) =
            (self.counts.first_key_value(), self.counts.last_key_value())
        else {
            return Vec::new();
        };
        let more = (0..64).find(|more| (last >> more) - (first >> more) < PERIODS).unwrap_or_default();
        let mut all = BTreeMap::new();
        (first >> more..=last >> more).for_each(|period| add(&mut all, period, 0, 0));
        self.counts
            .iter()
            .for_each(|(value, &(packets, flits))| add(&mut all, value >> more, packets, flits));
        let width = self.shift + more;
        let bar = |(period, (packets, flits)): (u64, (u64, u64))| Bar {
            from: period << width,
            to: (period << width) + ((1 << width) - 1),
            packets,
            flits,
        };
        all.into_iter().map(bar).collect()
    }
}

/// Bars by powers of two: 0, 1, 2 to 3, 4 to 7 and so on.
#[derive(Clone, Debug, Default)]
pub(super) struct Powers(BTreeMap<u64, (u64, u64)>);

impl Powers {
    pub fn add(&mut self, value: Cycle, flits: u32) {
        add(&mut self.0, u64::from(64 - value.leading_zeros()), 1, u64::from(flits));
    }

    pub fn bars(&self) -> Vec<Bar> {
        let bar = |(&bits, &(packets, flits)): (&u64, &(u64, u64))| match bits {
            0 => Bar { from: 0, to: 0, packets, flits },
            bits => Bar { from: 1 << (bits - 1), to: u64::MAX >> (64 - bits), packets, flits },
        };
        self.0.iter().map(bar).collect()
    }
}

fn add(counts: &mut BTreeMap<u64, (u64, u64)>, value: u64, packets: u64, flits: u64) {
    let count = counts.entry(value).or_default();
    *count = (count.0 + packets, count.1 + flits);
}

/// Bars of single values.
pub(super) fn singles(counts: &BTreeMap<u64, (u64, u64)>) -> Vec<Bar> {
    let bar =
        |(&value, &(packets, flits)): (&u64, &(u64, u64))| Bar { from: value, to: value, packets, flits };
    counts.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_hold_every_packet_once() {
        for step in [1, 3, 1000, 1 << 30] {
            let (mut periods, mut powers) = (Periods::default(), Powers::default());
            for n in 0..50_000u64 {
                periods.add(7 + n * step, 2);
                powers.add(n * step, 2);
            }
            for bars in [periods.bars(), powers.bars()] {
                assert_eq!(bars.iter().map(|bar| bar.packets).sum::<u64>(), 50_000);
                assert_eq!(bars.iter().map(|bar| bar.flits).sum::<u64>(), 100_000);
                assert!(
                    bars.len() <= 64 && bars.windows(2).all(|pair| pair[0].to < pair[1].from),
                    "{bars:?}"
                );
            }
            let bars = periods.bars();
            assert!(
                bars.len() as u64 <= PERIODS && bars.windows(2).all(|pair| pair[0].to + 1 == pair[1].from)
            );
        }
        let mut far = Powers::default();
        far.add(u64::MAX, 1);
        assert_eq!(far.bars(), [Bar { from: 1 << 63, to: u64::MAX, packets: 1, flits: 1 }]);
        let mut far = Periods::default();
        [0, u64::MAX].iter().for_each(|&value| far.add(value, 1));
        assert_eq!(far.bars().len(), 32);
    }
}

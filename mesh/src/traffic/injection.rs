//! When terminals create packets.

use super::Error;
use super::random::Random;
use crate::kernel::Cycle;

/// How creations follow one another. The mean is that of the rate in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Injection {
    /// In every cycle with the same chance.
    #[default]
    Bernoulli,
    /// In bursts, as BookSim2's `on_off`: a chance to create only while on.
    OnOff {
        /// Mean cycles of a burst.
        burst: f64,
        /// Chance to create a packet in a cycle of a burst.
        peak: f64,
    },
}

/// An injection at a rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    /// Chance to create a packet in a cycle while on.
    create: f64,
    /// Chances to turn on and off; none for one that is always on.
    turns: Option<(f64, f64)>,
}

impl Process {
    /// For a rate in packets of `flits` flits; the rate counts flits per cycle.
    pub fn new(injection: Injection, rate: f64, flits: u32) -> Result<Process, Error> {
        let packets = rate / f64::from(flits);
        let most = match injection {
            Injection::Bernoulli => 1.0,
            Injection::OnOff { burst, peak } => {
                let fine = (1.0..=1e9).contains(&burst) && peak > 0.0 && peak <= 1.0;
                if !fine {
                    return Err(Error::Burst { cycles: burst, peak });
                }
                (peak * f64::from(flits)).min(1.0)
            }
        };
        if !(rate > 0.0 && rate <= most) {
            return Err(Error::Rate { rate, most });
        }
        Ok(match injection {
            Injection::Bernoulli => Process { create: packets, turns: None },
            Injection::OnOff { peak, .. } if packets >= peak => Process { create: peak, turns: None },
            Injection::OnOff { burst, peak } => {
                // On for a share of packets / peak of all cycles.
                let off = 1.0 / burst;
                let on = (off * packets / (peak - packets)).min(1.0);
                Process { create: peak, turns: Some((on, off)) }
            }
        })
    }

    /// The first creation in `from..end`. `on` is the state of the terminal.
    pub fn next(&self, from: Cycle, end: Cycle, on: &mut bool, random: &mut Random) -> Option<Cycle> {
        (from..end).find(|_| {
            if let Some((turn_on, turn_off)) = self.turns {
                *on = if *on { !random.hits(turn_off) } else { random.hits(turn_on) };
                if !*on {
                    return false;
                }
            }
            random.hits(self.create)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets and pairs of packets in successive cycles.
    fn count(injection: Injection, rate: f64, flits: u32) -> (u32, u32) {
        let process = Process::new(injection, rate, flits).unwrap();
        let (mut random, mut on) = (Random::new(7, 3), false);
        let (mut packets, mut pairs, mut last) = (0, 0, Cycle::MAX - 1);
        let mut from = 0;
        while let Some(at) = process.next(from, 1_000_000, &mut on, &mut random) {
            packets += 1;
            pairs += (at == last + 1) as u32;
            last = at;
            from = at + 1;
        }
        (packets, pairs)
    }

    #[test]
    fn both_keep_the_rate_and_bursts_come_together() {
        let (plain, together) = count(Injection::Bernoulli, 0.2, 2);
        assert!((98_000..102_000).contains(&plain), "{plain}");
        assert!((9_300..10_700).contains(&together), "{together}");
        let (burst, together) = count(Injection::OnOff { burst: 20.0, peak: 0.5 }, 0.2, 2);
        assert!((96_000..104_000).contains(&burst), "{burst}");
        assert!((44_000..51_000).contains(&together), "{together}");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for rate in [0.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
            let error = Process::new(Injection::Bernoulli, rate, 1).unwrap_err();
            assert!(matches!(error, Error::Rate { .. }), "{rate}");
        }
        for (burst, peak) in [(0.0, 1.0), (f64::NAN, 1.0), (5.0, 0.0), (5.0, 1.1)] {
            let error = Process::new(Injection::OnOff { burst, peak }, 0.1, 1).unwrap_err();
            assert!(matches!(error, Error::Burst { .. }), "{burst} {peak}");
        }
        let above = Process::new(Injection::OnOff { burst: 5.0, peak: 0.2 }, 0.3, 1);
        assert!(matches!(above, Err(Error::Rate { .. })));
    }
}

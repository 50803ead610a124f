//! When terminals create packets.

use std::ops::Range;

use super::error::TrafficError;
use super::random::{Chance, Fractions, Random};

/// How creations follow one another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Injection {
    /// In every cycle with the same chance.
    #[default]
    Bernoulli,
    /// In bursts, as BookSim2's `on_off`: a chance to create only while on. A terminal begins on or off by chance. The mean is that
    /// of the rate, unless a single cycle off between bursts is too much for that.
    OnOff {
        /// Mean cycles of a burst.
        burst: f64,
        /// Chance to create a packet in a cycle of a burst.
        peak: f64,
    },
}

/// An injection at a rate, for all terminals.
#[derive(Clone, Debug)]
pub(super) enum InjectionProcess {
    /// One fraction a cycle.
    Even(Chance),
    /// One fraction in a cycle off, two in a cycle on: the first says whether the terminal is on.
    Bursts {
        turn_on: Chance,
        turn_off: Chance,
        create: Chance,
        /// Which terminals are on.
        on: Vec<bool>,
    },
}

impl InjectionProcess {
    /// For a rate in flits per cycle, in packets of `flits` flits.
    pub fn new(
        injection: Injection,
        rate: f64,
        flits: u32,
        terminals: u32,
    ) -> Result<InjectionProcess, TrafficError> {
        let packets = rate / f64::from(flits);
        let most = match injection {
            Injection::Bernoulli => 1.0,
            Injection::OnOff { burst, peak } => {
                let fine = (1.0..=1e9).contains(&burst) && peak > 0.0 && peak <= 1.0;
                if !fine {
                    return Err(TrafficError::Burst { cycles: burst, peak });
                }
                (peak * f64::from(flits)).min(1.0)
            }
        };
        if !(rate > 0.0 && rate <= most) {
            return Err(TrafficError::Rate { rate, most });
        }
        let Injection::OnOff { burst, peak } = injection else {
            return Ok(InjectionProcess::Even(Chance::below(packets)));
        };
        let off = 1.0 / burst;
        // On for a share of packets / peak of all cycles. At the peak itself the quotient has no limit, and every cycle turns on.
        let on = if packets < peak { off * packets / (peak - packets) } else { 1.0 };
        // Drawn before the seed counts, so the same for all seeds.
        let mut integers = Random::new(Random::UNSEEDED).integers;
        Ok(InjectionProcess::Bursts {
            turn_on: Chance::below(on),
            turn_off: Chance::below(off),
            create: Chance::below(peak),
            on: (0..terminals).map(|_| integers.below(2) == 1).collect(),
        })
    }

    /// The next cycle of a terminal. True if it creates a packet.
    #[inline]
    pub fn test(&mut self, terminal: u32, fractions: &mut Fractions) -> bool {
        match self {
            InjectionProcess::Even(create) => fractions.hits(*create),
            InjectionProcess::Bursts { turn_on, turn_off, create, on } => {
                let on = &mut on[terminal as usize];
                *on = if *on { !fractions.hits(*turn_off) } else { fractions.hits(*turn_on) };
                *on && fractions.hits(*create)
            }
        }
    }

    /// The next cycle of terminals one after the other, up to the first that creates a packet.
    #[inline]
    pub fn first(&mut self, mut terminals: Range<u32>, fractions: &mut Fractions) -> Option<u32> {
        match self {
            InjectionProcess::Even(create) => {
                let misses = fractions.misses(*create, terminals.len())?;
                Some(terminals.start + misses as u32)
            }
            InjectionProcess::Bursts { .. } => terminals.find(|&terminal| self.test(terminal, fractions)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of a terminal in a million cycles, and pairs of them in successive cycles.
    fn count(injection: Injection, rate: f64, flits: u32) -> (u32, u32) {
        let mut process = InjectionProcess::new(injection, rate, flits, 4).unwrap();
        let mut fractions = Random::new(7).fractions;
        let created: Vec<bool> = (0..1_000_000).map(|_| process.test(3, &mut fractions)).collect();
        let pairs = created.windows(2).filter(|pair| pair[0] && pair[1]).count();
        (created.iter().filter(|&&created| created).count() as u32, pairs as u32)
    }

    #[test]
    fn both_keep_the_rate_and_bursts_come_together() {
        let (plain, together) = count(Injection::Bernoulli, 0.2, 2);
        assert!((98_000..102_000).contains(&plain), "{plain}");
        assert!((9_300..10_700).contains(&together), "{together}");
        let (burst, together) = count(Injection::OnOff { burst: 20.0, peak: 0.5 }, 0.2, 2);
        assert!((96_000..104_000).contains(&burst), "{burst}");
        assert!((44_000..51_000).contains(&together), "{together}");
        // One cycle off after ten on.
        let (most, _) = count(Injection::OnOff { burst: 10.0, peak: 0.5 }, 0.5, 1);
        assert!((450_000..459_000).contains(&most), "{most}");
    }

    #[test]
    fn terminals_in_a_row_draw_as_one_by_one() {
        for injection in [Injection::Bernoulli, Injection::OnOff { burst: 3.0, peak: 0.7 }] {
            let mut one = InjectionProcess::new(injection, 0.2, 1, 9).unwrap();
            let mut other = one.clone();
            let (mut draws, mut others) = (Random::new(1).fractions, Random::new(1).fractions);
            for _ in 0..500 {
                let expected = (2..9).find(|&terminal| one.test(terminal, &mut draws));
                assert_eq!(other.first(2..9, &mut others), expected);
            }
            assert_eq!(draws.next(), others.next());
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for rate in [0.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
            let error = InjectionProcess::new(Injection::Bernoulli, rate, 1, 1).unwrap_err();
            assert!(matches!(error, TrafficError::Rate { .. }), "{rate}");
        }
        for (burst, peak) in [(0.0, 1.0), (f64::NAN, 1.0), (5.0, 0.0), (5.0, 1.1)] {
            let error = InjectionProcess::new(Injection::OnOff { burst, peak }, 0.1, 1, 1).unwrap_err();
            assert!(matches!(error, TrafficError::Burst { .. }), "{burst} {peak}");
        }
        let above = InjectionProcess::new(Injection::OnOff { burst: 5.0, peak: 0.2 }, 0.3, 1, 1);
        assert!(matches!(above, Err(TrafficError::Rate { .. })));
    }
}

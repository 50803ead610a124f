//! Cycles as times of a file.

use spikemesh_noc::Cycle;
use spikemesh_words::plural;

/// What an edge may be beside its time, in parts of a clock.
const EXACT_TO: u64 = 1000;

/// What one time unit of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeScale {
    /// The unit is a second / 10^exponent.
    exponent: u32,
    /// `None` where one unit is one clock.
    clock: Option<Clock>,
}

/// A clock by true time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    hz: u64,
    /// So many units are so many clocks, with no common factor: numbers of 64 bits hold the products of all but the longest runs.
    units: u64,
    clocks: u64,
}

impl TimeScale {
    /// One unit, shown as a nanosecond, is one clock.
    pub const CLOCKS: TimeScale = TimeScale { exponent: 9, clock: None };

    /// The true time of a clock of at most 100 GHz: the coarsest of s, ms, us, ns, ps, fs in which every edge is right, or right to a thousandth of a
    /// clock.
    pub fn of_clock(clock_hz: u64) -> TimeScale {
        let fits = |exponent: &u32| {
            let units = 10_u64.pow(*exponent);
            units.is_multiple_of(clock_hz) || units / clock_hz >= EXACT_TO / 2
        };
        let exponent = (0..=15).step_by(3).find(fits).unwrap_or(15);
        let second = 10_u64.pow(exponent);
        let factor = greatest_common_factor(second, clock_hz);
        let clock = Clock { hz: clock_hz, units: second / factor, clocks: clock_hz / factor };
        TimeScale { exponent, clock: Some(clock) }
    }

    /// The unit: a second / 10^this.
    pub fn exponent(self) -> u32 {
        self.exponent
    }

    /// Clocks of a second, if times are true.
    pub fn clock_hz(self) -> Option<u64> {
        self.clock.map(|clock| clock.hz)
    }

    /// The time at which a cycle begins.
    pub fn time(self, cycle: Cycle) -> u64 {
        match self.clock {
            None => cycle,
            Some(Clock { units, clocks, .. }) => match cycle.checked_mul(units) {
                Some(product) => product.saturating_add(clocks / 2) / clocks,
                None => {
                    ((u128::from(cycle) * u128::from(units) + u128::from(clocks / 2)) / u128::from(clocks))
                        as u64
                }
            },
        }
    }

    /// What a reader should know.
    pub fn text(self) -> String {
        match self.clock {
            None => "one time unit is one clock".to_owned(),
            Some(Clock { hz, .. }) => {
                let clocks = plural(hz, "clock", "clocks");
                format!("{clocks} in one second; every edge is right to a thousandth of a clock")
            }
        }
    }
}

fn greatest_common_factor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_right_to_a_thousandth_of_a_clock() {
        for clock_hz in [1_000_000, 300_000_000, 333_333_333, 400_000_000, 7_000_000_001, 100_000_000_000] {
            let scale = TimeScale::of_clock(clock_hz);
            let units = 10_u128.pow(scale.exponent());
            for cycle in [0, 1, 2, 3, 1000, 12_345_678_901, 1 << 40] {
                let (exact, time) = (u128::from(cycle) * units, u128::from(scale.time(cycle)));
                let beside = exact.abs_diff(time * u128::from(clock_hz));
                assert!(beside * 1000 <= units, "{clock_hz} Hz, cycle {cycle}: {time}");
                let hz = u128::from(clock_hz);
                assert_eq!(time, (2 * exact + hz) / (2 * hz), "{clock_hz} Hz, cycle {cycle}");
            }
        }
    }

    #[test]
    fn the_unit_is_no_finer_than_it_must_be() {
        let exponent = |clock_hz| TimeScale::of_clock(clock_hz).exponent();
        assert_eq!(exponent(1_000_000), 6);
        assert_eq!(exponent(200_000_000), 9);
        assert_eq!(exponent(300_000_000), 12);
        assert_eq!(exponent(400_000_000), 12);
        assert_eq!(exponent(7_000_000_001), 15);
        assert_eq!(TimeScale::of_clock(300_000_000).time(3), 10_000);
        assert_eq!(TimeScale::CLOCKS.time(7), 7);
    }
}

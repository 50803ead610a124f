//! How fast this host simulates. Fields are named `host_*`: they differ from run to run.

use serde::{Deserialize, Serialize};

/// How fast this host simulates, on one core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostSpeed {
    /// Seconds spent simulating, summed over threads.
    pub host_simulating_seconds: f64,
    /// Simulated clocks per second and core.
    pub host_clocks_per_second: f64,
    /// How many times slower than the chip one core simulates it.
    pub host_slowdown: f64,
}

impl HostSpeed {
    /// For `clocks` clocks of a chip, simulated in `seconds` seconds of one core.
    pub fn new(clocks: u64, seconds: f64, clock_hz: u64) -> HostSpeed {
        let per_second = if seconds > 0.0 { clocks as f64 / seconds } else { 0.0 };
        HostSpeed {
            host_simulating_seconds: seconds,
            host_clocks_per_second: per_second,
            host_slowdown: if per_second > 0.0 { clock_hz as f64 / per_second } else { 0.0 },
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let (times, than) = if self.host_slowdown < 1.0 && self.host_slowdown > 0.0 {
            (1.0 / self.host_slowdown, "faster")
        } else {
            (self.host_slowdown, "slower")
        };
        let million = self.host_clocks_per_second / 1e6;
        format!(
            "{million:.1} million simulated clocks per second and core, {times:.1} times {than} than the chip"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_told_from_the_side_where_it_exceeds_one() {
        let text = |seconds| HostSpeed::new(30_000_000, seconds, 300_000_000).text();
        assert_eq!(
            text(0.2),
            "150.0 million simulated clocks per second and core, 2.0 times slower than the chip"
        );
        assert_eq!(
            text(0.05),
            "600.0 million simulated clocks per second and core, 2.0 times faster than the chip"
        );
    }
}

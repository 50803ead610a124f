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
        format!(
            "{:.1} million simulated clocks per second and core, {:.1} times slower than the chip",
            self.host_clocks_per_second / 1e6,
            self.host_slowdown
        )
    }
}

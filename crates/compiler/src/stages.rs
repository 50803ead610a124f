//! How long the stages of the compiler take, and how much memory the process had by their ends.

use std::time::Instant;

use serde::Serialize;

/// A stage of the compiler on this host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageTime {
    /// Its name: `check`, `partition`, `demand`, `place`, `data_flow`, `emit`, `verify`, `prove`, `bound`.
    pub stage: &'static str,
    /// Seconds.
    pub host_seconds: f64,
    /// The most memory that the process had by its end, in bytes; `None` where the system does not say it.
    pub host_peak_bytes: Option<u64>,
}

/// The stages of a compilation. What a host needs is no part of what is compiled: all are equal.
#[derive(Clone, Debug, Default)]
pub struct Stages(pub Vec<StageTime>);

impl PartialEq for Stages {
    fn eq(&self, _: &Stages) -> bool {
        true
    }
}

impl Stages {
    /// Runs a stage.
    pub(crate) fn run<T>(&mut self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        let host_seconds = started.elapsed().as_secs_f64();
        self.0.push(StageTime { stage, host_seconds, host_peak_bytes: peak_bytes() });
        done
    }
}

/// The most memory that the process has had, as Linux says it.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

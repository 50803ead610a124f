//! What the system says about this process. Known on Linux.

/// The signals that whoever started the process wants ignored, a bit each: those of `nohup` and of background jobs stay ignored.
#[cfg(unix)]
pub(crate) fn ignored_signals() -> u64 {
    field(&status(), "SigIgn:").and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0)
}

/// The most memory that the process had so far, in bytes.
pub(crate) fn peak_bytes() -> Option<u64> {
    let kibibytes: u64 = field(&status(), "VmHWM:")?.strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Seconds of processors that the process took so far, in user code and in the system.
pub(crate) fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program may hold anything; fields are counted behind it.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / TICKS)
}

/// Seconds of a processor that this thread took so far.
pub(crate) fn thread_cpu_seconds() -> Option<f64> {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = schedule.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1e9)
}

/// Ticks of a second in what Linux says to processes.
const TICKS: f64 = 100.0;

fn status() -> String {
    std::fs::read_to_string("/proc/self/status").unwrap_or_default()
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_from_the_systems_words() {
        let status = "Name:\tx\nVmHWM:\t    1234 kB\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(field(status, "SigIgn:"), Some("0000000000001001"));
        assert_eq!(field(status, "VmHWM:"), Some("1234 kB"));
        assert_eq!(field("", "SigIgn:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_most_memory_is_more_than_none() {
        assert!(peak_bytes().is_some_and(|bytes| bytes > 100_000));
        assert!(thread_cpu_seconds().is_some_and(|seconds| (0.0..1e6).contains(&seconds)));
        assert!(cpu_seconds().is_some_and(|seconds| (0.0..1e6).contains(&seconds)));
    }
}

//! What the system says about this process: times on Unix, the rest on Linux.

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
    seconds(Clock::Process)
}

/// Seconds of a processor that this thread took so far.
pub(crate) fn thread_cpu_seconds() -> Option<f64> {
    seconds(Clock::Thread)
}

/// Whose processor time is counted.
enum Clock {
    Process,
    Thread,
}

#[cfg(unix)]
fn seconds(clock: Clock) -> Option<f64> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(match clock {
        Clock::Process => ClockId::ProcessCPUTime,
        Clock::Thread => ClockId::ThreadCPUTime,
    });
    Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

#[cfg(not(unix))]
fn seconds(_: Clock) -> Option<f64> {
    None
}

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

    #[cfg(unix)]
    #[test]
    fn a_thread_takes_a_part_of_the_time_of_its_process() {
        let begin = thread_cpu_seconds().unwrap();
        let product =
            (1..2_000_000u64).fold(1u64, |product, i| std::hint::black_box(product.wrapping_mul(i)));
        let (thread, process) = (thread_cpu_seconds().unwrap(), cpu_seconds().unwrap());
        assert!(begin < thread && thread <= process, "{product}: {begin}, {thread}, {process}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_most_memory_is_more_than_none() {
        assert!(peak_bytes().is_some_and(|bytes| bytes > 100_000));
    }
}

//! Signals that ask the command to end: the one stop flag, and which signal set it.
//!
//! The first of INT (Ctrl-C), TERM and HUP sets the flag. Work ends at its next look, what is finished is written and marked, and the exit code
//! is 128 plus the number of the signal. A second one ends the command at once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

use super::exit::Exit;
use crate::Stop;
use crate::files::remove_unfinished;

const HUP: i32 = 1;
const INT: i32 = 2;
const TERM: i32 = 15;

/// What signals have asked for.
#[derive(Default)]
struct Interrupt {
    stop: OnceLock<Stop>,
    /// The first signal that came; 0 before.
    signal: AtomicI32,
}

/// The one of this process: all that the command and its libraries have of global state.
static INTERRUPT: Interrupt = Interrupt { stop: OnceLock::new(), signal: AtomicI32::new(0) };

/// The flag that signals set, for the options of work.
pub(super) fn stop() -> Stop {
    INTERRUPT.stop()
}

/// The exit code of the signal that came, as that of Ctrl-C if there was none.
pub(super) fn exit() -> Exit {
    INTERRUPT.exit()
}

impl Interrupt {
    fn stop(&self) -> Stop {
        self.stop.get_or_init(Stop::new).clone()
    }

    fn exit(&self) -> Exit {
        match self.signal.load(Ordering::Relaxed) {
            HUP => Exit::HungUp,
            TERM => Exit::Terminated,
            _ => Exit::Interrupted,
        }
    }

    /// Takes a signal: the first one asks for an end, the next one is the end.
    fn take(&self, signal: i32, end: impl FnOnce(i32)) {
        match self.signal.compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => self.stop().set(),
            Err(first) => end(128 + first),
        }
    }
}

/// Listens to signals from here on. Where that is not possible, they end the command at once, as they do by default.
#[cfg(unix)]
pub(super) fn listen() {
    use std::sync::mpsc::channel;
    use std::thread::Builder;

    use signal_hook::iterator::Signals;
    use signal_hook::low_level;

    let (ready, listening) = channel();
    // The thread is there before the signals are caught: without it they would be lost.
    let thread = Builder::new().name("signals".to_owned()).spawn(move || {
        let ignored = ignored();
        let wanted = [INT, TERM, HUP].into_iter().filter(|signal| ignored & 1 << (signal - 1) == 0);
        let signals = Signals::new(wanted);
        // Fails only if the command has ended.
        let _ = ready.send(());
        if let Ok(mut signals) = signals {
            signals.forever().for_each(|signal| {
                INTERRUPT.take(signal, |code| {
                    remove_unfinished();
                    low_level::exit(code)
                });
            });
        }
    });
    if thread.is_ok() {
        let _ = listening.recv();
    }
}

/// The signals that whoever started the command wants ignored, a bit each: those of `nohup` and of background jobs stay ignored. Known on Linux.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status)
}

#[cfg(unix)]
fn ignored_in(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Listens to Ctrl-C from here on.
#[cfg(not(unix))]
pub(super) fn listen() {
    // Without a handler Ctrl-C ends the process at once, as it does by default.
    let _ = ctrlc::set_handler(|| INTERRUPT.take(INT, |code| std::process::exit(code)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_asks_and_the_second_ends() {
        let interrupt = Interrupt::default();
        let stop = interrupt.stop();
        let mut ends = Vec::new();
        interrupt.take(TERM, |code| ends.push(code));
        assert!(stop.is_set() && ends.is_empty());
        interrupt.take(INT, |code| ends.push(code));
        assert_eq!((ends, interrupt.exit()), (vec![143], Exit::Terminated));
    }

    #[cfg(unix)]
    #[test]
    fn ignored_signals_are_read_from_the_systems_words() {
        assert_eq!(ignored_in("Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n"), 0x1001);
        assert_eq!(ignored_in("SigIgn:\tnone\n"), 0);
        assert_eq!(ignored_in(""), 0);
    }
}

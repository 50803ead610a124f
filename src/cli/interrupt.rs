//! Signals that ask the command to end: the one stop flag, and which signal set it.
//!
//! While there is nothing to keep, the first of INT (Ctrl-C), TERM and HUP ends the command at once: it reads, compiles, or computes what has no
//! parts, and no loop has to look at a flag. A verb that has something to keep says so with [`keep`]. From then on the first signal sets the
//! flag, work ends at its next look, and what is finished is written and marked. A second signal ends the command at once in any case. The
//! exit code is 128 plus the number of the first signal, and no file is left under another name.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::exit::Exit;
use crate::Stop;
use crate::files::end_unfinished;
#[cfg(unix)]
use crate::process_status::ignored_signals;

const HUP: i32 = 1;
const INT: i32 = 2;
const TERM: i32 = 15;

/// What signals have asked for.
#[derive(Default)]
struct Interrupt {
    stop: OnceLock<Stop>,
    /// The first signal that came; 0 before.
    signal: AtomicI32,
    /// Locked while it is decided what a signal does, and for good by a signal that ends the command at once.
    keeps: Mutex<bool>,
}

/// The one of this process: all that the command and its libraries have of global state.
static INTERRUPT: Interrupt =
    Interrupt { stop: OnceLock::new(), signal: AtomicI32::new(0), keeps: Mutex::new(false) };

/// The flag that signals set, for the options of work.
pub(super) fn stop() -> Stop {
    INTERRUPT.stop()
}

/// From here on the verb has something to keep: the first signal asks it to end, and does not end it. A verb calls it before its first result is
/// there, and before it changes the first file.
pub(super) fn keep() {
    INTERRUPT.keep();
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

    fn keep(&self) {
        // A signal that ends the command holds the lock, so nothing begins any more.
        *self.keeps.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Takes a signal: the first one asks for an end if there is something to keep; otherwise it is the end, as the next one is. `end` gets the
    /// exit code, and true if this is the first.
    fn take(&self, signal: i32, end: impl FnOnce(i32, bool)) {
        match self.signal.compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => {
                let keeps = self.keeps.lock().unwrap_or_else(PoisonError::into_inner);
                if *keeps { self.stop().set() } else { end(128 + signal, true) }
            }
            Err(first) => end(128 + first, false),
        }
    }
}

/// Listens to signals from here on; `say` tells that the first one ends the command at once. Where that is not possible, they end the command at once, as they do by default.
#[cfg(unix)]
pub(super) fn listen(say: impl Fn() + Send + 'static) {
    use std::sync::mpsc::channel;
    use std::thread::Builder;

    use signal_hook::iterator::Signals;
    use signal_hook::low_level;

    let (ready, listening) = channel();
    // The thread is there before the signals are caught: without it they would be lost.
    let thread = Builder::new().name("signals".to_owned()).spawn(move || {
        let ignored = ignored_signals();
        let wanted = [INT, TERM, HUP].into_iter().filter(|signal| ignored & 1 << (signal - 1) == 0);
        let signals = Signals::new(wanted);
        // Fails only if the command has ended.
        let _ = ready.send(());
        if let Ok(mut signals) = signals {
            signals.forever().for_each(|signal| {
                INTERRUPT.take(signal, |code, is_first| {
                    if is_first {
                        say();
                    }
                    end_unfinished();
                    low_level::exit(code)
                });
            });
        }
    });
    if thread.is_ok() {
        let _ = listening.recv();
    }
}

/// Listens to Ctrl-C from here on; `say` tells that the first one ends the command at once.
#[cfg(not(unix))]
pub(super) fn listen(say: impl Fn() + Send + 'static) {
    // Without a handler Ctrl-C ends the process at once, as it does by default.
    let _ = ctrlc::set_handler(move || {
        INTERRUPT.take(INT, |code, is_first| {
            if is_first {
                say();
            }
            end_unfinished();
            std::process::exit(code)
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_something_is_kept_the_first_signal_asks_and_the_second_ends() {
        let interrupt = Interrupt::default();
        let stop = interrupt.stop();
        let mut ends = Vec::new();
        interrupt.keep();
        interrupt.take(TERM, |code, _| ends.push(code));
        assert!(stop.is_set() && ends.is_empty());
        interrupt.take(INT, |code, _| ends.push(code));
        assert_eq!((ends, interrupt.exit()), (vec![143], Exit::Terminated));
    }

    #[test]
    fn where_nothing_is_kept_the_first_signal_ends() {
        let interrupt = Interrupt::default();
        let mut ends = Vec::new();
        interrupt.take(HUP, |code, is_first| ends.push((code, is_first)));
        assert_eq!(ends, [(129, true)]);
        assert!(!interrupt.stop().is_set(), "nobody has to look");
    }
}

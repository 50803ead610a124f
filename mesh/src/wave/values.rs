//! The values of all signals at the end of a cycle.

use super::signal::{Change, Signal};

/// Recorded.
const RECORDED: u8 = 1;
/// In `touched`.
const TOUCHED: u8 = 2;

/// Values as they are now, and as they were at the end of the last cycle that was looked at.
///
/// Within a cycle a signal may take any number of values. Only when the cycle ends, and only if the last one is another than before, is there a
/// change. So no signal changes twice in a cycle.
pub(super) struct Values {
    now: Vec<u64>,
    before: Vec<u64>,
    flags: Vec<u8>,
    /// Signals that were set in this cycle, each once.
    touched: Vec<u32>,
    /// Whether changes are looked for. Otherwise setting a signal costs a store.
    watching: bool,
}

impl Values {
    /// All signals are 0. Changes are looked for of the `recorded` ones.
    pub fn new(recorded: &[bool]) -> Values {
        Values {
            now: vec![0; recorded.len()],
            before: vec![0; recorded.len()],
            flags: recorded.iter().map(|&recorded| if recorded { RECORDED } else { 0 }).collect(),
            touched: Vec::new(),
            watching: false,
        }
    }

    /// A signal has a value now.
    #[inline]
    pub fn set(&mut self, signal: Signal, value: u64) {
        let at = signal.index();
        if self.now[at] == value {
            return;
        }
        self.now[at] = value;
        if self.watching && self.flags[at] == RECORDED {
            self.flags[at] |= TOUCHED;
            self.touched.push(signal.0);
        }
    }

    /// The present value of a signal.
    pub fn get(&self, signal: Signal) -> u64 {
        self.now[signal.index()]
    }

    /// The changes of the cycle that ends, in the order in which the signals changed first.
    pub fn end_cycle(&mut self, mut change: impl FnMut(Change)) {
        for index in self.touched.drain(..) {
            let at = index as usize;
            self.flags[at] = RECORDED;
            let value = self.now[at];
            if std::mem::replace(&mut self.before[at], value) != value {
                change(Change { signal: Signal(index), value });
            }
        }
    }

    /// All values of recorded signals. From here on changes are looked for.
    pub fn begin(&mut self, mut change: impl FnMut(Change)) {
        self.touched.clear();
        self.watching = true;
        for (at, flags) in self.flags.iter_mut().enumerate() {
            *flags &= RECORDED;
            if *flags == RECORDED {
                self.before[at] = self.now[at];
                change(Change { signal: Signal(at as u32), value: self.now[at] });
            }
        }
    }

    /// Every recorded signal. From here on nobody looks for changes.
    pub fn end(&mut self, mut signal: impl FnMut(Signal)) {
        self.touched.clear();
        self.watching = false;
        for (at, flags) in self.flags.iter_mut().enumerate() {
            *flags &= RECORDED;
            if *flags == RECORDED {
                signal(Signal(at as u32));
            }
        }
    }
}

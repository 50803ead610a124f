//! The values of all signals at the end of a cycle.

use super::signal::{Change, Signal};

/// Recorded.
const RECORDED: u8 = 1;
/// In `touched`.
const TOUCHED: u8 = 2;
/// Flags of no signal.
const NOT_WATCHED: u8 = 4;

/// A signal: what is looked at together lies together.
#[derive(Clone, Copy, Default)]
struct Value {
    now: u64,
    before: u64,
    flags: u8,
}

/// Values as they are now, and as they were at the end of the last cycle that was looked at.
///
/// Within a cycle a signal may take any number of values. Only when the cycle ends, and only if the last one is another than before, is there a
/// change. So no signal changes twice in a cycle.
pub(super) struct Values {
    values: Vec<Value>,
    /// The first `count`: signals that were set in this cycle, each once.
    touched: Box<[u32]>,
    count: usize,
    /// The flags of a signal whose next change is the first one of the cycle; of none while nobody looks for changes.
    watched: u8,
}

impl Values {
    /// All signals are 0. Changes are looked for of the `recorded` ones.
    pub fn new(recorded: &[bool]) -> Values {
        let value =
            |&recorded: &bool| Value { flags: if recorded { RECORDED } else { 0 }, ..Value::default() };
        let touched = vec![0; recorded.len() + 1].into();
        Values { values: recorded.iter().map(value).collect(), touched, count: 0, watched: NOT_WATCHED }
    }

    /// A signal has a value now.
    ///
    /// Whether that is a change follows no pattern, so nothing branches on it: the place behind the last one of `touched` is always written, and
    /// counts only if it is one. There is always such a place: every signal is in the list once at most.
    #[inline]
    pub fn set(&mut self, signal: Signal, now: u64) {
        let value = &mut self.values[signal.index()];
        let is_new = value.now != now && value.flags == self.watched;
        value.now = now;
        value.flags |= u8::from(is_new) * TOUCHED;
        self.touched[self.count] = signal.0;
        self.count += usize::from(is_new);
    }

    /// The present value of a signal.
    pub fn get(&self, signal: Signal) -> u64 {
        self.values[signal.index()].now
    }

    /// The changes of the cycle that ends, in the order in which the signals changed first.
    #[inline]
    pub fn end_cycle(&mut self, mut change: impl FnMut(Change)) {
        let count = std::mem::take(&mut self.count);
        for &index in &self.touched[..count] {
            let value = &mut self.values[index as usize];
            value.flags = RECORDED;
            if value.before != value.now {
                value.before = value.now;
                change(Change { signal: Signal(index), value: value.now });
            }
        }
    }

    /// All values of recorded signals. From here on changes are looked for.
    pub fn begin(&mut self, mut change: impl FnMut(Change)) {
        (self.count, self.watched) = (0, RECORDED);
        for (at, value) in self.values.iter_mut().enumerate() {
            value.flags &= RECORDED;
            if value.flags == RECORDED {
                value.before = value.now;
                change(Change { signal: Signal(at as u32), value: value.now });
            }
        }
    }

    /// Every recorded signal. From here on nobody looks for changes.
    pub fn end(&mut self, mut signal: impl FnMut(Signal)) {
        (self.count, self.watched) = (0, NOT_WATCHED);
        for (at, value) in self.values.iter_mut().enumerate() {
            value.flags &= RECORDED;
            if value.flags == RECORDED {
                signal(Signal(at as u32));
            }
        }
    }
}

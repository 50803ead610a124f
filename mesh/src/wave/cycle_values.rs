//! The values of all signals at the end of a cycle.

use std::io;

use super::signal::{Signal, Value};
use super::writer::Writer;
use spikemesh_noc::Cycle;

/// Values as they are now, and as they were written last.
///
/// Within a cycle a signal may take any number of values. Only when the cycle ends, and only if the last one is another than what was
/// written, is it written. So no time and no signal in it comes twice.
pub(super) struct CycleValues<W> {
    writer: W,
    /// By signal; `None` before it has any.
    now: Vec<Option<Value<'static>>>,
    written: Vec<Option<Value<'static>>>,
    /// Signals that were set in this cycle, each once.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
}

impl<W: Writer> CycleValues<W> {
    /// No values, for a writer whose signals are declared.
    pub(super) fn new(writer: W) -> CycleValues<W> {
        CycleValues {
            writer,
            now: Vec::new(),
            written: Vec::new(),
            touched: Vec::new(),
            is_touched: Vec::new(),
        }
    }

    /// A signal has a value now.
    pub(super) fn set(&mut self, Signal(index): Signal, value: Value<'static>) {
        let at = index as usize;
        if at >= self.now.len() {
            self.now.resize(at + 1, None);
            self.written.resize(at + 1, None);
            self.is_touched.resize(at + 1, false);
        }
        if self.now[at] == Some(value) {
            return;
        }
        self.now[at] = Some(value);
        if !std::mem::replace(&mut self.is_touched[at], true) {
            self.touched.push(index);
        }
    }

    /// Writes what has changed by the end of a cycle, in the order of the signals.
    ///
    /// # Errors
    /// Whatever the writer fails with.
    pub(super) fn end_cycle(&mut self, cycle: Cycle) -> io::Result<()> {
        self.touched.sort_unstable();
        let mut is_stamped = false;
        for index in self.touched.drain(..) {
            let at = index as usize;
            self.is_touched[at] = false;
            let Some(value) = self.now[at].filter(|&value| self.written[at] != Some(value)) else { continue };
            if !is_stamped {
                self.writer.time(cycle)?;
                is_stamped = true;
            }
            self.writer.change(Signal(index), value)?;
            self.written[at] = Some(value);
        }
        Ok(())
    }

    /// Writes a remark behind the values so far.
    ///
    /// # Errors
    /// Whatever the writer fails with.
    pub(super) fn remark(&mut self, text: &str) -> io::Result<()> {
        self.writer.remark(text)
    }

    /// Writes the end of the file.
    ///
    /// # Errors
    /// Whatever the writer fails with.
    pub(super) fn finish(self) -> io::Result<W::Output> {
        self.writer.finish()
    }
}

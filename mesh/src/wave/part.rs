//! The part of a run that is written: changes on their way from the recorder to the files.

use std::io::{self, Seek, Write};

use spikemesh_noc::Cycle;

use super::output::{FinishedWave, Output};
use super::signal::{Change, Signal, UNKNOWN};

/// Takes the changes of cycles inside the windows.
pub(super) struct Part<F> {
    /// Of the present cycle.
    changes: Vec<Change>,
    output: Output<F>,
}

impl<F: Write + Seek + Send + 'static> Part<F> {
    /// Everything goes to `output`.
    pub fn new(output: Output<F>) -> Part<F> {
        Part { changes: Vec::new(), output }
    }

    /// A signal has another value at the end of the present cycle.
    #[inline]
    pub fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// A signal's value is not recorded any more.
    pub fn forget(&mut self, signal: Signal) {
        self.change(Change { signal, value: UNKNOWN });
    }

    /// The present cycle ends.
    pub fn end_cycle(&mut self, cycle: Cycle) {
        if !self.changes.is_empty() {
            self.output.changes(cycle, &self.changes);
            self.changes.clear();
        }
    }

    /// The run has ended with cycle `end`.
    pub fn finish(self, _end: Cycle, partial: Option<&str>) -> Vec<io::Result<FinishedWave<F>>> {
        self.output.finish(partial)
    }
}

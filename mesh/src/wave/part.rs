//! The part of a run that is written: changes on their way from the recorder to the files.

use std::io::{self, Seek, Write};

use spikemesh_noc::Cycle;

use super::cut::Cut;
use super::output::{FinishedWave, Output};
use super::signal::{Change, Signal, UNKNOWN};
use super::size::{Share, WaveSizes};

/// Takes the changes of cycles inside the windows, and lets through those around a condition, and of these those at the end.
pub(super) struct Part<F> {
    /// Of the present cycle, if it is not known yet whether it is written.
    changes: Vec<Change>,
    around: Option<Cut>,
    /// The condition holds.
    holds: bool,
    last: Option<Last>,
    output: Output<F>,
}

/// The files, each with its own failure, and the first and the last cycle that was written.
pub(super) type Finished<F> = (Vec<io::Result<FinishedWave<F>>>, Option<(Cycle, Cycle)>);

/// Only the last cycles.
struct Last {
    cycles: Cycle,
    cut: Cut,
}

impl<F: Write + Seek + Send + 'static> Part<F> {
    /// What goes to `output`: all, or what is `around` a condition; or the `last` cycles of that.
    pub fn new(output: Output<F>, around: Option<Cut>, last: Option<Cycle>, signals: usize) -> Part<F> {
        let last = last.map(|cycles| Last { cycles, cut: Cut::around(cycles.saturating_sub(1), 0, signals) });
        Part { changes: Vec::new(), around, holds: false, last, output }
    }

    /// So much has been taken in.
    pub fn takes_in(&mut self, share: Share) {
        self.output.takes_in(share);
    }

    /// The sizes of the files.
    pub fn sizes(&self) -> &WaveSizes {
        self.output.sizes()
    }

    /// A signal has another value at the end of the present cycle.
    #[inline(always)]
    pub fn change(&mut self, change: Change) {
        if self.takes_all() {
            self.output.change(change);
        } else {
            self.changes.push(change);
        }
    }

    /// Whether all that it is given is written.
    #[inline]
    fn takes_all(&self) -> bool {
        self.around.is_none() && self.last.is_none()
    }

    /// A signal's value is not recorded any more.
    pub fn forget(&mut self, signal: Signal) {
        self.change(Change { signal, value: UNKNOWN });
    }

    /// The present cycle ends, and the condition `holds` in it or not.
    #[inline]
    pub fn end_cycle(&mut self, cycle: Cycle, holds: bool) {
        if self.takes_all() {
            self.output.end_cycle(cycle);
        } else {
            self.cut_cycle(cycle, holds);
        }
    }

    fn cut_cycle(&mut self, cycle: Cycle, holds: bool) {
        let Part { changes, around, last, output, .. } = self;
        let mut write = |cycle: Cycle, changes: &[Change]| match last {
            None => output.changes(cycle, changes),
            Some(Last { cut, .. }) => {
                cut.changes(cycle, changes, &mut |cycle, changes| output.changes(cycle, changes));
            }
        };
        match around {
            None if changes.is_empty() => return,
            None => write(cycle, changes),
            Some(around) => {
                if std::mem::replace(&mut self.holds, holds) != holds {
                    around.edge(cycle, holds);
                }
                around.changes(cycle, changes, &mut write);
            }
        }
        changes.clear();
    }

    /// The run has ended with cycle `end`: the files, and the first and the last cycle that was written.
    pub fn finish(mut self, end: Cycle, partial: Option<&str>) -> Finished<F> {
        let Part { around, last, output, .. } = &mut self;
        if let Some(around) = around {
            // The links of the last cycle fall in the one behind it.
            around.release(end + 2, &mut |cycle, changes| match last {
                None => output.changes(cycle, changes),
                Some(Last { cut, .. }) => {
                    cut.changes(cycle, changes, &mut |cycle, changes| output.changes(cycle, changes));
                }
            });
        }
        if let Some(Last { cycles, cut }) = last {
            cut.end_with((end + 1).saturating_sub(*cycles));
            cut.release(end + 1, &mut |cycle, changes| output.changes(cycle, changes));
        }
        let span = self.output.span();
        (self.output.finish(partial), span)
    }
}

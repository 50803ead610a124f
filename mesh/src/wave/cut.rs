//! Parts of waves that are known late: the cycles around those in which a condition holds, and the last ones of a run.

use std::collections::VecDeque;

use spikemesh_noc::Cycle;

use super::signal::{Change, Signal, UNKNOWN};

/// Keeps changes until it is known whether their cycle is part of what is written.
///
/// A part begins with all values that are known, and ends with all unknown, unless the run ends with it.
pub(super) struct Cut {
    before: Cycle,
    after: Cycle,
    /// Values before the oldest change that is kept.
    base: Vec<u64>,
    kept: VecDeque<(Cycle, Change)>,
    /// Cycles to be written, ascending, with a gap between any two.
    spans: VecDeque<Span>,
    /// The first span is being written.
    writing: bool,
    changes: Vec<Change>,
}

/// Cycles from `start` to before `end`.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: Cycle,
    /// None while the condition holds.
    end: Option<Cycle>,
}

impl Cut {
    /// Of each cycle in which a condition holds, with `before` cycles before it and `after` behind it.
    pub fn around(before: Cycle, after: Cycle, signals: usize) -> Cut {
        Cut {
            before,
            after,
            base: vec![UNKNOWN; signals],
            kept: VecDeque::new(),
            spans: VecDeque::new(),
            writing: false,
            changes: Vec::new(),
        }
    }

    /// The condition holds from this cycle on, or not any more.
    pub fn edge(&mut self, cycle: Cycle, holds: bool) {
        if !holds {
            if let Some(last) = self.spans.back_mut() {
                last.end = Some(cycle + self.after);
            }
            return;
        }
        let start = cycle.saturating_sub(self.before);
        match self.spans.back_mut() {
            Some(last) if last.end.is_none_or(|end| end >= start) => last.end = None,
            _ => self.spans.push_back(Span { start, end: None }),
        }
    }

    /// The changes of a cycle, which ends now. `write` gets the changes of cycles about which nothing more can become known.
    pub fn changes(&mut self, cycle: Cycle, changes: &[Change], write: &mut impl FnMut(Cycle, &[Change])) {
        self.kept.extend(changes.iter().map(|&change| (cycle, change)));
        self.release((cycle + 1).saturating_sub(self.before), write);
    }

    /// The run has ended: its last cycles from `start` on are written too.
    pub fn end_with(&mut self, start: Cycle) {
        match self.spans.back_mut() {
            Some(last) if last.end.is_none_or(|end| end >= start) => last.end = None,
            _ => self.spans.push_back(Span { start, end: None }),
        }
    }

    /// Writes what lies before a cycle.
    pub fn release(&mut self, limit: Cycle, write: &mut impl FnMut(Cycle, &[Change])) {
        loop {
            let edge = match self.spans.front() {
                Some(span) if self.writing => span.end,
                Some(span) => Some(span.start),
                None => None,
            };
            let kept = self.kept.front().map(|(cycle, _)| *cycle);
            let Some(at) = edge.into_iter().chain(kept).min().filter(|&at| at < limit) else { return };
            self.changes.clear();
            while let Some((_, change)) = self.kept.pop_front_if(|(cycle, _)| *cycle == at) {
                self.base[change.signal.index()] = change.value;
                self.changes.push(change);
            }
            if edge == Some(at) {
                self.writing = !self.writing;
                let known = (0..).zip(&self.base).filter(|(_, value)| **value != UNKNOWN);
                let writing = self.writing;
                let change = |(signal, &value): (u32, &u64)| Change {
                    signal: Signal(signal),
                    value: if writing { value } else { UNKNOWN },
                };
                self.changes = known.map(change).collect();
                if !self.writing {
                    self.spans.pop_front();
                }
                if !self.changes.is_empty() {
                    write(at, &self.changes);
                }
            } else if self.writing {
                write(at, &self.changes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written of a signal that counts cycles, if a condition holds in some of them.
    fn written(before: Cycle, after: Cycle, holds: &[Cycle], cycles: Cycle) -> Vec<(Cycle, u64)> {
        let mut cut = Cut::around(before, after, 1);
        let (mut held, mut written) = (false, Vec::new());
        let mut write = |cycle, changes: &[Change]| written.push((cycle, changes[0].value));
        for cycle in 0..cycles {
            if holds.contains(&cycle) != held {
                held = !held;
                cut.edge(cycle, held);
            }
            cut.changes(cycle, &[Change { signal: Signal(0), value: cycle }], &mut write);
        }
        cut.release(cycles + 1, &mut write);
        written
    }

    #[test]
    fn exactly_the_cycles_around_the_condition_are_written() {
        let holds = [4, 5, 11, 20];
        for (before, after) in [(0, 0), (1, 0), (0, 1), (2, 3), (3, 2), (9, 9), (100, 0), (0, 100)] {
            let near = |cycle: Cycle| holds.iter().any(|&at| cycle + before >= at && cycle <= at + after);
            let mut expected = Vec::new();
            for cycle in 0..24 {
                if near(cycle) {
                    // The last cycle has no change.
                    expected.extend((cycle < 23).then_some((cycle, cycle)));
                } else if cycle > 0 && near(cycle - 1) {
                    expected.push((cycle, UNKNOWN));
                }
            }
            assert_eq!(written(before, after, &holds, 23), expected, "{before} {after}");
        }
    }

    #[test]
    fn the_last_cycles_begin_with_all_values() {
        let mut cut = Cut::around(3, 0, 2);
        let mut written = Vec::new();
        let mut write = |cycle, changes: &[Change]| written.push((cycle, changes.to_vec()));
        let change = |signal, value| Change { signal: Signal(signal), value };
        for (cycle, changes) in
            [(0, vec![change(0, 1), change(1, 2)]), (5, vec![change(0, 3)]), (9, vec![change(1, 4)])]
        {
            cut.changes(cycle, &changes, &mut write);
        }
        cut.end_with(6);
        cut.release(Cycle::MAX, &mut write);
        assert_eq!(written, [(6, vec![change(0, 3), change(1, 2)]), (9, vec![change(1, 4)])]);
    }
}

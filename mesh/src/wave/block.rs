//! Changes on their way from the simulating thread to those that write.
//!
//! What one core has written and another reads is fetched line by line, which costs more than to format it. So a change takes one word, and what the
//! reader can find by itself is left out.

use spikemesh_noc::Cycle;

use super::signal::{Change, Signal, UNKNOWN};
use super::size::Share;

/// Bits of a word that hold a value; the others hold a signal.
const VALUE_BITS: u32 = 36;
/// Stands for [`UNKNOWN`]; larger values take a word of their own.
const UNKNOWN_VALUE: u64 = (1 << VALUE_BITS) - 1;
/// In the place of a signal: the value is a cycle, which ends.
const CYCLE: u64 = (1 << (64 - VALUE_BITS)) - 1;
/// In the place of a signal: it is where the value is, and the next word is the value.
const WIDE: u64 = CYCLE - 1;
/// Signals that a block can tell apart.
pub(super) const MOST_SIGNALS: usize = WIDE as usize;

/// Changes of some cycles.
#[derive(Default)]
pub(super) struct Block {
    /// What has been taken in at their end.
    pub share: Share,
    words: Vec<u64>,
    /// Words of cycles that have ended.
    ended: usize,
}

impl Block {
    /// With room for so many words.
    pub fn with_capacity(words: usize) -> Block {
        Block { words: Vec::with_capacity(words), ..Block::default() }
    }

    /// Words so far.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// A change of the present cycle.
    #[inline]
    pub fn change(&mut self, Change { signal: Signal(signal), value }: Change) {
        match value {
            UNKNOWN => self.words.push(u64::from(signal) << VALUE_BITS | UNKNOWN_VALUE),
            value => self.put(signal.into(), value),
        }
    }

    /// The present cycle ends. False if it has no change; then it is left out.
    #[inline]
    pub fn end_cycle(&mut self, cycle: Cycle) -> bool {
        let has_changes = self.words.len() > self.ended;
        if has_changes {
            self.put(CYCLE, cycle);
            self.ended = self.words.len();
        }
        has_changes
    }

    #[inline]
    fn put(&mut self, signal: u64, value: u64) {
        if value < UNKNOWN_VALUE {
            self.words.push(signal << VALUE_BITS | value);
        } else {
            self.words.extend([WIDE << VALUE_BITS | signal, value]);
        }
    }

    /// Calls `visit` with each cycle and its changes, before which `changes` may hold others.
    pub fn each_cycle<E>(
        &self,
        changes: &mut Vec<Change>,
        mut visit: impl FnMut(Cycle, &mut Vec<Change>) -> Result<(), E>,
    ) -> Result<(), E> {
        let first = changes.len();
        let mut words = self.words.iter();
        while let Some(&word) = words.next() {
            let (mut signal, mut value) = (word >> VALUE_BITS, word & UNKNOWN_VALUE);
            if signal == WIDE {
                (signal, value) = (value, words.next().copied().unwrap_or_default());
            } else if value == UNKNOWN_VALUE {
                value = UNKNOWN;
            }
            if signal == CYCLE {
                visit(value, changes)?;
                changes.truncate(first);
            } else {
                changes.push(Change { signal: Signal(signal as u32), value });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values around the limits of a word.
    fn values() -> impl Strategy<Value = u64> {
        let limit = 1u64 << VALUE_BITS;
        prop_oneof![0..4u64, limit - 3..limit + 3, Just(UNKNOWN), Just(UNKNOWN - 1)]
    }

    proptest! {
        #[test]
        fn a_block_gives_what_it_was_given(
            cycles in prop::collection::vec(
                (1..1u64 << 40, prop::collection::vec((0..MOST_SIGNALS as u32, values()), 0..4)),
                0..8,
            ),
        ) {
            let (mut block, mut at, mut expected) = (Block::default(), 0, Vec::new());
            for (steps, changes) in cycles {
                at += steps;
                let changes: Vec<Change> =
                    changes.iter().map(|&(signal, value)| Change { signal: Signal(signal), value }).collect();
                changes.iter().for_each(|&change| block.change(change));
                prop_assert_eq!(block.end_cycle(at), !changes.is_empty());
                expected.extend((!changes.is_empty()).then_some((at, changes)));
            }
            let first = Change { signal: Signal(7), value: 7 };
            let (mut found, mut changes) = (Vec::new(), vec![first]);
            let visit = |cycle, changes: &mut Vec<Change>| {
                found.push((cycle, changes[1..].to_vec()));
                Ok::<(), ()>(())
            };
            prop_assert_eq!(block.each_cycle(&mut changes, visit), Ok(()));
            prop_assert_eq!((found, changes), (expected, vec![first]));
        }
    }
}

//! The sums of a run as a journal keeps them: each record has what changed since the one before, so its length follows the work, not the
//! size of the device.
//!
//! A change is two numbers: how many counters lie between it and the change before, and by how much the counter grew, modulo 2^64. Each is
//! written in groups of seven bits, lowest first; the highest bit of a byte says that another follows.

use crate::run::tally::Tally;

/// All counters, as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sums(Vec<u64>);

impl Sums {
    /// As many counters as a run has, all 0: what the first record is compared with.
    pub fn zero(tally: &mut Tally) -> Sums {
        let mut sums = Sums::of(tally);
        sums.0.fill(0);
        sums
    }

    /// The counters of a run.
    pub fn of(tally: &mut Tally) -> Sums {
        let mut bits = Vec::new();
        tally.each_counter(&mut |counter| bits.push(counter.bits()));
        Sums(bits)
    }

    /// Sets the counters of a run; whether it can have counted so.
    pub fn restore(&self, tally: &mut Tally) -> bool {
        let (mut bits, mut is_possible) = (self.0.iter(), true);
        tally.each_counter(&mut |counter| {
            if let Some(&bits) = bits.next() {
                counter.set_bits(bits);
                is_possible &= counter.is_possible();
            }
        });
        is_possible
    }

    /// What changed from `self` to `later`.
    pub fn changes(&self, later: &Sums) -> Vec<u8> {
        let (mut bytes, mut next) = (Vec::new(), 0);
        for (index, (before, after)) in self.0.iter().zip(&later.0).enumerate() {
            if before != after {
                put(&mut bytes, (index - next) as u64);
                put(&mut bytes, after.wrapping_sub(*before));
                next = index + 1;
            }
        }
        bytes
    }

    /// Applies changes; none if they are not of a run with so many counters.
    pub fn apply(&mut self, mut changes: &[u8]) -> Option<()> {
        let mut next = 0_usize;
        while !changes.is_empty() {
            let index = next.checked_add(usize::try_from(take(&mut changes)?).ok()?)?;
            let counter = self.0.get_mut(index)?;
            *counter = counter.wrapping_add(take(&mut changes)?);
            next = index + 1;
        }
        Some(())
    }
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn changes_lead_from_one_to_the_other(
            before in prop::collection::vec(any::<u64>(), 0..40),
            changed in prop::collection::btree_map(0_usize..40, any::<u64>(), 0..9),
        ) {
            let mut after = Sums(before.clone());
            for (index, bits) in changed {
                if let Some(counter) = after.0.get_mut(index) {
                    *counter = bits;
                }
            }
            let mut sums = Sums(before);
            let changes = sums.changes(&after);
            prop_assert_eq!(sums.apply(&changes), Some(()));
            prop_assert_eq!(sums, after);
        }

        #[test]
        fn any_bytes_are_changes_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            // The records are checked; still, nothing else than a refusal may come of them.
            let _ = Sums(vec![0; 9]).apply(&bytes);
        }
    }

    #[test]
    fn the_length_follows_what_changed_and_not_how_much_there_is() {
        let before = Sums(vec![7; 100_000]);
        let mut after = before.clone();
        assert!(before.changes(&after).is_empty());
        for index in (0..100_000).step_by(1000) {
            after.0[index] += 100;
        }
        assert_eq!(before.changes(&after).len(), 1 + 1 + 99 * 3);
    }
}

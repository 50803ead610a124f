//! What is on its way, by the cycle in which it takes effect.
//!
//! Every delay of the network is known when something departs, so a ring of cycles as long as the longest
//! delay holds all of it. The lists of a cycle keep their memory when the ring comes round again.

use super::packet::Flit;
use crate::kernel::Cycle;

/// Everything that takes effect at the start of one cycle.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// Input VCs that receive a flit.
    pub flits: Vec<(u32, Flit)>,
    /// Output VCs that get a credit back.
    pub credits: Vec<u32>,
    /// Source VCs that get a credit back.
    pub returns: Vec<u32>,
    /// Flits that reach a terminal, with `terminal << vc_shift | vc`.
    pub ejects: Vec<(u32, Flit)>,
    /// Input VCs whose route is computed.
    pub routed: Vec<u32>,
}

impl Slot {
    fn is_empty(&self) -> bool {
        self.flits.is_empty()
            && self.credits.is_empty()
            && self.returns.is_empty()
            && self.ejects.is_empty()
            && self.routed.is_empty()
    }

    fn clear(&mut self) {
        self.flits.clear();
        self.credits.clear();
        self.returns.clear();
        self.ejects.clear();
        self.routed.clear();
    }
}

/// The ring of slots.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    slots: Vec<Slot>,
}

impl Calendar {
    /// A ring for delays up to `longest` cycles.
    pub fn new(longest: u32) -> Calendar {
        let size = (longest as usize + 1).next_power_of_two();
        Calendar { slots: vec![Slot::default(); size] }
    }

    #[inline]
    fn index(&self, at: Cycle) -> usize {
        at as usize & (self.slots.len() - 1)
    }

    /// The slot of cycle `at`, to add to. `at` must be later than the cycle being simulated.
    #[inline]
    pub fn at(&mut self, at: Cycle) -> &mut Slot {
        let index = self.index(at);
        &mut self.slots[index]
    }

    /// Takes out the slot of cycle `now`, to be given back by [`Calendar::give_back`].
    #[inline]
    pub fn take(&mut self, now: Cycle) -> Slot {
        let index = self.index(now);
        std::mem::take(&mut self.slots[index])
    }

    /// Returns the memory of a slot that was taken out.
    #[inline]
    pub fn give_back(&mut self, now: Cycle, mut slot: Slot) {
        slot.clear();
        let index = self.index(now);
        self.slots[index] = slot;
    }

    /// The first cycle after `now` with something in its slot.
    pub fn next_after(&self, now: Cycle) -> Option<Cycle> {
        (now + 1..=now + self.slots.len() as Cycle).find(|&at| !self.slots[self.index(at)].is_empty())
    }

    /// Entries that all slots have room for.
    pub fn capacity(&self) -> usize {
        let slot = |slot: &Slot| {
            slot.flits.capacity()
                + slot.credits.capacity()
                + slot.returns.capacity()
                + slot.ejects.capacity()
                + slot.routed.capacity()
        };
        self.slots.iter().map(slot).sum()
    }

    /// All slots, in no particular order.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_cycle_across_the_end_of_the_ring() {
        let mut calendar = Calendar::new(5);
        assert_eq!(calendar.next_after(6), None);
        calendar.at(11).flits.push((3, Flit::default()));
        assert_eq!(calendar.next_after(6), Some(11));
        assert!(calendar.take(10).is_empty());
        let slot = calendar.take(11);
        assert_eq!(slot.flits, [(3, Flit::default())]);
        calendar.give_back(11, slot);
        assert_eq!(calendar.next_after(11), None);
        assert!(calendar.slots().iter().all(|slot| slot.flits.is_empty()));
    }
}

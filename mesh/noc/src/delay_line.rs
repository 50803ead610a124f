//! A delay line: things on their way, by the cycle in which they take effect.

use crate::time::Cycle;

/// A ring of lists: things of one kind, by the cycle in which they take effect.
#[derive(Clone, Debug)]
pub(crate) struct DelayLine<T> {
    slots: Vec<Vec<T>>,
}

impl<T> DelayLine<T> {
    /// A ring for delays up to `longest` cycles.
    pub fn new(longest: u32) -> DelayLine<T> {
        let size = (longest as usize + 1).next_power_of_two();
        DelayLine { slots: (0..size).map(|_| Vec::new()).collect() }
    }

    /// Cycles that the ring holds.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    #[inline]
    fn index(&self, at: Cycle) -> usize {
        at as usize & (self.slots.len() - 1)
    }

    /// The list of cycle `at`, to add to. `at` must be later than the cycle being simulated.
    #[inline]
    pub fn at(&mut self, at: Cycle) -> &mut Vec<T> {
        let index = self.index(at);
        &mut self.slots[index]
    }

    /// Takes out the list of cycle `at`, to be put back by [`DelayLine::put`].
    #[inline]
    pub fn take(&mut self, at: Cycle) -> Vec<T> {
        std::mem::take(self.at(at))
    }

    /// Puts back a list that was taken out. Nothing may have been added to the cycle meanwhile.
    #[inline]
    pub fn put(&mut self, at: Cycle, list: Vec<T>) {
        let place = self.at(at);
        debug_assert!(place.is_empty());
        *place = list;
    }

    /// Puts back the list of a cycle that is over.
    #[inline]
    pub fn clear(&mut self, at: Cycle, mut list: Vec<T>) {
        list.clear();
        self.put(at, list);
    }

    /// Everything in the ring, in no particular order.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    #[inline]
    pub fn is_empty_at(&self, at: Cycle) -> bool {
        self.slots[self.index(at)].is_empty()
    }

    pub fn capacity(&self) -> usize {
        self.slots.iter().map(Vec::capacity).sum()
    }
}

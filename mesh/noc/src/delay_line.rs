//! Delay lines: flits, credits and routes on their way, by the cycle in which they take effect.
//!
//! Every delay of the network is known when something departs, so a ring of cycles as long as the longest delay holds all of it: to add and
//! to take out is one index, and nothing is sorted. The lists of a cycle keep their memory when the ring comes round again, so a network in
//! a steady state allocates none. Lists keep the order of departure, by router and port; the order of reports rests on it.

use crate::flit::Flit;
use crate::time::Cycle;

/// A ring of lists: things of one kind, by the cycle in which they take effect.
#[derive(Clone, Debug)]
pub(crate) struct DelayLine<T> {
    slots: Vec<Vec<T>>,
}

impl<T> DelayLine<T> {
    /// A ring for delays up to `longest` cycles.
    fn new(longest: u32) -> DelayLine<T> {
        let size = (longest as usize + 1).next_power_of_two();
        DelayLine { slots: (0..size).map(|_| Vec::new()).collect() }
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

    fn is_empty_at(&self, at: Cycle) -> bool {
        self.slots[self.index(at)].is_empty()
    }

    fn capacity(&self) -> usize {
        self.slots.iter().map(Vec::capacity).sum()
    }
}

/// The delay lines of a network: all that its routers and terminals send each other.
#[derive(Clone, Debug)]
pub(crate) struct DelayLines {
    /// Input VCs that receive a flit.
    pub flits: DelayLine<(u32, Flit)>,
    /// Output VCs that get a credit back.
    pub credits: DelayLine<u32>,
    /// VCs of terminals, as upstream of their routers, that get a credit back.
    pub source_credits: DelayLine<u32>,
    /// Flits that reach a terminal, with the output VC that they left by, which gets the credit.
    pub ejections: DelayLine<(u32, Flit)>,
    /// Input VCs whose route is computed.
    pub routes: DelayLine<u32>,
}

impl DelayLines {
    /// Rings for delays up to `longest` cycles.
    pub fn new(longest: u32) -> DelayLines {
        DelayLines {
            flits: DelayLine::new(longest),
            credits: DelayLine::new(longest),
            source_credits: DelayLine::new(longest),
            ejections: DelayLine::new(longest),
            routes: DelayLine::new(longest),
        }
    }

    /// The first cycle after `now` in which something takes effect.
    pub fn next_after(&self, now: Cycle) -> Option<Cycle> {
        let is_empty_at = |&at: &Cycle| {
            let others = [&self.credits, &self.source_credits, &self.routes];
            let flits = self.flits.is_empty_at(at) && self.ejections.is_empty_at(at);
            flits && others.into_iter().all(|ring| ring.is_empty_at(at))
        };
        let last = now + self.flits.slots.len() as Cycle;
        (now + 1..=last).find(|at| !is_empty_at(at))
    }

    /// Entries that all lists have room for.
    pub fn capacity(&self) -> usize {
        let others: usize =
            [&self.credits, &self.source_credits, &self.routes].map(DelayLine::capacity).iter().sum();
        self.flits.capacity() + self.ejections.capacity() + others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_cycle_across_the_end_of_the_ring() {
        let mut delay_lines = DelayLines::new(5);
        assert_eq!(delay_lines.next_after(6), None);
        delay_lines.flits.at(11).push((3, Flit::EMPTY));
        delay_lines.credits.at(12).push(4);
        assert_eq!(delay_lines.next_after(6), Some(11));
        assert!(delay_lines.flits.take(10).is_empty());
        let flits = delay_lines.flits.take(11);
        assert_eq!(flits, [(3, Flit::EMPTY)]);
        delay_lines.flits.clear(11, flits);
        assert_eq!(delay_lines.next_after(11), Some(12));
        assert_eq!(delay_lines.credits.take(12), [4]);
        assert_eq!(delay_lines.next_after(12), None);
        assert_eq!(delay_lines.flits.all().count(), 0);
    }
}

//! The event kernel's schedule: integer time and a total order of events, as a timing wheel with overflow.
//!
//! Events of one cycle come out in the order (phase, unit, sequence), where sequence is the order of scheduling: a total
//! order, so a run does not depend on how the wheel is built. Scheduling and taking an event near in time cost a constant; an event
//! beyond the wheel's horizon waits in a heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use spikemesh_noc::{BitSet, Cycle};

/// Cycles that the wheel covers.
const SLOTS: usize = 4096;

/// An event as it comes out of the wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// When.
    pub cycle: Cycle,
    /// Lower phases of a cycle come first.
    pub phase: u8,
    /// Whose event it is.
    pub unit: u32,
    sequence: u64,
}

/// Pending events.
#[derive(Clone, Debug)]
pub struct TimingWheel {
    /// No event is before it.
    base: Cycle,
    /// Events of cycle `base + i` lie in slot `(base + i) % SLOTS`, for i < SLOTS.
    slots: Vec<Vec<Timer>>,
    /// A bit per non-empty slot.
    occupied: BitSet,
    far: BinaryHeap<Reverse<Timer>>,
    sequence: u64,
}

impl Default for TimingWheel {
    fn default() -> Self {
        TimingWheel {
            base: 0,
            slots: vec![Vec::new(); SLOTS],
            occupied: BitSet::new(SLOTS),
            far: BinaryHeap::new(),
            sequence: 0,
        }
    }
}

impl TimingWheel {
    /// Schedules an event. `cycle` must not lie before an event already taken.
    pub fn schedule(&mut self, cycle: Cycle, phase: u8, unit: u32) {
        assert!(cycle >= self.base, "event at cycle {cycle} scheduled in the past of cycle {}", self.base);
        let entry = Timer { cycle, phase, unit, sequence: self.sequence };
        self.sequence += 1;
        if cycle - self.base < SLOTS as u64 {
            self.insert(entry);
        } else {
            self.far.push(Reverse(entry));
        }
    }

    /// The cycle of the earliest event.
    pub fn next_cycle(&self) -> Option<Cycle> {
        let near = self.next_slot();
        let far = self.far.peek().map(|Reverse(e)| e.cycle);
        match (near, far) {
            (Some(near), Some(far)) => Some(near.min(far)),
            (near, far) => near.or(far),
        }
    }

    /// Takes every event of the earliest cycle into `out`, in order, and returns that cycle.
    pub fn take(&mut self, out: &mut Vec<Timer>) -> Option<Cycle> {
        out.clear();
        let cycle = self.next_cycle()?;
        self.base = cycle;
        while let Some(Reverse(entry)) = self.far.peek()
            && entry.cycle - cycle < SLOTS as u64
        {
            let entry = *entry;
            self.far.pop();
            self.insert(entry);
        }
        let slot = cycle as usize % SLOTS;
        std::mem::swap(&mut self.slots[slot], out);
        self.occupied.remove(slot);
        out.sort_unstable_by_key(|e| (e.phase, e.unit, e.sequence));
        Some(cycle)
    }

    fn insert(&mut self, entry: Timer) {
        let slot = entry.cycle as usize % SLOTS;
        self.slots[slot].push(entry);
        self.occupied.insert(slot);
    }

    fn next_slot(&self) -> Option<Cycle> {
        let start = self.base as usize % SLOTS;
        let slot = self.occupied.next_at(start).or_else(|| self.occupied.next_at(0))?;
        Some(self.base + ((slot + SLOTS - start) % SLOTS) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The wheel gives the order of a sorted list, for delays within and beyond its horizon, scheduled while it turns.
        #[test]
        fn order_is_that_of_a_sorted_list(script in prop::collection::vec((0u64..20_000, 0u8..3, 0u32..5, any::<bool>()), 1..200)) {
            let mut wheel = TimingWheel::default();
            let mut list: Vec<Timer> = Vec::new();
            let mut now = 0;
            let mut out = Vec::new();
            for (sequence, &(delay, phase, unit, turn)) in script.iter().enumerate() {
                wheel.schedule(now + delay, phase, unit);
                list.push(Timer { cycle: now + delay, phase, unit, sequence: sequence as u64 });
                if turn {
                    now = wheel.take(&mut out).unwrap();
                    list.sort();
                    let rest = list.split_off(list.iter().take_while(|e| e.cycle == list[0].cycle).count());
                    prop_assert_eq!(&out, &list);
                    list = rest;
                }
            }
            list.sort();
            let mut taken = Vec::new();
            while wheel.take(&mut out).is_some() {
                taken.append(&mut out);
            }
            prop_assert_eq!(taken, list);
        }
    }
}

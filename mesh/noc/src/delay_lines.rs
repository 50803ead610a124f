//! Delay lines: flits, credits and routes on their way, by the cycle in which they take effect.
//!
//! Every delay of the network is known when something departs, so a ring of cycles as long as the longest delay holds all of it: to add and
//! to take out is one index, and nothing is sorted. The lists of a cycle keep their memory when the ring comes round again, so a network in
//! a steady state allocates none. Lists keep the order of departure, by router and port; the order of reports rests on it.

use crate::delay_line::DelayLine;
use crate::flit::Flit;
use crate::late_links::LateLinks;
use crate::time::Cycle;

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
    /// Links that take longer than the shortest; none if all take the same.
    pub late: Option<Box<LateLinks>>,
}

impl DelayLines {
    /// Rings for delays up to `longest` cycles.
    pub fn new(longest: u32, late: Option<LateLinks>) -> DelayLines {
        DelayLines {
            flits: DelayLine::new(longest),
            credits: DelayLine::new(longest),
            source_credits: DelayLine::new(longest),
            ejections: DelayLine::new(longest),
            routes: DelayLine::new(longest),
            late: late.map(Box::new),
        }
    }

    /// What comes over links that take longer than the shortest goes on waiting; what has waited joins the lists of cycle `now`.
    #[inline]
    pub fn hold_back(&mut self, now: Cycle) {
        if let Some(late) = &mut self.late {
            late.hold_back(now, self.flits.at(now), self.credits.at(now));
        }
    }

    /// All flits on their way to routers, with the input VCs that receive them.
    pub fn flits_to_routers(&self) -> impl Iterator<Item = &(u32, Flit)> {
        self.flits.all().chain(self.late.iter().flat_map(|late| late.flits.all()))
    }

    /// All credits on their way to output VCs.
    pub fn credits_to_routers(&self) -> impl Iterator<Item = &u32> {
        self.credits.all().chain(self.late.iter().flat_map(|late| late.credits.all()))
    }

    /// The first cycle after `now` in which something takes effect.
    pub fn next_after(&self, now: Cycle) -> Option<Cycle> {
        let near = first_busy(now, self.flits.len(), |at| {
            self.flits.is_empty_at(at)
                & self.credits.is_empty_at(at)
                & self.ejections.is_empty_at(at)
                & self.source_credits.is_empty_at(at)
                & self.routes.is_empty_at(at)
        });
        let Some(late) = self.late.as_deref() else { return near };
        let before = near.map_or(late.flits.len(), |at| (at - now) as usize);
        first_busy(now, before, |at| late.flits.is_empty_at(at) & late.credits.is_empty_at(at)).or(near)
    }

    /// Entries that all lists have room for.
    pub fn capacity(&self) -> usize {
        let others: usize =
            [&self.credits, &self.source_credits, &self.routes].map(DelayLine::capacity).iter().sum();
        let late = self.late.as_ref().map_or(0, |late| late.flits.capacity() + late.credits.capacity());
        self.flits.capacity() + self.ejections.capacity() + others + late
    }
}

/// The first of the `cycles` cycles after `now` for which nothing is empty. It is asked after every cycle of a quiet network: a plain loop, which
/// becomes a part of its caller, where a closure in `find` did not.
#[inline]
fn first_busy(now: Cycle, cycles: usize, is_empty: impl Fn(Cycle) -> bool) -> Option<Cycle> {
    let last = now + cycles as Cycle;
    let mut at = now + 1;
    while at <= last && is_empty(at) {
        at += 1;
    }
    (at <= last).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_cycle_across_the_end_of_the_ring() {
        let mut delay_lines = DelayLines::new(5, None);
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

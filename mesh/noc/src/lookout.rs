//! When a loop over simulated time looks whether it has to end early.

use spikemesh_stop::Stop;

use crate::end::{CycleLimit, EarlyEnd};
use crate::time::Cycle;

/// Looks at a stop flag and at a limit of cycles. Between two looks a cycle costs one comparison.
#[derive(Clone, Debug)]
pub struct Lookout {
    stop: Stop,
    limit: Option<Cycle>,
    period: Cycle,
    /// The first cycle of the next look.
    next: Cycle,
    /// The first cycle that is not counted yet; none if cycles are not counted.
    uncounted: Option<Cycle>,
}

impl Lookout {
    /// Cycles between two looks, times nodes: so that the host time between them does not follow the size of the network.
    const NODE_CYCLES: Cycle = 1 << 15;

    /// A lookout over a network of `nodes`; `limit` is the last cycle that may be simulated. The first cycle is looked at.
    pub fn new(stop: Stop, limit: Option<Cycle>, nodes: u32) -> Lookout {
        let period = (Lookout::NODE_CYCLES / Cycle::from(nodes.max(1))).max(1);
        Lookout { stop, limit, period, next: 0, uncounted: None }
    }

    /// The same, which counts cycles as the progress of the work.
    #[must_use]
    pub fn counting(self) -> Lookout {
        Lookout { uncounted: Some(0), ..self }
    }

    /// Cycles that were counted so far.
    pub fn counted(&self) -> Cycle {
        self.uncounted.unwrap_or(0)
    }

    /// Whether [`check`](Lookout::check) has to be called before cycle `now`.
    #[inline]
    pub fn is_due(&self, now: Cycle) -> bool {
        now >= self.next
    }

    /// Looks before cycle `now`.
    ///
    /// # Errors
    /// The stop flag is set, or `now` is beyond the limit.
    #[cold]
    #[inline(never)]
    pub fn check<E>(&mut self, now: Cycle) -> Result<(), EarlyEnd<E>> {
        if let Some(from) = &mut self.uncounted {
            self.stop.progress().add(now.saturating_sub(*from));
            *from = now.max(*from);
        }
        if self.stop.is_set() {
            return Err(EarlyEnd::Stopped);
        }
        if let Some(limit) = self.limit.filter(|&limit| now > limit) {
            return Err(EarlyEnd::Limit(CycleLimit { limit }));
        }
        let beyond = self.limit.map_or(Cycle::MAX, |limit| limit.saturating_add(1));
        self.next = now.saturating_add(self.period).min(beyond);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cycles of `0..cycles` that are looked at, and how the loop ended.
    fn looks(mut lookout: Lookout, cycles: Cycle) -> (Vec<Cycle>, Option<EarlyEnd<crate::Error>>) {
        let mut looks = Vec::new();
        for now in 0..cycles {
            if lookout.is_due(now) {
                looks.push(now);
                if let Err(end) = lookout.check(now) {
                    return (looks, Some(end));
                }
            }
        }
        (looks, None)
    }

    #[test]
    fn looks_are_rare_and_the_limit_is_exact() {
        let (seen, end) = looks(Lookout::new(Stop::NEVER, None, 1 << 14), 6);
        assert_eq!((seen, end), (vec![0, 2, 4], None));
        let (seen, end) = looks(Lookout::new(Stop::NEVER, Some(4), 1 << 14), 9);
        assert_eq!((seen, end), (vec![0, 2, 4, 5], Some(EarlyEnd::Limit(CycleLimit { limit: 4 }))));
        assert_eq!(looks(Lookout::new(Stop::NEVER, None, 20), 10_000).0.len(), 7);
        assert_eq!(looks(Lookout::new(Stop::NEVER, Some(Cycle::MAX), 1 << 30), 3).0, [0, 1, 2]);
    }

    #[test]
    fn a_flag_that_is_set_ends_the_loop_at_the_next_look() {
        let stop = Stop::new();
        let mut lookout = Lookout::new(stop.clone(), None, 1 << 14);
        assert!(lookout.check::<crate::Error>(0).is_ok());
        stop.set();
        assert_eq!(looks(lookout, 9), (vec![2], Some(EarlyEnd::Stopped)));
    }
}

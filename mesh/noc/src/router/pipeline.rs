//! Pipeline stages that take several cycles. With delays of one cycle, as in R3, nothing here is in use.

use crate::time::Cycle;

/// A stage of one router's pipeline. As in BookSim2, a stage of several cycles is not itself pipelined: it
/// takes in everything that is ready, and is closed until that has left.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PipelineStage {
    /// The latest cycle in which the stage takes something in, past or planned.
    start: Option<Cycle>,
}

impl PipelineStage {
    /// The cycle in which the stage takes in something that is ready from cycle `at` on.
    #[inline]
    pub fn enter(&mut self, at: Cycle, delay: u32) -> Cycle {
        let start = match self.start {
            None => at,
            Some(start) if start >= at => start,
            Some(start) => at.max(start + delay as Cycle),
        };
        self.start = Some(start);
        start
    }

    /// True if a stage in which something has been ready ever since [`PipelineStage::enter`] takes it in, again, in cycle
    /// `now`; then this counts as its start.
    pub fn takes_in(&mut self, now: Cycle, delay: u32) -> bool {
        let takes =
            self.start.is_some_and(|start| now >= start && (now - start).is_multiple_of(delay as Cycle));
        if takes {
            self.start = Some(now);
        }
        takes
    }
}

/// The slow stages of one router.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pipeline {
    pub routing: PipelineStage,
    pub vc_alloc: PipelineStage,
    pub sw_alloc: PipelineStage,
    pub traversal: PipelineStage,
    /// Input VCs that are ready for the switch, with credit or without; counted where its allocation is slow.
    pub ready: u32,
    /// Heads that wait for a VC; counted where its allocation is slow.
    pub heads: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_stage_is_entered_when_it_is_empty() {
        let mut stage = PipelineStage::default();
        assert_eq!(stage.enter(5, 3), 5);
        assert_eq!(stage.enter(5, 3), 5);
        assert_eq!(stage.enter(6, 3), 8);
        assert_eq!(stage.enter(7, 3), 8);
        assert_eq!(stage.enter(12, 3), 12);
    }

    #[test]
    fn a_failed_request_is_taken_in_again() {
        let mut stage = PipelineStage::default();
        assert!(!stage.takes_in(4, 2));
        stage.enter(5, 2);
        let taken: Vec<Cycle> = (0..10).filter(|&now| stage.takes_in(now, 2)).collect();
        assert_eq!(taken, [5, 7, 9]);
    }

    #[test]
    fn a_stage_of_one_cycle_is_never_closed() {
        let mut stage = PipelineStage::default();
        assert!((3..9).all(|at| stage.enter(at, 1) == at));
    }
}

//! All runs of a sweep: the rates that finished, and why others did not.

use crate::noc::traffic::{LoadPoint, Measurement, TrafficError};
use crate::noc::{EarlyEnd, End, Ended};

/// What is left of a sweep.
#[derive(Debug)]
pub(super) struct Sweep {
    /// Rates of which all runs finished, with these runs together.
    pub(super) points: Vec<(f64, LoadPoint)>,
    /// Why the first run that ended early did so.
    pub(super) early: Option<EarlyEnd<TrafficError>>,
}

impl Sweep {
    /// Puts the runs of each rate together; they come in the order of the rates.
    pub(super) fn of(
        rates: &[f64],
        runs_of_rate: usize,
        runs: impl IntoIterator<Item = Ended<Measurement, TrafficError>>,
    ) -> Sweep {
        let mut runs = runs.into_iter();
        let (mut points, mut early) = (Vec::new(), None);
        for &rate in rates {
            let mut finished = Vec::new();
            for run in runs.by_ref().take(runs_of_rate) {
                match run.into_parts() {
                    (measured, End::Finished) => finished.push(measured),
                    (_, End::Early(end)) => early = early.or(Some(end)),
                }
            }
            if finished.len() == runs_of_rate {
                points.push((rate, LoadPoint::of(rate, &finished)));
            }
        }
        Sweep { points, early }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noc::CycleLimit;

    #[test]
    fn a_rate_counts_only_if_all_its_runs_finished() {
        let finished = || Ended::new(Measurement::default(), End::Finished);
        let early = |limit| {
            let end = End::Early(EarlyEnd::Limit(CycleLimit { limit }));
            Ended::new(Measurement::default(), end)
        };
        let runs = [finished(), finished(), finished(), early(7), early(8), finished()];
        let sweep = Sweep::of(&[0.1, 0.2, 0.3], 2, runs);
        assert_eq!(sweep.points.iter().map(|point| point.0).collect::<Vec<_>>(), [0.1]);
        assert!(matches!(sweep.early, Some(EarlyEnd::Limit(CycleLimit { limit: 7 }))));
        assert!(Sweep::of(&[0.1], 1, [finished()]).early.is_none());
    }
}

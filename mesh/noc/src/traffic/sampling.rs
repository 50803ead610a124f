//! The sampling plan: when a run measures, and when it has seen enough.
//!
//! A run is a row of samples of the same length, by BookSim2's rules. Some of them warm the network up; the statistics of those are
//! thrown away. Then packets are measured, until the means of three samples in a row are close to those before them, or there have
//! been enough samples.
//!
//! A run for [latency](Aim::Latency) then drains what was created by then, while the load goes on. It finds the network saturated if
//! the mean latency exceeds a threshold, all flits under way and in their sources included: at the end of a sample, or of a thousand
//! cycles of the drain. So it does if the network never warms up.
//!
//! A run for [throughput](Aim::Throughput) does not look at latency. When it has seen enough it creates no more packets, and ends when
//! the network is empty.

use super::error::TrafficError;
use crate::Cycle;

/// When a run measures and when it ends, by BookSim2's names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingPlan {
    /// Cycles of a sample.
    pub sample_period: Cycle,
    /// Samples before anything is measured; with 0 as many as it takes until their means stay as they are.
    pub warmup_periods: u32,
    /// Most samples, warm-up included; more than that has.
    pub max_samples: u32,
    /// Mean latency in cycles above which the network counts as saturated; 0 or less for none.
    pub latency_thres: f64,
}

impl SamplingPlan {
    /// Longest sample in cycles.
    pub const MAX_PERIOD: Cycle = 1 << 32;
    /// Most samples that can be asked for.
    pub const MAX_SAMPLES: u32 = 1 << 20;

    /// Cycles of all samples, if no run ends earlier; a drain comes on top.
    pub fn most_cycles(&self) -> Cycle {
        self.sample_period.saturating_mul(self.max_samples.into())
    }

    pub(super) fn check(&self) -> Result<(), TrafficError> {
        let least = u64::from(self.warmup_periods) + 1;
        let counts = [
            ("sample period", self.sample_period, 1, Self::MAX_PERIOD),
            ("warm-up periods", self.warmup_periods.into(), 0, u64::from(Self::MAX_SAMPLES) - 1),
            ("samples", self.max_samples.into(), least, Self::MAX_SAMPLES.into()),
        ];
        for (what, value, least, most) in counts {
            if !(least..=most).contains(&value) {
                return Err(TrafficError::Plan { what, value, least, most });
            }
        }
        if self.latency_thres.is_nan() {
            return Err(TrafficError::Threshold);
        }
        Ok(())
    }

    /// True if a mean latency says that the network is saturated. The mean of nothing, which is no number, does not.
    pub(super) fn is_exceeded(&self, latency: f64) -> bool {
        self.latency_thres > 0.0 && latency > self.latency_thres
    }
}

impl Default for SamplingPlan {
    /// What BookSim2's curves in `mesh/noc/tests/data` were made with.
    fn default() -> SamplingPlan {
        SamplingPlan { sample_period: 3_000, warmup_periods: 3, max_samples: 12, latency_thres: 300.0 }
    }
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// How long packets take.
    Latency,
    /// What a saturated network accepts.
    Throughput,
}

/// What the samples since statistics were cleared have shown. Means of nothing are no numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Mean latency of packets that arrived.
    pub latency: f64,
    /// Flits that arrived per terminal and cycle.
    pub accepted: f64,
    /// Mean of the latencies of these packets and the ages of all flits that have not arrived.
    pub with_ages: f64,
}

/// What comes after a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another one, after clearing the statistics or not.
    Sample { clear: bool },
    /// The drain: enough was measured.
    Drain,
    /// Nothing: the network is saturated, or never warms up.
    Nothing,
}

/// Where a run is in its plan.
#[derive(Clone, Debug)]
pub(super) struct Sampling {
    plan: SamplingPlan,
    aim: Aim,
    /// Samples that have ended.
    samples: u32,
    is_warm: bool,
    /// Measured samples in a row that were close to those before them.
    close: u32,
    /// Latency and accepted load at the end of the last sample.
    last: (f64, f64),
}

impl Sampling {
    /// Share of a value by which it may differ from the one before it and still be close.
    const CLOSE: f64 = 0.05;
    /// Close samples in a row that are enough.
    const ENOUGH: u32 = 3;

    pub fn new(plan: SamplingPlan, aim: Aim) -> Sampling {
        Sampling { plan, aim, samples: 0, is_warm: false, close: 0, last: (0.0, 0.0) }
    }

    /// True once packets are measured.
    pub fn is_warm(&self) -> bool {
        self.is_warm
    }

    /// Takes note of a sample that has ended.
    pub fn end(&mut self, sample: &Sample) -> Next {
        // What is no number is close to anything.
        let is_far = |now: f64, last: f64| ((now - last) / now).abs() > Self::CLOSE;
        let for_latency = self.aim == Aim::Latency;
        let has_changed =
            (for_latency && is_far(sample.latency, self.last.0)) || is_far(sample.accepted, self.last.1);
        self.last = (sample.latency, sample.accepted);
        if for_latency && self.plan.is_exceeded(sample.with_ages) {
            return Next::Nothing;
        }
        self.samples += 1;
        let mut clear = false;
        if self.is_warm {
            self.close = if has_changed { 0 } else { self.close + 1 };
        } else {
            let periods = self.plan.warmup_periods;
            self.is_warm = if periods > 0 { self.samples >= periods } else { !has_changed };
            // While warming up, statistics are of two samples at most.
            clear = self.is_warm || self.samples.is_multiple_of(2);
        }
        if self.samples < self.plan.max_samples && self.close < Self::ENOUGH {
            return Next::Sample { clear };
        }
        if self.is_warm { Next::Drain } else { Next::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAR: Next = Next::Sample { clear: true };
    const MORE: Next = Next::Sample { clear: false };

    /// What follows samples of these latencies, with the same accepted load in all.
    fn follow(plan: SamplingPlan, latencies: &[f64]) -> Vec<Next> {
        let mut sampling = Sampling::new(plan, Aim::Latency);
        let sample = |&latency: &f64| Sample { latency, accepted: 0.1, with_ages: latency };
        latencies.iter().map(|latency| sampling.end(&sample(latency))).collect()
    }

    #[test]
    fn three_close_samples_after_the_warm_up_are_enough() {
        let plan = SamplingPlan { warmup_periods: 3, ..SamplingPlan::default() };
        // The first measured sample is compared with the last one of the warm-up.
        let next = follow(plan, &[10.0, 20.0, 30.0, 30.1, 30.2, 30.3]);
        assert_eq!(next, [MORE, CLEAR, CLEAR, MORE, MORE, Next::Drain]);
        let next = follow(plan, &[10.0, 20.0, 30.0, 30.1, 40.0, 40.3, 40.2, 40.1]);
        assert_eq!(next[3..], [MORE, MORE, MORE, MORE, Next::Drain]);
        // Not close, but enough of them.
        let plan = SamplingPlan { max_samples: 5, ..plan };
        assert_eq!(follow(plan, &[1.0, 2.0, 3.0, 4.0, 5.0]).last(), Some(&Next::Drain));
    }

    #[test]
    fn a_warm_up_without_a_length_ends_when_samples_are_close() {
        let plan = SamplingPlan { warmup_periods: 0, max_samples: 6, ..SamplingPlan::default() };
        assert_eq!(follow(plan, &[10.0, 20.0, 20.1, 20.2])[..3], [MORE, CLEAR, CLEAR]);
        let never = follow(plan, &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]);
        assert_eq!(never[4..], [MORE, Next::Nothing]);
    }

    #[test]
    fn a_threshold_ends_a_run_and_no_number_does_not() {
        assert_eq!(follow(SamplingPlan::default(), &[300.0, 300.1]), [MORE, Next::Nothing]);
        let never = SamplingPlan { latency_thres: 0.0, ..SamplingPlan::default() };
        assert_eq!(follow(never, &[1e9]), [MORE]);
        let next = follow(SamplingPlan::default(), &[f64::NAN; 6]);
        assert_eq!(next, [MORE, CLEAR, CLEAR, MORE, MORE, Next::Drain]);
    }

    #[test]
    fn throughput_is_measured_whatever_the_latency() {
        let mut sampling = Sampling::new(SamplingPlan::default(), Aim::Throughput);
        let accepted = [0.1, 0.2, 0.3, 0.3, 0.4, 0.4, 0.4, 0.4];
        let next = accepted.map(|accepted| {
            let latency = accepted * 1e6;
            sampling.end(&Sample { latency, accepted, with_ages: latency })
        });
        assert_eq!(next, [MORE, CLEAR, CLEAR, MORE, MORE, MORE, MORE, Next::Drain]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let plan = SamplingPlan::default();
        assert!(plan.check().is_ok());
        let refused = [
            SamplingPlan { sample_period: 0, ..plan },
            SamplingPlan { sample_period: SamplingPlan::MAX_PERIOD + 1, ..plan },
            SamplingPlan { max_samples: 3, ..plan },
            SamplingPlan { max_samples: 0, warmup_periods: 0, ..plan },
            SamplingPlan { max_samples: u32::MAX, ..plan },
            SamplingPlan { warmup_periods: u32::MAX, ..plan },
        ];
        for plan in refused {
            assert!(matches!(plan.check(), Err(TrafficError::Plan { .. })), "{plan:?}");
        }
        let plan = SamplingPlan { latency_thres: f64::NAN, ..plan };
        assert!(matches!(plan.check(), Err(TrafficError::Threshold)));
    }
}

//! The steps of an NP whose clock is not that of the device, or some of whose steps are made otherwise: each takes a multiple of its clocks.
//!
//! The sequencer adds times in thousandths of a clock, and a multiple has more decimals. So the sum of the multiples is kept here, exactly,
//! and each step is given what takes the sum of the given times to it, rounded up to a thousandth. Cycles are rounded up from there, and rounding up
//! twice is rounding up once: a step ends in cycle `base + ceil(scale x sum)`, as if the sequencer had all decimals.

use super::super::emission::Emission;
use super::super::sequencer::{Step, StepSource};
use super::super::step_scale::StepScale;
use spikemesh_device::Clocks;

/// Steps that take a multiple of their clocks.
pub struct ScaledSteps<W> {
    steps: W,
    scale: StepScale,
    /// The exact sum of this frame's steps: thousandths of a clock times parts of the scale.
    sum: u128,
    /// The sum of what the steps were given.
    given: Clocks,
}

impl<W> ScaledSteps<W> {
    /// At rest.
    pub fn new(steps: W, scale: StepScale) -> ScaledSteps<W> {
        ScaledSteps { steps, scale, sum: 0, given: Clocks(0) }
    }

    /// Starts a frame; gives the steps, to be started too.
    pub fn start(&mut self) -> &mut W {
        (self.sum, self.given) = (0, Clocks(0));
        &mut self.steps
    }
}

impl<W: StepSource> StepSource for ScaledSteps<W> {
    fn next(&mut self) -> Option<Step> {
        let step = self.steps.next()?;
        self.sum += u128::from(step.clocks.0) * u128::from(self.scale.of(step.state));
        let total = Clocks(self.sum.div_ceil(u128::from(StepScale::PARTS)) as u64);
        let clocks = Clocks(total.0 - self.given.0);
        self.given = total;
        Some(Step { clocks, ..step })
    }

    fn emit(&self, step: &Step, out: &mut Vec<Emission>) {
        self.steps.emit(step, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::status::UnitState;
    use spikemesh_device::Scale;

    /// Steps of given lengths.
    struct Lengths(Vec<u64>);

    impl StepSource for Lengths {
        fn next(&mut self) -> Option<Step> {
            let clocks = Clocks(self.0.pop()?);
            let state = UnitState::Scan;
            Some(Step {
                state,
                clocks,
                filter_group: 0,
                active_filters: 0,
                column: 0,
                first: 0,
                end: 0,
                close: true,
            })
        }

        fn emit(&self, _: &Step, _: &mut Vec<Emission>) {}
    }

    /// Each step ends in cycle ceil(scale x sum), to the last decimal, in every frame.
    #[test]
    fn steps_end_where_the_scaled_sum_does() {
        let lengths: Vec<u64> = (0..500).map(|step| step * 7919 % 12_347).collect();
        for scale in [1, 333, 999, 1001, 1500, 2000, 7919, 1_000_000] {
            let mut steps = ScaledSteps::new(Lengths(Vec::new()), StepScale::of_all(Scale(scale)));
            for _ in 0..2 {
                steps.start().0 = lengths.iter().rev().copied().collect();
                let (mut elapsed, mut sum) = (Clocks(0), 0u128);
                for length in &lengths {
                    elapsed += steps.next().unwrap().clocks;
                    sum += u128::from(*length);
                    assert_eq!(
                        u128::from(elapsed.ceil()),
                        (sum * u128::from(scale)).div_ceil(1_000_000),
                        "{scale}"
                    );
                }
                assert!(steps.next().is_none());
            }
        }
    }
}

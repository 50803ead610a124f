//! The steps of an NP whose clock is not that of the device: each takes a multiple of its clocks.
//!
//! The sequencer adds times in thousandths of a clock, and a multiple in thousandths has six decimals. So the sum of the multiples is kept here, exactly,
//! and each step is given what takes the sum of the given times to it, rounded up to a thousandth. Cycles are rounded up from there, and rounding up
//! twice is rounding up once: a step ends in cycle `base + ceil(scale x sum)`, as if the sequencer had six decimals.

use super::super::emission::Emission;
use super::super::sequencer::{Step, StepSource};
use super::NpSteps;
use spikemesh_device::{Clocks, Scale};

/// Steps that take a multiple of their clocks.
pub struct ScaledSteps<'p> {
    steps: NpSteps<'p>,
    scale: Scale,
    /// The exact sum of this frame's steps, in thousandths of thousandths of a clock.
    sum: u128,
    /// The sum of what the steps were given.
    given: Clocks,
}

impl<'p> ScaledSteps<'p> {
    /// At rest.
    pub fn new(steps: NpSteps<'p>, scale: Scale) -> ScaledSteps<'p> {
        ScaledSteps { steps, scale, sum: 0, given: Clocks(0) }
    }

    /// Starts a frame.
    pub fn start(&mut self, map: &[u8]) {
        (self.sum, self.given) = (0, Clocks(0));
        self.steps.start(map);
    }
}

impl StepSource for ScaledSteps<'_> {
    fn next(&mut self) -> Option<Step> {
        let step = self.steps.next()?;
        self.sum += u128::from(step.clocks.0) * u128::from(self.scale.0);
        let total = Clocks(self.sum.div_ceil(u128::from(Scale::PARTS)) as u64);
        let clocks = Clocks(total.0 - self.given.0);
        self.given = total;
        Some(Step { clocks, ..step })
    }

    fn emit(&self, step: &Step, out: &mut Vec<Emission>) {
        self.steps.emit(step, out);
    }
}

//! The steps of a fully connected layer.
//!
//! With weights on chip the NP walks once over all inputs and then emits. With external weights it walks unit by unit, and emits after each packet's
//! worth of units.

use spikemesh_isa::memory::Contents;
use spikemesh_isa::packet::PACKET_WORDS;
use spikemesh_isa::{Activation, FullyConnected, Window};

use super::super::arithmetic::comparator::Comparators;
use super::super::arithmetic::fully_connected::FullyConnectedKernel;
use super::super::arithmetic::scratch::Scratch;
use super::super::emission::Emission;
use super::super::sequencer::{Step, StepSource};
use super::super::status::UnitState;
use super::outputs::{Outputs, comparators};
use spikemesh_device::{Clocks, Device};

/// What does not change.
#[derive(Clone, Debug)]
pub struct FullyConnectedPlan {
    units: u32,
    external: bool,
    kernel: FullyConnectedKernel,
    comparators: Option<Comparators>,
    /// The whole walk on chip, or the walk of one unit outside.
    walk: Clocks,
    /// Bytes of weights that a frame reads, wherever they lie, and of potentials that it writes and reads.
    accesses: u64,
}

impl FullyConnectedPlan {
    /// Prepares a fully connected layer.
    pub fn new(
        fc: &FullyConnected,
        window: &Window,
        activation: Activation,
        contents: &Contents,
        device: &Device,
    ) -> FullyConnectedPlan {
        let timing = &device.timing.np.fully_connected;
        let inputs = window.map.len() as u64;
        let units = u64::from(fc.units);
        let weights = if fc.external {
            units * timing.external_bytes(inputs)
        } else {
            (inputs * units * u64::from(fc.weight_bits)).div_ceil(8)
        };
        FullyConnectedPlan {
            units: fc.units,
            external: fc.external,
            kernel: FullyConnectedKernel::new(window.map, fc.units, contents),
            comparators: comparators(activation, contents),
            walk: if fc.external { timing.external_walk(inputs) } else { timing.on_chip_walk(inputs) },
            accesses: weights + 2 * units * u64::from(*device.np.potential_bytes),
        }
    }
}

/// The steps of one frame.
pub struct FullyConnectedSteps<'p> {
    plan: &'p FullyConnectedPlan,
    /// The next unit.
    unit: u32,
    outputs: Outputs<'p>,
}

impl<'p> FullyConnectedSteps<'p> {
    /// At rest.
    pub fn new(plan: &'p FullyConnectedPlan) -> FullyConnectedSteps<'p> {
        FullyConnectedSteps { plan, unit: plan.units, outputs: Outputs::new(plan.comparators.as_ref()) }
    }

    /// Starts a frame with its input map. Returns the bytes of weights and potentials that it reads and writes.
    pub fn start(&mut self, map: &[u8], scratch: &mut Scratch) -> u64 {
        self.plan.kernel.run(map, &mut scratch.potentials);
        self.outputs.set(&scratch.potentials);
        self.unit = 0;
        self.plan.accesses
    }
}

impl StepSource for FullyConnectedSteps<'_> {
    /// Weights on chip: one step walks over all inputs, with or without events, and emits every unit. External weights: a step for as many units as a
    /// packet holds, so that each step but the last sends one full packet.
    fn next(&mut self) -> Option<Step> {
        let plan = self.plan;
        if self.unit == plan.units {
            return None;
        }
        let first = self.unit;
        let (end, clocks) = if plan.external {
            let end = (first + PACKET_WORDS as u32).min(plan.units);
            (end, plan.walk.times(u64::from(end - first)))
        } else {
            (plan.units, plan.walk)
        };
        self.unit = end;
        Some(Step {
            state: UnitState::Walk,
            clocks,
            filter_group: 0,
            active_filters: 0,
            column: first,
            first,
            end,
            close: end == plan.units,
        })
    }

    fn emit(&self, step: &Step, out: &mut Vec<Emission>) {
        for unit in step.first..step.end {
            if let Some(value) = self.outputs.value(unit as usize) {
                out.push(Emission { x: 0, y: 0, c: unit, value });
            }
        }
    }
}

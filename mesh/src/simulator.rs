//! The simulator: a program on a device, frame by frame, clock by clock.
//!
//! In each cycle the units whose timers have run out act first, in the order of their ids; then the network moves; then tails that have left and
//! packets that have arrived are reported to their units. Cycles in which nothing can happen are skipped.

mod capacity;
mod changed;
mod error;
mod frame;
mod limits;
mod load;
mod options;
mod outcome;
mod pass_run;
mod plan;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use spikemesh_isa::{BufferId, Program};

use crate::end::{EarlyEnd, End, Ended};
use crate::probe::{PassBegin, Probe};
use crate::unit::packets::Packets;
use crate::unit::{IdealNetwork, PlantedLoss, Unit, dma, hrc, np};
use spikemesh_device::{ActionEnergy, Device};
use spikemesh_noc::{Config, Cycle, LinkCounters, Network, TerminalId};

pub use capacity::unpack;
pub use error::Error;
pub use frame::Frame;
pub use limits::{FREE_WEIGHTS, MAX_POTENTIALS, MAX_VALUES, WEIGHTS_PER_BYTE};
pub use load::WeightLoad;
pub use options::SimulationOptions;
pub use outcome::{FrameOutcome, Outcome, PassOutcome, UnitOutcome};
pub use plan::PassPlan;

use frame::check_frame;
use pass_run::{PassResult, PassRun};

/// A program, ready to run on a device. It does not change while it runs, so that many runs can share it.
pub struct Simulator {
    program: Arc<Program>,
    device: Arc<Device>,
    passes: Vec<PassPlan>,
    network: Config,
    /// No packet waits for another.
    zero_load: bool,
    planted: Option<PlantedLoss>,
    /// Batches that it, and those that were changed from it, have begun.
    starts: Arc<AtomicU64>,
}

impl Simulator {
    /// Loads a program.
    ///
    /// # Errors
    /// Whatever the program asks for that the device does not have, all at once.
    pub fn new(
        program: impl Into<Arc<Program>>,
        device: impl Into<Arc<Device>>,
    ) -> Result<Simulator, Vec<Error>> {
        let (program, device) = (program.into(), device.into());
        let passes = plan::plan(&program, &device)?;
        let network = device.network_config();
        Ok(Simulator {
            program,
            device,
            passes,
            network,
            zero_load: false,
            planted: None,
            starts: Arc::default(),
        })
    }

    /// The same simulator with a network that loses something, once in each pass: for tests that must find it.
    #[doc(hidden)]
    pub fn with_planted_loss(self, loss: PlantedLoss) -> Simulator {
        Simulator { planted: Some(loss), ..self }
    }

    /// Batches that it has begun, and those that were changed from it.
    pub fn starts(&self) -> u64 {
        self.starts.load(Ordering::Relaxed)
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The program has trees: packets that routers fork.
    pub fn has_trees(&self) -> bool {
        self.passes.iter().any(|pass| !pass.trees.is_empty())
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The passes, with the units of each.
    pub fn passes(&self) -> &[PassPlan] {
        &self.passes
    }

    /// What the actions of all units cost in a run, in picojoules: [`ActionEnergy::network`] is that of the network. Loads are no unit's.
    pub fn energy(&self, outcome: &Outcome) -> ActionEnergy {
        let mut energy = ActionEnergy::default();
        for (pass, plan) in outcome.passes.iter().zip(&self.passes) {
            for (unit, cost) in pass.units.iter().zip(&plan.energies) {
                unit.frames.iter().for_each(|record| energy += cost.of(&record.actions(cost.clock)));
            }
        }
        energy
    }

    /// Name and terminal of every unit of any pass.
    pub fn units(&self) -> impl Iterator<Item = (&str, TerminalId)> {
        self.passes
            .iter()
            .flat_map(|plan| plan.names.iter().map(String::as_str).zip(plan.terminals.iter().copied()))
    }

    /// Runs a batch of frames from reset, from cycle `start` on.
    ///
    /// A program of one pass takes frames one behind the other, as its units become free; a program of several passes runs every pass for a frame
    /// before it takes the next one. It ends early with a hang, at the cycle limit or its stop flag, with frames of the wrong kind or size, and with
    /// a packet that a unit cannot take. What was produced before is there: the first [`Outcome::finished`] frames are whole.
    pub fn run<P: Probe>(
        &self,
        frames: &[Frame],
        start: Cycle,
        options: &SimulationOptions,
        probe: &mut P,
    ) -> Ended<Outcome> {
        self.starts.fetch_add(1, Ordering::Relaxed);
        let mut run = BatchRun {
            simulator: self,
            options,
            outcome: Outcome::new(&self.program, &self.passes, frames.len(), start, options),
            buffers: vec![vec![None; frames.len()]; self.program.buffers.len()],
        };
        let end = match run.frames(frames, start, probe) {
            Ok(()) => End::Finished,
            Err(early) => End::Early(early),
        };
        let shown = match end {
            // After a hang all frames are looked at.
            End::Finished | End::Early(EarlyEnd::Hang(_)) => frames.len(),
            End::Early(_) => run.outcome.finished,
        };
        run.outcome.complete_maps(shown);
        Ended::new(run.outcome, end)
    }
}

struct BatchRun<'a> {
    simulator: &'a Simulator,
    options: &'a SimulationOptions,
    outcome: Outcome,
    /// Maps in host memory, by buffer and frame.
    buffers: Vec<Vec<Option<Vec<i32>>>>,
}

impl BatchRun<'_> {
    /// Runs every pass for every frame.
    fn frames<P: Probe>(&mut self, frames: &[Frame], start: Cycle, probe: &mut P) -> Result<(), EarlyEnd> {
        for (index, frame) in frames.iter().enumerate() {
            check_frame(&self.simulator.program, frame, index)?;
        }
        let passes = &self.simulator.passes;
        let all: Vec<usize> = (0..frames.len()).collect();
        let mut now = start;
        if passes.len() == 1 {
            self.pass(0, frames, &all, now..now, probe)?;
        } else {
            for &frame in &all {
                for (index, pass) in passes.iter().enumerate() {
                    let begin = now + if index == 0 { 0 } else { pass.load().ceil() };
                    now = self.pass(index, frames, &[frame], now..begin, probe)?;
                }
                self.options.stop.progress().add(1);
            }
        }
        Ok(())
    }

    /// Runs one pass for some frames, from the end of its load on; returns the cycle of the last event.
    fn pass<P: Probe>(
        &mut self,
        index: usize,
        inputs: &[Frame],
        frames: &[usize],
        load: Range<Cycle>,
        probe: &mut P,
    ) -> Result<Cycle, EarlyEnd> {
        let Range { start: loaded, end: start } = load;
        let simulator = self.simulator;
        let plan: &PassPlan = &simulator.passes[index];
        let network = Network::new(&simulator.network).map_err(|e| Error::Network(e.to_string()))?;
        let buffers = &self.buffers;
        let input = simulator.program.input;
        let stored = |buffer: BufferId| -> Vec<&[i32]> {
            frames
                .iter()
                .map(|&f| match (&buffers[usize::from(buffer.0)][f], &inputs[f]) {
                    (_, Frame::Events(map)) if input == Some(buffer) => map.as_slice(),
                    (stored, _) => stored.as_deref().unwrap_or(&[]),
                })
                .collect()
        };
        let images: Vec<&[u8]> = frames
            .iter()
            .map(|&f| match &inputs[f] {
                Frame::Image(pixels) => pixels.as_slice(),
                Frame::Events(_) => &[],
            })
            .collect();
        let mut units: Vec<Unit> = Vec::new();
        units.extend(plan.hrc.iter().map(|plan| Unit::Hrc(hrc::Hrc::new(plan, images.clone()))));
        units.extend(plan.sources.iter().map(|(b, plan)| Unit::Source(dma::Source::new(plan, stored(*b)))));
        units.extend(plan.nps.iter().map(|plan| Unit::Np(np::Np::new(plan))));
        units.extend(plan.sinks.iter().map(|sink| {
            let buffer = &simulator.program.buffers[usize::from(sink.buffer.0)];
            Unit::Sink(dma::Sink::new(buffer.map, buffer.potentials, sink.producers.clone()))
        }));
        probe.begin(&PassBegin { index, plan, frames, loaded, start });
        let ideal = simulator.zero_load.then(|| IdealNetwork::new(&simulator.network));
        let packets = Packets::new(probe.wants_packets(), simulator.planted, ideal, plan.trees.clone());
        let run = PassRun::new(plan, units, network, frames, &mut self.outcome, packets);
        let PassResult { end, early, flit_hops, links, records, collected } =
            run.run(start, self.options, probe);
        probe.end(end);
        tracing::debug!(
            pass = index,
            frames = frames.len(),
            start,
            end,
            flit_hops,
            early = early.is_some(),
            "pass done"
        );
        let outcome = &mut self.outcome;
        if index == 0 {
            for (position, &frame) in frames.iter().enumerate() {
                outcome.frames[frame].start = records[0].get(position).map_or(start, |r| r.start);
            }
        }
        let sink_records = &records[records.len() - plan.sinks.len()..];
        for ((sink, maps), records) in plan.sinks.iter().zip(collected).zip(sink_records) {
            let output = simulator.program.outputs.iter().position(|output| output.buffer == sink.buffer);
            for (position, (&frame, map)) in frames.iter().zip(maps).enumerate() {
                if let Some(output) = output {
                    let outcome = &mut outcome.frames[frame];
                    outcome.outputs[output] = map.clone();
                    outcome.end = outcome.end.max(records.get(position).map_or(end, |r| r.end));
                }
                self.buffers[usize::from(sink.buffer.0)][frame] = Some(map);
            }
        }
        if index + 1 == simulator.passes.len() {
            // Frames leave in their order.
            outcome.finished += sink_records.iter().map(Vec::len).min().unwrap_or(frames.len());
        }
        let pass = &mut outcome.passes[index];
        pass.flit_hops += flit_hops;
        LinkCounters::add_all(&mut pass.links, &links);
        for ((unit, records), &tokens) in pass.units.iter_mut().zip(records).zip(&plan.tokens) {
            // A frame ends with tokens to all producers.
            unit.frames.extend(records.into_iter().map(|mut record| {
                record.traffic += tokens;
                record
            }));
        }
        outcome.cycles = end;
        early.map_or(Ok(end), Err)
    }
}

//! The simulator: a program on a device, frame by frame, clock by clock.
//!
//! In each cycle the units whose timers have run out act first, in the order of their ids; then the network moves; then tails that have left and
//! packets that have arrived are told to their units. Cycles in which nothing can happen are skipped.

mod load;
mod outcome;
mod plan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use spikemesh_isa::packet::Head;
use spikemesh_isa::{BufferId, Program};

use crate::end::{CycleLimit, EarlyEnd, End, Ended, Hang};
use crate::kernel::Wheel;
use crate::probe::{Origin, Probe};
use crate::unit::outbox::Packets;
use crate::unit::{Defect, Emission, FrameRecord, Io, Status, Unit, UnitId, dma, hrc, np};
use spikemesh_device::Device;
use spikemesh_noc::Cycle;
use spikemesh_noc::{Config, Network, TerminalId, Watchdog};

pub use load::Load;
pub use outcome::{Frame, FrameOutcome, Outcome, PassOutcome, UnitOutcome};
pub use plan::{Error, PassPlan};

/// How to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Keep the map of every output map, not only the output.
    pub record_groups: bool,
    /// Stop with an error beyond this cycle.
    pub max_cycles: Cycle,
}

impl Default for Options {
    fn default() -> Self {
        Options { record_groups: true, max_cycles: 1 << 40 }
    }
}

/// A program, ready to run on a device. It does not change while it runs, so that many runs can share it.
pub struct Simulator {
    program: Arc<Program>,
    device: Arc<Device>,
    passes: Vec<PassPlan>,
    network: Config,
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
        Ok(Simulator { program, device, passes, network })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The passes, with the units of each.
    pub fn passes(&self) -> &[PassPlan] {
        &self.passes
    }

    /// Name and local port of every unit of any pass.
    pub fn units(&self) -> impl Iterator<Item = (&str, TerminalId)> {
        self.passes
            .iter()
            .flat_map(|plan| plan.names.iter().map(String::as_str).zip(plan.terminals.iter().copied()))
    }

    /// Runs a batch of frames from reset, from cycle `start` on.
    ///
    /// A program of one pass takes frames one behind the other, as its units become free; a program of several passes runs every pass for a frame
    /// before it takes the next one. It ends early with a hang, at the cycle limit, with frames of the wrong kind or size, and with a packet that a
    /// unit cannot take; a hang leaves all that was produced before.
    pub fn run<P: Probe>(
        &self,
        frames: &[Frame],
        start: Cycle,
        options: &Options,
        probe: &mut P,
    ) -> Ended<Outcome> {
        let mut run = Run {
            simulator: self,
            options,
            outcome: Outcome::new(self, frames.len(), start, options),
            buffers: vec![vec![None; frames.len()]; self.program.buffers.len()],
        };
        let end = match run.frames(frames, start, probe) {
            Ok(()) => End::Finished,
            Err(early) => End::Early(early),
        };
        Ended::new(run.outcome, end)
    }
}

struct Run<'a> {
    simulator: &'a Simulator,
    options: &'a Options,
    outcome: Outcome,
    /// Maps in host memory, by buffer and frame.
    buffers: Vec<Vec<Option<Vec<i32>>>>,
}

impl Run<'_> {
    /// Runs every pass for every frame.
    fn frames<P: Probe>(&mut self, frames: &[Frame], start: Cycle, probe: &mut P) -> Result<(), EarlyEnd> {
        for (index, frame) in frames.iter().enumerate() {
            plan::check_frame(&self.simulator.program, frame, index)?;
        }
        let passes = &self.simulator.passes;
        let all: Vec<usize> = (0..frames.len()).collect();
        let mut now = start;
        if passes.len() == 1 {
            self.pass(0, frames, &all, now, probe)?;
        } else {
            for &frame in &all {
                for (index, pass) in passes.iter().enumerate() {
                    let begin = now + if index == 0 { 0 } else { pass.load().ceil() };
                    now = self.pass(index, frames, &[frame], begin, probe)?;
                }
            }
        }
        Ok(())
    }

    /// Runs one pass for some frames; returns the cycle after the last event.
    fn pass<P: Probe>(
        &mut self,
        index: usize,
        inputs: &[Frame],
        frames: &[usize],
        start: Cycle,
        probe: &mut P,
    ) -> Result<Cycle, EarlyEnd> {
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
        probe.pass(index, &plan.names);
        let mut stage = Stage {
            plan,
            units,
            network,
            wheel: Wheel::default(),
            packets: Packets::new(P::PACKETS),
            moved: None,
            emitted: Vec::new(),
            statuses: vec![Status::default(); plan.names.len()],
            frames,
            outcome: &mut self.outcome,
        };
        let (end, hang) = stage.run(start, self.options, probe)?;
        let flit_hops = stage.network.counters().flit_hops;
        tracing::debug!(
            pass = index,
            frames = frames.len(),
            start,
            end,
            flit_hops,
            hang = hang.is_some(),
            "pass done"
        );
        let records: Vec<Vec<FrameRecord>> = stage.units.iter().map(|unit| unit.frames().to_vec()).collect();
        let collected: Vec<Vec<Vec<i32>>> =
            stage.units.into_iter().filter_map(Unit::into_collected).collect();
        let outcome = &mut self.outcome;
        if index == 0 {
            for (position, &frame) in frames.iter().enumerate() {
                outcome.frames[frame].start = records[0].get(position).map_or(start, |r| r.start);
            }
        }
        let sink_records = &records[records.len() - plan.sinks.len()..];
        for ((sink, maps), records) in plan.sinks.iter().zip(collected).zip(sink_records) {
            for (position, (&frame, map)) in frames.iter().zip(maps).enumerate() {
                if sink.buffer == simulator.program.output {
                    outcome.frames[frame].output = map.clone();
                    outcome.frames[frame].end = records.get(position).map_or(end, |r| r.end);
                }
                self.buffers[usize::from(sink.buffer.0)][frame] = Some(map);
            }
        }
        let pass = &mut outcome.passes[index];
        pass.flit_hops += flit_hops;
        for (unit, records) in pass.units.iter_mut().zip(records) {
            unit.frames.extend(records);
        }
        outcome.cycles = end;
        hang.map_or(Ok(end), |hang| Err(EarlyEnd::Hang(hang)))
    }
}

/// One pass at work.
struct Stage<'a, 'o> {
    plan: &'a PassPlan,
    units: Vec<Unit<'a>>,
    network: Network,
    wheel: Wheel,
    packets: Packets,
    /// The last cycle in which the network moved.
    moved: Option<Cycle>,
    emitted: Vec<Emission>,
    statuses: Vec<Status>,
    frames: &'a [usize],
    outcome: &'o mut Outcome,
}

impl Stage<'_, '_> {
    fn run<P: Probe>(
        &mut self,
        start: Cycle,
        options: &Options,
        probe: &mut P,
    ) -> Result<(Cycle, Option<Hang>), EarlyEnd> {
        for unit in 0..self.units.len() {
            self.act(unit, start, probe, |unit, io| match unit {
                Unit::Hrc(hrc) => hrc.start(start, io),
                Unit::Source(source) => source.start(start, io),
                Unit::Np(_) | Unit::Sink(_) => {}
            });
        }
        let (mut due, mut sent, mut arrived) = (Vec::new(), Vec::<u32>::new(), Vec::<u32>::new());
        let mut now = start;
        loop {
            let (timer, flit) = (self.wheel.next_cycle(), self.network.next_active());
            now = match (timer, flit) {
                (None, None) => break,
                (Some(timer), Some(flit)) => timer.min(flit),
                (timer, flit) => timer.or(flit).unwrap_or(now),
            };
            if now > options.max_cycles {
                return Err(EarlyEnd::Limit(CycleLimit { limit: options.max_cycles }));
            }
            if timer == Some(now) {
                self.wheel.take(&mut due);
                for entry in &due {
                    self.act(entry.unit as usize, now, probe, |unit, io| unit.timer(io));
                }
                continue;
            }
            self.network.step(now, probe);
            self.moved = Some(now);
            sent.clear();
            sent.extend(self.network.injected().iter().map(|s| s.tag));
            for &tag in &sent {
                let packet = self.packets.get(tag);
                if packet.head != Head::MapFree {
                    let batch = packet.batch;
                    self.act(packet.source.0 as usize, now, probe, |unit, io| unit.sent(io, batch));
                }
            }
            arrived.clear();
            arrived.extend(self.network.delivered().iter().map(|a| a.tag));
            for &tag in &arrived {
                let packet = self.packets.take(tag);
                let unit = packet.target.0 as usize;
                self.act(unit, now, probe, |unit, io| unit.arrived(io, &packet)).map_err(
                    |defect: Defect| Error::Defect {
                        cycle: now,
                        unit: self.plan.names[unit].clone(),
                        defect,
                    },
                )?;
            }
            if Watchdog::default().is_deadlocked(&self.network, Some(now)) {
                break;
            }
        }
        let complete = self.units.iter().all(|u| match u {
            Unit::Sink(sink) => sink.collected.len() == self.frames.len(),
            _ => true,
        });
        Ok((now, (!complete).then(|| self.hang(now))))
    }

    /// Lets a unit act, then takes note of what it emitted and of what it does now.
    fn act<P: Probe, T>(
        &mut self,
        unit: usize,
        now: Cycle,
        probe: &mut P,
        action: impl FnOnce(&mut Unit, &mut Io) -> T,
    ) -> T {
        let id = UnitId(unit as u32);
        let mut io = Io {
            now,
            created: if self.moved == Some(now) { now + 1 } else { now },
            unit: id,
            packets: &mut self.packets,
            network: &mut self.network,
            wheel: &mut self.wheel,
            terminals: &self.plan.terminals,
            emitted: &mut self.emitted,
        };
        // A sequencer counts a frame when it is over, so what a unit emits belongs to the frame after those.
        let position = self.units[unit].frames().len();
        let result = action(&mut self.units[unit], &mut io);
        if !self.emitted.is_empty() {
            if let (Some(output_map), Some(&frame)) = (self.plan.output_maps[unit], self.frames.get(position))
            {
                probe.emitted(now, id, Origin { frame, output_map }, &self.emitted);
                self.outcome.record(frame, usize::from(output_map.0), &self.emitted);
            }
            self.emitted.clear();
        }
        for (created, request) in self.packets.offered.iter_mut().flat_map(|offered| offered.drain(..)) {
            probe.packet(created, &request);
        }
        if P::ACTIVE {
            let status = self.units[unit].status();
            if status != self.statuses[unit] {
                self.statuses[unit] = status;
                probe.status(now, id, &status);
            }
        }
        result
    }

    fn hang(&self, cycle: Cycle) -> Hang {
        let waiting = self
            .units
            .iter()
            .zip(&self.plan.names)
            .filter_map(|(unit, name)| unit.waits_for().map(|what| format!("{name} waits for {what}")))
            .collect();
        Hang { cycle, waiting }
    }
}

//! Turns what a probe sees into changes of signals.

use std::io::{self, Seek, Write};
use std::ops::Range;
use std::sync::Arc;

use super::chip::{ChipSignals, NO_LAYER};
use super::condition::Test;
use super::cut::Cut;
use super::error::WaveError;
use super::format::WaveFormat;
use super::output::{FinishedWave, Output, OutputPlan};
use super::part::Part;
use super::phase::Phase;
use super::plan::{Resolved, WavePlan};
use super::size::{Intake, WaveSizes};
use super::sleep::Sleep;
use super::summary::WaveSummary;
use super::values::Values;
use super::window::Watch;
use crate::probe::Act;
use crate::reason::{BlameTable, Tracker};
use crate::simulator::Simulator;
use crate::unit::{UnitId, UnitState, UnitStatus};
use spikemesh_device::network::{Topology, TrafficClass};
use spikemesh_noc::{Config, Cycle, FlitEvent};

mod probe;
mod rest;
#[cfg(test)]
mod tests;

/// The unit of a pass that takes in the input of images.
const FIRST: UnitId = UnitId(0);

/// Words that a unit received and emitted.
#[derive(Clone, Copy, Debug, Default)]
struct Words {
    received: u64,
    emitted: u64,
}

/// How many units there are, in all passes together, and what they take in.
#[derive(Clone, Debug, Default)]
struct Units {
    of_layers: Vec<usize>,
    all: usize,
    intake: Intake,
}

/// A unit of the present pass.
#[derive(Clone, Copy, Debug)]
struct PassUnit {
    /// Its index in the chip's signals.
    index: usize,
    layer: Option<usize>,
    /// Frames that it has ended, and frames that it has begun.
    done: u32,
    begun: u32,
    /// It has worked: its layer has begun.
    worked: bool,
    /// It sends, so its frames end with a drain.
    sends: bool,
}

/// The present pass.
#[derive(Clone, Debug, Default)]
struct Pass {
    units: Vec<PassUnit>,
    /// Indices of its frames in the run.
    frames: Vec<usize>,
    blames: Arc<BlameTable>,
}

/// A link: the flit that passed last, when, and how many did.
#[derive(Clone, Copy, Debug, Default)]
struct LinkState {
    at: Cycle,
    flits: u64,
    packet: u32,
    vc: u8,
    /// The unit that gets the data that come over it in the present pass, if the windows ask when it begins a frame.
    receiver: Option<UnitId>,
}

/// Records waves while a program or a network runs: the value of each signal at the end of each cycle.
///
/// A probe cannot stop a run, so failures to write are kept and given back by [`WaveRecorder::finish`].
pub struct WaveRecorder<F> {
    signals: ChipSignals,
    values: Values,
    watch: Watch,
    /// When changes are let through, of those inside the windows.
    test: Option<Test>,
    part: Part<F>,
    /// Inside the windows.
    writing: bool,
    sleep: Sleep,
    tracker: Tracker,
    pass: Pass,
    /// The first frame of the batch in the input: units show frames of the input.
    first_frame: u64,
    /// By index in the chip's signals: words up to the present pass, and up to now. Units count from the beginning of a pass.
    before: Vec<Words>,
    words: Vec<Words>,
    /// What has been taken in of the batch.
    intake: Intake,
    /// The present cycle.
    cycle: Cycle,
    /// By link.
    links: Vec<LinkState>,
    /// Links over which a flit comes in the present cycle.
    flits: Vec<usize>,
    /// Units whose drain ends with the present cycle.
    drained: Vec<UnitId>,
    summary: WaveSummary,
    topology: Topology,
    /// Virtual channels of tokens, as a mask.
    token_vcs: u32,
    /// Credits and owners of outputs are recorded.
    shows_outputs: bool,
}

impl<F: Write + Seek + Send + 'static> WaveRecorder<F> {
    /// Begins files with the waves of a simulator's program, as a plan says.
    ///
    /// # Errors
    /// As [`WavePlan::check`] for a batch of these `frames` of the input; the system's answer.
    pub fn of_simulator(
        simulator: &Simulator,
        plan: &WavePlan,
        frames: Range<usize>,
        files: Vec<(F, WaveFormat)>,
    ) -> Result<WaveRecorder<F>, WaveError> {
        let signals = ChipSignals::of_simulator(simulator, plan.choice());
        let mut units_of_layers = vec![0; signals.layers.len()];
        let maps = simulator.passes().iter().flat_map(|pass| &pass.output_maps);
        maps.flatten().for_each(|map| units_of_layers[usize::from(map.0)] += 1);
        let all_units = simulator.passes().iter().map(|pass| pass.names.len()).sum();
        let rows = simulator.passes().first().and_then(|pass| pass.hrc.as_ref()).map(|hrc| hrc.rows());
        let intake = Intake::new(frames.len(), simulator.passes().len(), rows);
        let units = Units { of_layers: units_of_layers, all: all_units, intake };
        WaveRecorder::new(signals, &simulator.device().network_config(), units, frames, plan, files)
    }

    /// Begins files with the waves of a network without units.
    ///
    /// # Errors
    /// Names that nothing has, windows of frames or layers; the system's answer.
    pub fn of_network(
        config: &Config,
        plan: &WavePlan,
        files: Vec<(F, WaveFormat)>,
    ) -> Result<WaveRecorder<F>, WaveError> {
        let signals = ChipSignals::of_network(config, plan.choice());
        WaveRecorder::new(signals, config, Units::default(), 0..0, plan, files)
    }

    fn new(
        signals: ChipSignals,
        config: &Config,
        units: Units,
        frames: Range<usize>,
        plan: &WavePlan,
        files: Vec<(F, WaveFormat)>,
    ) -> Result<WaveRecorder<F>, WaveError> {
        let first_frame = frames.start as u64;
        let Resolved { recorded, catalogue, windows, test } = plan.resolve(&signals, frames)?;
        let topology = Topology::new(config);
        let links = topology.links().iter().map(|link| link.name.clone()).collect();
        let summary = WaveSummary::new(&signals, catalogue.clone(), links, plan.scale);
        let output = OutputPlan { catalogue, scale: plan.scale, counter: signals.cycle, limit: plan.limit };
        let output = Output::new(files, &output)?;
        let count = signals.catalogue.len();
        let around = plan.when.as_ref().map(|when| Cut::around(when.before, when.after, count));
        let part = Part::new(output, around, plan.last, count);
        // The last cycles are counted from the last one of which something is heard.
        let follows_all = plan.when.is_some() || plan.last.is_some() || plan.routers;
        let is_allowed = !follows_all && !plan.windows.is_empty() && !signals.units.is_empty();
        let words = vec![Words::default(); signals.units.len()];
        let mut values = Values::new(&recorded);
        signals.outputs().for_each(|output| values.set(output.credits, config.depth.into()));
        Ok(WaveRecorder {
            values,
            watch: Watch::new(&windows, units.of_layers, units.all),
            test,
            part,
            writing: false,
            sleep: Sleep { is_allowed, ..Sleep::default() },
            tracker: Tracker::default(),
            pass: Pass::default(),
            first_frame,
            intake: units.intake,
            before: words.clone(),
            words,
            shows_outputs: plan.routers,
            signals,
            links: vec![LinkState::default(); topology.links().len()],
            cycle: 0,
            flits: Vec::new(),
            drained: Vec::new(),
            summary,
            topology,
            token_vcs: config.classes.get(TrafficClass::Token as usize).map_or(0, |range| range.mask()),
        })
    }

    /// Writes what is still open, and gives back the files, each with its own failure. Waves of a run that ended early are marked as a part, with the
    /// reason.
    pub fn finish(mut self, partial: Option<&str>) -> (Vec<io::Result<FinishedWave<F>>>, WaveSummary) {
        let end = self.cycle;
        if self.sleeps() {
            self.wake();
        }
        // In the next cycle no flit arrives; one more ends it.
        self.advance(end + 2);
        let (files, span) = self.part.finish(end, partial);
        self.summary.span = span.unwrap_or_default();
        let flits = self.links.iter().map(|link| link.flits);
        self.summary.links.iter_mut().zip(flits).for_each(|(link, flits)| link.1 = flits);
        (files, self.summary)
    }

    /// The sizes of the files while they are written.
    pub fn sizes(&self) -> WaveSizes {
        self.part.sizes().clone()
    }

    /// Ends the cycles before `cycle`.
    #[inline(always)]
    fn advance(&mut self, cycle: Cycle) {
        if self.cycle < cycle {
            if cycle < self.sleep.until {
                self.cycle = cycle;
            } else {
                self.go_on(cycle);
            }
        }
    }

    /// Ends the cycles before a later `cycle`, awake.
    #[inline(never)]
    fn go_on(&mut self, cycle: Cycle) {
        if self.sleeps() {
            self.wake();
        }
        if self.is_outside_until(cycle) {
            self.pass_over(cycle);
        } else {
            self.end_cycles(cycle);
        }
        self.rest();
    }

    /// Whether nothing is written of the cycles before `cycle`, and no condition looks at them.
    fn is_outside_until(&self, cycle: Cycle) -> bool {
        !self.shows_links()
            && !self.watch.contains(self.cycle)
            && self.watch.next_edge(self.cycle, false).is_none_or(|edge| edge >= cycle)
    }

    /// Ends the cycles before `cycle`, of which nothing is written.
    fn pass_over(&mut self, cycle: Cycle) {
        self.cycle = cycle;
        self.watch.end_cycle();
        self.flits.clear();
        while let Some(unit) = self.drained.pop() {
            self.show_phase(unit);
        }
    }

    /// Whether signals of links are kept: they change most, and outside of the windows nobody looks at them.
    fn shows_links(&self) -> bool {
        self.writing || self.test.is_some()
    }

    /// Sets the signals of a link to a flit that comes over it in the present cycle.
    #[inline]
    fn show_flit(&mut self, index: usize, event: &FlitEvent) {
        self.flits.push(index);
        if let Some(link) = &self.signals.links[index] {
            self.values.set(link.valid, 1);
            self.values.set(link.packet, event.tag.into());
            self.values.set(link.vc, event.vc.into());
        }
    }

    /// Sets the signals of all links to what they are in the present cycle.
    fn show_links(&mut self) {
        for (link, state) in self.signals.links.iter().zip(&self.links) {
            if let (Some(link), 1..) = (link, state.flits) {
                self.values.set(link.packet, state.packet.into());
                self.values.set(link.vc, state.vc.into());
            }
        }
        for &link in &self.flits {
            if let Some(link) = &self.signals.links[link] {
                self.values.set(link.valid, 1);
            }
        }
    }

    /// A link's `valid` is high in the cycles in which flits arrive over it. Nobody reports a cycle without a flit, so the links of the
    /// present cycle fall in the next one, unless a flit raises them again before that one ends. So with units that drain: the tail takes the cycle
    /// in which it leaves.
    fn end_cycles(&mut self, cycle: Cycle) {
        while self.cycle < cycle {
            let present = self.cycle;
            self.end_cycle(present);
            self.cycle = if self.flits.is_empty() && self.drained.is_empty() { cycle } else { present + 1 };
            let mut edge = self.watch.next_edge(present, self.writing);
            while let Some(at) = edge.filter(|&at| at < self.cycle) {
                self.end_cycle(at);
                edge = self.watch.next_edge(at, self.writing);
            }
            self.end_momentary();
        }
    }

    /// What was shown for one cycle: flits on links, the last cycle of drains.
    fn end_momentary(&mut self) {
        for link in self.flits.drain(..) {
            if let Some(link) = &self.signals.links[link] {
                self.values.set(link.valid, 0);
            }
        }
        while let Some(unit) = self.drained.pop() {
            self.show_phase(unit);
        }
    }

    /// Gives the changes of a cycle to the files if it is inside the windows.
    fn end_cycle(&mut self, cycle: Cycle) {
        let inside = self.watch.contains(cycle);
        match (self.writing, inside) {
            (true, true) => self.values.end_cycle(|change| self.part.change(change)),
            (false, true) => {
                self.show_links();
                self.values.begin(|change| self.part.change(change));
            }
            (true, false) => self.values.end(|signal| self.part.forget(signal)),
            (false, false) => {}
        }
        self.writing = inside;
        let holds = self.test.as_ref().is_some_and(|test| test.holds(&self.values));
        self.part.end_cycle(cycle, holds);
        self.watch.end_cycle();
    }

    /// Shows the status of a unit of the present pass, whose words count from the beginning of the pass.
    fn show(&mut self, id: UnitId, status: &UnitStatus) {
        if id == FIRST {
            self.intake.at(status.column);
        }
        self.show_at(self.pass.units[id.0 as usize].index, status);
    }

    /// The same of a unit by its index in the chip's signals.
    fn show_at(&mut self, unit: usize, status: &UnitStatus) {
        let before = self.before[unit];
        let received = before.received + status.received;
        let emitted = before.emitted + status.emitted;
        self.words[unit] = Words { received, emitted };
        let (signals, values) = (&self.signals.units[unit], &mut self.values);
        values.set(signals.state, status.state as u64);
        values.set(signals.filter_group, status.filter_group.into());
        values.set(signals.column, status.column.into());
        values.set(signals.fifo, status.fifo.into());
        values.set(signals.received, received);
        values.set(signals.emitted, emitted);
    }

    /// Shows phase and frame of a unit of the present pass.
    fn show_phase(&mut self, id: UnitId) {
        let (reason, done) = self.tracker.during(id, self.cycle);
        let unit = self.pass.units[id.0 as usize];
        let signals = &self.signals.units[unit.index];
        let phase = Phase::from(reason);
        self.values.set(signals.phase, phase as u64);
        let frame = (done as usize).min(self.pass.frames.len().saturating_sub(1));
        self.values
            .set(signals.frame, self.first_frame + self.pass.frames.get(frame).copied().unwrap_or(0) as u64);
    }

    /// Shows phase and frame of a unit that may have ended its drain in the present cycle.
    fn show_now(&mut self, unit: UnitId) {
        if self.tracker.during(unit, self.cycle) != self.tracker.present(unit) {
            self.drained.push(unit);
        }
        self.show_phase(unit);
    }

    /// A unit has acted.
    fn acted_seen(&mut self, cycle: Cycle, unit: UnitId, act: Act, state: UnitState, done: usize) {
        self.advance(cycle);
        self.tracker.acted(cycle, unit, act, (state, done), &self.pass.blames, &mut |_| {});
        self.follow(unit, state, done);
        self.show_now(unit);
    }

    /// A unit has acted while nobody looked. Nothing follows from most acts.
    #[inline(always)]
    fn acted_unseen(&mut self, cycle: Cycle, id: UnitId, state: UnitState, done: usize) {
        let PassUnit { done: known, begun, worked, .. } = self.pass.units[id.0 as usize];
        let goes_on = known as usize == done && (state == UnitState::Idle || worked && begun > known);
        if !goes_on {
            self.cycle = cycle;
            self.follow(id, state, done);
        }
    }

    /// Tells the windows of the frames that a unit has ended and begun, and the summary that its layer has begun.
    fn follow(&mut self, id: UnitId, state: UnitState, done: usize) {
        let unit = &mut self.pass.units[id.0 as usize];
        let layer = unit.layer;
        while (unit.done as usize) < done {
            let frame = self.pass.frames[unit.done as usize];
            unit.done += 1;
            unit.begun = unit.begun.max(unit.done);
            self.watch.ends(layer, frame);
        }
        if state != UnitState::Idle {
            if let (Some(layer), false) = (layer, std::mem::replace(&mut unit.worked, true)) {
                self.summary.layer_begins(layer, self.cycle);
            }
            self.begins(id);
        }
        if id == FIRST {
            self.intake.ended(done);
            self.part.takes_in(self.intake.share());
        }
    }

    /// A flit has reached a unit: with a token nothing begins.
    #[inline]
    fn arrives(&mut self, cycle: Cycle, unit: UnitId, vc: u8) {
        let PassUnit { done, begun, .. } = self.pass.units[unit.0 as usize];
        if begun == done && self.token_vcs >> vc & 1 == 0 {
            self.cycle = cycle;
            self.begins(unit);
        }
    }

    /// A unit has something of its next frame.
    fn begins(&mut self, UnitId(id): UnitId) {
        let unit = &mut self.pass.units[id as usize];
        if unit.begun == unit.done
            && let Some(&frame) = self.pass.frames.get(unit.done as usize)
        {
            unit.begun += 1;
            self.watch.begins(unit.layer, frame);
            if self.sleeps() && self.watch.is_open() {
                self.wake();
            }
        }
    }

    /// Units begin a pass at rest, and those that it does not use stay so.
    fn begin_units(&mut self, pass: usize, units: &[String], layers: &[Option<usize>], frames: &[usize]) {
        self.drained.clear();
        self.before.clone_from(&self.words);
        let frame = self.first_frame + frames.first().copied().unwrap_or(0) as u64;
        for unit in 0..self.words.len() {
            self.show_at(unit, &UnitStatus::default());
            let signals = &self.signals.units[unit];
            self.values.set(signals.phase, Phase::Idle as u64);
            self.values.set(signals.layer, NO_LAYER);
            self.values.set(signals.frame, frame);
        }
        let units = units.iter().zip(layers).map(|(name, &layer)| {
            let index = self.signals.unit_by_name[name];
            let shown = layer.map_or(NO_LAYER, |layer| layer as u64 + 1);
            self.values.set(self.signals.units[index].layer, shown);
            PassUnit { index, layer, done: 0, begun: 0, worked: false, sends: false }
        });
        self.pass.units = units.collect();
        // Asleep it was told at the end of the pass before, for the words of its units; what it is not told goes on.
        let sleeps = self.sleeps();
        self.sleep.lost_buffers |= sleeps;
        self.sleep.lost_statuses |= sleeps;
        self.pass.frames = frames.to_vec();
        if let Some(signal) = self.signals.pass {
            self.values.set(signal, pass as u64);
        }
        self.tracker.begin(self.pass.units.len(), frames.len(), self.cycle);
    }
}

//! The sums over the finished frames of a run: what is kept while frames come and go.

use std::time::Duration;

use super::counter::Counter;
use super::sink::FinishedBatch;
use super::stats::Stats;
use crate::mesh::{HostSpeed, Simulator};
use crate::noc::Cycle;

/// Sums over finished frames.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// Counters by layer and unit.
    pub stats: Stats,
    /// Simulated clocks of all batches.
    pub clocks: Cycle,
    /// Over frames: their cycles.
    pub cycles: Cycle,
    /// Fewest and most cycles of a frame.
    pub min_cycles: Cycle,
    /// Most cycles of a frame.
    pub max_cycles: Cycle,
    /// Frames that were compared.
    pub compared: u64,
    /// Frames that differ from the engine.
    pub different: u64,
    /// The first of them, as a sentence.
    pub first_difference: Option<String>,
    /// For each output with labels: frames whose class is their label.
    pub right: Vec<u64>,
    /// Host time of all batches in nanoseconds, summed over threads.
    simulating: u64,
}

impl Tally {
    /// No frame yet; `labelled` outputs have labels.
    pub fn new(simulator: &Simulator, labelled: usize) -> Tally {
        Tally {
            stats: Stats::new(simulator),
            clocks: 0,
            cycles: 0,
            min_cycles: Cycle::MAX,
            max_cycles: 0,
            compared: 0,
            different: 0,
            first_difference: None,
            right: vec![0; labelled],
            simulating: 0,
        }
    }

    /// Finished frames.
    pub fn frames(&self) -> usize {
        self.stats.finished()
    }

    /// Adds a batch.
    pub fn add(&mut self, batch: &FinishedBatch) {
        self.stats.add(&batch.outcome, &batch.activity, &batch.reasons);
        self.compared += batch.compared as u64;
        self.different += batch.differences.len() as u64;
        if self.first_difference.is_none() {
            self.first_difference = batch.differences.first().map(ToString::to_string);
        }
        self.simulating += u64::try_from(batch.simulating.as_nanos()).unwrap_or(u64::MAX);
        if let (Some(first), Some(last)) = (batch.outcome.frames.first(), batch.outcome.frames.last()) {
            self.clocks += last.end - first.start;
        }
        for frame in &batch.outcome.frames {
            let cycles = frame.end - frame.start;
            self.cycles += cycles;
            self.min_cycles = self.min_cycles.min(cycles);
            self.max_cycles = self.max_cycles.max(cycles);
        }
    }

    /// Speed of the host, on a device with this clock.
    pub fn host(&self, clock_hz: u64) -> HostSpeed {
        HostSpeed::new(self.clocks, Duration::from_nanos(self.simulating).as_secs_f64(), clock_hz)
    }

    /// Visits every number that adds up, always in the same order: a journal saves and restores them with it.
    pub fn each_counter(&mut self, visit: &mut dyn FnMut(&mut dyn Counter)) {
        let Tally {
            stats,
            clocks,
            cycles,
            min_cycles,
            max_cycles,
            compared,
            different,
            first_difference: _,
            right,
            simulating,
        } = self;
        stats.each_counter(visit);
        for counter in [clocks, cycles, min_cycles, max_cycles, compared, different, simulating] {
            visit(counter);
        }
        right.iter_mut().for_each(|counter| visit(counter));
    }
}

//! The results of a job, all in memory.

use std::path::Path;

use super::error::Error;
use super::hashed_file::FileRecord;
use super::output_array::output_of;
use super::sink::{FinishedBatch, Sink};
use super::stats::Stats;
use super::tally::Tally;
use crate::engine::Output;
use crate::golden::Difference;
use crate::isa::Program;
use crate::mesh::probe::Spike;
use crate::mesh::{HostSpeed, Simulator};
use crate::noc::Cycle;

/// One finished frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameResult {
    /// Clocks from the first value taken in to the last output at the event DMA.
    pub cycles: Cycle,
    /// The output map (w, h, c).
    pub output: Vec<i32>,
}

/// The finished frames of a job, compared, with their counters.
#[derive(Debug)]
pub struct RunResults {
    /// Finished frames, in the order of the input.
    pub frames: Vec<FrameResult>,
    /// The first difference of every frame that differs from the engine.
    pub differences: Vec<Difference>,
    /// Finished frames that were compared. A stop leaves frames that were not.
    pub compared: usize,
    /// Every event of the finished frames if the job asked for them: batch by batch, in each in the order of emission.
    pub events: Vec<Spike>,
    /// Counters by frame, layer and unit.
    pub stats: Stats,
    /// Speed of the simulation on this host.
    pub host: HostSpeed,
}

impl RunResults {
    /// The outputs of all frames of a run of `program`.
    pub fn output(&self, program: &Program) -> Output {
        output_of(program, self.frames.iter().map(|frame| frame.output.as_slice()))
    }
}

/// Keeps everything.
pub(super) struct Collector {
    frames: Vec<FrameResult>,
    differences: Vec<Difference>,
    events: Vec<Spike>,
    tally: Tally,
}

impl Collector {
    pub fn new(simulator: &Simulator) -> Collector {
        Collector {
            frames: Vec::new(),
            differences: Vec::new(),
            events: Vec::new(),
            tally: Tally::new(simulator),
        }
    }

    /// What was collected, on a device with this clock.
    pub fn results(self, clock_hz: u64) -> RunResults {
        let Collector { frames, differences, events, tally } = self;
        let (compared, host) = (tally.compared as usize, tally.host(clock_hz));
        RunResults { frames, differences, compared, events, host, stats: tally.stats }
    }
}

impl Sink for Collector {
    fn batch(&mut self, batch: FinishedBatch) -> Result<(), Error> {
        self.tally.add(&batch);
        self.differences.extend(batch.differences);
        self.events.extend(batch.events);
        self.frames.extend(
            batch
                .outcome
                .frames
                .into_iter()
                .map(|frame| FrameResult { cycles: frame.end - frame.start, output: frame.output }),
        );
        Ok(())
    }

    fn unfinished(&mut self, batch: FinishedBatch) -> Result<(), Error> {
        self.batch(batch)
    }

    fn written(&mut self, _: &Path, _: FileRecord) -> Result<(), Error> {
        Ok(())
    }
}

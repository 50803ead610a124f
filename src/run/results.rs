//! The results of a job.

use std::time::Duration;

use super::batch::BatchResult;
use super::error::Error;
use super::stats::Stats;
use crate::engine::Output;
use crate::golden::Difference;
use crate::isa::Program;
use crate::mesh::probe::Spike;
use crate::mesh::{EarlyEnd, End, HostSpeed, Simulator};
use crate::noc::Cycle;
use crate::tensor::{Dense, Sparse};

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
    /// Host time of all batches, summed over threads.
    simulating: Duration,
    /// Simulated clocks of all batches.
    clocks: Cycle,
}

impl RunResults {
    /// No frame yet.
    pub(super) fn new(simulator: &Simulator) -> RunResults {
        RunResults {
            frames: Vec::new(),
            differences: Vec::new(),
            compared: 0,
            events: Vec::new(),
            stats: Stats::new(simulator),
            host: HostSpeed::default(),
            simulating: Duration::ZERO,
            clocks: 0,
        }
    }

    /// Sets the speed of the host once all batches were added.
    pub(super) fn finish(&mut self, clock_hz: u64) {
        self.host = HostSpeed::new(self.clocks, self.simulating.as_secs_f64(), clock_hz);
    }

    /// The outputs of all frames of a run of `program`.
    pub fn output(&self, program: &Program) -> Output {
        let buffer = &program.buffers[usize::from(program.output.0)];
        let map = buffer.map;
        let shape = [self.frames.len(), map.width as usize, map.height as usize, map.channels as usize];
        let values = self.frames.iter().flat_map(|frame| &frame.output);
        if buffer.potentials {
            Output::Potentials(Dense { shape, data: values.copied().collect() })
        } else {
            // Levels are 4 bits.
            let data = values.map(|level| *level as u8).collect();
            Output::Levels(Sparse::from_dense(&Dense { shape, data }))
        }
    }

    /// Adds a batch. Of a batch that ended early the frames that are whole are results.
    pub(super) fn add(&mut self, batch: BatchResult) -> Result<(), EarlyEnd<Error>> {
        let BatchResult { mut outcome, end, differences, compared, events, simulating } = batch;
        self.differences.extend(differences);
        self.compared += compared.min(outcome.finished);
        outcome.keep_finished();
        self.simulating += simulating;
        if let (Some(first), Some(last)) = (outcome.frames.first(), outcome.frames.last()) {
            self.clocks += last.end - first.start;
        }
        let whole = self.frames.len() + outcome.frames.len();
        self.events.extend(events.into_iter().filter(|event| (event.frame as usize) < whole));
        self.stats.add(&outcome);
        let frames = outcome.frames.into_iter();
        self.frames.extend(
            frames.map(|frame| FrameResult { cycles: frame.end - frame.start, output: frame.output }),
        );
        match end {
            End::Finished => Ok(()),
            End::Early(early) => Err(early),
        }
    }
}

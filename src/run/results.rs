//! The results of a job, all in memory.

use std::path::Path;

use super::error::Error;
use super::hashed_file::FileRecord;
use super::layer_frames::LayerFrame;
use super::output_array::{OutputArray, output_arrays};
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
    /// The outputs (w, h, c), in the order of the program's.
    pub outputs: Vec<Vec<i32>>,
    /// Every layer, in the order of the program's output maps, if the job asked for them.
    pub(crate) layers: Vec<LayerFrame>,
    /// The maps (w, h, c) of these layers, if the job asked for them, of the first frames: as many as [`KEPT_VALUES`] allows.
    pub(crate) maps: Vec<Vec<i32>>,
}

/// Values of maps that the results of a job keep.
const KEPT_VALUES: usize = 1 << 24;

impl FrameResult {
    /// The output of the last layer.
    pub fn output(&self) -> &[i32] {
        self.outputs.last().map_or(&[], Vec::as_slice)
    }
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
    /// The last layer's output of all frames of a run of `program`.
    pub fn output(&self, program: &Program) -> Output {
        self.outputs(program).pop().map(|(_, output)| output).expect("a program has an output")
    }

    /// Every output of all frames of a run of `program`, with its layer's name, in the order of layers.
    pub fn outputs(&self, program: &Program) -> Vec<(String, Output)> {
        let of = |(index, array): (usize, OutputArray)| {
            let output = array.output(self.frames.iter().map(|frame| frame.outputs[index].as_slice()));
            (array.name, output)
        };
        output_arrays(program).into_iter().enumerate().map(of).collect()
    }
}

/// Keeps everything.
pub(super) struct Collector {
    frames: Vec<FrameResult>,
    differences: Vec<Difference>,
    events: Vec<Spike>,
    tally: Tally,
    /// Values that may still be kept.
    room: usize,
}

impl Collector {
    pub fn new(simulator: &Simulator) -> Collector {
        Collector {
            frames: Vec::new(),
            differences: Vec::new(),
            events: Vec::new(),
            tally: Tally::new(simulator, 0),
            room: KEPT_VALUES,
        }
    }

    /// What was collected, on a device with this clock.
    pub fn results(self, clock_hz: u64) -> RunResults {
        let Collector { frames, differences, events, tally, .. } = self;
        let (compared, host) = (tally.compared as usize, tally.host(clock_hz));
        RunResults { frames, differences, compared, events, host, stats: tally.stats }
    }
}

impl Sink for Collector {
    fn batch(&mut self, batch: FinishedBatch) -> Result<(), Error> {
        self.tally.add(&batch);
        self.differences.extend(batch.differences);
        self.events.extend(batch.events);
        let mut layers = batch.layers.into_iter();
        for frame in batch.outcome.frames {
            let values = frame.output_maps.iter().map(Vec::len).sum();
            // Behind the first frame that is not kept none is.
            self.room = self.room.saturating_sub(values);
            let maps = if self.room > 0 { frame.output_maps } else { Vec::new() };
            self.frames.push(FrameResult {
                cycles: frame.end - frame.start,
                outputs: frame.outputs,
                layers: layers.next().unwrap_or_default(),
                maps,
            });
        }
        Ok(())
    }

    fn unfinished(&mut self, batch: FinishedBatch) -> Result<(), Error> {
        self.batch(batch)
    }

    fn written(&mut self, _: &Path, _: FileRecord) -> Result<(), Error> {
        Ok(())
    }
}

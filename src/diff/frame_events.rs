//! The events of a run that is simulated again, frame by frame.

use std::collections::VecDeque;

use super::events_unknown::EventsUnknown;
use crate::Stop;
use crate::isa::OutputMapId;
use crate::mesh::probe::{Origin, PassBegin, Probe};
use crate::mesh::{Emission, Frame, SimulationOptions, UnitId};
use crate::noc::{self, Cycle};
use crate::run::{FrameSource, Rerun};

/// An event of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LayerEvent {
    /// Column, row, feature.
    pub place: (u32, u32, u32),
    /// When.
    pub cycle: Cycle,
    pub value: i32,
    /// The pass and the unit that emitted it.
    pub unit: (usize, u32),
}

/// The events of a frame.
pub(super) struct FrameEvents {
    /// The first cycle in which it was taken in.
    pub start: Cycle,
    /// By output map; in each in the order of places.
    pub layers: Vec<Vec<LayerEvent>>,
}

/// Gives the events of each frame, in their order.
pub(super) struct EventReader<'a> {
    rerun: &'a Rerun,
    source: FrameSource<'a>,
    options: SimulationOptions,
    /// The first frame of the next batch.
    next: usize,
    ready: VecDeque<FrameEvents>,
}

impl<'a> EventReader<'a> {
    /// Nothing simulated yet.
    ///
    /// # Errors
    /// The input does not fit the program.
    pub fn new(rerun: &'a Rerun, stop: &Stop) -> Result<EventReader<'a>, EventsUnknown> {
        let source = FrameSource::new(rerun.simulator.program(), &rerun.input);
        let source = source.map_err(|error| EventsUnknown::of(&error))?;
        let options =
            SimulationOptions { record_output_maps: false, max_cycles: rerun.max_cycles, stop: stop.clone() };
        Ok(EventReader { rerun, source, options, next: 0, ready: VecDeque::new() })
    }

    /// Frames of the run.
    pub fn frames(&self) -> usize {
        self.source.count()
    }

    /// The name of a unit.
    pub fn unit(&self, (pass, unit): (usize, u32)) -> String {
        self.rerun.simulator.passes()[pass].names[unit as usize].clone()
    }

    /// The next frame; a batch is simulated when its first frame is asked for.
    ///
    /// # Errors
    /// It ends early.
    pub fn next(&mut self) -> Result<Option<FrameEvents>, EventsUnknown> {
        if let Some(frame) = self.ready.pop_front() {
            return Ok(Some(frame));
        }
        let end = self.frames().min(self.next + self.rerun.batch.max(1));
        if self.next >= end {
            return Ok(None);
        }
        let frames: Vec<Frame> = (self.next..end).map(|index| self.source.frame(index)).collect();
        self.next = end;
        let maps = self.rerun.simulator.program().output_maps.len();
        let mut recorder = Recorder { pass: 0, frames: vec![vec![Vec::new(); maps]; frames.len()] };
        let ended = self.rerun.simulator.run(&frames, 0, &self.options, &mut recorder);
        let outcome = ended.into_finished().map_err(|early| EventsUnknown::of(&early.end))?;
        for (frame, mut layers) in outcome.frames.iter().zip(recorder.frames) {
            layers.iter_mut().for_each(|events| events.sort_unstable());
            self.ready.push_back(FrameEvents { start: frame.start, layers });
        }
        Ok(self.ready.pop_front())
    }
}

/// Keeps events with the units that emit them.
struct Recorder {
    pass: usize,
    /// By frame and output map.
    frames: Vec<Vec<Vec<LayerEvent>>>,
}

/// It looks at no flit, grant or buffer.
impl noc::Probe for Recorder {
    const OBSERVES_NETWORK: bool = false;
}

impl Probe for Recorder {
    fn begin(&mut self, pass: &PassBegin) {
        self.pass = pass.index;
    }

    fn emitted(&mut self, cycle: Cycle, UnitId(unit): UnitId, origin: Origin, events: &[Emission]) {
        let OutputMapId(map) = origin.output_map;
        let event = |&Emission { x, y, c, value }: &Emission| LayerEvent {
            place: (x, y, c),
            cycle,
            value,
            unit: (self.pass, unit),
        };
        self.frames[origin.frame][usize::from(map)].extend(events.iter().map(event));
    }
}

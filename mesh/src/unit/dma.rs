//! The event DMA: maps from host memory into the mesh, and back.

use spikemesh_isa::packet::{Event, Head};
use spikemesh_isa::{Activation, MapShape};

use super::context::UnitContext;
use super::emission::Emission;
use super::frame_record::FrameRecord;
use super::id::UnitId;
use super::inbox::Inbox;
use super::outbox::{Flow, Outbox};
use super::packets::Packet;
use super::protocol_error::ProtocolError;
use super::sequencer::{Sequencer, Step, StepSource};
use super::status::{UnitState, UnitStatus};
use spikemesh_device::Clocks;
use spikemesh_noc::BitSet;

/// What does not change about a buffer that is injected.
#[derive(Clone, Debug)]
pub struct SourcePlan {
    /// Size of the buffer.
    pub map: MapShape,
    /// Where its events go.
    pub flows: Vec<Flow>,
    /// Events that the output FIFO holds.
    pub fifo: u32,
    /// Bits of a level.
    pub bits: u8,
}

/// The steps of one frame: a column each, which costs no time but that of the flits.
pub struct ColumnSteps {
    map: MapShape,
    column: u32,
    /// Events, ascending by (x, y, c).
    events: Vec<Emission>,
}

impl StepSource for ColumnSteps {
    fn next(&mut self) -> Option<Step> {
        if self.column == self.map.width {
            return None;
        }
        let column = self.column;
        self.column += 1;
        let first = self.events.partition_point(|e| e.x < column) as u32;
        let end = self.events.partition_point(|e| e.x <= column) as u32;
        Some(Step {
            state: UnitState::Inject,
            clocks: Clocks(0),
            filter_group: 0,
            active_filters: 0,
            column,
            first,
            end,
            close: true,
        })
    }

    fn emit(&self, step: &Step, out: &mut Vec<Emission>) {
        out.extend_from_slice(&self.events[step.first as usize..step.end as usize]);
    }
}

/// The event DMA injecting a buffer: one frame after the other.
pub struct Source<'p> {
    frames: Vec<&'p [i32]>,
    next: usize,
    /// Its steps and its output.
    pub sequencer: Sequencer<'p, ColumnSteps>,
}

impl<'p> Source<'p> {
    /// A source after reset, with the maps that it will inject: (column, row, channel) each, 0 is no event.
    pub fn new(plan: &'p SourcePlan, frames: Vec<&'p [i32]>) -> Source<'p> {
        let steps = ColumnSteps { map: plan.map, column: plan.map.width, events: Vec::new() };
        let outbox = Outbox::new(&plan.flows, Activation::Levels { bits: plan.bits }, plan.fifo);
        Source { frames, next: 0, sequencer: Sequencer::new(steps, outbox) }
    }

    /// Starts on the next map, if there is one.
    pub fn start(&mut self, cycle: u64, context: &mut UnitContext) {
        let Some(&values) = self.frames.get(self.next) else { return };
        self.next += 1;
        let steps = &mut self.sequencer.steps;
        steps.column = 0;
        steps.events.clear();
        let map = steps.map;
        let mut values = values.iter();
        for x in 0..map.width {
            for y in 0..map.height {
                for (c, &value) in (0..map.channels).zip(&mut values) {
                    if value != 0 {
                        steps.events.push(Emission { x, y, c, value });
                    }
                }
            }
        }
        let received = steps.events.len() as u64;
        self.sequencer.start(cycle, received, context);
    }

    /// A packet's tail has left.
    pub fn sent(&mut self, context: &mut UnitContext, batch: u32) {
        if self.sequencer.sent(batch, context) {
            self.start(context.now + 1, context);
        }
    }
}

/// The event DMA collecting a buffer.
pub struct Sink {
    map: MapShape,
    potentials: bool,
    inbox: Inbox,
    values: Vec<i32>,
    /// A bit per value written in this frame.
    written: BitSet,
    /// Collected maps, (column, row, channel) each.
    pub collected: Vec<Vec<i32>>,
    first_word: Option<u64>,
    frames: Vec<FrameRecord>,
}

impl Sink {
    /// A sink after reset.
    pub fn new(map: MapShape, potentials: bool, producers: Vec<UnitId>) -> Sink {
        Sink {
            map,
            potentials,
            inbox: Inbox::new(producers),
            values: vec![0; map.len()],
            written: BitSet::new(map.len()),
            collected: Vec::new(),
            first_word: None,
            frames: Vec::new(),
        }
    }

    /// A packet has arrived.
    pub fn arrived(&mut self, context: &mut UnitContext, packet: &Packet) -> Result<(), ProtocolError> {
        match packet.head {
            Head::MapFree | Head::Marker { .. } => {}
            Head::Events { base } if !self.potentials => {
                for &word in packet.words() {
                    let event = Event(word);
                    let (column, row) = (base.column() + event.x(), base.row() + event.y());
                    let feature = base.feature() + event.feature();
                    self.write(column, row, feature, event.value() as i32)?;
                }
            }
            Head::Potentials { x, row, feature } if self.potentials => {
                for (offset, &word) in packet.words().iter().enumerate() {
                    self.write(x, row, feature + offset as u32, word as i32)?;
                }
            }
            Head::Events { .. } | Head::Potentials { .. } => return Err(ProtocolError::OutsideMap),
        }
        self.first_word.get_or_insert(context.now);
        self.inbox.count(packet);
        if self.inbox.complete() {
            let map = std::mem::replace(&mut self.values, vec![0; self.map.len()]);
            self.collected.push(map);
            self.written.clear();
            let start = self.first_word.take().unwrap_or(context.now);
            let received = self.inbox.received();
            self.frames.push(FrameRecord {
                start,
                computed: start,
                end: context.now,
                received,
                ..FrameRecord::default()
            });
            self.inbox.free(context);
        }
        Ok(())
    }

    fn write(&mut self, x: u32, y: u32, c: u32, value: i32) -> Result<(), ProtocolError> {
        if x >= self.map.width || y >= self.map.height || c >= self.map.channels {
            return Err(ProtocolError::OutsideMap);
        }
        let index = self.map.index(x, y, c);
        if self.written.contains(index) {
            return Err(ProtocolError::WrittenTwice);
        }
        self.written.insert(index);
        self.values[index] = value;
        Ok(())
    }

    /// What a probe sees.
    pub fn status(&self) -> UnitStatus {
        UnitStatus { state: self.state(), received: self.inbox.received_in_all(), ..UnitStatus::default() }
    }

    /// What it is doing.
    pub fn state(&self) -> UnitState {
        if self.inbox.is_empty() { UnitState::Idle } else { UnitState::Receive }
    }

    /// What it did, frame by frame.
    pub fn frames(&self) -> &[FrameRecord] {
        &self.frames
    }

    /// The maps collected, and last the one as far as it has come.
    pub fn into_collected(mut self) -> Vec<Vec<i32>> {
        self.collected.push(self.values);
        self.collected
    }

    /// What it waits for.
    pub fn waits_for(&self) -> Option<String> {
        (!self.inbox.is_empty()).then(|| self.inbox.waits_for())
    }
}

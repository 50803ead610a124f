//! The neural processor.
//!
//! It sinks packets while it receives. When the markers of all routes are in and the counts match, it computes: from the next cycle on, the steps
//! of its walk, each group of filters in turn. When the last marker has left, the map is cleared and the producers get their tokens.

pub mod convolution;
pub mod fully_connected;

use spikemesh_isa::memory::{Contents, Layout};
use spikemesh_isa::packet::{Event, Head};
use spikemesh_isa::{Activation, NpRecord, Operation, Window};

use super::arithmetic::comparator::Comparators;
use super::arithmetic::events::MapEvents;
use super::inbox::Inbox;
use super::outbox::{Flow, Outbox, Packet};
use super::sequencer::{Sequencer, Step, Walk};
use super::{Defect, Emission, Io, State, Status, UnitId};
use spikemesh_device::Device;

/// Everything about an NP that does not change while it runs.
#[derive(Clone, Debug)]
pub struct NpPlan {
    window: Window,
    flows: Vec<Flow>,
    producers: Vec<UnitId>,
    activation: Activation,
    fifo: u32,
    operation: OperationPlan,
}

#[derive(Clone, Debug)]
enum OperationPlan {
    Convolution(Box<convolution::ConvolutionPlan>),
    FullyConnected(fully_connected::FullyConnectedPlan),
}

/// The potentials of a frame after pooling, or their levels: (column, row, filter), filters padded.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    potentials: Vec<i32>,
    levels: Vec<u8>,
}

impl Outputs {
    /// Turns the potentials into levels, if levels leave the unit.
    fn activate(&mut self, comparators: Option<&Comparators>) {
        if let Some(comparators) = comparators {
            comparators.levels(&self.potentials, &mut self.levels);
        }
    }

    /// What leaves the unit at an index: `None` for no event.
    fn value(&self, index: usize, potentials: bool) -> Option<i32> {
        if potentials {
            Some(self.potentials[index])
        } else {
            Some(i32::from(self.levels[index])).filter(|&l| l > 0)
        }
    }
}

/// Comparators of a unit, from its memory image.
pub fn comparators(activation: Activation, contents: &Contents) -> Option<Comparators> {
    match activation {
        Activation::Levels { bits } => Some(Comparators::new(&contents.thresholds, &contents.steps, bits)),
        Activation::Potentials => None,
    }
}

/// A record asks for what this device's NPs cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Kernels on the mesh are square.
    Kernel(u32, u32),
    /// The device gives no time for this kind of kernel.
    Untimed {
        /// Side of the kernel.
        kernel: u32,
        /// Separable or plain.
        separable: bool,
    },
    /// The memory image does not have the length of its layout.
    Image,
}

impl NpPlan {
    /// Prepares an NP.
    ///
    /// # Errors
    /// Kernels that the device has no times for, and images of the wrong length.
    pub fn new(
        record: &NpRecord,
        device: &Device,
        flows: Vec<Flow>,
        producers: Vec<UnitId>,
    ) -> Result<NpPlan, Unsupported> {
        let contents = Contents::unpack(&record.memory, &Layout::of_np(record)).ok_or(Unsupported::Image)?;
        let operation = match &record.operation {
            Operation::Convolution(c) => OperationPlan::Convolution(Box::new(
                convolution::ConvolutionPlan::new(c, &record.input, record.activation, &contents, device)?,
            )),
            Operation::FullyConnected(fc) => {
                OperationPlan::FullyConnected(fully_connected::FullyConnectedPlan::new(
                    fc,
                    &record.input,
                    record.activation,
                    &contents,
                    device,
                ))
            }
        };
        Ok(NpPlan {
            window: record.input,
            flows,
            producers,
            activation: record.activation,
            fifo: *device.np.fifo_events,
            operation,
        })
    }
}

#[cfg(test)]
impl NpPlan {
    /// Waits for one marker more.
    pub(crate) fn expect(&mut self, producer: UnitId) {
        self.producers.push(producer);
    }
}

/// The steps of an NP.
pub enum NpWalk<'p> {
    /// Of a convolution.
    Convolution(convolution::ConvolutionWalk<'p>),
    /// Of a fully connected layer.
    FullyConnected(fully_connected::FullyConnectedWalk<'p>),
}

impl Walk for NpWalk<'_> {
    fn next(&mut self) -> Option<Step> {
        match self {
            NpWalk::Convolution(walk) => walk.next(),
            NpWalk::FullyConnected(walk) => walk.next(),
        }
    }

    fn emit(&self, step: &Step, out: &mut Vec<Emission>) {
        match self {
            NpWalk::Convolution(walk) => walk.emit(step, out),
            NpWalk::FullyConnected(walk) => walk.emit(step, out),
        }
    }
}

/// A neural processor at work.
pub struct Np<'p> {
    plan: &'p NpPlan,
    /// The input map: (column, local row, channel), 0 is no event.
    map: Vec<u8>,
    events: MapEvents,
    inbox: Inbox,
    /// Its steps and its output.
    pub sequencer: Sequencer<'p, NpWalk<'p>>,
}

impl<'p> Np<'p> {
    /// An NP after reset.
    pub fn new(plan: &'p NpPlan) -> Np<'p> {
        let walk = match &plan.operation {
            OperationPlan::Convolution(plan) => NpWalk::Convolution(convolution::ConvolutionWalk::new(plan)),
            OperationPlan::FullyConnected(plan) => {
                NpWalk::FullyConnected(fully_connected::FullyConnectedWalk::new(plan))
            }
        };
        let window = &plan.window;
        let cells = window.map.width as usize * window.rows.len() as usize * window.map.channels as usize;
        Np {
            plan,
            map: vec![0; cells],
            events: MapEvents::default(),
            inbox: Inbox::new(plan.producers.clone()),
            sequencer: Sequencer::new(walk, Outbox::new(&plan.flows, plan.activation, plan.fifo)),
        }
    }

    /// The present step's time is over.
    pub fn timer(&mut self, io: &mut Io) {
        self.sequencer.timer(io);
    }

    /// A packet's tail has left.
    pub fn sent(&mut self, io: &mut Io, batch: u32) {
        if self.sequencer.sent(batch, io) {
            self.map.fill(0);
            self.inbox.free(io);
        }
    }

    /// A packet has arrived.
    pub fn arrived(&mut self, io: &mut Io, packet: &Packet) -> Result<(), Defect> {
        match packet.head {
            Head::MapFree => {
                self.sequencer.token(io);
                return Ok(());
            }
            _ if !self.sequencer.idle() => return Err(Defect::NotReceiving),
            Head::Marker { .. } => {}
            Head::Potentials { .. } => return Err(Defect::OutsideMap),
            Head::Events { row_base } => {
                for &word in packet.words() {
                    self.write(row_base, Event(word))?;
                }
            }
        }
        self.inbox.count(packet);
        if self.inbox.complete() {
            self.events.list(
                &self.map,
                self.plan.window.map.width as usize,
                self.plan.window.map.channels as usize,
            );
            match &mut self.sequencer.walk {
                NpWalk::Convolution(walk) => walk.start(&self.events),
                NpWalk::FullyConnected(walk) => walk.start(&self.events),
            }
            self.sequencer.start(io.now + 1, self.inbox.received(), io);
        }
        Ok(())
    }

    fn write(&mut self, row_base: u32, event: Event) -> Result<(), Defect> {
        let window = &self.plan.window;
        let row = row_base + event.y();
        if event.x() >= window.map.width || row >= window.rows.len() || event.feature() >= window.map.channels
        {
            return Err(Defect::OutsideMap);
        }
        let position = event.x() as usize * window.rows.len() as usize + row as usize;
        let cell = &mut self.map[position * window.map.channels as usize + event.feature() as usize];
        if *cell != 0 {
            return Err(Defect::WrittenTwice);
        }
        *cell = event.value() as u8;
        Ok(())
    }

    /// What a probe sees.
    pub fn status(&self) -> Status {
        let status = self.sequencer.status();
        if !self.sequencer.idle() {
            return status;
        }
        let state = if self.inbox.is_empty() { State::Idle } else { State::Receive };
        Status { state, received: self.inbox.received(), ..status }
    }

    /// What it waits for.
    pub fn waits_for(&self) -> Option<String> {
        if self.sequencer.idle() {
            (!self.inbox.is_empty()).then(|| self.inbox.waits_for())
        } else {
            self.sequencer.waits_for()
        }
    }
}

//! The neural processor.
//!
//! It sinks packets while it receives. When the markers of all routes are in and the counts match, it computes: from the next cycle on, the steps
//! of its steps, each group of filters in turn. When the last marker has left, the map is cleared and the producers get their tokens.
//!
//! With two input maps it receives into one while it computes from the other. Frames take turns: the parity in a head says which map a packet is for.

mod convolution;
mod fully_connected;
mod outputs;
mod scaled;

pub(crate) use outputs::{Outputs, Unsupported, comparators};

use spikemesh_isa::memory::{Contents, Layout};
use spikemesh_isa::packet::{Base, Event, Head};
use spikemesh_isa::{Activation, NpRecord, Operation, Window};

use super::arithmetic::scratch::Scratch;
use super::context::UnitContext;
use super::emission::Emission;
use super::id::UnitId;
use super::inbox::Inbox;
use super::outbox::{Flow, Outbox};
use super::packets::Packet;
use super::protocol_error::ProtocolError;
use super::sequencer::{Sequencer, Step, StepSource};
use super::status::{UnitState, UnitStatus};
use super::step_scale::StepScale;
use spikemesh_device::Device;

/// Everything about an NP that does not change while it runs.
#[derive(Clone, Debug)]
pub struct NpPlan {
    window: Window,
    flows: Vec<Flow>,
    producers: Vec<UnitId>,
    activation: Activation,
    /// Events that its output FIFO holds.
    pub fifo: u32,
    event_bytes: u32,
    /// What its steps take.
    pub scale: StepScale,
    /// Input maps, 1 or 2.
    pub input_maps: u8,
    operation: OperationPlan,
}

#[derive(Clone, Debug)]
enum OperationPlan {
    Convolution(Box<convolution::ConvolutionPlan>),
    FullyConnected(fully_connected::FullyConnectedPlan),
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
            fifo: device.fifo_events(record.np.0),
            event_bytes: *device.np.event_bytes,
            scale: StepScale::of_all(device.clock_scale(record.np.0)),
            input_maps: *device.np.input_maps as u8,
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

    /// Sends to nobody.
    pub(crate) fn fall_silent(&mut self) {
        self.flows.clear();
    }
}

/// The steps of an NP.
pub enum NpSteps<'p> {
    /// Of a convolution.
    Convolution(Box<convolution::ConvolutionSteps<'p>>),
    /// Of a fully connected layer.
    FullyConnected(fully_connected::FullyConnectedSteps<'p>),
    /// Of either, on an NP with a clock of its own.
    Scaled(Box<scaled::ScaledSteps<NpSteps<'p>>>),
}

impl NpSteps<'_> {
    /// Starts a frame with its input map. Returns the bytes of weights and potentials that it reads and writes.
    fn start(&mut self, map: &[u8], scratch: &mut Scratch) -> u64 {
        match self {
            NpSteps::Convolution(steps) => steps.start(map, scratch),
            NpSteps::FullyConnected(steps) => steps.start(map, scratch),
            NpSteps::Scaled(steps) => steps.start().start(map, scratch),
        }
    }
}

impl StepSource for NpSteps<'_> {
    fn next(&mut self) -> Option<Step> {
        match self {
            NpSteps::Convolution(steps) => steps.next(),
            NpSteps::FullyConnected(steps) => steps.next(),
            NpSteps::Scaled(steps) => steps.next(),
        }
    }

    fn emit(&self, step: &Step, out: &mut Vec<Emission>) {
        match self {
            NpSteps::Convolution(steps) => steps.emit(step, out),
            NpSteps::FullyConnected(steps) => steps.emit(step, out),
            NpSteps::Scaled(steps) => steps.emit(step, out),
        }
    }
}

/// An input map and what is known of the frame in it.
struct InputMap {
    /// (column, local row, channel), 0 is no event.
    cells: Vec<u8>,
    inbox: Inbox,
}

/// A neural processor at work.
pub struct Np<'p> {
    plan: &'p NpPlan,
    maps: Vec<InputMap>,
    /// The map that it computes from, or will next.
    present: usize,
    /// Frames that it has taken in.
    taken: usize,
    /// Its steps and its output.
    pub sequencer: Sequencer<'p, NpSteps<'p>>,
}

impl<'p> Np<'p> {
    /// An NP after reset.
    pub fn new(plan: &'p NpPlan) -> Np<'p> {
        let steps = match &plan.operation {
            OperationPlan::Convolution(plan) => {
                NpSteps::Convolution(Box::new(convolution::ConvolutionSteps::new(plan)))
            }
            OperationPlan::FullyConnected(plan) => {
                NpSteps::FullyConnected(fully_connected::FullyConnectedSteps::new(plan))
            }
        };
        let steps = match plan.scale {
            StepScale::ONE => steps,
            scale => NpSteps::Scaled(Box::new(scaled::ScaledSteps::new(steps, scale))),
        };
        let window = &plan.window;
        let cells = window.map.width as usize * window.rows.len() as usize * window.map.channels as usize;
        let map = || InputMap { cells: vec![0; cells], inbox: Inbox::new(plan.producers.clone()) };
        Np {
            plan,
            maps: (0..plan.input_maps).map(|_| map()).collect(),
            present: 0,
            taken: 0,
            sequencer: Sequencer::new(steps, Outbox::new(&plan.flows, plan.activation, plan.fifo)),
        }
    }

    /// The present step's time is over.
    pub fn timer(&mut self, context: &mut UnitContext) {
        self.sequencer.timer(context);
    }

    /// A packet's tail has left.
    pub fn sent(&mut self, context: &mut UnitContext, batch: u32) {
        if self.sequencer.sent(batch, context) {
            let map = &mut self.maps[self.present];
            map.cells.fill(0);
            map.inbox.free(context);
            self.present = (self.present + 1) % self.maps.len();
            self.compute(context);
        }
    }

    /// Begins with the present map if its frame is complete.
    fn compute(&mut self, context: &mut UnitContext) {
        let InputMap { cells, inbox } = &self.maps[self.present];
        if inbox.complete() {
            let received = inbox.received();
            let accesses = self.sequencer.steps.start(cells, context.scratch);
            self.sequencer.start(context.now + 1, received, context);
            // An event was written when it came, and is read when it is unpacked.
            self.sequencer.accesses(accesses + 2 * received * u64::from(self.plan.event_bytes));
        }
    }

    /// A packet has arrived.
    pub fn arrived(&mut self, context: &mut UnitContext, packet: &Packet) -> Result<(), ProtocolError> {
        let index = usize::from(packet.parity) % self.maps.len();
        match packet.head {
            Head::MapFree => {
                self.sequencer.token(packet.source, context);
                return Ok(());
            }
            _ if self.maps[index].inbox.complete() => return Err(ProtocolError::NotReceiving),
            Head::Marker { .. } => {}
            Head::Potentials { .. } => return Err(ProtocolError::OutsideMap),
            Head::Events { base } => {
                let cells = &mut self.maps[index].cells;
                for &word in packet.words() {
                    write(cells, &self.plan.window, base, Event(word))?;
                }
            }
        }
        self.maps[index].inbox.count(packet);
        if self.maps[index].inbox.complete() {
            self.taken += 1;
            if index == self.present && self.sequencer.idle() {
                self.compute(context);
            }
        }
        Ok(())
    }

    /// Frames that it has taken in, if it does so while it computes.
    pub fn taken_beside(&self) -> Option<usize> {
        (self.maps.len() > 1).then_some(self.taken)
    }

    /// What a probe sees.
    pub fn status(&self) -> UnitStatus {
        let received = self.maps.iter().map(|map| map.inbox.received_in_all()).sum();
        UnitStatus { state: self.state(), received, ..self.sequencer.status() }
    }

    /// What it is doing.
    pub fn state(&self) -> UnitState {
        match self.sequencer.state() {
            UnitState::Idle if self.is_receiving() => UnitState::Receive,
            state => state,
        }
    }

    /// Something of a frame has come that it does not compute yet.
    fn is_receiving(&self) -> bool {
        self.maps.iter().any(|map| !map.inbox.is_empty())
    }

    /// What it waits for.
    pub fn waits_for(&self) -> Option<String> {
        if self.sequencer.idle() {
            self.is_receiving().then(|| self.maps[self.present].inbox.waits_for())
        } else {
            self.sequencer.waits_for()
        }
    }
}

/// Writes an event into an input map.
fn write(cells: &mut [u8], window: &Window, base: Base, event: Event) -> Result<(), ProtocolError> {
    let column = base.column() + event.x();
    let row = base.row() + event.y();
    let feature = base.feature() + event.feature();
    if column >= window.map.width || row >= window.rows.len() || feature >= window.map.channels {
        return Err(ProtocolError::OutsideMap);
    }
    let position = column as usize * window.rows.len() as usize + row as usize;
    let cell = &mut cells[position * window.map.channels as usize + feature as usize];
    if *cell != 0 {
        return Err(ProtocolError::WrittenTwice);
    }
    *cell = event.value() as u8;
    Ok(())
}

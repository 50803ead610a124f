//! Units: what sits at the mesh's local ports.
//!
//! | unit | role |
//! |---|---|
//! | [`np`] | neural processor: receives a map, computes, emits levels or potentials |
//! | [`hrc`] | input unit: a dense convolution over an image, in raster order |
//! | [`dma`] | event DMA: injects maps from host memory, collects maps into it |
//!
//! A producing unit runs [`sequencer::Sequencer`]: steps that take clocks and may emit events into its [`outbox`]. A consuming unit counts what
//! arrives in its [`inbox`]. How a step computes its potentials is the business of [`arithmetic`]: nothing of it can be observed.

pub mod arithmetic;
pub mod dma;
pub mod hrc;
pub mod inbox;
pub mod np;
pub mod outbox;
pub mod sequencer;

use crate::kernel::Wheel;
use outbox::{Packet, Packets};
use spikemesh_device::Clocks;
use spikemesh_noc::Cycle;
use spikemesh_noc::{Network, TerminalId};

/// Index of a unit in its pass: the input unit, then sources, neural processors, sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(pub u32);

/// What a unit is doing, as waves show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing left to do.
    #[default]
    Idle,
    /// Taking in a map.
    Receive,
    /// Bringing events into memory order.
    Unpack,
    /// Fetching pointers and kernels of a column.
    Fetch,
    /// Adding a column's events to the potentials of a group.
    Accumulate,
    /// Comparing and emitting a column of a group.
    Scan,
    /// Walking over fully connected weights.
    Walk,
    /// Convolving pixels.
    Convolve,
    /// Injecting a map from host memory.
    Inject,
    /// Waiting for room in the output FIFO.
    StallFifo,
    /// Waiting for a consumer's map to be free.
    StallToken,
    /// Sending markers.
    Flush,
}

impl State {
    /// All states; the position is the value in waves.
    pub const ALL: [State; 12] = [
        State::Idle,
        State::Receive,
        State::Unpack,
        State::Fetch,
        State::Accumulate,
        State::Scan,
        State::Walk,
        State::Convolve,
        State::Inject,
        State::StallFifo,
        State::StallToken,
        State::Flush,
    ];

    /// Its name in waves and reports.
    pub fn name(self) -> &'static str {
        match self {
            State::Idle => "idle",
            State::Receive => "receive",
            State::Unpack => "unpack",
            State::Fetch => "fetch",
            State::Accumulate => "accumulate",
            State::Scan => "scan",
            State::Walk => "walk",
            State::Convolve => "convolve",
            State::Inject => "inject",
            State::StallFifo => "stall_fifo",
            State::StallToken => "stall_token",
            State::Flush => "flush",
        }
    }
}

/// What a probe sees of a unit after it has acted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What it is doing.
    pub state: State,
    /// Group of filters being computed.
    pub group: u32,
    /// Column being computed.
    pub column: u32,
    /// Events in its output FIFO.
    pub fifo: u32,
    /// Events and potentials received in this frame.
    pub received: u64,
}

/// An event or potential in the coordinates of the producing group's map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emission {
    /// Column.
    pub x: u32,
    /// Row.
    pub y: u32,
    /// Feature.
    pub c: u32,
    /// Level, or potential.
    pub value: i32,
}

/// What a unit did in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameRecord {
    /// First cycle of computing.
    pub start: Cycle,
    /// The cycle after the last step's.
    pub computed: Cycle,
    /// The cycle in which the last marker had left, or for a sink the last word arrived.
    pub end: Cycle,
    /// Time of computing, times the filters in work.
    pub lane_time: Clocks,
    /// Events and potentials received.
    pub received: u64,
    /// Events and potentials emitted, before replication.
    pub emitted: u64,
    /// Events and potentials sent, each copy counted.
    pub copies: u64,
    /// Cycles spent waiting for room in the output FIFO.
    pub stall_fifo: u64,
    /// Cycles spent waiting for a consumer's map.
    pub stall_token: u64,
}

impl FrameRecord {
    /// Clocks of computing, stalls left out: the closed forms of docs/microarchitecture.
    pub fn clocks(&self) -> u64 {
        self.computed - self.start - self.stall_fifo - self.stall_token
    }

    /// Clocks of computing, each counted for every filter in work: what multipliers and potentials are busy with.
    pub fn lane_clocks(&self) -> f64 {
        self.lane_time.as_f64()
    }
}

/// What a unit may touch while it acts.
pub struct Io<'a> {
    /// The present cycle.
    pub now: Cycle,
    /// The cycle in which a packet created now may leave: the next one once the network has moved.
    pub created: Cycle,
    /// Which unit acts.
    pub unit: UnitId,
    /// Packets in flight.
    pub packets: &'a mut Packets,
    /// The mesh.
    pub network: &'a mut Network,
    /// Timers.
    pub wheel: &'a mut Wheel,
    /// Local port of every unit.
    pub terminals: &'a [TerminalId],
    /// What the unit emits in this act.
    pub emitted: &'a mut Vec<Emission>,
}

impl Io<'_> {
    /// Wakes the acting unit at a later cycle.
    pub fn wake(&mut self, cycle: Cycle) {
        self.wheel.schedule(cycle, 0, self.unit.0);
    }
}

/// A defect of the program that only shows while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// A packet arrived while the unit was not receiving.
    NotReceiving,
    /// An event lies outside the receiver's map.
    OutsideMap,
    /// A position was written twice in one frame.
    WrittenTwice,
}

/// One unit of a pass.
pub enum Unit<'p> {
    /// The input unit.
    Hrc(hrc::Hrc<'p>),
    /// The event DMA injecting a buffer.
    Source(dma::Source<'p>),
    /// A neural processor.
    Np(np::Np<'p>),
    /// The event DMA collecting a buffer.
    Sink(dma::Sink),
}

impl Unit<'_> {
    /// The unit's timer has run out.
    pub fn timer(&mut self, io: &mut Io) {
        match self {
            Unit::Hrc(unit) => unit.sequencer.timer(io),
            Unit::Source(unit) => unit.sequencer.timer(io),
            Unit::Np(unit) => unit.timer(io),
            Unit::Sink(_) => {}
        }
    }

    /// The last flit of one of the unit's packets has left.
    pub fn sent(&mut self, io: &mut Io, batch: u32) {
        match self {
            Unit::Hrc(unit) => unit.sent(io, batch),
            Unit::Source(unit) => unit.sent(io, batch),
            Unit::Np(unit) => unit.sent(io, batch),
            Unit::Sink(_) => {}
        }
    }

    /// A packet has arrived.
    pub fn arrived(&mut self, io: &mut Io, packet: &Packet) -> Result<(), Defect> {
        match self {
            Unit::Hrc(unit) => {
                unit.sequencer.token(io);
                Ok(())
            }
            Unit::Source(unit) => {
                unit.sequencer.token(io);
                Ok(())
            }
            Unit::Np(unit) => unit.arrived(io, packet),
            Unit::Sink(unit) => unit.arrived(io, packet),
        }
    }

    /// What a probe sees.
    pub fn status(&self) -> Status {
        match self {
            Unit::Hrc(unit) => unit.sequencer.status(),
            Unit::Source(unit) => unit.sequencer.status(),
            Unit::Np(unit) => unit.status(),
            Unit::Sink(unit) => unit.status(),
        }
    }

    /// What it did, frame by frame.
    pub fn frames(&self) -> &[FrameRecord] {
        match self {
            Unit::Hrc(unit) => unit.sequencer.frames(),
            Unit::Source(unit) => unit.sequencer.frames(),
            Unit::Np(unit) => unit.sequencer.frames(),
            Unit::Sink(unit) => unit.frames(),
        }
    }

    /// For a sink, the maps that it has collected, and last the one that it was collecting.
    pub fn into_collected(self) -> Option<Vec<Vec<i32>>> {
        match self {
            Unit::Sink(unit) => Some(unit.into_collected()),
            Unit::Hrc(_) | Unit::Source(_) | Unit::Np(_) => None,
        }
    }

    /// What the unit waits for, if anything: the words of a hang report.
    pub fn waits_for(&self) -> Option<String> {
        match self {
            Unit::Hrc(unit) => unit.sequencer.waits_for(),
            Unit::Source(unit) => unit.sequencer.waits_for(),
            Unit::Np(unit) => unit.waits_for(),
            Unit::Sink(unit) => unit.waits_for(),
        }
    }
}

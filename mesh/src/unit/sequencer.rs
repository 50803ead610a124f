//! The clockwork of a producing unit: steps that take time and may emit.
//!
//! Times are added in parts of a clock; a step ends in the cycle that covers the sum so far, so a frame takes the whole clocks that cover the
//! sum of its steps, whatever their number. Stalls move everything after them.

use super::outbox::{NO_BATCH, Outbox};
use super::{Emission, FrameRecord, Io, State, Status};
use spikemesh_device::Clocks;
use spikemesh_isa::packet::PACKET_WORDS;
use spikemesh_noc::Cycle;

/// One step of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What waves show.
    pub state: State,
    /// How long it takes.
    pub clocks: Clocks,
    /// Group of filters.
    pub group: u32,
    /// Filters in work: none while events are sorted.
    pub lanes: u32,
    /// Column, or for the input unit the row.
    pub column: u32,
    /// What the unit's [`Walk::emit`] gives out when the step ends: a range whose meaning is the walk's own.
    pub first: u32,
    /// End of that range.
    pub end: u32,
    /// Whatever has been emitted so far leaves as packets at the end of this step; otherwise only full packets leave.
    pub close: bool,
}

/// The steps of one frame of a unit.
pub trait Walk {
    /// The next step.
    fn next(&mut self) -> Option<Step>;
    /// Appends what a step emits.
    fn emit(&self, step: &Step, out: &mut Vec<Emission>);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    /// Computing the step until the timer runs out.
    Step(Step),
    /// The step is over; its events wait for the FIFO since a cycle.
    Fifo(Step, Cycle),
    /// The step may not begin before the consumers' maps are free; waiting since a cycle.
    Token(Step, Cycle),
    Flush,
}

/// The clockwork.
pub struct Sequencer<'p, W> {
    /// The steps.
    pub walk: W,
    outbox: Outbox<'p>,
    phase: Phase,
    /// The cycle from which `elapsed` counts: the start of the frame, moved by its stalls.
    base: Cycle,
    elapsed: Clocks,
    tokens_taken: bool,
    pending: Vec<Emission>,
    record: FrameRecord,
    frames: Vec<FrameRecord>,
}

impl<'p, W: Walk> Sequencer<'p, W> {
    /// A clockwork at rest.
    pub fn new(walk: W, outbox: Outbox<'p>) -> Sequencer<'p, W> {
        Sequencer {
            walk,
            outbox,
            phase: Phase::Idle,
            base: 0,
            elapsed: Clocks(0),
            tokens_taken: false,
            pending: Vec::new(),
            record: FrameRecord::default(),
            frames: Vec::new(),
        }
    }

    /// Starts a frame whose first step begins in cycle `start`; `received` words came in for it.
    pub fn start(&mut self, start: Cycle, received: u64, io: &mut Io) {
        self.base = start;
        self.elapsed = Clocks(0);
        self.tokens_taken = false;
        self.record = FrameRecord { start, received, ..FrameRecord::default() };
        // The empty step brings the clockwork to `start`.
        let step = Step {
            state: State::Receive,
            clocks: Clocks(0),
            group: 0,
            lanes: 0,
            column: 0,
            first: 0,
            end: 0,
            close: false,
        };
        self.phase = Phase::Step(step);
        io.wake(start);
    }

    /// The present step's time is over.
    pub fn timer(&mut self, io: &mut Io) {
        if let Phase::Step(step) = self.phase {
            self.walk.emit(&step, &mut self.pending);
            self.finish(step, io);
        }
    }

    /// A packet's tail has left. Returns true when that ends the frame.
    pub fn sent(&mut self, batch: u32, io: &mut Io) -> bool {
        self.outbox.sent(batch);
        match self.phase {
            Phase::Fifo(step, since) if batch != NO_BATCH && self.outbox.room(self.leaving(&step)) > 0 => {
                self.record.stall_fifo += io.now - since;
                self.base += io.now - since;
                self.finish(step, io);
                false
            }
            Phase::Flush if self.outbox.flushed() => {
                self.record.end = io.now;
                self.frames.push(self.record);
                self.phase = Phase::Idle;
                true
            }
            _ => false,
        }
    }

    /// A consumer's map has become free.
    pub fn token(&mut self, io: &mut Io) {
        self.outbox.token();
        if let Phase::Token(step, since) = self.phase
            && self.outbox.consumers_free()
        {
            self.record.stall_token += io.now - since;
            self.base += io.now - since;
            self.begin(step, io);
        }
    }

    /// How many pending events leave at the end of a step.
    fn leaving(&self, step: &Step) -> usize {
        if step.close { self.pending.len() } else { self.pending.len() / PACKET_WORDS * PACKET_WORDS }
    }

    /// Gives out the events of a step that is over, then goes on.
    fn finish(&mut self, step: Step, io: &mut Io) {
        loop {
            let leaving = self.leaving(&step);
            if leaving == 0 {
                break;
            }
            let room = self.outbox.room(leaving);
            if room == 0 {
                self.phase = Phase::Fifo(step, io.now);
                return;
            }
            self.record.emitted += room as u64;
            self.record.copies += self.outbox.push(&self.pending[..room], io);
            io.emitted.extend(self.pending.drain(..room));
        }
        match self.walk.next() {
            Some(step) => self.begin(step, io),
            None => {
                self.record.computed = io.now;
                self.phase = Phase::Flush;
                self.outbox.send_markers(io);
            }
        }
    }

    fn begin(&mut self, step: Step, io: &mut Io) {
        if step.state.emits() && !self.tokens_taken {
            if !self.outbox.consumers_free() {
                self.phase = Phase::Token(step, io.now);
                return;
            }
            self.outbox.take_tokens();
            self.tokens_taken = true;
        }
        self.elapsed += step.clocks;
        self.record.lane_time += step.clocks.times(u64::from(step.lanes));
        self.phase = Phase::Step(step);
        io.wake(self.base + self.elapsed.ceil());
    }

    /// What a probe sees; `Idle` between frames.
    pub fn status(&self) -> Status {
        let (state, step) = match &self.phase {
            Phase::Idle => (State::Idle, None),
            Phase::Flush => (State::Flush, None),
            Phase::Step(step) => (step.state, Some(step)),
            Phase::Fifo(step, _) => (State::StallFifo, Some(step)),
            Phase::Token(step, _) => (State::StallToken, Some(step)),
        };
        let (group, column) = step.map_or((0, 0), |s| (s.group, s.column));
        Status { state, group, column, fifo: self.outbox.used(), received: self.record.received }
    }

    /// True between frames.
    pub fn idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// Frames that are over.
    pub fn frames(&self) -> &[FrameRecord] {
        &self.frames
    }

    /// What the unit waits for.
    pub fn waits_for(&self) -> Option<String> {
        match self.phase {
            Phase::Idle | Phase::Step(_) => None,
            Phase::Fifo(..) => Some(format!("room in its output FIFO, {} events in it", self.outbox.used())),
            Phase::Token(..) => Some("a consumer's map to be free".to_owned()),
            Phase::Flush => Some("its markers to leave".to_owned()),
        }
    }
}

impl State {
    /// States whose steps may emit: the first of a frame waits for the consumers' maps.
    fn emits(self) -> bool {
        matches!(self, State::Scan | State::Walk | State::Convolve | State::Inject)
    }
}

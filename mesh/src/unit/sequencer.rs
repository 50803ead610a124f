//! The clockwork of a producing unit: steps that take time and may emit.
//!
//! Times are added in parts of a clock; a step ends in the cycle that covers the sum so far, so a frame takes the whole clocks that cover the
//! sum of its steps, whatever their number. Stalls move everything after them.

use super::context::UnitContext;
use super::emission::Emission;
use super::frame_record::FrameRecord;
use super::outbox::Outbox;
use super::packets::NO_BATCH;
use super::status::{State, Status};
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
    pub filter_group: u32,
    /// Filters in work: none while events are sorted.
    pub active_filters: u32,
    /// Column, or for the input unit the row.
    pub column: u32,
    /// What the unit's [`StepSource::emit`] gives out when the step ends: a range whose meaning is the source's own.
    pub first: u32,
    /// End of that range.
    pub end: u32,
    /// Whatever has been emitted so far leaves as packets at the end of this step; otherwise only full packets leave.
    pub close: bool,
}

/// The steps of one frame of a unit.
pub trait StepSource {
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
    pub steps: W,
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

impl<'p, W: StepSource> Sequencer<'p, W> {
    /// A clockwork at rest.
    pub fn new(steps: W, outbox: Outbox<'p>) -> Sequencer<'p, W> {
        Sequencer {
            steps,
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
    pub fn start(&mut self, start: Cycle, received: u64, context: &mut UnitContext) {
        self.base = start;
        self.elapsed = Clocks(0);
        self.tokens_taken = false;
        self.record = FrameRecord { start, received, ..FrameRecord::default() };
        // The empty step brings the clockwork to `start`.
        let step = Step {
            state: State::Receive,
            clocks: Clocks(0),
            filter_group: 0,
            active_filters: 0,
            column: 0,
            first: 0,
            end: 0,
            close: false,
        };
        self.phase = Phase::Step(step);
        context.wake(start);
    }

    /// The present step's time is over.
    pub fn timer(&mut self, context: &mut UnitContext) {
        if let Phase::Step(step) = self.phase {
            self.steps.emit(&step, &mut self.pending);
            self.finish(step, context);
        }
    }

    /// A packet's tail has left. Returns true when that ends the frame.
    pub fn sent(&mut self, batch: u32, context: &mut UnitContext) -> bool {
        self.outbox.sent(batch);
        match self.phase {
            Phase::Fifo(step, since) if batch != NO_BATCH && self.outbox.room(self.leaving(&step)) > 0 => {
                self.record.stall_fifo += context.now - since;
                self.base += context.now - since;
                self.finish(step, context);
                false
            }
            Phase::Flush if self.outbox.flushed() => {
                self.record.end = context.now;
                self.frames.push(self.record);
                self.phase = Phase::Idle;
                true
            }
            _ => false,
        }
    }

    /// A consumer's map has become free.
    pub fn token(&mut self, context: &mut UnitContext) {
        self.outbox.token();
        if let Phase::Token(step, since) = self.phase
            && self.outbox.consumers_free()
        {
            self.record.stall_token += context.now - since;
            self.base += context.now - since;
            self.begin(step, context);
        }
    }

    /// How many pending events leave at the end of a step.
    fn leaving(&self, step: &Step) -> usize {
        if step.close { self.pending.len() } else { self.pending.len() / PACKET_WORDS * PACKET_WORDS }
    }

    /// Gives out the events of a step that is over, then goes on.
    fn finish(&mut self, step: Step, context: &mut UnitContext) {
        loop {
            let leaving = self.leaving(&step);
            if leaving == 0 {
                break;
            }
            let room = self.outbox.room(leaving);
            if room == 0 {
                self.phase = Phase::Fifo(step, context.now);
                return;
            }
            self.record.emitted += room as u64;
            self.record.copies += self.outbox.push(&self.pending[..room], context);
            context.emitted.extend(self.pending.drain(..room));
        }
        match self.steps.next() {
            Some(step) => self.begin(step, context),
            None => {
                self.record.computed = context.now;
                self.phase = Phase::Flush;
                self.outbox.send_markers(context);
            }
        }
    }

    fn begin(&mut self, step: Step, context: &mut UnitContext) {
        if step.state.emits() && !self.tokens_taken {
            if !self.outbox.consumers_free() {
                self.phase = Phase::Token(step, context.now);
                return;
            }
            self.outbox.take_tokens();
            self.tokens_taken = true;
        }
        self.elapsed += step.clocks;
        self.record.active_filter_time += step.clocks.times(u64::from(step.active_filters));
        self.phase = Phase::Step(step);
        context.wake(self.base + self.elapsed.ceil());
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
        let (filter_group, column) = step.map_or((0, 0), |s| (s.filter_group, s.column));
        Status { state, filter_group, column, fifo: self.outbox.used(), received: self.record.received }
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

//! The sequencer of a producing unit: steps that take time and may emit.
//!
//! A step goes through these phases; `Fifo` and `Token` are stalls:
//!
//! ```text
//! begin ── Token (consumers' maps are not free) ──┐
//!   └──────────────────────────────────────────── Step ── timer ── Fifo (no room) ──┐
//!                                                            └── next step, or Flush ◀┘
//! ```
//!
//! Invariant of time (docs/microarchitecture/timing.md, "Units of time"): times are added in thousandths of a clock, and a step ends in cycle
//! `base + ceil(elapsed)`, the first cycle that covers the sum so far. So a frame takes ceil(sum of its steps) clocks, whatever their number. A stall
//! adds whole clocks to `base` and leaves `elapsed` alone: it moves everything after it and no fraction is lost.

use super::context::UnitContext;
use super::emission::Emission;
use super::frame_record::FrameRecord;
use super::id::UnitId;
use super::outbox::Outbox;
use super::packets::NO_BATCH;
use super::status::{UnitState, UnitStatus};
use spikemesh_device::Clocks;
use spikemesh_isa::packet::PACKET_WORDS;
use spikemesh_noc::Cycle;
use spikemesh_words::plural;

/// One step of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What waves show.
    pub state: UnitState,
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

/// The steps of one frame of a unit. It says how long steps take and what they emit, and knows no cycle.
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

/// Runs the steps of a [`StepSource`] in simulated time and gives what they emit to the outbox.
pub struct Sequencer<'p, W> {
    /// The steps.
    pub steps: W,
    outbox: Outbox<'p>,
    phase: Phase,
    /// The cycle from which `elapsed` counts: the start of the frame, moved by its stalls.
    base: Cycle,
    elapsed: Clocks,
    /// True once this frame holds a token of every consumer: from its first step that emits on.
    tokens_taken: bool,
    /// Emitted events that have not entered the FIFO.
    pending: Vec<Emission>,
    record: FrameRecord,
    frames: Vec<FrameRecord>,
    /// Words received and emitted in all frames.
    received: u64,
    emitted: u64,
}

impl<'p, W: StepSource> Sequencer<'p, W> {
    /// A sequencer at rest.
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
            received: 0,
            emitted: 0,
        }
    }

    /// Starts a frame whose first step begins in cycle `start`; `received` words came in for it.
    pub fn start(&mut self, start: Cycle, received: u64, context: &mut UnitContext) {
        self.base = start;
        self.elapsed = Clocks(0);
        self.tokens_taken = false;
        self.received += received;
        self.record = FrameRecord { start, received, ..FrameRecord::default() };
        // A step of no time takes the sequencer to cycle `start`, so that the first real step begins like any other, in `finish`.
        let step = Step {
            state: UnitState::Receive,
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

    /// So many bytes are read from memories and written to them in this frame.
    pub fn accesses(&mut self, memory_bytes: u64) {
        self.record.memory_bytes = memory_bytes;
    }

    /// The time of the present step is over: its events are computed now and not when it began, as the hardware writes them column by column.
    /// In the other phases no timer is set, so a timer always belongs to a step.
    pub fn timer(&mut self, context: &mut UnitContext) {
        if let Phase::Step(step) = self.phase {
            self.steps.emit(&step, &mut self.pending);
            self.finish(step, context);
        }
    }

    /// A packet's tail has left. Returns true when that ends the frame.
    ///
    /// Only a packet of a batch can make room (a marker takes none), and only when it was the last of the front batch: so the outbox is asked again.
    /// The stall ends in this cycle, and `finish` goes on where it stopped.
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

    /// A map of a consumer has become free. The waiting step begins when this was the last token missing.
    pub fn token(&mut self, consumer: UnitId, context: &mut UnitContext) {
        self.outbox.token(consumer);
        if let Phase::Token(step, since) = self.phase
            && self.outbox.consumers_free()
        {
            self.record.stall_token += context.now - since;
            self.base += context.now - since;
            self.begin(step, context);
        }
    }

    /// How many pending events leave at the end of a step: all if the step closes its batch, otherwise whole packets only. What is left waits for
    /// the events of later steps, so that packets are full.
    fn leaving(&self, step: &Step) -> usize {
        if step.close { self.pending.len() } else { self.pending.len() / PACKET_WORDS * PACKET_WORDS }
    }

    /// Gives the events of a step that is over to the outbox, then begins the next step.
    ///
    /// Rule (docs/microarchitecture/np.md, "Sending"): a batch enters the FIFO whole, or waits for room; a batch larger than the FIFO enters in parts,
    /// each when the FIFO is empty. `room` is 0 or the size of the next part, so the loop ends with an empty `pending` or in phase `Fifo`. After a
    /// stall the function is entered again with the same step: what has entered is gone from `pending`, so nothing is counted twice.
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
            self.emitted += room as u64;
            self.record.copies += self.outbox.push(&self.pending[..room], context);
            context.emitted.extend(self.pending.drain(..room));
        }
        match self.steps.next() {
            Some(step) => self.begin(step, context),
            None => {
                self.record.computed = context.now;
                self.phase = Phase::Flush;
                self.record.traffic = self.outbox.send_markers(context);
            }
        }
    }

    /// Begins a step, or waits for tokens before it.
    ///
    /// Rule (docs/microarchitecture/np.md, "Sending"): the first step of a frame that may emit needs a token of every route; steps before need none,
    /// so a unit computes while its consumers still work on the frame before. All tokens are taken at once: a unit that held some while it waits for
    /// others could get into a circular wait with another.
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
    pub fn status(&self) -> UnitStatus {
        let (filter_group, column) = match &self.phase {
            Phase::Idle | Phase::Flush => (0, 0),
            Phase::Step(step) | Phase::Fifo(step, _) | Phase::Token(step, _) => {
                (step.filter_group, step.column)
            }
        };
        let (received, emitted) = (self.received, self.emitted);
        UnitStatus { state: self.state(), filter_group, column, fifo: self.outbox.used(), received, emitted }
    }

    /// What the unit is doing; `Idle` between frames.
    #[inline]
    pub fn state(&self) -> UnitState {
        match &self.phase {
            Phase::Idle => UnitState::Idle,
            Phase::Flush => UnitState::Flush,
            Phase::Step(step) => step.state,
            Phase::Fifo(..) => UnitState::StallFifo,
            Phase::Token(..) => UnitState::StallToken,
        }
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
            Phase::Fifo(..) => Some(format!(
                "room in its output FIFO, {} in it",
                plural(self.outbox.used(), "event", "events")
            )),
            Phase::Token(..) => Some("a consumer's map to be free".to_owned()),
            Phase::Flush => Some("its markers to leave".to_owned()),
        }
    }
}

impl UnitState {
    /// States whose steps may emit: the first of a frame waits for the consumers' maps.
    pub(crate) fn emits(self) -> bool {
        matches!(self, UnitState::Scan | UnitState::Walk | UnitState::Convolve | UnitState::Inject)
    }
}

//! The probe that records a timeline.

use super::flow_times::{Came, FlowTimes};
use super::pass_timeline::{Interval, PacketTime, PassTimeline, Timeline};
use crate::probe::{Act, PassBegin, Probe, Sender};
use crate::reason::{Reason, Slice, Tracker};
use crate::simulator::{PassPlan, Simulator};
use crate::unit::{LOST, UnitId, UnitState};
use spikemesh_noc::{Cycle, PacketRequest, TerminalId};

/// Records the intervals of units and what ended their waits. Memory grows with the number of waits, not of steps.
#[derive(Clone, Debug)]
pub struct TimelineProbe<'s> {
    plans: &'s [PassPlan],
    timeline: Timeline,
    tracker: Tracker,
    present: Present,
}

/// The present pass.
#[derive(Clone, Debug, Default)]
struct Present {
    pass: usize,
    frames: Vec<usize>,
    loaded: Cycle,
    start: Cycle,
    units: Vec<Vec<Interval>>,
    packets: Vec<PacketTime>,
    /// By tag: packets under way, with the position in the pass of the frame that they belong to.
    flying: Vec<Option<(PacketTime, u32)>>,
    /// By unit and parity of the frame: the last packet of data that came.
    data: Vec<[Option<PacketTime>; 2]>,
    /// The unit that acts: when, in which of its intervals, and the packet that makes it act.
    acting: Option<(Cycle, UnitId, u32)>,
    packet: Option<PacketTime>,
    last: Option<PacketTime>,
    flows: FlowTimes,
}

impl<'s> TimelineProbe<'s> {
    /// For a run of this simulator.
    pub fn new(simulator: &'s Simulator) -> TimelineProbe<'s> {
        TimelineProbe {
            plans: simulator.passes(),
            timeline: Timeline::default(),
            tracker: Tracker::default(),
            present: Present::default(),
        }
    }

    /// What was recorded.
    pub fn into_timeline(self) -> Timeline {
        self.timeline
    }
}

/// It looks at no flit, grant or buffer.
impl spikemesh_noc::Probe for TimelineProbe<'_> {
    const OBSERVES_NETWORK: bool = false;
}

impl Probe for TimelineProbe<'_> {
    const ACTS: bool = true;

    fn wants_packets(&self) -> bool {
        true
    }

    fn begin(&mut self, pass: &PassBegin) {
        let units = pass.plan.names.len();
        self.tracker.begin(units, pass.frames.len(), pass.start);
        self.present = Present {
            pass: pass.index,
            frames: pass.frames.to_vec(),
            loaded: pass.loaded,
            start: pass.start,
            units: vec![Vec::new(); units],
            data: vec![[None; 2]; units],
            flows: FlowTimes::new(units, pass.plan.blames.len()),
            ..Present::default()
        };
    }

    fn acting(&mut self, cycle: Cycle, unit: UnitId, act: Act) {
        let (reason, done) = self.tracker.present(unit);
        let present = &mut self.present;
        let intervals = &present.units[unit.0 as usize];
        let is_open = intervals.last().is_some_and(|last| is_continued(last, reason, done));
        // The first packet of data ends the time before the first frame.
        let begins = reason == Reason::Unused && matches!(act, Act::Data { .. });
        let origin = intervals.len() as u32 + u32::from(begins) - u32::from(is_open);
        present.acting = Some((cycle, unit, origin));
        let flying = |tag: u32| present.flying.get(tag as usize).copied().flatten();
        let packet = |tag: u32| flying(tag).map(|(packet, _)| packet);
        let frame = match act {
            Act::Data { tag, .. } | Act::Token { tag, .. } => flying(tag).map(|(_, frame)| frame),
            Act::Start | Act::Timer | Act::Sent { .. } => None,
        };
        present.packet = match act {
            Act::Start | Act::Timer => None,
            Act::Sent { target, tag } => {
                packet(tag).map(|packet| PacketTime { target, end: cycle, arrived: false, ..packet })
            }
            Act::Data { tag, .. } | Act::Token { tag, .. } => {
                packet(tag).map(|packet| PacketTime { target: unit, end: cycle, arrived: true, ..packet })
            }
        };
        if present.packet.is_some_and(|packet| packet.arrived) {
            present.last = present.packet;
        }
        let blames = &self.plans[present.pass].blames;
        let Some(frame) = frame else { return };
        let came = Came { frame, cycle };
        match act {
            Act::Start | Act::Timer | Act::Sent { .. } => {}
            Act::Data { source, .. } => {
                present.data[unit.0 as usize][frame as usize % 2] = present.packet;
                present.flows.comes(blames, unit, Reason::WaitInput, source, came);
            }
            Act::Token { source, .. } => {
                present.flows.comes(blames, unit, Reason::WaitMap, source, came);
            }
        }
    }

    fn packet(&mut self, created: Cycle, _sender: Sender, packet: &PacketRequest, _: &[TerminalId]) {
        let Some((made, source, origin)) = self.present.acting.filter(|_| packet.tag != LOST) else { return };
        // A unit that ends a frame gives its tokens before it is seen to have ended it.
        let frame = self.tracker.present(source).1;
        let tag = packet.tag as usize;
        if tag >= self.present.flying.len() {
            self.present.flying.resize(tag + 1, None);
        }
        let packet = PacketTime {
            source,
            origin,
            target: source,
            made,
            created,
            end: made,
            arrived: false,
            flits: packet.flits,
            class: packet.class,
        };
        self.present.flying[tag] = Some((packet, frame));
    }

    fn acted(&mut self, cycle: Cycle, unit: UnitId, act: Act, state: UnitState, done: usize) {
        let TimelineProbe { plans, tracker, present, .. } = self;
        let emits = &mut present.flows.emits[unit.0 as usize];
        if state.emits() && emits.len() == done {
            emits.push(cycle);
        }
        let blames = &plans[present.pass].blames;
        tracker.acted(cycle, unit, act, (state, done), blames, &mut |slice| present.push(&slice));
    }

    fn end(&mut self, cycle: Cycle) {
        let TimelineProbe { timeline, tracker, present, .. } = self;
        tracker.end(cycle, &mut |slice| present.push(&slice));
        let Present { pass, frames, loaded, start, units, packets, last, flows, .. } =
            std::mem::take(present);
        let mut first = vec![0];
        let mut intervals = Vec::with_capacity(units.iter().map(Vec::len).sum());
        for unit in units {
            intervals.extend(unit);
            first.push(intervals.len() as u32);
        }
        timeline.passes.push(PassTimeline {
            pass,
            frames,
            loaded,
            start,
            end: cycle,
            first,
            intervals,
            packets,
            last,
            flows,
        });
    }
}

/// True if time of a unit with this reason, of this frame, goes on in its last interval.
fn is_continued(last: &Interval, reason: Reason, frame: u32) -> bool {
    last.reason == reason && last.frame == frame && matches!(reason, Reason::Compute | Reason::Drain)
}

impl Present {
    fn push(&mut self, slice: &Slice) {
        let unit = slice.unit.0 as usize;
        if let Some(last) = self.units[unit].last_mut()
            && is_continued(last, slice.reason, slice.done)
        {
            last.end = slice.end;
            return;
        }
        let cause = slice.blamed.and(match slice.reason {
            // What had come before the unit waited is not why it waited.
            Reason::WaitInput => {
                self.data[unit][slice.done as usize % 2].filter(|packet| packet.end >= slice.start)
            }
            _ => self.packet,
        });
        let cause = cause.map(|packet| {
            self.packets.push(packet);
            self.packets.len() as u32 - 1
        });
        let Slice { start, end, reason, blamed, done: frame, .. } = *slice;
        self.units[unit].push(Interval { start, end, reason, frame, blamed, cause });
    }
}

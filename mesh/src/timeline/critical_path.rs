//! The critical path: the chain of last arrivals from the end of a frame backwards.
//!
//! Rule: what a unit does ends with an event: a step that is over, a tail that arrives or leaves. What ended a wait is the packet whose event has the
//! time of its end, of several the latest in the total order; the path goes on with the packet's sender, at the time when it made the packet. So the
//! parts tile the time from the first cycle of the run to the end of the frame: each begins where the one before it ends.

use std::collections::BTreeMap;

use super::pass_timeline::{Interval, PacketTime, PassTimeline, Timeline};
use crate::reason::Reason;
use crate::simulator::{Outcome, Simulator};
use crate::unit::UnitId;
use crate::zero_load::ZeroLoad;
use spikemesh_noc::{Cycle, PacketRequest};

/// What a part of a path is time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A unit.
    Unit {
        /// Which.
        unit: UnitId,
        /// What its time went by with.
        reason: Reason,
    },
    /// A packet, from its making until its tail arrived, or left if the sender waited for its room.
    Packet {
        /// Who sent it.
        source: UnitId,
        /// Who gets it.
        target: UnitId,
        /// True if it is the arrival that counts.
        arrived: bool,
    },
    /// The load of the pass.
    Load,
    /// The mesh is empty of packets and its last credits return: the pass ends after its last arrival.
    Settle,
}

/// A part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathPart {
    /// Its first cycle.
    pub start: Cycle,
    /// The cycle after its last.
    pub end: Cycle,
    /// The pass that it is in.
    pub pass: usize,
    /// Index of the frame that it belongs to; none of a load, and where the network settles.
    pub frame: Option<usize>,
    /// What it is time of.
    pub resource: Resource,
    /// Of a packet: what it would have taken alone in the network, at most its clocks. The rest is waiting for others.
    pub zero_load: Cycle,
}

impl PathPart {
    /// Its length.
    pub fn clocks(&self) -> Cycle {
        self.end - self.start
    }

    /// Of a packet: clocks that it waited for others.
    pub fn wait(&self) -> Cycle {
        match self.resource {
            Resource::Packet { .. } => self.clocks() - self.zero_load,
            Resource::Unit { .. } | Resource::Load | Resource::Settle => 0,
        }
    }
}

/// Parts with the same resource, added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergedPart {
    /// The pass.
    pub pass: usize,
    /// The resource.
    pub resource: Resource,
    /// How often it is on the path.
    pub parts: usize,
    /// Clocks.
    pub clocks: Cycle,
    /// Of them, clocks that packets would have taken alone.
    pub zero_load: Cycle,
}

/// A critical path, first part first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalPath {
    /// The parts: each begins where the one before it ends.
    pub parts: Vec<PathPart>,
}

impl CriticalPath {
    /// The path to the end of a frame, from the first cycle of the run. None if the frame has not ended.
    pub fn of(
        simulator: &Simulator,
        timeline: &Timeline,
        outcome: &Outcome,
        frame: usize,
    ) -> Option<CriticalPath> {
        let mut walk = Walk::new(simulator, timeline);
        walk.path(outcome, frame, 0)
    }

    /// The paths to the ends of all frames but the first, each from the end of the frame before on. In time they grow with the batch, not with its
    /// square: each goes back as far as it has to.
    pub fn intervals(simulator: &Simulator, timeline: &Timeline, outcome: &Outcome) -> Vec<CriticalPath> {
        let mut walk = Walk::new(simulator, timeline);
        (1..outcome.finished)
            .filter_map(|frame| walk.path(outcome, frame, outcome.frames[frame - 1].end))
            .collect()
    }

    /// The path from a cycle on: its parts after it, the first cut there.
    pub fn since(&self, cycle: Cycle) -> CriticalPath {
        let parts = self.parts.iter().filter(|part| part.end > cycle).map(|part| PathPart {
            start: part.start.max(cycle),
            zero_load: part.zero_load.min(part.end - part.start.max(cycle)),
            ..*part
        });
        CriticalPath { parts: parts.collect() }
    }

    /// Its length.
    pub fn clocks(&self) -> Cycle {
        self.parts.iter().map(PathPart::clocks).sum()
    }

    /// Parts with the same resource in one, the longest first, then in the order of passes and resources.
    pub fn merged(&self) -> Vec<MergedPart> {
        let mut sums: BTreeMap<(usize, Resource), MergedPart> = BTreeMap::new();
        for part in &self.parts {
            let PathPart { pass, resource, zero_load, .. } = *part;
            let empty = MergedPart { pass, resource, parts: 0, clocks: 0, zero_load: 0 };
            let sum = sums.entry((pass, resource)).or_insert(empty);
            sum.parts += 1;
            sum.clocks += part.clocks();
            sum.zero_load += zero_load;
        }
        let mut merged: Vec<MergedPart> = sums.into_values().collect();
        merged.sort_by_key(|part| std::cmp::Reverse(part.clocks));
        merged
    }
}

/// Where a path has come to: a cycle in an interval of a unit of a pass.
#[derive(Clone, Copy)]
struct Place {
    /// Index in [`Timeline::passes`].
    pass: usize,
    unit: UnitId,
    interval: usize,
    cycle: Cycle,
}

struct Walk<'a> {
    simulator: &'a Simulator,
    timeline: &'a Timeline,
    zero_load: ZeroLoad,
    /// Last part first.
    parts: Vec<PathPart>,
}

impl<'a> Walk<'a> {
    fn new(simulator: &'a Simulator, timeline: &'a Timeline) -> Walk<'a> {
        let zero_load = ZeroLoad::new(&simulator.device().network_config());
        Walk { simulator, timeline, zero_load, parts: Vec::new() }
    }

    /// The path from a cycle to the end of a frame that has ended.
    fn path(&mut self, outcome: &Outcome, frame: usize, since: Cycle) -> Option<CriticalPath> {
        if frame >= outcome.finished {
            return None;
        }
        self.back(self.end_of(frame, outcome.frames[frame].end)?, since);
        let mut parts = std::mem::take(&mut self.parts);
        parts.reverse();
        Some(CriticalPath { parts }.since(since))
    }

    /// Where a frame ends: in a sink whose last packet came then.
    fn end_of(&self, frame: usize, end: Cycle) -> Option<Place> {
        for (index, pass) in self.timeline.passes.iter().enumerate().rev() {
            let Some(position) = pass.frames.iter().position(|&f| f == frame) else { continue };
            let sinks = self.simulator.passes()[pass.pass].sinks.len();
            for unit in (pass.units() - sinks..pass.units()).rev().map(|unit| UnitId(unit as u32)) {
                let ended = |interval: &Interval| {
                    (interval.reason, interval.frame, interval.end)
                        == (Reason::WaitInput, position as u32, end)
                        && interval.cause.is_some()
                };
                // Intervals ascend in time; those that end then stand side by side.
                let intervals = pass.intervals(unit);
                let first = intervals.partition_point(|interval| interval.end < end);
                let at_end = intervals[first..].iter().take_while(|interval| interval.end == end);
                if let Some(interval) = at_end.clone().position(ended) {
                    return Some(Place { pass: index, unit, interval: first + interval, cycle: end });
                }
            }
        }
        None
    }

    /// Goes back to a cycle, or beyond it.
    fn back(&mut self, from: Place, since: Cycle) {
        let mut next = Some(from);
        while let Some(place) = next
            && place.cycle > since
        {
            next = self.step(place).or_else(|| self.pass_before(place.pass));
        }
    }

    /// What led to a place: the time of the unit back to where its interval began, or to the packet that ended the wait. None where the pass began.
    fn step(&mut self, Place { pass: index, unit, interval, cycle }: Place) -> Option<Place> {
        let pass = &self.timeline.passes[index];
        let Interval { start, reason, frame, cause, .. } = pass.intervals(unit)[interval];
        let packet = cause.map(|cause| pass.packets[cause as usize]);
        let since = packet.map_or(start, |packet| packet.end);
        let frame = pass.frames.get(frame as usize).copied();
        self.part(index, since, cycle, frame, Resource::Unit { unit, reason }, 0);
        match packet {
            Some(packet) => Some(self.packet(index, &packet, frame)),
            None => {
                let interval = interval.checked_sub(1)?;
                Some(Place { pass: index, unit, interval, cycle: start })
            }
        }
    }

    /// The time of a packet, and the place where it was made.
    fn packet(&mut self, index: usize, packet: &PacketTime, frame: Option<usize>) -> Place {
        let PacketTime { source, origin, target, made, created, end, arrived, flits, class } = *packet;
        let terminals = &self.simulator.passes()[self.timeline.passes[index].pass].terminals;
        let terminal = |UnitId(unit): UnitId| terminals[unit as usize];
        let request =
            PacketRequest { source: terminal(source), target: terminal(target), flits, class, tag: 0 };
        let alone = self.zero_load.of(&request);
        let alone = if arrived { alone.arrived } else { alone.left };
        let zero_load = (created - made + alone).min(end - made);
        self.part(index, made, end, frame, Resource::Packet { source, target, arrived }, zero_load);
        Place { pass: index, unit: source, interval: origin as usize, cycle: made }
    }

    /// The end of the pass before one, through the load between them.
    fn pass_before(&mut self, index: usize) -> Option<Place> {
        let PassTimeline { loaded, start, .. } = self.timeline.passes[index];
        self.part(index, loaded, start, None, Resource::Load, 0);
        let index = index.checked_sub(1)?;
        let before = &self.timeline.passes[index];
        let last = before.last?;
        self.part(index, last.end, before.end, None, Resource::Settle, 0);
        let frame = before.frames.last().copied();
        Some(self.packet(index, &last, frame))
    }

    fn part(
        &mut self,
        index: usize,
        start: Cycle,
        end: Cycle,
        frame: Option<usize>,
        resource: Resource,
        zero_load: Cycle,
    ) {
        if start < end {
            let pass = self.timeline.passes[index].pass;
            self.parts.push(PathPart { start, end, pass, frame, resource, zero_load });
        }
    }
}

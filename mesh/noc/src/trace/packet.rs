//! A packet of a trace, before and after its check.

use super::error::TraceError;
use super::kind::PacketKind;
use super::limits::TraceLimits;
use super::times::PacketTimes;
use crate::{Config, Cycle};
use spikemesh_words::SourceLine;

/// Latest creation of a packet. What follows it still fits 64 bits.
pub const MAX_CYCLE: Cycle = 1 << 48;

/// Most packets that a packet may wait for.
pub const MAX_AFTER: usize = 1024;

/// Most terminals that receive a packet.
pub const MAX_TARGETS: usize = 1024;

/// A packet of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TracePacket {
    /// Its number: packets count from 0.
    pub number: u64,
    /// When it is created, at the earliest.
    pub cycle: Cycle,
    /// The terminal that sends it.
    pub source: u32,
    /// The terminal that receives it, or the first of several.
    pub target: u32,
    /// The other terminals that receive it, fewer than [`MAX_TARGETS`]; empty for most.
    pub others: Vec<u32>,
    /// Its length, head included.
    pub flits: u32,
    /// Its traffic class.
    pub class: u8,
    /// The packets that it waits for, at most [`MAX_AFTER`].
    pub after: Vec<Dependency>,
    /// Which packet of a run it was.
    pub labels: PacketLabels,
}

impl TracePacket {
    /// The terminals that receive it.
    pub fn targets(&self) -> impl Iterator<Item = u32> {
        std::iter::once(self.target).chain(self.others.iter().copied())
    }
}

/// Which packet of a run it was; `None` is unknown, or nothing that the sender has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PacketLabels {
    /// The sender's layer, by its number among the [names](super::TraceReader::layers) of the trace; the DMA has none.
    pub layer: Option<u32>,
    /// The frame that the sender works on when it sends, from 0.
    pub frame: Option<u64>,
    /// What it carries.
    pub kind: Option<PacketKind>,
}

/// A packet is created some cycles after another has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The number of the other packet.
    pub packet: u64,
    /// Cycles from the arrival of its tail to the creation, at least 1.
    pub delay: Cycle,
}

/// A packet as a file gives it, with numbers of any size.
pub(super) struct UncheckedPacket {
    pub cycle: Cycle,
    pub source: u64,
    pub target: u64,
    pub others: Vec<u64>,
    pub flits: u64,
    pub class: u64,
    pub after: Vec<Dependency>,
    pub labels: PacketLabels,
}

/// Where a packet stands in a trace.
pub(super) struct Position<'a> {
    /// The place of one of its columns, for errors: in words, and the line if the trace is text.
    pub place: &'a dyn Fn(&str) -> (String, Option<SourceLine>),
    /// Its number.
    pub number: u64,
    /// The cycle of the packet before it.
    pub before: Cycle,
}

/// Refuses times that no packet has: it arrives after it was created.
pub(super) fn check_times(times: &PacketTimes, position: &Position) -> Result<(), TraceError> {
    let PacketTimes { created, tail, .. } = *times;
    if created <= tail {
        return Ok(());
    }
    let (at, line) = (position.place)("tail_atime");
    let (column, text) = ("tail_atime", tail.to_string());
    Err(TraceError::Range { at, line, column, text, least: created, most: u64::MAX })
}

impl UncheckedPacket {
    /// The packet if a network within the limits can take it: cycles do not go back, terminals and class exist, the length is possible,
    /// and it waits for earlier packets only.
    pub fn check(self, position: &Position, limits: TraceLimits) -> Result<TracePacket, TraceError> {
        let &Position { place, number, before } = position;
        let range = |column, value: u64, least, most| {
            if (least..=most).contains(&value) {
                return Ok(value);
            }
            let (at, line) = place(column);
            Err(TraceError::Range { at, line, column, text: value.to_string(), least, most })
        };
        let cycle = range("cycle", self.cycle, 0, MAX_CYCLE)?;
        if cycle < before {
            let (at, line) = place("cycle");
            return Err(TraceError::Order { at, line, cycle, before });
        }
        let targets = [self.target].into_iter().chain(self.others.iter().copied());
        for (column, terminal) in
            [("src", self.source)].into_iter().chain(targets.map(|target| ("dst", target)))
        {
            if terminal >= u64::from(limits.terminals) {
                let last = limits.terminals - 1;
                let (at, line) = place(column);
                return Err(TraceError::Outside { at, line, column, terminal, last });
            }
        }
        if !self.others.is_empty() {
            let mut targets = [&[self.target], &self.others[..]].concat();
            targets.sort_unstable();
            let twice = targets.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
            if twice.is_some() || targets.len() > MAX_TARGETS {
                let (at, line) = place("dst");
                return Err(TraceError::Targets {
                    at,
                    line,
                    found: targets.len(),
                    twice,
                    limit: MAX_TARGETS,
                });
            }
        }
        let flits = self.flits;
        if !(1..=u64::from(Config::MAX_FLITS)).contains(&flits) {
            let (at, line) = place("size");
            return Err(TraceError::Size { at, line, flits, limit: Config::MAX_FLITS });
        }
        let class = range("class", self.class, 0, u64::from(limits.classes) - 1)?;
        if self.after.len() > MAX_AFTER {
            let (at, line) = place("after");
            return Err(TraceError::ManyAfter { at, line, found: self.after.len(), limit: MAX_AFTER });
        }
        for &Dependency { packet: after, delay } in &self.after {
            if after >= number {
                let (at, line) = place("after");
                return Err(TraceError::After { at, line, packet: number, after });
            }
            range("delay", delay, 1, MAX_CYCLE)?;
        }
        Ok(TracePacket {
            number,
            cycle,
            source: self.source as u32,
            target: self.target as u32,
            others: self.others.into_iter().map(|target| target as u32).collect(),
            flits: flits as u32,
            class: class as u8,
            after: self.after,
            labels: self.labels,
        })
    }
}

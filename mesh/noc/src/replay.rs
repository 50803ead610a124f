//! Replaying a packet trace: every packet of a file is sent, and its times are written as BookSim2 would.
//!
//! A trace is a CSV file with the columns `cycle,src,dst,size` in any order, sorted by cycle: a packet of `size` flits is created in
//! `cycle` at terminal `src` for terminal `dst`. `class` is a traffic class. With `after` and `delay` a packet is created in `cycle`
//! or `delay` cycles after packet number `after` has arrived, whichever is later; packets count from 0. Or it is an [`spt`] file with the
//! same content.
//!
//! The answer has a row per packet, in the order of arrival and then of the target: `pid,src,dst,size,ctime,head_itime,tail_atime,
//! routers`. Packets are numbered in the order in which they come to the front of their sources' queues, then by source.
//!
//! The trace is read as time passes and answers are written as packets arrive, so memory follows the packets that wait or are under
//! way, not the length of the trace. Only a trace with dependencies costs eight bytes per packet for good.

mod csv;
mod error;
mod live;
mod output;
pub mod spt;
mod trace;

use std::collections::BTreeMap;
use std::io::Read;

pub use csv::Writer;
pub use error::Error;
pub use output::{Format, HEADING, HOPS_HEADING, Output, Outputs};
pub use trace::{After, Columns, Limits, MAX_CYCLE, Reader, Row, check};

use crate::Cycle;
use crate::{Config, GrantEvent, Network, NoProbe, PacketRequest, Probe, TerminalId, Watchdog};
use live::Live;
use output::{Hops, Packets};
use spt::{Answer, Hop, PacketWriter};

/// Steps between two looks into the books where nobody asked for them.
const DEBUG_CHECK: u64 = 61;

/// How a replay goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Count flits, credits and owners again after every cycle. Builds with debug assertions do so now and then in any case.
    pub check: bool,
    /// When the replay stops because nothing moves any more.
    pub watchdog: Watchdog,
}

impl Default for Options {
    fn default() -> Options {
        Options { check: false, watchdog: Watchdog::default() }
    }
}

/// What a replay has done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Packets that arrived: all of the trace.
    pub packets: u64,
    /// Their flits.
    pub flits: u64,
    /// Cycle of the last arrival.
    pub last_cycle: Cycle,
    /// Cycles that were looked at; in the others nothing happened.
    pub steps: u64,
    /// Flits that were sent over a link between routers.
    pub flit_hops: u64,
    /// Sum of all cycles from creation to the arrival of the tail.
    pub latency_sum: u128,
    /// The longest of them.
    pub latency_max: Cycle,
    /// Most packets that waited or were under way at one time.
    pub most_live: usize,
}

impl Summary {
    /// Mean cycles from creation to the arrival of the tail; 0 without packets.
    pub fn mean_latency(&self) -> f64 {
        if self.packets == 0 { 0.0 } else { self.latency_sum as f64 / self.packets as f64 }
    }
}

/// Sends every packet of a trace and waits for all of them; `file` names the trace in errors.
///
/// # Errors
/// The first that is wrong with the trace, a deadlock, broken books, or an output that cannot be written. Rows written before are
/// those of packets that had arrived.
pub fn replay(
    config: &Config,
    trace: impl Read,
    file: &str,
    outputs: Outputs<'_>,
    options: Options,
) -> Result<Summary, Error> {
    let network = Network::new(config)?;
    let mut reader = Reader::new(trace, file, Limits::of(config))?;
    let mut replay = Replay {
        live: Live::new(network.terminals() as usize, config.classes.len()),
        network,
        next: reader.next_row()?,
        arrivals: reader.columns().dependencies.then(Vec::new),
        packets: Packets::new(outputs.packets, reader.columns())?,
        hops: Hops::new(outputs.hops)?,
        reader,
        waiting: BTreeMap::new(),
        planned: BTreeMap::new(),
        heads: Heads { events: Vec::new() },
        summary: Summary::default(),
    };
    while let Some(now) = replay.next_cycle(options.watchdog)? {
        replay.offer(now)?;
        replay.step(now)?;
        let steps = replay.network.counters().steps;
        if options.check || (cfg!(debug_assertions) && steps.is_multiple_of(DEBUG_CHECK)) {
            replay.network.check_conservation()?;
        }
    }
    replay.network.check_conservation()?;
    replay.packets.finish()?;
    replay.hops.finish()?;
    replay.summary.steps = replay.network.counters().steps;
    replay.summary.flit_hops = replay.network.counters().flit_hops;
    Ok(replay.summary)
}

/// Writes the packets of a trace as they are, in another form or the same. Text comes out with its columns in their usual order.
///
/// # Errors
/// The first that is wrong with the trace, or an output that cannot be written.
pub fn convert(trace: impl Read, file: &str, limits: Limits, output: Output<'_>) -> Result<(), Error> {
    let mut reader = Reader::new(trace, file, limits)?;
    let columns = Columns { answers: false, ..reader.columns() };
    let written = |source| Error::Io { action: "write the trace".to_owned(), source };
    match output.format {
        Format::Csv => {
            let mut writer = Writer::new(output.to, columns).map_err(written)?;
            while let Some(row) = reader.next_row()? {
                writer.write(&row).map_err(written)?;
            }
        }
        Format::Spt => {
            let mut writer = PacketWriter::new(output.to, columns).map_err(written)?;
            while let Some(row) = reader.next_row()? {
                writer.write(&row, Answer::default()).map_err(written)?;
            }
            writer.finish().map_err(written)?;
        }
    }
    Ok(())
}

struct Replay<'a, R: Read> {
    network: Network,
    reader: Reader<R>,
    /// The row that was read and is not due yet.
    next: Option<Row>,
    live: Live,
    /// When each packet arrived, in a trace with dependencies.
    arrivals: Option<Vec<Cycle>>,
    /// Packets that wait for the arrival of another, by that one's number.
    waiting: BTreeMap<u64, Vec<Row>>,
    /// Packets whose creation is known and lies ahead, by cycle and number.
    planned: BTreeMap<(Cycle, u64), Row>,
    heads: Heads,
    packets: Packets<'a>,
    hops: Hops<'a>,
    summary: Summary,
}

/// No arrival yet.
const NEVER: Cycle = Cycle::MAX;

impl<R: Read> Replay<'_, R> {
    /// The next cycle in which something happens; `None` when everything has arrived.
    fn next_cycle(&self, watchdog: Watchdog) -> Result<Option<Cycle>, Error> {
        let row = self.next.map(|row| row.cycle);
        let planned = self.planned.first_key_value().map(|(&(cycle, _), _)| cycle);
        let next = [row, planned, self.network.next_active()].into_iter().flatten().min();
        watchdog.check(&self.network, next, |tag| self.live.name(tag))?;
        Ok(next)
    }

    /// Creates the packets of cycle `now`, in the order of the trace.
    fn offer(&mut self, now: Cycle) -> Result<(), Error> {
        while let Some(row) = self.next.filter(|row| row.cycle <= now) {
            self.plan(row);
            self.next = self.reader.next_row()?;
        }
        while let Some(entry) = self.planned.first_entry().filter(|entry| entry.key().0 <= now) {
            let row = entry.remove();
            let tag = self.live.add(row, now);
            self.network.offer(
                now,
                PacketRequest {
                    source: TerminalId(row.source),
                    target: TerminalId(row.target),
                    flits: row.flits,
                    class: row.class,
                    tag,
                },
            )?;
        }
        self.live.take();
        self.summary.most_live = self.summary.most_live.max(self.live.len());
        Ok(())
    }

    /// Decides when a packet is created, or that it has to wait.
    fn plan(&mut self, row: Row) {
        let Some(arrivals) = &mut self.arrivals else {
            self.planned.insert((row.cycle, row.number), row);
            return;
        };
        arrivals.push(NEVER);
        match row.after.map(|after| (after, arrivals[after.row as usize])) {
            Some((after, NEVER)) => self.waiting.entry(after.row).or_default().push(row),
            Some((after, arrival)) => {
                self.planned.insert((row.cycle.max(arrival.saturating_add(after.delay)), row.number), row);
            }
            None => {
                self.planned.insert((row.cycle, row.number), row);
            }
        }
    }

    fn step(&mut self, now: Cycle) -> Result<(), Error> {
        if self.hops.are_wanted() {
            self.network.step(now, &mut self.heads);
            self.write_hops()?;
        } else {
            self.network.step(now, &mut NoProbe);
        }
        for sent in self.network.injected() {
            self.live.leave(sent.tag);
        }
        for arrived in self.network.delivered() {
            let packet = self.live.remove(arrived.tag);
            let (row, tail) = (packet.row, arrived.cycle);
            let answer = Answer {
                pid: packet.pid,
                created: packet.created,
                head: arrived.injected,
                tail,
                routers: arrived.routers,
            };
            self.packets.write(&row, answer)?;
            let latency = tail - packet.created;
            self.summary.packets += 1;
            self.summary.flits += u64::from(row.flits);
            self.summary.last_cycle = tail;
            self.summary.latency_sum += u128::from(latency);
            self.summary.latency_max = self.summary.latency_max.max(latency);
            if let Some(arrivals) = &mut self.arrivals {
                arrivals[row.number as usize] = tail;
                for row in self.waiting.remove(&row.number).unwrap_or_default() {
                    let delay = row.after.map_or(0, |after| after.delay);
                    self.planned.insert((row.cycle.max(tail.saturating_add(delay)), row.number), row);
                }
            }
        }
        Ok(())
    }

    fn write_hops(&mut self) -> Result<(), Error> {
        for event in self.heads.events.drain(..) {
            self.hops.write(Hop {
                pid: self.live.pid(event.tag),
                cycle: event.cycle,
                node: event.node,
                in_port: self.network.port_kind(event.node, event.in_port),
                out_port: self.network.port_kind(event.node, event.out_port),
                vc: event.out_vc,
            })?;
        }
        Ok(())
    }
}

/// Heads that won a switch in this cycle.
struct Heads {
    events: Vec<GrantEvent>,
}

impl Probe for Heads {
    fn grant(&mut self, event: GrantEvent) {
        if event.is_head {
            self.events.push(event);
        }
    }
}

//! Waves: a run as a VCD file, one time unit a clock.
//!
//! Scopes follow the chip: `chip.n<x>_<y>.np<slot>` for neural processors, `chip.n0_0.hrc` and the event DMA's `sourceN`, `sinkN`; `chip.n<x>_<y>.links`
//! for what arrives over each link out of that node; `chip.n<x>_<y>.buffers` for the fill of its router's input buffers. Only changes are written.
//!
//! | signal of a unit | meaning |
//! |---|---|
//! | `state` | what it does, in words |
//! | `group`, `column` | of a step: group of filters, column of the map |
//! | `fifo` | events in the output FIFO |
//! | `received` | words received in this frame |
//! | `emitted` | events emitted since the wave began, before replication |

use std::collections::BTreeMap;
use std::io::{self, Write};

use vcd::{IdCode, TimescaleUnit, Value, VarType, Writer};

use super::{Origin, Probe};
use crate::unit::{Emission, State, Status, UnitId};
use spikemesh_noc::Cycle;
use spikemesh_noc::{Config, Endpoint, FlitEvent, Network, NodeId, OccupancyEvent, PortKind, TerminalId};

/// Signals of a unit.
struct UnitSignals {
    state: IdCode,
    group: IdCode,
    column: IdCode,
    fifo: IdCode,
    received: IdCode,
    emitted: IdCode,
    last: Status,
    count: u64,
}

/// Signals of a link.
struct LinkSignals {
    valid: IdCode,
    packet: IdCode,
    vc: IdCode,
    /// The last cycle in which a flit arrived.
    last: Option<Cycle>,
}

/// Writes waves while a program runs.
///
/// A probe cannot stop a run, so the first failure to write is kept and given back by [`WaveProbe::finish`].
pub struct WaveProbe<W: Write> {
    writer: Writer<W>,
    failure: Option<io::Error>,
    units: Vec<UnitSignals>,
    by_name: BTreeMap<String, usize>,
    /// For each unit of the present pass, its signals.
    pass: Vec<usize>,
    links: Vec<LinkSignals>,
    /// Signal of each input buffer, by [`WaveProbe::buffer`].
    buffers: Vec<Option<IdCode>>,
    ports: usize,
    vcs: usize,
    cycle: Option<Cycle>,
    /// Whether the present cycle's time has been written.
    stamped: bool,
    /// Links that showed a flit in the last cycle that was looked at, and in the present one.
    before: Vec<usize>,
    present: Vec<usize>,
}

const COUNT_BITS: u32 = 32;
const SMALL_BITS: u32 = 16;

impl<W: Write> WaveProbe<W> {
    /// Writes the header for units at the local ports of a network.
    ///
    /// # Errors
    /// Whatever the writer fails with.
    pub fn new<'a>(
        writer: W,
        units: impl Iterator<Item = (&'a str, TerminalId)>,
        network: &Config,
    ) -> io::Result<WaveProbe<W>> {
        let network = Network::new(network).map_err(io::Error::other)?;
        let ports = (0..network.nodes()).map(|n| usize::from(network.ports(NodeId(n)))).max().unwrap_or(0);
        let vcs = usize::from(network.vcs());
        let mut probe = WaveProbe {
            writer: Writer::new(writer),
            failure: None,
            units: Vec::new(),
            by_name: BTreeMap::new(),
            pass: Vec::new(),
            links: Vec::new(),
            buffers: vec![None; network.nodes() as usize * ports * vcs],
            ports,
            vcs,
            cycle: None,
            stamped: false,
            before: Vec::new(),
            present: Vec::new(),
        };
        probe.header(units, &network)?;
        Ok(probe)
    }

    fn header<'a>(
        &mut self,
        named: impl Iterator<Item = (&'a str, TerminalId)>,
        network: &Network,
    ) -> io::Result<()> {
        self.writer.version(concat!("spikemesh ", env!("CARGO_PKG_VERSION")))?;
        self.writer.comment("one time unit is one clock")?;
        self.writer.timescale(1, TimescaleUnit::NS)?;
        self.writer.add_module("chip")?;
        let mut units: Vec<BTreeMap<String, String>> = vec![BTreeMap::new(); network.nodes() as usize];
        for (name, terminal) in named {
            let (NodeId(node), _) = network.place(terminal);
            let short = name.rsplit('.').next().unwrap_or(name);
            units[node as usize].insert(short.to_owned(), name.to_owned());
        }
        let mut link_names: Vec<Vec<(usize, String)>> = vec![Vec::new(); network.nodes() as usize];
        for (index, link) in network.links().iter().enumerate() {
            let NodeId(node) = match link.from {
                Endpoint::Terminal(terminal) => network.place(terminal).0,
                Endpoint::Port { node, .. } => node,
            };
            let short = link.name.rsplit('.').next().unwrap_or(&link.name).to_owned();
            link_names[node as usize].push((index, short));
        }
        let mut links: Vec<Option<LinkSignals>> = network.links().iter().map(|_| None).collect();
        for node in 0..network.nodes() {
            self.writer.add_module(&network.node_name(NodeId(node)))?;
            for (short, name) in &units[node as usize] {
                let signals = self.unit_signals(short)?;
                self.by_name.insert(name.clone(), self.units.len());
                self.units.push(signals);
            }
            self.writer.add_module("links")?;
            for (index, short) in &link_names[node as usize] {
                self.writer.add_module(short)?;
                links[*index] = Some(LinkSignals {
                    valid: self.writer.add_wire(1, "valid")?,
                    packet: self.writer.add_wire(COUNT_BITS, "packet")?,
                    vc: self.writer.add_wire(8, "vc")?,
                    last: None,
                });
                self.writer.upscope()?;
            }
            self.writer.upscope()?;
            self.writer.add_module("buffers")?;
            for port in 0..network.ports(NodeId(node)) {
                let kind = port_name(network.port_kind(NodeId(node), port));
                for vc in 0..network.vcs() {
                    let signal = self.writer.add_wire(SMALL_BITS, &format!("{kind}_vc{vc}"))?;
                    let buffer = self.buffer(node, port, vc);
                    self.buffers[buffer] = Some(signal);
                }
            }
            self.writer.upscope()?;
            self.writer.upscope()?;
        }
        self.links = links.into_iter().flatten().collect();
        self.writer.upscope()?;
        self.writer.enddefinitions()?;
        self.initial_values()
    }

    fn unit_signals(&mut self, name: &str) -> io::Result<UnitSignals> {
        let writer = &mut self.writer;
        writer.add_module(name)?;
        let signals = UnitSignals {
            state: writer.add_var(VarType::String, 1, "state", None)?,
            group: writer.add_wire(SMALL_BITS, "group")?,
            column: writer.add_wire(SMALL_BITS, "column")?,
            fifo: writer.add_wire(SMALL_BITS, "fifo")?,
            received: writer.add_wire(COUNT_BITS, "received")?,
            emitted: writer.add_wire(COUNT_BITS, "emitted")?,
            last: Status::default(),
            count: 0,
        };
        writer.upscope()?;
        Ok(signals)
    }

    fn initial_values(&mut self) -> io::Result<()> {
        self.writer.timestamp(0)?;
        for unit in &self.units {
            self.writer.change_string(unit.state, State::Idle.name())?;
            for signal in [unit.group, unit.column, unit.fifo, unit.received, unit.emitted] {
                vector(&mut self.writer, signal, 0)?;
            }
        }
        for link in &self.links {
            self.writer.change_scalar(link.valid, Value::V0)?;
            vector(&mut self.writer, link.packet, 0)?;
            vector(&mut self.writer, link.vc, 0)?;
        }
        for &buffer in self.buffers.iter().flatten() {
            vector(&mut self.writer, buffer, 0)?;
        }
        Ok(())
    }

    fn buffer(&self, node: u32, port: u8, vc: u8) -> usize {
        (node as usize * self.ports + usize::from(port)) * self.vcs + usize::from(vc)
    }

    /// Writes what is still open.
    ///
    /// # Errors
    /// The first failure to write, whenever it was.
    pub fn finish(mut self) -> io::Result<()> {
        let next = self.cycle.map_or(0, |c| c + 2);
        self.attempt(|probe| {
            probe.advance(next)?;
            probe.writer.flush()
        });
        self.failure.map_or(Ok(()), Err)
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) {
        if self.failure.is_none() {
            self.failure = write(self).err();
        }
    }

    /// Moves to a cycle. A link's `valid` falls in the cycle after its last flit.
    fn advance(&mut self, cycle: Cycle) -> io::Result<()> {
        let Some(last) = self.cycle else {
            self.cycle = Some(cycle);
            return Ok(());
        };
        if cycle == last {
            return Ok(());
        }
        let before = std::mem::take(&mut self.before);
        self.fall(&before, last)?;
        self.before = std::mem::take(&mut self.present);
        if cycle > last + 1 {
            (self.cycle, self.stamped) = (Some(last + 1), false);
            let before = std::mem::take(&mut self.before);
            self.fall(&before, last + 1)?;
        }
        (self.cycle, self.stamped) = (Some(cycle), false);
        Ok(())
    }

    /// Lets `valid` fall on those links that show no flit in the present `cycle`.
    fn fall(&mut self, links: &[usize], cycle: Cycle) -> io::Result<()> {
        for &link in links {
            if self.links[link].last != Some(cycle) {
                self.stamp()?;
                self.writer.change_scalar(self.links[link].valid, Value::V0)?;
            }
        }
        Ok(())
    }

    fn stamp(&mut self) -> io::Result<()> {
        if !self.stamped {
            self.stamped = true;
            self.writer.timestamp(self.cycle.unwrap_or(0))?;
        }
        Ok(())
    }

    fn write_flit(&mut self, event: FlitEvent) -> io::Result<()> {
        self.advance(event.cycle)?;
        self.stamp()?;
        let index = event.link.0 as usize;
        let link = &mut self.links[index];
        // Valid stays up from one cycle to the next.
        let up = link.last.is_some_and(|last| last + 1 == event.cycle);
        link.last = Some(event.cycle);
        if !up {
            self.writer.change_scalar(link.valid, Value::V1)?;
        }
        vector(&mut self.writer, link.packet, u64::from(event.tag))?;
        vector(&mut self.writer, link.vc, u64::from(event.vc))?;
        self.present.push(index);
        Ok(())
    }

    fn write_status(&mut self, cycle: Cycle, unit: usize, status: &Status) -> io::Result<()> {
        self.advance(cycle)?;
        self.stamp()?;
        let signals = &mut self.units[unit];
        let last = std::mem::replace(&mut signals.last, *status);
        if last.state != status.state {
            self.writer.change_string(signals.state, status.state.name())?;
        }
        for (signal, before, now) in [
            (signals.group, u64::from(last.group), u64::from(status.group)),
            (signals.column, u64::from(last.column), u64::from(status.column)),
            (signals.fifo, u64::from(last.fifo), u64::from(status.fifo)),
            (signals.received, last.received, status.received),
        ] {
            if before != now {
                vector(&mut self.writer, signal, now)?;
            }
        }
        Ok(())
    }
}

/// Name of a router's input port: where its flits come from.
fn port_name(kind: PortKind) -> String {
    match kind {
        PortKind::East => "east".to_owned(),
        PortKind::West => "west".to_owned(),
        PortKind::South => "south".to_owned(),
        PortKind::North => "north".to_owned(),
        PortKind::Local(local) => format!("local{local}"),
    }
}

fn vector<W: Write>(writer: &mut Writer<W>, signal: IdCode, value: u64) -> io::Result<()> {
    let bits = 64 - value.leading_zeros().min(63);
    writer.change_vector(signal, (0..bits).rev().map(|bit| Value::from(value >> bit & 1 == 1)))
}

impl<W: Write> spikemesh_noc::Probe for WaveProbe<W> {
    fn flit(&mut self, event: FlitEvent) {
        self.attempt(|probe| probe.write_flit(event));
    }

    fn occupancy(&mut self, event: OccupancyEvent) {
        let buffer = self.buffer(event.node.0, event.port, event.vc);
        self.attempt(|probe| {
            let Some(signal) = probe.buffers[buffer] else { return Ok(()) };
            probe.advance(event.cycle)?;
            probe.stamp()?;
            vector(&mut probe.writer, signal, u64::from(event.flits))
        });
    }
}

impl<W: Write> Probe for WaveProbe<W> {
    fn pass(&mut self, _index: usize, units: &[String]) {
        self.pass = units.iter().map(|name| self.by_name[name]).collect();
    }

    fn status(&mut self, cycle: Cycle, UnitId(unit): UnitId, status: &Status) {
        let unit = self.pass[unit as usize];
        self.attempt(|probe| probe.write_status(cycle, unit, status));
    }

    fn emitted(&mut self, cycle: Cycle, UnitId(unit): UnitId, _: Origin, events: &[Emission]) {
        let unit = self.pass[unit as usize];
        self.attempt(|probe| {
            probe.advance(cycle)?;
            probe.stamp()?;
            let signals = &mut probe.units[unit];
            signals.count += events.len() as u64;
            vector(&mut probe.writer, signals.emitted, signals.count)
        });
    }
}

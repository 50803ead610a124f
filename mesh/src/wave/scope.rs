//! The scopes and signals of a chip.

use std::collections::BTreeMap;
use std::io;

use super::cycle_values::CycleValues;
use super::signal::{Signal, SignalKind, Value};
use super::writer::Writer;
use crate::unit::UnitState;
use spikemesh_noc::{Config, Endpoint, Network, NodeId, PortKind, TerminalId};

/// Counters.
const COUNT: SignalKind = SignalKind::Number(32);
/// Indices, and the fill of memories.
const SMALL: SignalKind = SignalKind::Number(16);
/// A virtual channel.
const VC: SignalKind = SignalKind::Number(8);

/// Signals of a unit.
pub(super) struct UnitSignals {
    pub(super) state: Signal,
    pub(super) filter_group: Signal,
    pub(super) column: Signal,
    pub(super) fifo: Signal,
    pub(super) received: Signal,
    pub(super) emitted: Signal,
}

/// Signals of a link.
pub(super) struct LinkSignals {
    pub(super) valid: Signal,
    pub(super) packet: Signal,
    pub(super) vc: Signal,
}

/// All signals of a chip.
pub(super) struct ChipSignals {
    pub(super) units: Vec<UnitSignals>,
    /// Position of a unit in `units`, by its name.
    pub(super) unit_by_name: BTreeMap<String, usize>,
    /// By link.
    pub(super) links: Vec<LinkSignals>,
    pub(super) buffers: BufferSignals,
}

/// The fill of every input buffer: by node, port and virtual channel.
pub(super) struct BufferSignals {
    signals: Vec<Option<Signal>>,
    ports: usize,
    vcs: usize,
}

impl BufferSignals {
    fn new(network: &Network) -> BufferSignals {
        let ports = (0..network.nodes()).map(|n| usize::from(network.ports(NodeId(n)))).max().unwrap_or(0);
        let vcs = usize::from(network.vcs());
        BufferSignals { signals: vec![None; network.nodes() as usize * ports * vcs], ports, vcs }
    }

    fn index(&self, NodeId(node): NodeId, port: u8, vc: u8) -> usize {
        (node as usize * self.ports + usize::from(port)) * self.vcs + usize::from(vc)
    }

    /// The signal of a buffer.
    pub(super) fn get(&self, node: NodeId, port: u8, vc: u8) -> Option<Signal> {
        self.signals[self.index(node, port, vc)]
    }
}

impl ChipSignals {
    /// Declares the signals of units at the terminals of a network.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn declare<'a>(
        writer: &mut impl Writer,
        units: impl Iterator<Item = (&'a str, TerminalId)>,
        network: &Config,
    ) -> io::Result<ChipSignals> {
        let network = &Network::new(network).map_err(io::Error::other)?;
        let mut chip = ChipSignals {
            units: Vec::new(),
            unit_by_name: BTreeMap::new(),
            links: Vec::new(),
            buffers: BufferSignals::new(network),
        };
        let units = units_by_node(network, units);
        let link_names = links_by_node(network);
        let mut links: Vec<Option<LinkSignals>> = network.links().iter().map(|_| None).collect();
        writer.open_scope("chip")?;
        for node in (0..network.nodes()).map(NodeId) {
            writer.open_scope(&network.node_name(node))?;
            for (short, name) in &units[node.0 as usize] {
                chip.unit_by_name.insert(name.clone(), chip.units.len());
                chip.units.push(unit(writer, short)?);
            }
            writer.open_scope("links")?;
            for (index, short) in &link_names[node.0 as usize] {
                links[*index] = Some(link(writer, short)?);
            }
            writer.close_scope()?;
            writer.open_scope("buffers")?;
            for port in 0..network.ports(node) {
                let kind = port_name(network.port_kind(node, port));
                for vc in 0..network.vcs() {
                    let index = chip.buffers.index(node, port, vc);
                    chip.buffers.signals[index] = Some(writer.declare(&format!("{kind}_vc{vc}"), SMALL)?);
                }
            }
            writer.close_scope()?;
            writer.close_scope()?;
        }
        chip.links = links.into_iter().flatten().collect();
        writer.close_scope()?;
        writer.end_declarations()?;
        Ok(chip)
    }

    /// Idle units, empty links and buffers.
    pub(super) fn reset(&self, values: &mut CycleValues<impl Writer>) {
        for unit in &self.units {
            values.set(unit.state, Value::Text(UnitState::Idle.name()));
            for signal in [unit.filter_group, unit.column, unit.fifo, unit.received, unit.emitted] {
                values.set(signal, Value::Number(0));
            }
        }
        for link in &self.links {
            values.set(link.valid, Value::Bit(false));
            values.set(link.packet, Value::Number(0));
            values.set(link.vc, Value::Number(0));
        }
        for &buffer in self.buffers.signals.iter().flatten() {
            values.set(buffer, Value::Number(0));
        }
    }
}

/// The units at each node, by their name there, with their name on the chip.
fn units_by_node<'a>(
    network: &Network,
    units: impl Iterator<Item = (&'a str, TerminalId)>,
) -> Vec<BTreeMap<String, String>> {
    let mut by_node = vec![BTreeMap::new(); network.nodes() as usize];
    for (name, terminal) in units {
        let (NodeId(node), _) = network.place(terminal);
        let short = name.rsplit('.').next().unwrap_or(name);
        by_node[node as usize].insert(short.to_owned(), name.to_owned());
    }
    by_node
}

/// The links that leave each node or its terminals: index and name at the node.
fn links_by_node(network: &Network) -> Vec<Vec<(usize, String)>> {
    let mut by_node = vec![Vec::new(); network.nodes() as usize];
    for (index, link) in network.links().iter().enumerate() {
        let NodeId(node) = match link.from {
            Endpoint::Terminal(terminal) => network.place(terminal).0,
            Endpoint::Port { node, .. } => node,
        };
        let short = link.name.rsplit('.').next().unwrap_or(&link.name).to_owned();
        by_node[node as usize].push((index, short));
    }
    by_node
}

fn unit(writer: &mut impl Writer, name: &str) -> io::Result<UnitSignals> {
    writer.open_scope(name)?;
    let signals = UnitSignals {
        state: writer.declare("state", SignalKind::Text)?,
        filter_group: writer.declare("group", SMALL)?,
        column: writer.declare("column", SMALL)?,
        fifo: writer.declare("fifo", SMALL)?,
        received: writer.declare("received", COUNT)?,
        emitted: writer.declare("emitted", COUNT)?,
    };
    writer.close_scope()?;
    Ok(signals)
}

fn link(writer: &mut impl Writer, name: &str) -> io::Result<LinkSignals> {
    writer.open_scope(name)?;
    let signals = LinkSignals {
        valid: writer.declare("valid", SignalKind::Bit)?,
        packet: writer.declare("packet", COUNT)?,
        vc: writer.declare("vc", VC)?,
    };
    writer.close_scope()?;
    Ok(signals)
}

/// Name of a router's input port: the side that its flits come from.
fn port_name(kind: PortKind) -> String {
    match kind {
        PortKind::East => "east".to_owned(),
        PortKind::West => "west".to_owned(),
        PortKind::South => "south".to_owned(),
        PortKind::North => "north".to_owned(),
        PortKind::Local(local) => format!("local{local}"),
    }
}

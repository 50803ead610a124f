//! The signals of a chip, and their names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalogue::Catalogue;
use super::phase::Phase;
use super::signal::{NameTable, Signal, SignalKind};
use super::used::{Channel, Used};
use crate::simulator::Simulator;
use crate::unit::UnitState;
use spikemesh_device::network::{Endpoint, LinkId, NodeId, PortKind, Topology};
use spikemesh_noc::{Config, TerminalId};

/// Cycles.
const CYCLE: SignalKind = SignalKind::Number(40);
/// Counters.
const COUNT: SignalKind = SignalKind::Number(32);
/// Indices, and the fill of memories.
const SMALL: SignalKind = SignalKind::Number(16);
/// A virtual channel.
const VC: SignalKind = SignalKind::Number(8);
/// The layer of a unit that has none.
pub(super) const NO_LAYER: u64 = 0;
/// The owner of an output that has none.
pub(super) const NO_OWNER: u64 = 0;

/// Signals of a unit.
#[derive(Clone, Debug)]
pub(super) struct UnitSignals {
    pub name: String,
    /// Indices of the layers that it works on in some pass.
    pub layers: BTreeSet<usize>,
    pub state: Signal,
    pub phase: Signal,
    pub layer: Signal,
    pub frame: Signal,
    pub filter_group: Signal,
    pub column: Signal,
    pub fifo: Signal,
    pub received: Signal,
    pub emitted: Signal,
}

/// Signals of a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkSignals {
    pub valid: Signal,
    pub packet: Signal,
    pub vc: Signal,
}

/// Signals of a virtual channel of an output.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutputSignals {
    pub credits: Signal,
    pub owner: Signal,
}

/// What is declared besides what the program uses of units, links and buffers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choice {
    /// Links and buffers that it does not use.
    pub all: bool,
    /// Credits and owners of outputs.
    pub routers: bool,
}

/// All signals of a chip.
#[derive(Clone, Debug)]
pub(super) struct ChipSignals {
    pub catalogue: Catalogue,
    /// The cycle of the last change.
    pub cycle: Signal,
    /// The present pass; not there without units.
    pub pass: Option<Signal>,
    pub units: Vec<UnitSignals>,
    /// Position of a unit in `units`, by its name.
    pub unit_by_name: BTreeMap<String, usize>,
    /// Names of the layers, in their order.
    pub layers: Vec<String>,
    /// The scopes of the layers.
    pub layer_scopes: Vec<String>,
    /// By link.
    pub links: Vec<Option<LinkSignals>>,
    buffers: Vec<Option<Signal>>,
    /// As `buffers`; empty if they are not asked for.
    outputs: Vec<Option<OutputSignals>>,
    /// The place of each port's kind among the kinds that there are, by node and port.
    port_kinds: Vec<usize>,
    ports: usize,
    vcs: usize,
}

/// A unit, where it is, and the layers that it works on.
#[derive(Clone, Debug)]
struct UnitPlace {
    terminal: TerminalId,
    layers: BTreeSet<usize>,
}

impl ChipSignals {
    /// Of a simulator's chip.
    pub fn of_simulator(simulator: &Simulator, choice: Choice) -> ChipSignals {
        let config = simulator.device().network_config();
        let topology = Topology::new(&config);
        let used = match choice.all {
            true => Used::all(&topology, config.vcs as u8),
            false => Used::by(simulator.passes(), &config, &topology),
        };
        let mut units: BTreeMap<String, UnitPlace> = BTreeMap::new();
        for plan in simulator.passes() {
            for ((name, terminal), map) in plan.names.iter().zip(&plan.terminals).zip(&plan.output_maps) {
                let place = UnitPlace { terminal: *terminal, layers: BTreeSet::new() };
                let unit = units.entry(name.clone()).or_insert(place);
                unit.layers.extend(map.map(|map| usize::from(map.0)));
            }
        }
        let layers = simulator.program().output_maps.iter().map(|map| map.name.clone()).collect();
        ChipSignals::declare(&config, &topology, choice.of(used), units, layers)
    }

    /// Of a network without units: every link and buffer.
    pub fn of_network(config: &Config, choice: Choice) -> ChipSignals {
        let topology = Topology::new(config);
        let used = choice.of(Used::all(&topology, config.vcs as u8));
        ChipSignals::declare(config, &topology, used, BTreeMap::new(), Vec::new())
    }

    /// Units without layers, for tests.
    #[cfg(test)]
    pub fn of_units(config: &Config, units: &[(&str, TerminalId)]) -> ChipSignals {
        let topology = Topology::new(config);
        let used = Choice::default().of(Used::all(&topology, config.vcs as u8));
        let place = |&(name, terminal): &(&str, TerminalId)| {
            (name.to_owned(), UnitPlace { terminal, layers: BTreeSet::new() })
        };
        ChipSignals::declare(config, &topology, used, units.iter().map(place).collect(), Vec::new())
    }

    fn declare(
        config: &Config,
        topology: &Topology,
        used: Used,
        units: BTreeMap<String, UnitPlace>,
        layers: Vec<String>,
    ) -> ChipSignals {
        let mut catalogue = Catalogue::default();
        catalogue.open("chip");
        let cycle = catalogue.declare("cycle", CYCLE);
        let pass = (!units.is_empty()).then(|| catalogue.declare("pass", SMALL));
        let ports =
            (0..topology.nodes()).map(|node| topology.ports(NodeId(node)) as usize).max().unwrap_or(0);
        let vcs = usize::from(config.vcs);
        let channels = topology.nodes() as usize * ports * vcs;
        let kinds = PortKinds::new(topology, ports);
        let mut chip = ChipSignals {
            catalogue,
            cycle,
            pass,
            units: Vec::new(),
            unit_by_name: BTreeMap::new(),
            layer_scopes: scope_names(&layers),
            links: vec![None; topology.links().len()],
            buffers: vec![None; channels],
            outputs: vec![None; if used.outputs.is_empty() { 0 } else { channels }],
            port_kinds: kinds.places,
            ports,
            vcs,
            layers,
        };
        let names = Tables::new(&chip.layers, &kinds.kinds, vcs);
        for node in (0..topology.nodes()).map(NodeId) {
            chip.declare_node(topology, &used, &units, &names, node);
        }
        chip.alias_layers();
        chip.catalogue.close();
        chip
    }

    /// A node: its units, the links that leave it or its terminals, its buffers.
    fn declare_node(
        &mut self,
        topology: &Topology,
        used: &Used,
        units: &BTreeMap<String, UnitPlace>,
        names: &Tables,
        node: NodeId,
    ) {
        self.catalogue.open(topology.node_name(node));
        for (name, place) in units.iter().filter(|(_, place)| topology.place(place.terminal).0 == node) {
            self.declare_unit(names, name, place);
        }
        self.catalogue.open("links");
        for &LinkId(index) in &used.links {
            let link = topology.link(LinkId(index));
            let at = match link.from {
                Endpoint::Terminal(terminal) => topology.place(terminal).0,
                Endpoint::Port { node, .. } => node,
            };
            if at == node {
                self.catalogue.open(short(&link.name));
                let catalogue = &mut self.catalogue;
                self.links[index as usize] = Some(LinkSignals {
                    valid: catalogue.declare("valid", SignalKind::Bit),
                    packet: catalogue.declare("packet", COUNT),
                    vc: catalogue.declare("vc", VC),
                });
                self.catalogue.close();
            }
        }
        self.catalogue.close();
        self.catalogue.open("buffers");
        let here = |channel: &&Channel| channel.node == node;
        let name = |port: u8, vc: u8| format!("{}_vc{vc}", topology.port_kind(node, port.into()));
        for &Channel { port, vc, .. } in used.buffers.iter().filter(here) {
            let index = self.index(node, port, vc);
            self.buffers[index] = Some(self.catalogue.declare(name(port, vc), SMALL));
        }
        self.catalogue.close();
        if !self.outputs.is_empty() {
            self.catalogue.open("outputs");
            for &Channel { port, vc, .. } in used.outputs.iter().filter(here) {
                self.catalogue.open(name(port, vc));
                let index = self.index(node, port, vc);
                self.outputs[index] = Some(OutputSignals {
                    credits: self.catalogue.declare("credits", SMALL),
                    owner: self.catalogue.declare("owner", SignalKind::Name(names.owners.clone())),
                });
                self.catalogue.close();
            }
            self.catalogue.close();
        }
        self.catalogue.close();
    }

    fn declare_unit(&mut self, names: &Tables, name: &str, place: &UnitPlace) {
        let catalogue = &mut self.catalogue;
        catalogue.open(short(name));
        let unit = UnitSignals {
            name: name.to_owned(),
            layers: place.layers.clone(),
            state: catalogue.declare("state", SignalKind::Name(names.states.clone())),
            phase: catalogue.declare("phase", SignalKind::Name(names.phases.clone())),
            layer: catalogue.declare("layer", SignalKind::Name(names.layers.clone())),
            frame: catalogue.declare("frame", COUNT),
            filter_group: catalogue.declare("group", SMALL),
            column: catalogue.declare("column", SMALL),
            fifo: catalogue.declare("fifo", SMALL),
            received: catalogue.declare("received", COUNT),
            emitted: catalogue.declare("emitted", COUNT),
        };
        catalogue.close();
        self.unit_by_name.insert(name.to_owned(), self.units.len());
        self.units.push(unit);
    }

    /// `layers`: for each layer its units, with the signals that they have at their nodes.
    fn alias_layers(&mut self) {
        self.catalogue.open("layers");
        for (layer, scope) in self.layer_scopes.iter().enumerate() {
            self.catalogue.open(scope);
            for unit in self.units.iter().filter(|unit| unit.layers.contains(&layer)) {
                self.catalogue.open(unit.name.replace('.', "_"));
                for (name, signal) in unit.all() {
                    self.catalogue.alias(name, signal);
                }
                self.catalogue.close();
            }
            self.catalogue.close();
        }
        self.catalogue.close();
    }

    fn index(&self, NodeId(node): NodeId, port: u8, vc: u8) -> usize {
        (node as usize * self.ports + usize::from(port)) * self.vcs + usize::from(vc)
    }

    /// The signal of a buffer.
    #[inline]
    pub fn buffer(&self, node: NodeId, port: u8, vc: u8) -> Option<Signal> {
        self.buffers[self.index(node, port, vc)]
    }

    /// The signals of all outputs.
    pub fn outputs(&self) -> impl Iterator<Item = OutputSignals> {
        self.outputs.iter().flatten().copied()
    }

    /// The signals of an output.
    #[inline]
    pub fn output(&self, node: NodeId, port: u8, vc: u8) -> Option<OutputSignals> {
        self.outputs.get(self.index(node, port, vc)).copied().flatten()
    }

    /// The number of an owner, an input's port and virtual channel, among their names.
    #[inline]
    pub fn owner(&self, NodeId(node): NodeId, owner: Option<(u8, u8)>) -> u64 {
        let number = |(port, vc)| {
            let kind = self.port_kinds[node as usize * self.ports + usize::from(port)];
            (1 + kind * self.vcs + usize::from(vc)) as u64
        };
        owner.map_or(NO_OWNER, number)
    }
}

impl Choice {
    /// What is declared, of what is used.
    fn of(self, used: Used) -> Used {
        if self.routers { used } else { Used { outputs: BTreeSet::new(), ..used } }
    }
}

impl UnitSignals {
    /// All signals of the unit, by name.
    pub fn all(&self) -> [(&'static str, Signal); 9] {
        [
            ("state", self.state),
            ("phase", self.phase),
            ("layer", self.layer),
            ("frame", self.frame),
            ("group", self.filter_group),
            ("column", self.column),
            ("fifo", self.fifo),
            ("received", self.received),
            ("emitted", self.emitted),
        ]
    }
}

/// The kinds of ports that a network has, and the place of each port's kind among them, by node and port.
struct PortKinds {
    kinds: Vec<PortKind>,
    places: Vec<usize>,
}

impl PortKinds {
    /// Of nodes with up to so many `ports`.
    fn new(topology: &Topology, ports: usize) -> PortKinds {
        let mut kinds: Vec<PortKind> = Vec::new();
        let mut places = vec![0; topology.nodes() as usize * ports];
        for node in (0..topology.nodes()).map(NodeId) {
            for port in 0..topology.ports(node) {
                let kind = topology.port_kind(node, port);
                let place = kinds.iter().position(|known| *known == kind).unwrap_or_else(|| {
                    kinds.push(kind);
                    kinds.len() - 1
                });
                places[node.0 as usize * ports + port as usize] = place;
            }
        }
        PortKinds { kinds, places }
    }
}

/// The names that signals take.
struct Tables {
    states: Arc<NameTable>,
    phases: Arc<NameTable>,
    layers: Arc<NameTable>,
    owners: Arc<NameTable>,
}

impl Tables {
    fn new(layers: &[String], ports: &[PortKind], vcs: usize) -> Tables {
        let table = |what, names: Vec<String>| Arc::new(NameTable { what, names });
        let layers = std::iter::once("-".to_owned()).chain(scope_names(layers)).collect();
        let inputs = ports.iter().flat_map(|port| (0..vcs).map(move |vc| format!("{port}_vc{vc}")));
        Tables {
            owners: table("owner", std::iter::once("-".to_owned()).chain(inputs).collect()),
            states: table("state", UnitState::ALL.iter().map(|state| state.name().to_owned()).collect()),
            phases: table("phase", Phase::ALL.iter().map(|phase| phase.name().to_owned()).collect()),
            layers: table("layer", layers),
        }
    }
}

/// Names of layers as names of scopes: letters, digits and underscores, each once.
fn scope_names(layers: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for layer in layers {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let mut name: String = layer.chars().map(plain).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            name.insert(0, '_');
        }
        while names.contains(&name) {
            name.push('_');
        }
        names.push(name);
    }
    names
}

/// The name of a unit or a link at its node.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_layers_have_plain_names_each_once() {
        let layers = ["conv 1", "conv.1", "2d", "sep_6", "sep_6"].map(str::to_owned);
        assert_eq!(scope_names(&layers), ["conv_1", "conv_1_", "_2d", "sep_6", "sep_6_"]);
    }
}

//! Proves that the packets of a program can never get into a circular wait.
//!
//! A packet that holds a channel may wait for any next one that the routing function allows: that is a dependency. When the dependencies of
//! all flows of a pass form no cycle, some packet can always move, and so all arrive (Dally and Seitz). Ways end in links to terminals,
//! which wait for nothing: a unit takes whatever arrives, always. A channel is a link and a route class, since route classes have virtual
//! channels of their own between routers. A source replicates a packet for its receivers one after the other, so a copy waits for no
//! other copy. Between passes the network is empty.
//!
//! The ways are those of the simulator: the proof follows each flow with [`walk`] under the same function [`outputs`](fn@outputs) from which
//! the routers' tables are derived.

use std::collections::{BTreeMap, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::resources::Resources;

use spikemesh_device::network::{
    Channel, NodeId, Outputs, PortKind, RouteClass, RouteClasses, TerminalCoord, Topology, TrafficClass, walk,
};
use spikemesh_device::{Floorplan, Unit};
use spikemesh_isa::{Program, Route};
use spikemesh_stop::{Stop, Stopped};

/// All packets of a traffic class from one unit to another in a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Pass.
    pub pass: usize,
    /// Sender.
    pub from: Unit,
    /// Receiver.
    pub to: Unit,
    /// Traffic class.
    pub class: TrafficClass,
}

/// A proof, by its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Proof {
    /// Flows followed.
    pub flows: usize,
    /// Channels in use, all passes together.
    pub channels: usize,
    /// Dependencies between them.
    pub dependencies: usize,
}

/// A circular wait: `flows[i]` holds `channels[i]` and waits for `channels[i + 1]`, the last for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircularWait {
    /// The channels.
    pub channels: Vec<Channel>,
    /// The flows that close it.
    pub flows: Vec<Flow>,
    /// Both, by their names.
    text: String,
}

/// Proves a program free of deadlock under a routing function, or finds a cycle. The simulator's function is
/// [`outputs`](fn@spikemesh_device::network::outputs).
pub fn prove(
    program: &Program,
    resources: &Resources,
    outputs: impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
) -> Result<Proof, CircularWait> {
    prove_until(program, resources, outputs, &Stop::NEVER).unwrap_or_else(|Stopped| unreachable!())
}

/// As [`prove`], unless it is stopped.
///
/// # Errors
/// The stop flag is set.
pub(crate) fn prove_until(
    program: &Program,
    resources: &Resources,
    outputs: impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
    stop: &Stop,
) -> Result<Result<Proof, CircularWait>, Stopped> {
    let config = resources.network_config();
    let (topology, classes) = (Topology::new(&config), RouteClasses::new(&config));
    let mut proof = Proof::default();
    for pass in 0..program.passes.len() {
        let flows = flows(program, pass, &resources.floorplan);
        let mut graph = Dependencies::default();
        for flow in &flows {
            stop.check()?;
            let [from, to] = [flow.from, flow.to].map(|unit| resources.floorplan.terminal(unit));
            for class in classes.of(flow.class as u8) {
                for (held, wanted) in walk(&topology, &classes, &outputs, class, from, to) {
                    graph.add(held, wanted, *flow);
                }
            }
        }
        proof.flows += flows.len();
        proof.channels += graph.graph.node_count();
        proof.dependencies += graph.graph.edge_count();
        if let Some((channels, flows)) = graph.cycle() {
            let text = describe(&channels, &flows, &topology, &resources.floorplan);
            return Ok(Err(CircularWait { channels, flows, text }));
        }
    }
    Ok(Ok(proof))
}

/// The flows of a pass, each once. The event DMA is one sender and one receiver, whatever its buffer.
pub fn flows(program: &Program, pass: usize, floorplan: &Floorplan) -> Vec<Flow> {
    let records = &program.passes[pass];
    let mut flows = BTreeMap::new();
    let mut follow = |from: Unit, routes: &[Route]| {
        for route in routes {
            let to = match route.target {
                spikemesh_isa::Target::Np(np) => Unit::Np(np.0),
                spikemesh_isa::Target::Sink(buffer) => Unit::Sink(buffer.0),
            };
            for (from, to, class) in [(from, to, TrafficClass::Data), (to, from, TrafficClass::Token)] {
                let key = (floorplan.terminal(from), floorplan.terminal(to), class);
                flows.entry(key).or_insert(Flow { pass, from, to, class });
            }
        }
    };
    if let Some(hrc) = &records.hrc {
        follow(Unit::Hrc, &hrc.routes);
    }
    for source in &records.sources {
        follow(Unit::Source(source.buffer.0), &source.routes);
    }
    for np in &records.nps {
        follow(Unit::Np(np.np.0), &np.routes);
    }
    flows.into_values().collect()
}

/// Channels, and for each dependency the first flow that has it.
#[derive(Default)]
struct Dependencies {
    graph: DiGraph<Channel, Flow>,
    index: BTreeMap<Channel, NodeIndex>,
}

impl Dependencies {
    /// Adds a dependency. Many flows share one; the first stands for all, and flows come in the order of
    /// their terminals.
    fn add(&mut self, held: Channel, wanted: Channel, flow: Flow) {
        let [held, wanted] =
            [held, wanted].map(|c| *self.index.entry(c).or_insert_with(|| self.graph.add_node(c)));
        if self.graph.find_edge(held, wanted).is_none() {
            self.graph.add_edge(held, wanted, flow);
        }
    }

    /// The shortest cycle through the least channel that lies on one, so the same program always gives the same one.
    ///
    /// A channel lies on a cycle when its strongly connected component has more members, or when it waits for itself. A
    /// breadth-first search from the least such channel reaches itself again by a shortest way; `before` holds, for each
    /// channel that was reached, the one that it was first reached from. The start is entered only when the search comes
    /// back to it, which closes the cycle.
    fn cycle(&self) -> Option<(Vec<Channel>, Vec<Flow>)> {
        let graph = &self.graph;
        let on_cycle = |component: &Vec<NodeIndex>| {
            component.len() > 1 || graph.find_edge(component[0], component[0]).is_some()
        };
        let start =
            tarjan_scc(graph).into_iter().filter(on_cycle).flatten().min_by_key(|&channel| graph[channel])?;
        let mut before: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(held) = queue.pop_front() {
            for wanted in graph.neighbors(held) {
                if let std::collections::btree_map::Entry::Vacant(entry) = before.entry(wanted) {
                    entry.insert(held);
                    queue.push_back(wanted);
                }
            }
        }
        let mut order = vec![start];
        let mut at = *before.get(&start)?;
        while at != start {
            order.push(at);
            at = *before.get(&at)?;
        }
        // Collected backwards from the start: turn it round, the start first.
        order[1..].reverse();
        let flows = order
            .iter()
            .zip(order.iter().cycle().skip(1))
            .filter_map(|(&held, &wanted)| graph.find_edge(held, wanted).map(|edge| graph[edge]))
            .collect();
        Some((order.iter().map(|&channel| graph[channel]).collect(), flows))
    }
}

/// A circular wait by the names of its links and units.
fn describe(channels: &[Channel], flows: &[Flow], topology: &Topology, floorplan: &Floorplan) -> String {
    let mut text = String::new();
    for (channel, flow) in channels.iter().zip(flows) {
        let (link, class) = (&topology.link(channel.link).name, flow.class);
        let [from, to] = [flow.from, flow.to].map(|unit| floorplan.name(unit));
        text += &format!("{link} ({class}), held by {from} -> {to} in pass {}, waits for ", flow.pass);
    }
    text + "the first"
}

impl std::fmt::Display for CircularWait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

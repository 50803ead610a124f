//! Proves that the packets of a program can never wait for each other in a circle.
//!
//! A packet that holds a channel may wait for the next one on its way: that is a dependency. When the dependencies of
//! all flows of a pass form no cycle, some packet can always move, and so all arrive (Dally and Seitz). Ways end
//! in ejection channels, which wait for nothing: a unit sinks whatever arrives, always. Events and `map free` tokens have their
//! own virtual channels, hence are separate classes. A source replicates a packet for its receivers one after the
//! other, so a copy waits for no other copy. Between passes the network is empty.

use std::collections::{BTreeMap, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::target::{Node, Target};

use spikemesh_isa::{NpId, Program, Route};

/// A local port of a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Port {
    /// Of a neural processor.
    Np(NpId),
    /// Of the input unit.
    Hrc,
    /// Of the event DMA.
    EventDma,
}

/// Traffic with virtual channels of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Events, potentials and markers, from producer to consumer.
    Data,
    /// `map free` tokens, from consumer to producer.
    Token,
}

/// What a packet can hold and wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// From a unit into its router.
    Inject(Port, Class),
    /// From a router to its neighbour.
    Link(Node, Node, Class),
    /// From a router to a unit.
    Eject(Port, Class),
}

/// All packets of a class from one unit to another in a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Pass.
    pub pass: usize,
    /// Sender.
    pub from: Port,
    /// Receiver.
    pub to: Port,
    /// Class.
    pub class: Class,
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

/// A circle of channels: `flows[i]` holds `channels[i]` and waits for `channels[i + 1]`, the last for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The channels.
    pub channels: Vec<Channel>,
    /// The flows that close it.
    pub flows: Vec<Flow>,
}

/// Proves a program free of deadlock under a routing function, or finds a cycle.
///
/// `routing(from, to)` gives the nodes that a packet passes, both ends included.
pub fn prove(
    program: &Program,
    target: &Target,
    routing: impl Fn(Node, Node) -> Vec<Node>,
) -> Result<Proof, Cycle> {
    let mut proof = Proof::default();
    for pass in 0..program.passes.len() {
        let flows = flows(program, pass);
        let graph = Dependencies::of(&flows, target, &routing);
        proof.flows += flows.len();
        proof.channels += graph.0.node_count();
        proof.dependencies += graph.0.edge_count();
        if let Some(cycle) = graph.cycle() {
            return Err(cycle);
        }
    }
    Ok(proof)
}

/// The flows of a pass, each once, ascending.
pub fn flows(program: &Program, pass: usize) -> Vec<Flow> {
    let records = &program.passes[pass];
    let mut flows = Vec::new();
    let mut follow = |from: Port, routes: &[Route]| {
        for route in routes {
            let to = match route.target {
                spikemesh_isa::Target::Np(np) => Port::Np(np),
                spikemesh_isa::Target::Sink(_) => Port::EventDma,
            };
            flows.push(Flow { pass, from, to, class: Class::Data });
            flows.push(Flow { pass, from: to, to: from, class: Class::Token });
        }
    };
    if let Some(hrc) = &records.hrc {
        follow(Port::Hrc, &hrc.routes);
    }
    for source in &records.sources {
        follow(Port::EventDma, &source.routes);
    }
    for np in &records.nps {
        follow(Port::Np(np.np), &np.routes);
    }
    flows.sort_unstable();
    flows.dedup();
    flows
}

/// Channels, and for each dependency the first flow that has it.
struct Dependencies(DiGraph<Channel, Flow>);

impl Dependencies {
    fn of(flows: &[Flow], target: &Target, routing: &impl Fn(Node, Node) -> Vec<Node>) -> Dependencies {
        let node = |port: Port| match port {
            Port::Np(np) => target.node(np),
            Port::Hrc | Port::EventDma => Node::EDGE,
        };
        let mut graph = DiGraph::new();
        let mut index: BTreeMap<Channel, NodeIndex> = BTreeMap::new();
        for flow in flows {
            let nodes = routing(node(flow.from), node(flow.to));
            let links = nodes.windows(2).map(|pair| Channel::Link(pair[0], pair[1], flow.class));
            let way = std::iter::once(Channel::Inject(flow.from, flow.class))
                .chain(links)
                .chain(std::iter::once(Channel::Eject(flow.to, flow.class)));
            let mut held: Option<NodeIndex> = None;
            for channel in way {
                let wanted = *index.entry(channel).or_insert_with(|| graph.add_node(channel));
                if let Some(held) = held
                    && graph.find_edge(held, wanted).is_none()
                {
                    graph.add_edge(held, wanted, *flow);
                }
                held = Some(wanted);
            }
        }
        Dependencies(graph)
    }

    /// The shortest cycle through the least channel that lies on one.
    fn cycle(&self) -> Option<Cycle> {
        let on_cycle = |component: &Vec<NodeIndex>| {
            component.len() > 1 || self.0.find_edge(component[0], component[0]).is_some()
        };
        let start = tarjan_scc(&self.0)
            .into_iter()
            .filter(on_cycle)
            .flatten()
            .min_by_key(|&channel| self.0[channel])?;
        let mut before: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(held) = queue.pop_front() {
            for wanted in self.0.neighbors(held) {
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
            .filter_map(|(&held, &wanted)| self.0.find_edge(held, wanted).map(|edge| self.0[edge]))
            .collect();
        Some(Cycle { channels: order.iter().map(|&channel| self.0[channel]).collect(), flows })
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Port::Np(np) => write!(f, "NP {}", np.0),
            Port::Hrc => f.write_str("HRC"),
            Port::EventDma => f.write_str("event DMA"),
        }
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Class::Data => "data",
            Class::Token => "token",
        })
    }
}

impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Channel::Inject(port, class) => write!(f, "injection of {port} ({class})"),
            Channel::Link(from, to, class) => write!(f, "link {from} -> {to} ({class})"),
            Channel::Eject(port, class) => write!(f, "ejection to {port} ({class})"),
        }
    }
}

impl std::fmt::Display for Cycle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (channel, flow) in self.channels.iter().zip(&self.flows) {
            write!(f, "{channel}, held by {} -> {} in pass {}, waits for ", flow.from, flow.to, flow.pass)?;
        }
        f.write_str("the first")
    }
}

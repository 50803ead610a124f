//! Who sits where, what the links between nodes carry, and who sends to whom by which of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::flows::Flows;
use super::stats_file::StatsFile;
use crate::device::network::{Endpoint, LinkId, NodeId, Topology};
use crate::mesh::Simulator;

/// The mesh with its units, links and flows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FloorplanFacts {
    /// Nodes in a row.
    pub columns: u16,
    /// Nodes in a column.
    pub rows: u16,
    /// Neural processors at each node.
    pub nps_per_node: u16,
    /// Nodes, row by row.
    pub nodes: Vec<NodeFacts>,
    /// Links between nodes, in the order of the network: all frames.
    pub mesh_links: Vec<MeshLink>,
    /// Who sends to whom: the first batch.
    pub flows: Vec<FlowFacts>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeFacts {
    /// Its name.
    pub name: String,
    /// Its units: indices of [`Report::units`](super::Report::units).
    pub units: Vec<usize>,
}

/// A link between two nodes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeshLink {
    /// Its name.
    pub name: String,
    /// The node that it leads from: its index.
    pub from: usize,
    /// The node that it leads to.
    pub to: usize,
    /// Flits that passed.
    pub flits: u64,
    /// Flits by cycles.
    pub share: f64,
}

/// Packets from one unit to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FlowFacts {
    /// Who sends: index of [`Report::units`](super::Report::units).
    pub source: usize,
    /// Who gets them.
    pub target: usize,
    /// How many; tokens included.
    pub packets: u64,
    /// Their flits.
    pub flits: u64,
    /// Links between nodes that they crossed, each with its flits: indices of [`FloorplanFacts::mesh_links`].
    pub links: Vec<[u64; 2]>,
}

impl FloorplanFacts {
    pub(super) fn of(simulator: &Simulator, stats: &StatsFile, flows: Option<&Flows>) -> FloorplanFacts {
        let device = simulator.device();
        let plan = device.floorplan();
        let topology = Topology::new(&device.network_config());
        let mut nodes: Vec<NodeFacts> = (0..topology.nodes())
            .map(|node| NodeFacts { name: topology.node_name(NodeId(node)), units: Vec::new() })
            .collect();
        // Units of all passes, in the order of `stats.json`: the first of each pass.
        let mut first = Vec::new();
        let mut units = 0;
        for pass in simulator.passes() {
            first.push(units);
            for &terminal in &pass.terminals {
                nodes[topology.place(terminal).0.0 as usize].units.push(units);
                units += 1;
            }
        }
        let counted: BTreeMap<&str, _> = stats.links.iter().map(|link| (link.name.as_str(), link)).collect();
        let mut index_of = BTreeMap::new();
        let mut mesh_links = Vec::new();
        for (id, link) in (0..).map(LinkId).zip(topology.links()) {
            let (Endpoint::Port { node: from, .. }, Endpoint::Port { node: to, .. }) = (link.from, link.to)
            else {
                continue;
            };
            index_of.insert(id, mesh_links.len() as u64);
            let counts = counted.get(link.name.as_str());
            mesh_links.push(MeshLink {
                name: link.name.clone(),
                from: from.0 as usize,
                to: to.0 as usize,
                flits: counts.map_or(0, |counts| counts.flits),
                share: counts.map_or(0.0, |counts| counts.share),
            });
        }
        let flows = flows.into_iter().flatten().map(|(&(pass, source, target), flow)| FlowFacts {
            source: first[pass] + source.0 as usize,
            target: first[pass] + target.0 as usize,
            packets: flow.packets,
            flits: flow.flits,
            links: flow
                .links
                .iter()
                .filter_map(|(link, flits)| Some([*index_of.get(link)?, *flits]))
                .collect(),
        });
        FloorplanFacts {
            columns: plan.columns,
            rows: plan.rows,
            nps_per_node: plan.nps_per_node,
            flows: flows.collect(),
            nodes,
            mesh_links,
        }
    }
}

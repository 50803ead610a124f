//! Witnesses: orders in which nothing waits for what comes later.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use spikemesh_device::Unit;
use spikemesh_device::network::{
    Channel, Endpoint, LinkId, NodeCoord, PortKind, RouteClass, Routing, TrafficClass, outputs, walk,
};
use spikemesh_isa::Pass;

use super::Network;
use crate::deadlock::{receiver, senders};

impl Network<'_> {
    /// Channels in an order in which a packet that holds one waits only for a later one.
    pub(super) fn channel_order(&self, pass: &Pass) -> Vec<String> {
        let mut flows = BTreeSet::new();
        for (from, routes) in senders(pass) {
            for to in routes.iter().map(receiver) {
                let [from, to] = [from, to].map(|unit| self.floorplan.terminal(unit));
                flows.insert((TrafficClass::Data as u8, from, to));
                flows.insert((TrafficClass::Token as u8, to, from));
            }
        }
        let steps = flows.into_iter().flat_map(|(traffic, from, to)| {
            let classes = self.classes.of(traffic).iter();
            classes.flat_map(move |class| walk(&self.topology, &self.classes, outputs, class, from, to))
        });
        sorted(steps).into_iter().map(|channel| self.channel_name(channel)).collect()
    }

    /// Units in an order in which every route leads to a later one.
    pub(super) fn unit_order(&self, pass: &Pass) -> Vec<String> {
        let routes =
            senders(pass).flat_map(|(from, routes)| routes.iter().map(move |route| (from, receiver(route))));
        sorted(routes).into_iter().map(|unit: Unit| self.floorplan.name(unit)).collect()
    }

    fn channel_name(&self, channel: Channel) -> String {
        let link = self.topology.link(channel.link);
        let at_terminal = [link.from, link.to].iter().any(|end| matches!(end, Endpoint::Terminal(_)));
        let class = &self.classes[usize::from(channel.class.0)];
        format!("{} {}", link.name, self.class_name(class, at_terminal))
    }

    /// The name of a class: that of its packets, and the order of its axes where both orders have channels of their own.
    pub(super) fn class_name(&self, class: &RouteClass, at_terminal: bool) -> String {
        let traffic = [TrafficClass::Data, TrafficClass::Token][usize::from(class.traffic_class)];
        match (*self.device.network.routing == Routing::O1Turn && !at_terminal, class.id == class.at_terminal)
        {
            (false, _) => traffic.to_string(),
            (true, true) => format!("{traffic}-xy"),
            (true, false) => format!("{traffic}-yx"),
        }
    }

    /// Where a link stands in the list of links: injections, sides, ejections; each by column and row of the node, then by local port or side.
    pub(super) fn link_place(&self, link: LinkId) -> (u8, NodeCoord, u16, &str) {
        let link = self.topology.link(link);
        let (kind, node, port) = match (link.from, link.to) {
            (Endpoint::Terminal(_), Endpoint::Port { node, port }) => (0, node, port),
            (Endpoint::Port { node, port }, Endpoint::Port { .. }) => (1, node, port),
            (Endpoint::Port { node, port }, _) => (2, node, port),
            (Endpoint::Terminal(_), Endpoint::Terminal(_)) => unreachable!("a link has a router at one end"),
        };
        let (local, side) = match self.topology.port_kind(node, port.into()) {
            PortKind::Local(local) => (local, ""),
            _ => (0, link.name.as_str()),
        };
        (kind, self.topology.node_coord(node), local, side)
    }
}

/// The members of pairs in an order in which every pair goes forward; empty if there is none.
fn sorted<T: Ord + Copy>(pairs: impl Iterator<Item = (T, T)>) -> Vec<T> {
    let pairs: BTreeSet<(T, T)> = pairs.collect();
    let members: BTreeSet<T> = pairs.iter().flat_map(|&(from, to)| [from, to]).collect();
    let mut graph: DiGraph<T, ()> = DiGraph::new();
    let index: BTreeMap<T, NodeIndex> = members.into_iter().map(|m| (m, graph.add_node(m))).collect();
    for (from, to) in pairs {
        graph.add_edge(index[&from], index[&to], ());
    }
    toposort(&graph, None)
        .map_or_else(|_| Vec::new(), |order| order.into_iter().map(|node| graph[node]).collect())
}

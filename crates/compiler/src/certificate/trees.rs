//! Trees: the links of routes that are joined, and where they fork.

use std::collections::{BTreeMap, BTreeSet};

use spikemesh_device::Unit;
use spikemesh_device::network::{Endpoint, LinkId, NodeId, TrafficClass};
use spikemesh_isa::Route;

use super::flits::Load;
use super::{Network, TreeClaims};
use crate::deadlock::receiver;

impl Network<'_> {
    /// The claims of a tree of several receivers. Every tree adds to the loads of links: its flits once for each, and a token back from each receiver.
    pub(super) fn tree(
        &self,
        from: Unit,
        routes: &[Route],
        load: Load,
        loads: &mut BTreeMap<LinkId, u64>,
    ) -> Option<TreeClaims> {
        let mut add = |link, flits| *loads.entry(link).or_default() += flits;
        // For each order of the axes the links of the ways to all receivers.
        let mut union: Vec<BTreeSet<LinkId>> = Vec::new();
        for to in routes.iter().map(receiver) {
            let ways = self.ways(TrafficClass::Data, from, to);
            union.resize(union.len().max(ways.len()), BTreeSet::new());
            union.iter_mut().zip(ways).for_each(|(links, way)| links.extend(way));
            self.ways(TrafficClass::Token, to, from).into_iter().flatten().for_each(|link| add(link, 1));
        }
        union.iter().flatten().for_each(|&link| add(link, load.flits));
        let only = union.into_iter().next().filter(|_| routes.len() > 1);
        let to = routes.iter().map(|route| self.floorplan.name(receiver(route))).collect();
        only.map(|links| self.tree_claims(from, to, load, links))
    }

    fn tree_claims(&self, from: Unit, to: Vec<String>, load: Load, links: BTreeSet<LinkId>) -> TreeClaims {
        let links = self.in_order(links.into_iter().collect(), |&link| link);
        let mut leaving: Vec<(NodeId, Vec<&str>)> = Vec::new();
        let mut sorted: Vec<_> = links
            .iter()
            .filter_map(|&link| match self.topology.link(link).from {
                Endpoint::Port { node, .. } => Some((self.topology.node_coord(node), node, link)),
                Endpoint::Terminal(_) => None,
            })
            .collect();
        // By node; the links of each stay in their order.
        sorted.sort_by_key(|&(coord, ..)| coord);
        for (_, node, link) in sorted {
            let name = self.topology.link(link).name.as_str();
            let port = name.rsplit_once('.').map_or(name, |(_, port)| port);
            match leaving.last_mut().filter(|(last, _)| *last == node) {
                Some((_, ports)) => ports.push(port),
                None => leaving.push((node, vec![port])),
            }
        }
        let forks = leaving.into_iter().filter(|(_, ports)| ports.len() > 1);
        TreeClaims {
            from: self.floorplan.name(from),
            to,
            flits: load.flits,
            links: links.iter().map(|&link| self.link_name(link)).collect(),
            forks: forks
                .map(|(node, ports)| format!("{} {}", self.topology.node_coord(node), ports.join(" ")))
                .collect(),
        }
    }

    pub(super) fn link_name(&self, link: LinkId) -> String {
        self.topology.link(link).name.clone()
    }

    /// By links: injections, sides, ejections; each by node, then as the units and sides of a node are numbered.
    pub(super) fn in_order<T>(&self, mut all: Vec<T>, link: impl Fn(&T) -> LinkId) -> Vec<T> {
        all.sort_by(|a, b| self.link_place(link(a)).cmp(&self.link_place(link(b))));
        all
    }
}

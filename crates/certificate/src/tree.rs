//! Trees: routes of a unit that follow one another, are joined, and so have the same packets; routers fork what is sent once.

use std::collections::{BTreeMap, BTreeSet};

use spikemesh_device::network::{Multicast, NodeCoord};
use spikemesh_device::{Device, Unit};
use spikemesh_isa::packet::{FLIT_WORDS, PACKET_WORDS};
use spikemesh_isa::{Pass, Route, trees};

use crate::error::Error;
use crate::flow::{receiver, senders};
use crate::place::{Class, Link, way};

/// Flits of the longest packet: a head and its words.
pub(crate) const LONGEST_PACKET: usize = 1 + PACKET_WORDS.div_ceil(FLIT_WORDS);

/// The links of a tree: of the ways to all its receivers, each once.
pub(crate) fn links(device: &Device, class: Class, from: Unit, routes: &[Route]) -> BTreeSet<Link> {
    let floorplan = device.floorplan();
    let start = floorplan.coord(from);
    routes.iter().flat_map(|route| way(class, start, floorplan.coord(receiver(route)))).collect()
}

/// Where a tree forks: nodes with the links that leave them, if these are several.
pub(crate) fn forks(links: &BTreeSet<Link>) -> Vec<String> {
    let mut leaving: BTreeMap<NodeCoord, Vec<String>> = BTreeMap::new();
    for link in links {
        let (node, port) = match link {
            Link::Inject(..) => continue,
            Link::Side(node, side) => (node, (*side).to_owned()),
            Link::Eject(node, local) => (node, format!("eject{local}")),
        };
        leaving.entry(*node).or_default().push(port);
    }
    let forks = leaving.into_iter().filter(|(_, ports)| ports.len() > 1);
    forks.map(|(node, ports)| format!("{node} {}", ports.join(" "))).collect()
}

/// Joined routes of a pass have the same packets and receivers of their own, there are routers that fork them, and a packet fits a buffer: then
/// no branch of a tree waits for another one.
pub(crate) fn possible(index: usize, pass: &Pass, device: &Device, errors: &mut Vec<Error>) {
    let (network, floorplan) = (&device.network, device.floorplan());
    let buffer = usize::from(*network.vc_buf_size);
    let all = senders(pass).flat_map(|(unit, routes)| trees(routes).map(move |tree| (unit, tree)));
    for (unit, tree) in all.filter(|(_, tree)| tree.iter().any(|route| route.joined)) {
        let claim = || format!("passes[{index}].trees: of {}", floorplan.name(unit));
        if *network.multicast == Multicast::Source {
            errors.push(Error::wrong(claim(), "routes that are joined", "routers fork no packets"));
        } else if buffer < LONGEST_PACKET {
            let derived = format!("a buffer holds {buffer} of {LONGEST_PACKET} flits of a packet");
            errors.push(Error::wrong(claim(), "branches do not wait for each other", derived));
        }
        let packets = |route: &Route| (route.rows, route.row_base, route.channel_base);
        let terminals: BTreeSet<_> = tree.iter().map(|route| floorplan.coord(receiver(route))).collect();
        if tree[0].joined || tree.iter().any(|route| packets(route) != packets(&tree[0])) {
            errors.push(Error::wrong(claim(), "routes that are joined", "their packets differ"));
        } else if terminals.len() < tree.len() {
            errors.push(Error::wrong(claim(), "a branch for each receiver", "receivers share a terminal"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikemesh_isa::{NpId, Rows, Target};

    fn tree(nps: &[u16]) -> Vec<Route> {
        let route = |(index, np): (usize, &u16)| Route {
            target: Target::Np(NpId(*np)),
            rows: Rows { first: 0, end: 4 },
            row_base: 0,
            channel_base: 0,
            joined: index > 0,
        };
        nps.iter().enumerate().map(route).collect()
    }

    #[test]
    fn a_tree_is_the_union_of_its_ways() {
        let device = Device::load("akd1500").unwrap();
        let class = Class { token: false, y_first: false, shared: false };
        // Four NPs a node: two in the row of the sender, one below the second, one beside the sender.
        let per_node = device.floorplan().nps_per_node;
        let columns = device.floorplan().columns;
        let at = |x: u16, y: u16, local: u16| (y * columns + x) * per_node + local;
        let routes = tree(&[at(1, 0, 0), at(2, 0, 3), at(2, 1, 0), at(0, 0, 1)]);
        let links = links(&device, class, Unit::Np(at(0, 0, 0)), &routes);
        let names: Vec<String> = links.iter().map(Link::to_string).collect();
        let expected = [
            "n0_0.inject0",
            "n0_0.east",
            "n1_0.east",
            "n2_0.south",
            "n0_0.eject1",
            "n1_0.eject0",
            "n2_0.eject3",
            "n2_1.eject0",
        ];
        assert_eq!(names, expected);
        assert_eq!(forks(&links), ["n0_0 east eject1", "n1_0 east eject0", "n2_0 south eject3"]);
        assert_eq!(trees(&routes).count(), 1);
        assert_eq!(LONGEST_PACKET, spikemesh_isa::packet::flits(PACKET_WORDS));
    }
}

//! The least trees that multicast can have: receivers as close together as nodes have room for them.

use super::nodes::Nodes;
use crate::demand::PassDemand;
use spikemesh_device::Floorplan;

/// Flit-hops of the data of trees, at least; 0 without trees.
///
/// If the receivers of a group are on `k` nodes, a tree from a sender on one of them has at least `k - 1` links, and one more from elsewhere. On those `k` nodes
/// there is room for `k` times the seats of a node less the receivers; the senders that send most are put there. The edge node takes no seat. Whatever the
/// placement, some `k` is its own, so the least over all `k` is a bound.
pub(super) fn bound(demand: &PassDemand, nodes: &Nodes) -> u64 {
    if !demand.trees {
        return 0;
    }
    (0..demand.groups.len()).map(|group| of_group(demand, nodes, group)).sum()
}

fn of_group(demand: &PassDemand, nodes: &Nodes, group: usize) -> u64 {
    let most_seats = nodes.seats.iter().copied().max().unwrap_or(1).max(1);
    let receivers = demand.groups[group].len() as u64;
    // Flits of each sender and their number, the heaviest first.
    let senders = demand.pairs.iter().filter(|pair| pair.group == group);
    let mut senders: Vec<(u64, u64)> =
        senders.map(|pair| (pair.flits.data, demand.classes[pair.class].len() as u64)).collect();
    senders.sort_unstable_by(|a, b| b.cmp(a));
    let of_slices: u64 = senders.iter().map(|(flits, count)| flits * count).sum();
    let of_edge = demand.from_edge[group].data;
    let least = receivers.div_ceil(most_seats);
    let all = receivers + senders.iter().map(|(_, count)| count).sum::<u64>();
    // With room for all senders, more nodes only make trees longer.
    (least..=all.div_ceil(most_seats))
        .map(|k| {
            let mut room = k * most_seats - receivers;
            let outside: u64 = senders
                .iter()
                .map(|&(flits, count)| {
                    let inside = count.min(room);
                    room -= inside;
                    flits * (count - inside)
                })
                .sum();
            (of_slices + of_edge) * (k - 1) + outside
        })
        .min()
        .unwrap_or(0)
        + edge_detour(demand, nodes, group)
}

/// What the edge node pays more when it has no seat at all: then it is none of the nodes of a group.
fn edge_detour(demand: &PassDemand, nodes: &Nodes, group: usize) -> u64 {
    let edge = nodes.at.iter().position(|&node| node == Floorplan::EDGE);
    let has_seats = edge.is_some_and(|edge| nodes.seats[edge] > 0);
    if has_seats { 0 } else { demand.from_edge[group].data }
}

//! The bound of Gilmore and Lawler, for flows that go copy by copy.

use super::nodes::Nodes;
use super::transport::least_transport;
use crate::demand::{Flits, PassDemand};
use spikemesh_device::Floorplan;
use spikemesh_device::network::NodeCoord;

/// Most steps of dealing slices to nodes: beyond, each slice is taken alone.
const MOST_STEPS: u64 = 40_000_000;

/// Flit-hops of what goes copy by copy, at least; and whether slices were dealt to nodes.
///
/// A slice on a node pays its flows to the edge, and has its other flows, the heaviest first, to the nearest seats: no placement does that more
/// cheaply. Each of these flows has two ends, so that half of it is paid at each; all numbers are doubled.
pub(super) fn bound(demand: &PassDemand, nodes: &Nodes) -> (u64, bool) {
    let classes = demand.classes.len();
    let copies = |flits: Flits| flits.tokens + if demand.trees { 0 } else { flits.data };
    let edge_flits = |(to, &group): (&Flits, &usize)| to.data + to.tokens + copies(demand.from_edge[group]);
    let to_edge: Vec<u64> = demand.to_edge.iter().zip(&demand.group_of).map(edge_flits).collect();
    // Per class: flits of a flow and how many other slices have such a one.
    let mut flows: Vec<Vec<(u64, u64)>> = vec![Vec::new(); classes];
    for pair in &demand.pairs {
        let flits = copies(pair.flits);
        flows[pair.class].push((flits, demand.groups[pair.group].len() as u64));
        for class in (0..classes).filter(|&class| demand.group_of[class] == pair.group) {
            flows[class].push((flits, demand.classes[pair.class].len() as u64));
        }
    }
    flows.iter_mut().for_each(|flows| flows.sort_unstable_by(|a, b| b.cmp(a)));
    let usable: Vec<usize> = (0..nodes.at.len()).filter(|&node| nodes.seats[node] > 0).collect();
    let costs: Vec<Vec<u64>> = {
        let around: Vec<Vec<u64>> = usable.iter().map(|&node| seats_by_distance(nodes, node)).collect();
        let edge = |node: usize| hops(nodes.at[node], Floorplan::EDGE);
        let cost = |class: usize, place: usize| {
            2 * to_edge[class] * edge(usable[place]) + nearest(&flows[class], &around[place])
        };
        (0..classes).map(|class| (0..usable.len()).map(|place| cost(class, place)).collect()).collect()
    };
    let slices: Vec<u64> = demand.classes.iter().map(|members| members.len() as u64).collect();
    let seats: Vec<u64> = usable.iter().map(|&node| nodes.seats[node]).collect();
    let steps = slices.iter().sum::<u64>() * (classes * usable.len()) as u64;
    let is_dealt = steps <= MOST_STEPS;
    let twice = if is_dealt {
        least_transport(&costs, &slices, &seats)
    } else {
        let least = |costs: &Vec<u64>| costs.iter().copied().min().unwrap_or(0);
        costs.iter().zip(&slices).map(|(costs, count)| least(costs) * count).sum()
    };
    (twice.div_ceil(2), is_dealt)
}

fn hops(a: NodeCoord, b: NodeCoord) -> u64 {
    u64::from(a.x.abs_diff(b.x)) + u64::from(a.y.abs_diff(b.y))
}

/// Seats other than one of the node's own, by their distance from it.
fn seats_by_distance(nodes: &Nodes, from: usize) -> Vec<u64> {
    let mut seats = Vec::new();
    for (&node, &count) in nodes.at.iter().zip(&nodes.seats) {
        let distance = hops(nodes.at[from], node) as usize;
        if seats.len() <= distance {
            seats.resize(distance + 1, 0);
        }
        seats[distance] += count;
    }
    seats[0] -= 1;
    seats
}

/// Flit-hops of flows, the heaviest first, to the nearest seats.
fn nearest(flows: &[(u64, u64)], seats: &[u64]) -> u64 {
    let (mut cost, mut distance) = (0, 0);
    let mut left = seats[0];
    for &(flits, mut count) in flows {
        while count > 0 && distance < seats.len() {
            let taken = count.min(left);
            cost += flits * taken * distance as u64;
            count -= taken;
            left -= taken;
            if left == 0 {
                distance += 1;
                left = seats.get(distance).copied().unwrap_or(0);
            }
        }
    }
    cost
}

//! Gives every slice a neural processor, near those that feed it.

use std::collections::BTreeMap;

use crate::partition::{Partition, Slice, UnitKind};
use crate::target::{Node, Target};
use spikemesh_isa::{NpId, Rows};
use spikemesh_model::{Layer, LayerId};

/// Where slices are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Per layer, per slice; empty for layers that take no NP. NPs are reused from pass to pass.
    pub nps: Vec<Vec<NpId>>,
    /// Event hops of a frame if every neuron fired: what the placement keeps small.
    pub cost: u64,
}

/// Places the slices of a partition.
///
/// Two placements are tried, and the one with less traffic is kept: along the snake over the nodes, in layer order;
/// and greedily, each slice on the free NP where the events that it exchanges with what is already placed travel least.
/// Both are deterministic.
pub fn place(layers: &[Layer], partition: &Partition, target: &Target) -> Placement {
    let snake = run(layers, partition, target, |_, free, _| free.keys().next().copied());
    let greedy = run(layers, partition, target, |slice, free, nps| {
        let traffic = traffic(layers, partition, target, nps, slice);
        free.keys().copied().min_by_key(|&(rank, node)| (travel(&traffic, node), rank))
    });
    if greedy.cost < snake.cost { greedy } else { snake }
}

/// Free NPs by node, nodes in snake order.
type Free = BTreeMap<(usize, Node), Vec<NpId>>;

fn all_free(target: &Target) -> Free {
    let mut free = Free::new();
    let per_node = usize::from(target.nps_per_node);
    for (rank, node) in target.snake().chunks(per_node).enumerate() {
        // Popped from the end.
        free.insert((rank, target.node(node[0])), node.iter().rev().copied().collect());
    }
    free
}

fn run(
    layers: &[Layer],
    partition: &Partition,
    target: &Target,
    choose: impl Fn((LayerId, &Slice), &Free, &[Vec<NpId>]) -> Option<(usize, Node)>,
) -> Placement {
    let mut nps: Vec<Vec<NpId>> = Vec::with_capacity(layers.len());
    let (mut free, mut pass, mut cost) = (all_free(target), 0, 0);
    for (index, layer) in partition.layers.iter().enumerate() {
        nps.push(Vec::new());
        if layer.kind != UnitKind::Np {
            continue;
        }
        if layer.pass != pass {
            (free, pass) = (all_free(target), layer.pass);
        }
        for slice in &layer.slices {
            // A pass never asks for more NPs than the device has: the partition saw to it.
            let Some(key) = choose((LayerId(index), slice), &free, &nps) else { continue };
            let Some(np) = free.get_mut(&key).and_then(Vec::pop) else { continue };
            if free.get(&key).is_some_and(Vec::is_empty) {
                free.remove(&key);
            }
            cost += travel(&traffic(layers, partition, target, &nps, (LayerId(index), slice)), key.1);
            nps[index].push(np);
        }
    }
    Placement { nps, cost }
}

/// Events that a slice exchanges with each place that is already known.
fn traffic(
    layers: &[Layer],
    partition: &Partition,
    target: &Target,
    nps: &[Vec<NpId>],
    (id, slice): (LayerId, &Slice),
) -> Vec<(Node, u64)> {
    let layer = &layers[id.0];
    let pass = partition.layers[id.0].pass;
    let mut traffic = Vec::new();
    for &inbound in &layer.inbound {
        let map = layers[inbound.0].shape.output;
        let producer = &partition.layers[inbound.0];
        let events = |rows: Rows, features: u32| {
            let first = rows.first.max(slice.cut.window.first);
            let shared = Rows { first, end: rows.end.min(slice.cut.window.end) };
            u64::from(shared.len()) * u64::from(map.width) * u64::from(features)
        };
        if producer.kind == UnitKind::Np && producer.pass == pass {
            for (slice, &np) in producer.slices.iter().zip(&nps[inbound.0]) {
                traffic.push((target.node(np), events(slice.cut.outputs, slice.filters)));
            }
        } else {
            traffic.push((Node::EDGE, events(Rows { first: 0, end: map.height }, map.channels)));
        }
    }
    let collected = id.0 + 1 == layers.len()
        || layers.iter().zip(&partition.layers).any(|(l, p)| p.pass > pass && l.inbound.contains(&id));
    if collected {
        let positions = u64::from(slice.cut.outputs.len()) * u64::from(layer.shape.output.width);
        traffic.push((Node::EDGE, positions * u64::from(slice.filters)));
    }
    traffic
}

fn travel(traffic: &[(Node, u64)], node: Node) -> u64 {
    traffic.iter().map(|(other, events)| u64::from(node.hops(*other)) * events).sum()
}

//! What a placement costs: the links that the events of a frame pass, if every neuron fired.
//!
//! Every placer minimises this one function, and the mapping report prints it.

use crate::partition::{Partition, UnitKind};
use crate::placement::Placement;
use crate::tiling::Slice;
use spikemesh_device::Floorplan;
use spikemesh_device::network::{NodeCoord, Topology};
use spikemesh_isa::Rows;
use spikemesh_model::{Layer, LayerId};

/// Event hops of a frame if every neuron fired.
///
/// Each slice counts what it receives from its inbound layers, and what it sends to the event DMA. So the sum over the
/// slices counts every event once, and the cost of a slice does not depend on later layers.
pub(crate) fn cost(
    layers: &[Layer],
    partition: &Partition,
    placement: &Placement,
    floorplan: &Floorplan,
    topology: &Topology,
) -> u64 {
    let mut hops = 0;
    for (index, divided) in partition.layers.iter().enumerate() {
        for (slice, &np) in divided.slices.iter().zip(&placement.nps[index]) {
            let traffic = slice_traffic(layers, partition, placement, floorplan, (LayerId(index), slice));
            hops += event_hops(topology, &traffic, floorplan.node(np.0));
        }
    }
    hops
}

/// Events that a slice exchanges with each node, as far as its inbound layers are placed: the part of the cost that is
/// known when layers are placed in order.
pub(crate) fn slice_traffic(
    layers: &[Layer],
    partition: &Partition,
    placement: &Placement,
    floorplan: &Floorplan,
    (id, slice): (LayerId, &Slice),
) -> Vec<(NodeCoord, u64)> {
    let layer = &layers[id.0];
    let pass = partition.layers[id.0].pass;
    let mut traffic = Vec::new();
    for &inbound in &layer.inbound {
        let map = layers[inbound.0].shape.output;
        let producer = &partition.layers[inbound.0];
        let events = |rows: Rows, features: u32| {
            let first = rows.first.max(slice.rows.window.first);
            let shared = Rows { first, end: rows.end.min(slice.rows.window.end) };
            u64::from(shared.len()) * u64::from(map.width) * u64::from(features)
        };
        if producer.kind == UnitKind::Np && producer.pass == pass {
            for (slice, &np) in producer.slices.iter().zip(&placement.nps[inbound.0]) {
                traffic.push((floorplan.node(np.0), events(slice.rows.outputs, slice.filters)));
            }
        } else {
            // The input unit and the event DMA, which replays the map of an earlier pass, are both at the edge.
            traffic.push((Floorplan::EDGE, events(Rows { first: 0, end: map.height }, map.channels)));
        }
    }
    let collected = id.0 + 1 == layers.len()
        || layers.iter().zip(&partition.layers).any(|(l, p)| p.pass > pass && l.inbound.contains(&id));
    if collected {
        let positions = u64::from(slice.rows.outputs.len()) * u64::from(layer.shape.output.width);
        traffic.push((Floorplan::EDGE, positions * u64::from(slice.filters)));
    }
    traffic
}

/// Hops of a slice's traffic if the slice is on `node`.
pub(crate) fn event_hops(topology: &Topology, traffic: &[(NodeCoord, u64)], node: NodeCoord) -> u64 {
    traffic.iter().map(|(other, events)| u64::from(topology.hops(node, *other)) * events).sum()
}

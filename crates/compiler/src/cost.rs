//! What a placement costs: the links that the events of a frame pass, if every neuron fired.
//!
//! Every placer minimises this one function, and the mapping report prints it.
//!
//! Hops along the two axes of the mesh add up. So what some events cost at a node is a sum of two numbers, one for its column and one for
//! its row, and a table of columns and rows answers for every node. Slices of the same rows receive the same events, whatever their
//! filters, and share a table.

use crate::demand::collected;
use crate::partition::{Partition, UnitKind};
use crate::placement::Placement;
use crate::tiling::{RowTile, Slice};
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
    let mut costs = SliceCosts::new(layers, partition, floorplan, topology);
    let mut hops = 0;
    for (index, divided) in partition.layers.iter().enumerate() {
        for (slice, &np) in divided.slices.iter().zip(&placement.nps[index]) {
            hops += costs.of(placement, LayerId(index), slice).at(floorplan.node(np.0));
        }
    }
    hops
}

/// What slices would cost on each node, as far as their inbound layers are placed: the part of the cost that is known when
/// layers are placed in order.
pub(crate) struct SliceCosts<'a> {
    layers: &'a [Layer],
    partition: &'a Partition,
    floorplan: &'a Floorplan,
    topology: &'a Topology,
    /// Per layer: its map goes to the event DMA, as a result or for a later pass.
    collected: Vec<bool>,
    /// What the slices that were asked for last receive.
    received: Option<(LayerId, RowTile, HopTable)>,
}

/// What a slice costs on each node.
pub(crate) struct SliceCost<'a> {
    topology: &'a Topology,
    received: &'a HopTable,
    /// Events that go to the event DMA.
    collected: u64,
}

impl SliceCost<'_> {
    /// Hops of all its events if the slice is on `node`.
    pub(crate) fn at(&self, node: NodeCoord) -> u64 {
        let edge = u64::from(self.topology.hops(node, Floorplan::EDGE));
        self.received.at(node) + self.collected * edge
    }
}

impl<'a> SliceCosts<'a> {
    /// For the slices of a partition.
    pub(crate) fn new(
        layers: &'a [Layer],
        partition: &'a Partition,
        floorplan: &'a Floorplan,
        topology: &'a Topology,
    ) -> SliceCosts<'a> {
        let collected = collected(layers, partition);
        SliceCosts { layers, partition, floorplan, topology, collected, received: None }
    }

    /// The cost of a slice whose inbound layers are placed.
    pub(crate) fn of(&mut self, placement: &Placement, id: LayerId, slice: &Slice) -> SliceCost<'_> {
        let known = self.received.take().filter(|(layer, rows, _)| (*layer, *rows) == (id, slice.rows));
        let (.., received) = self.received.insert(
            known.unwrap_or_else(|| (id, slice.rows, received(self, placement, id, slice.rows.window))),
        );
        let width = u64::from(self.layers[id.0].shape.output.width);
        let values = u64::from(slice.rows.outputs.len()) * width * u64::from(slice.filters);
        let collected = if self.collected[id.0] { values } else { 0 };
        SliceCost { topology: self.topology, received, collected }
    }
}

/// Hops of what the rows `window` of a layer's input bring.
fn received(costs: &SliceCosts<'_>, placement: &Placement, id: LayerId, window: Rows) -> HopTable {
    let SliceCosts { layers, partition, floorplan, topology, .. } = *costs;
    let pass = partition.layers[id.0].pass;
    let mut traffic = Traffic::new(floorplan);
    for &inbound in &layers[id.0].inbound {
        let map = layers[inbound.0].shape.output;
        let producer = &partition.layers[inbound.0];
        let events = |rows: Rows, features: u32| {
            let shared = Rows { first: rows.first.max(window.first), end: rows.end.min(window.end) };
            u64::from(shared.len()) * u64::from(map.width) * u64::from(features)
        };
        if producer.kind == UnitKind::Np && producer.pass == pass {
            for (slice, &np) in producer.slices.iter().zip(&placement.nps[inbound.0]) {
                traffic.add(floorplan.node(np.0), events(slice.rows.outputs, slice.filters));
            }
        } else {
            // The input unit and the event DMA, which replays the map of an earlier pass, are both at the edge.
            traffic.add(Floorplan::EDGE, events(Rows { first: 0, end: map.height }, map.channels));
        }
    }
    traffic.hops(topology)
}

/// Events to or from nodes, by column and by row of nodes.
struct Traffic {
    columns: Vec<u64>,
    rows: Vec<u64>,
}

impl Traffic {
    fn new(floorplan: &Floorplan) -> Traffic {
        Traffic { columns: vec![0; floorplan.columns.into()], rows: vec![0; floorplan.rows.into()] }
    }

    fn add(&mut self, node: NodeCoord, events: u64) {
        self.columns[usize::from(node.x)] += events;
        self.rows[usize::from(node.y)] += events;
    }

    fn hops(&self, topology: &Topology) -> HopTable {
        let column = |x: usize| NodeCoord { x: x as u16, y: 0 };
        let row = |y: usize| NodeCoord { x: 0, y: y as u16 };
        HopTable {
            columns: along(&self.columns, |a, b| topology.hops(column(a), column(b))),
            rows: along(&self.rows, |a, b| topology.hops(row(a), row(b))),
        }
    }
}

/// Hops of events along one axis, for each place on it.
fn along(events: &[u64], hops: impl Fn(usize, usize) -> u32) -> Vec<u64> {
    let at = |place| events.iter().enumerate().map(|(i, &events)| events * u64::from(hops(i, place))).sum();
    (0..events.len()).map(at).collect()
}

/// Hops of some events to or from any node: a part for its column and one for its row.
struct HopTable {
    columns: Vec<u64>,
    rows: Vec<u64>,
}

impl HopTable {
    fn at(&self, node: NodeCoord) -> u64 {
        self.columns[usize::from(node.x)] + self.rows[usize::from(node.y)]
    }
}

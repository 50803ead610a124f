//! Says where every unit sends its events: to which receivers, which rows, and where they land.

use crate::partition::{Partition, UnitKind};
use crate::placement::Placement;
use spikemesh_device::network::Multicast;
use spikemesh_isa::{BufferId, Route, Rows, Target};
use spikemesh_model::{Layer, LayerId};
use std::collections::BTreeMap;

/// Who sends what to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFlow {
    /// Layers whose map lies in a buffer; position = [`BufferId`]. The input first, the others in layer order.
    pub buffers: Vec<LayerId>,
    /// Layers that nothing reads, with the buffers that collect them, in layer order: what the program gives out.
    pub outputs: Vec<(LayerId, BufferId)>,
    /// Per layer: markers that each of its units waits for.
    pub producers: Vec<u32>,
    /// Per pass.
    pub passes: Vec<PassFlow>,
}

/// The flows of one pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassFlow {
    /// Buffers that are injected.
    pub sources: Vec<(BufferId, Vec<Route>)>,
    /// Routes of the units of each layer of the pass; all units of a layer have the same.
    pub layers: Vec<(LayerId, Vec<Route>)>,
    /// Buffers that are collected, and the markers that each waits for.
    pub sinks: Vec<(BufferId, u32)>,
}

/// The data flow of a placed partition.
///
/// Every unit of a layer has a route to every slice of every layer that it feeds, even where it has no row for it: the
/// receiver waits for its marker. What a later pass needs goes to a buffer, which the later pass injects; what no layer needs, to a buffer that
/// is an output.
///
/// With trees, routes whose packets are the same follow one another and are joined.
pub(crate) fn data_flow(
    layers: &[Layer],
    partition: &Partition,
    placement: &Placement,
    multicast: Multicast,
) -> DataFlow {
    let is_read = |id: usize| layers.iter().any(|layer| layer.inbound.contains(&LayerId(id)));
    let crosses = |id: usize| {
        let pass = partition.layers[id].pass;
        layers.iter().zip(&partition.layers).any(|(l, p)| p.pass > pass && l.inbound.contains(&LayerId(id)))
    };
    let injected = |id: usize| partition.layers[id].kind == UnitKind::EventDma;
    let buffers: Vec<LayerId> =
        (0..layers.len()).filter(|&id| injected(id) || !is_read(id) || crosses(id)).map(LayerId).collect();
    let buffer = |id: LayerId| buffers.iter().position(|&b| b == id).map(|i| BufferId(i as u16));

    let mut passes = vec![PassFlow::default(); partition.passes as usize];
    for (pass, flow) in (0..).zip(&mut passes) {
        let mut routes = routes(layers, partition, placement, pass);
        for (index, divided) in partition.layers.iter().enumerate() {
            let id = LayerId(index);
            let mut routes = routes.remove(&id).unwrap_or_default();
            if divided.kind == UnitKind::EventDma || divided.pass < pass {
                if let Some(buffer) = buffer(id).filter(|_| !routes.is_empty()) {
                    join(&mut routes, multicast);
                    flow.sources.push((buffer, routes));
                }
            } else if divided.pass == pass {
                if let Some(buffer) = buffer(id) {
                    let rows = Rows { first: 0, end: layers[index].shape.output.height };
                    routes.push(Route {
                        target: Target::Sink(buffer),
                        rows,
                        row_base: 0,
                        channel_base: 0,
                        joined: false,
                    });
                    flow.sinks.push((buffer, divided.slices.len() as u32));
                }
                join(&mut routes, multicast);
                flow.layers.push((id, routes));
            }
        }
    }
    let producers =
        layers.iter().zip(&partition.layers).map(|(layer, p)| producers(layer, p.pass, partition)).collect();
    let outputs = (0..layers.len())
        .filter(|&id| !injected(id) && !is_read(id))
        .filter_map(|id| Some((LayerId(id), buffer(LayerId(id))?)))
        .collect();
    DataFlow { buffers, outputs, producers, passes }
}

/// Brings routes with the same packets together, those of the first route first, and joins them to trees.
pub(crate) fn join(routes: &mut Vec<Route>, multicast: Multicast) {
    if multicast == Multicast::Source {
        return;
    }
    let mut trees: Vec<Vec<Route>> = Vec::new();
    for route in routes.drain(..) {
        match trees.iter_mut().find(|tree| tree[0].shares_packets_with(&route)) {
            Some(tree) => tree.push(Route { joined: true, ..route }),
            None => trees.push(vec![route]),
        }
    }
    routes.extend(trees.into_iter().flatten());
}

/// Units that send markers to a layer computed in `pass`: those of its inbound layers, or the event DMA for a map of
/// an earlier pass.
fn producers(layer: &Layer, pass: u32, partition: &Partition) -> u32 {
    let units = |id: &LayerId| {
        let inbound = &partition.layers[id.0];
        if inbound.pass == pass { inbound.slices.len() as u32 } else { 1 }
    };
    layer.inbound.iter().map(units).sum()
}

/// The routes to the slices that a pass computes, by the layer whose map they take.
fn routes(
    layers: &[Layer],
    partition: &Partition,
    placement: &Placement,
    pass: u32,
) -> BTreeMap<LayerId, Vec<Route>> {
    let mut routes: BTreeMap<LayerId, Vec<Route>> = BTreeMap::new();
    for (index, layer) in layers.iter().enumerate() {
        let divided = &partition.layers[index];
        if divided.pass != pass {
            continue;
        }
        let mut channel_base = 0;
        for &inbound in &layer.inbound {
            let to_slices = divided.slices.iter().zip(&placement.nps[index]).map(|(slice, &np)| Route {
                target: Target::Np(np),
                rows: slice.rows.window,
                row_base: slice.rows.window.first,
                channel_base,
                joined: false,
            });
            routes.entry(inbound).or_default().extend(to_slices);
            channel_base += layers[inbound.0].shape.output.channels;
        }
    }
    routes
}

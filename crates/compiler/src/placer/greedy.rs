//! Each slice where its events travel least.

use super::in_order::place_in_order;
use crate::cost::{event_hops, slice_traffic};
use crate::partition::Partition;
use crate::placement::Placement;
use spikemesh_device::Floorplan;
use spikemesh_device::network::Topology;
use spikemesh_model::Layer;

/// Slices in layer order, each on the free node that adds least to the cost; the first in snake order when several do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greedy;

impl Greedy {
    pub(crate) fn place(
        &self,
        layers: &[Layer],
        partition: &Partition,
        floorplan: &Floorplan,
        topology: &Topology,
    ) -> Placement {
        place_in_order(partition, floorplan, |slice, free, placement| {
            let traffic = slice_traffic(layers, partition, placement, floorplan, slice);
            free.nodes().min_by_key(|&(rank, node)| (event_hops(topology, &traffic, node), rank))
        })
    }
}

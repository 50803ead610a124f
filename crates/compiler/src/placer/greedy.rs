//! Each slice where its events travel least.

use super::in_order::place_in_order;
use crate::cost::SliceCosts;
use crate::partition::Partition;
use crate::placement::Placement;
use crate::resources::Resources;
use spikemesh_device::network::Topology;
use spikemesh_model::Layer;
use spikemesh_stop::{Stop, Stopped};

/// Slices in layer order, each on the free node that adds least to the cost; the first in snake order when several do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greedy;

impl Greedy {
    pub(crate) fn place(
        &self,
        layers: &[Layer],
        partition: &Partition,
        resources: &Resources,
        topology: &Topology,
        stop: &Stop,
    ) -> Result<Placement, Stopped> {
        let mut costs = SliceCosts::new(layers, partition, &resources.floorplan, topology);
        place_in_order(partition, resources, stop, |(id, slice), free, placement| {
            let cost = costs.of(placement, id, slice);
            // Of several with the same cost, the first.
            free.nodes().min_by_key(|&(_, node)| cost.at(node)).map(|(place, _)| place)
        })
    }
}

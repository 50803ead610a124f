//! Each slice where its events travel least.

use super::in_order::place_in_order;
use super::task::PlacementTask;
use crate::cost::SliceCosts;
use crate::placement::Placement;
use spikemesh_stop::Stopped;

/// Slices in layer order, each on the free node that adds least to the cost; the first in snake order when several do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greedy;

impl Greedy {
    pub(super) fn place(&self, task: &PlacementTask<'_>) -> Result<Placement, Stopped> {
        let PlacementTask { layers, partition, resources, topology, .. } = *task;
        let mut costs = SliceCosts::new(layers, partition, &resources.floorplan, topology);
        place_in_order(task, |(id, slice), free, placement| {
            let cost = costs.of(placement, id, slice);
            // Of several with the same cost, the first.
            free.nodes().min_by_key(|&(_, node)| cost.at(node)).map(|(place, _)| place)
        })
    }
}

//! What a placer is given.

use crate::cost::cost;
use crate::demand::PassDemand;
use crate::link_loads::LinkLoads;
use crate::partition::Partition;
use crate::pins::Pinned;
use crate::placement::Placement;
use crate::resources::Resources;
use spikemesh_device::network::{NodeCoord, Topology};
use spikemesh_isa::NpId;
use spikemesh_model::Layer;
use spikemesh_stop::Stop;

/// A partition that is to be placed.
#[derive(Clone, Copy)]
pub(crate) struct PlacementTask<'a> {
    pub layers: &'a [Layer],
    pub partition: &'a Partition,
    pub resources: &'a Resources,
    pub topology: &'a Topology,
    pub pinned: &'a Pinned,
    /// The flows of each pass.
    pub demand: &'a [PassDemand],
    pub stop: &'a Stop,
}

/// The nodes of neural processors.
pub(crate) fn nodes(nps: &[NpId], resources: &Resources) -> Vec<NodeCoord> {
    nps.iter().map(|&np| resources.node(np)).collect()
}

impl PlacementTask<'_> {
    /// Links that the events of a frame pass, if every neuron fired.
    pub(crate) fn event_hops(&self, placement: &Placement) -> u64 {
        cost(self.layers, self.partition, placement, &self.resources.floorplan, self.topology)
    }

    /// Loads of links in a pass, with its slices on some nodes.
    pub(crate) fn loads(&self, demand: &PassDemand, at: &[NodeCoord]) -> LinkLoads {
        let floorplan = &self.resources.floorplan;
        LinkLoads::of(demand, at, floorplan.columns, floorplan.rows, *self.resources.network.routing)
    }

    /// Loads of links in each pass.
    pub(crate) fn all_loads(&self, placement: &Placement) -> Vec<LinkLoads> {
        let of_pass = |demand: &PassDemand| {
            let at: Vec<NodeCoord> = demand
                .slices
                .iter()
                .map(|id| self.resources.node(placement.nps[id.layer][id.slice]))
                .collect();
            self.loads(demand, &at)
        };
        self.demand.iter().map(of_pass).collect()
    }
}

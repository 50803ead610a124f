//! The neural processors that a pass has left.

use crate::resources::Resources;
use spikemesh_device::network::NodeCoord;
use spikemesh_isa::NpId;

/// Nodes with a free NP, in snake order, each with its free NPs.
pub(crate) struct FreeNps(Vec<(NodeCoord, Vec<NpId>)>);

/// The place of a node among those with a free NP.
pub(crate) type FreePlace = usize;

impl FreeNps {
    /// All NPs of the device that compute, without those of an ascending list.
    pub(crate) fn without(resources: &Resources, taken: &[NpId]) -> FreeNps {
        let is_not_in = |np: &NpId, list: &[NpId]| list.binary_search(np).is_err();
        let computes = |np: &NpId| is_not_in(np, &resources.disabled) && is_not_in(np, taken);
        let nps: Vec<NpId> = resources.floorplan.snake().into_iter().map(NpId).filter(computes).collect();
        let of_node = |nps: &[NpId]| {
            // Reversed, since `take` pops from the end: NPs of a node are taken in ascending order.
            (resources.node(nps[0]), nps.iter().rev().copied().collect())
        };
        FreeNps(nps.chunk_by(|&a, &b| resources.node(a) == resources.node(b)).map(of_node).collect())
    }

    /// Nodes with a free NP, in snake order.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (FreePlace, NodeCoord)> {
        self.0.iter().map(|(node, _)| *node).enumerate()
    }

    /// Takes the least NP of a node; later places move up when it was the last one.
    pub(crate) fn take(&mut self, place: FreePlace) -> Option<NpId> {
        let (_, nps) = self.0.get_mut(place)?;
        let np = nps.pop();
        if nps.is_empty() {
            self.0.remove(place);
        }
        np
    }
}

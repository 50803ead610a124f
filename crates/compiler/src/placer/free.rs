//! The neural processors that a pass has left.

use spikemesh_device::Floorplan;
use spikemesh_device::network::NodeCoord;
use spikemesh_isa::NpId;

/// Nodes with a free NP, in snake order, each with its free NPs.
pub(crate) struct FreeNps(Vec<(NodeCoord, Vec<NpId>)>);

/// The place of a node among those with a free NP.
pub(crate) type FreePlace = usize;

impl FreeNps {
    /// All NPs of the device.
    pub(crate) fn all(floorplan: &Floorplan) -> FreeNps {
        let per_node = usize::from(floorplan.nps_per_node);
        let nps: Vec<NpId> = floorplan.snake().into_iter().map(NpId).collect();
        let of_node = |nps: &[NpId]| {
            // Reversed, since `take` pops from the end: NPs of a node are taken in ascending order.
            (floorplan.node(nps[0].0), nps.iter().rev().copied().collect())
        };
        FreeNps(nps.chunks(per_node).map(of_node).collect())
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

//! The neural processors that a pass has left.

use std::collections::BTreeMap;

use spikemesh_device::Floorplan;
use spikemesh_device::network::NodeCoord;
use spikemesh_isa::NpId;

/// A node that has a free NP: its rank in snake order, and the node.
pub(crate) type FreeNode = (usize, NodeCoord);

/// Free NPs by node, nodes in snake order. A node without one is not in the map.
pub(crate) struct FreeNps(BTreeMap<FreeNode, Vec<NpId>>);

impl FreeNps {
    /// All NPs of the device.
    pub(crate) fn all(floorplan: &Floorplan) -> FreeNps {
        let per_node = usize::from(floorplan.nps_per_node);
        let nodes: Vec<NpId> = floorplan.snake().into_iter().map(NpId).collect();
        let nodes = nodes.chunks(per_node).enumerate();
        // Reversed, since `take` pops from the end: NPs of a node are taken in ascending order.
        FreeNps(
            nodes
                .map(|(rank, nps)| ((rank, floorplan.node(nps[0].0)), nps.iter().rev().copied().collect()))
                .collect(),
        )
    }

    /// Nodes with a free NP, in snake order.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = FreeNode> {
        self.0.keys().copied()
    }

    /// Takes the least NP of a node.
    pub(crate) fn take(&mut self, node: FreeNode) -> Option<NpId> {
        let nps = self.0.get_mut(&node)?;
        let np = nps.pop();
        if nps.is_empty() {
            self.0.remove(&node);
        }
        np
    }
}

//! The nodes of a device, as bounds see them.

use crate::resources::Resources;
use spikemesh_device::network::NodeCoord;

/// The nodes of a device with the NPs that compute on each.
pub(super) struct Nodes {
    /// The nodes, row by row.
    pub at: Vec<NodeCoord>,
    /// NPs that compute on each.
    pub seats: Vec<u64>,
}

impl Nodes {
    /// Those of a device.
    pub(super) fn of(resources: &Resources) -> Nodes {
        let floorplan = &resources.floorplan;
        let rows = (0..floorplan.rows).flat_map(|y| (0..floorplan.columns).map(move |x| NodeCoord { x, y }));
        let at: Vec<NodeCoord> = rows.collect();
        let mut seats = vec![u64::from(floorplan.nps_per_node); at.len()];
        for np in &resources.disabled {
            seats[usize::from(np.0 / floorplan.nps_per_node)] -= 1;
        }
        Nodes { at, seats }
    }
}

//! What no placement of a partition is below, in flit-hops.

mod gilmore_lawler;
mod packed_trees;
mod transport;

use crate::demand::PassDemand;
use crate::resources::Resources;
use serde::Serialize;
use spikemesh_device::network::NodeCoord;

/// How a lower bound is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoundRule {
    /// The bound of Gilmore and Lawler: each slice with its heaviest flows to its nearest neighbours, slices dealt to nodes at the least sum.
    GilmoreLawler,
    /// The same for each slice alone, on the node that is best for it: the sum over slices that are too many to be dealt.
    NearestNeighbours,
    /// Trees: for each group of receivers the least Steiner trees from its senders, with receivers packed as closely as nodes allow; tokens and
    /// results, which go one by one, as for Gilmore and Lawler.
    SteinerTrees,
}

/// A lower bound on the flit-hops of a frame in which every position fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LowerBound {
    /// How it was made.
    pub rule: BoundRule,
    /// The bound.
    pub flit_hops: u64,
}

/// The nodes of a device with the NPs that compute on each.
struct Nodes {
    at: Vec<NodeCoord>,
    seats: Vec<u64>,
}

impl Nodes {
    fn of(resources: &Resources) -> Nodes {
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

/// The lower bound of all passes together.
pub(crate) fn lower_bound(demand: &[PassDemand], resources: &Resources) -> LowerBound {
    let nodes = Nodes::of(resources);
    let (mut flit_hops, mut all_dealt) = (0, true);
    for pass in demand {
        let (copies, is_dealt) = gilmore_lawler::bound(pass, &nodes);
        flit_hops += copies + packed_trees::bound(pass, &nodes);
        all_dealt &= is_dealt;
    }
    let rule = match (demand.iter().any(|pass| pass.trees), all_dealt) {
        (true, _) => BoundRule::SteinerTrees,
        (false, true) => BoundRule::GilmoreLawler,
        (false, false) => BoundRule::NearestNeighbours,
    };
    LowerBound { rule, flit_hops }
}

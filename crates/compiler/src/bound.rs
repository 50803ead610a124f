//! What no placement of a partition is below, in flit-hops.

mod gilmore_lawler;
mod nodes;
mod packed_trees;
mod transport;

use crate::demand::PassDemand;
use crate::resources::Resources;
use nodes::Nodes;
use serde::Serialize;

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

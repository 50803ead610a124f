//! What annealing walks on: placements of a pass, and how the cost changes from one to the next.

use spikemesh_device::network::NodeCoord;

/// A slice that goes to another node, and the one that comes to its place, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The slice.
    pub slice: usize,
    /// Where it goes.
    pub to: NodeCoord,
    /// The slice that is there and takes its place.
    pub other: Option<usize>,
}

/// A cost of placements, by the nodes of the slices.
///
/// After [`Landscape::propose`] comes either [`Landscape::accept`] or [`Landscape::reject`].
pub(super) trait Landscape {
    /// The node of a slice.
    fn node(&self, slice: usize) -> NodeCoord;

    /// The cost now.
    fn cost(&self) -> i64;

    /// How much more a change costs. The nodes differ.
    fn propose(&mut self, change: Change) -> i64;

    /// Makes the change that was proposed last.
    fn accept(&mut self);

    /// Leaves everything as before the last proposal.
    fn reject(&mut self);

    /// A node that is good for a slice while all others stay, whether it is free or not.
    fn wish(&self, slice: usize) -> NodeCoord;
}

//! Along a snake over the nodes.

use super::in_order::place_in_order;
use super::task::PlacementTask;
use crate::placement::Placement;
use spikemesh_stop::Stopped;

/// Slices in layer order, NPs in snake order: rows of nodes alternately rightwards and leftwards, so that slices which
/// follow each other are on neighbouring nodes. It reads no weights and no map sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snake;

impl Snake {
    pub(super) fn place(&self, task: &PlacementTask<'_>) -> Result<Placement, Stopped> {
        place_in_order(task, |_, free, _| free.nodes().next().map(|(place, _)| place))
    }
}

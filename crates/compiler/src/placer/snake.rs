//! Along a snake over the nodes.

use super::in_order::place_in_order;
use crate::partition::Partition;
use crate::placement::Placement;
use crate::resources::Resources;
use spikemesh_stop::{Stop, Stopped};

/// Slices in layer order, NPs in snake order: rows of nodes alternately rightwards and leftwards, so that slices which
/// follow each other are on neighbouring nodes. It reads no weights and no map sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snake;

impl Snake {
    pub(crate) fn place(
        &self,
        partition: &Partition,
        resources: &Resources,
        stop: &Stop,
    ) -> Result<Placement, Stopped> {
        place_in_order(partition, resources, stop, |_, free, _| free.nodes().next().map(|(place, _)| place))
    }
}

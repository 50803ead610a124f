//! Who sits where in a pass: slices on neural processors, and those that are free.

use std::collections::BTreeSet;

use crate::demand::{PassDemand, SliceId};
use crate::footprint::MemoryFootprint;
use crate::partition::Partition;
use crate::pins::Pinned;
use crate::placement::Placement;
use crate::resources::Resources;
use spikemesh_device::network::NodeCoord;
use spikemesh_isa::NpId;
use spikemesh_model::Layer;

/// The seats of a pass: neural processors that compute and that no pin takes.
#[derive(Clone)]
pub(super) struct Seats {
    /// The NP of each slice, those that are pinned included.
    pub np: Vec<NpId>,
    /// Slices that may move.
    pub movable: Vec<usize>,
    /// All seats, node by node.
    seats: Vec<NpId>,
    /// First seat of each node, row by row, and the number of seats at the end.
    first: Vec<usize>,
    /// Who sits on each NP of the device.
    sitting: Vec<Option<u32>>,
    columns: usize,
    /// Classes that some NPs have too little memory for.
    too_small: BTreeSet<(usize, NpId)>,
}

impl Seats {
    /// Of a placement.
    pub(super) fn new(
        demand: &PassDemand,
        placement: &Placement,
        pinned: &Pinned,
        resources: &Resources,
        too_small: BTreeSet<(usize, NpId)>,
    ) -> Seats {
        let np: Vec<NpId> =
            demand.slices.iter().map(|&SliceId { layer, slice }| placement.nps[layer][slice]).collect();
        let is_pinned = |slice: &usize| {
            let SliceId { layer, slice } = demand.slices[*slice];
            pinned[layer][slice].is_some()
        };
        let (fixed, movable): (Vec<usize>, Vec<usize>) = (0..np.len()).partition(is_pinned);
        let mut taken: Vec<NpId> = fixed.iter().map(|&slice| np[slice]).collect();
        taken.sort_unstable();
        let is_not_in = |np: NpId, list: &[NpId]| list.binary_search(&np).is_err();
        let all = (0..resources.floorplan.nps() as u16).map(NpId);
        let seats: Vec<NpId> =
            all.filter(|&np| is_not_in(np, &resources.disabled) && is_not_in(np, &taken)).collect();
        let nodes = usize::from(resources.floorplan.columns) * usize::from(resources.floorplan.rows);
        let per_node = resources.floorplan.nps_per_node;
        let first =
            (0..=nodes).map(|node| seats.partition_point(|np| usize::from(np.0 / per_node) < node)).collect();
        let mut sitting = vec![None; resources.floorplan.nps() as usize];
        for (slice, np) in np.iter().enumerate() {
            sitting[usize::from(np.0)] = Some(slice as u32);
        }
        let columns = resources.floorplan.columns.into();
        Seats { np, movable, seats, first, sitting, columns, too_small }
    }

    /// Number of seats.
    pub(super) fn len(&self) -> usize {
        self.seats.len()
    }

    /// The seats of a node.
    pub(super) fn at(&self, node: NodeCoord) -> &[NpId] {
        let node = usize::from(node.y) * self.columns + usize::from(node.x);
        &self.seats[self.first[node]..self.first[node + 1]]
    }

    /// Who sits on a seat.
    pub(super) fn sitting(&self, np: NpId) -> Option<usize> {
        self.sitting[usize::from(np.0)].map(|slice| slice as usize)
    }

    /// True if a slice may go to a seat, and who sits there to the seat of the slice.
    pub(super) fn may_swap(&self, demand: &PassDemand, slice: usize, np: NpId) -> bool {
        let fits = |slice: usize, np| !self.too_small.contains(&(demand.class_of[slice], np));
        self.too_small.is_empty()
            || fits(slice, np) && self.sitting(np).is_none_or(|other| fits(other, self.np[slice]))
    }

    /// Sends a slice to a seat, and who sits there to the seat of the slice.
    pub(super) fn swap(&mut self, slice: usize, np: NpId) {
        let (from, other) = (self.np[slice], self.sitting(np));
        self.np[slice] = np;
        self.sitting[usize::from(np.0)] = Some(slice as u32);
        self.sitting[usize::from(from.0)] = other.map(|other| other as u32);
        if let Some(other) = other {
            self.np[other] = from;
        }
    }
}

/// NPs whose own output FIFO leaves too little memory for the slices of a class.
pub(super) fn too_small(
    demand: &PassDemand,
    layers: &[Layer],
    partition: &Partition,
    resources: &Resources,
) -> BTreeSet<(usize, NpId)> {
    let mut too_small = BTreeSet::new();
    for &np in resources.fifo_bytes.keys() {
        let capacity = resources.capacity(np);
        for (class, members) in demand.classes.iter().enumerate() {
            let SliceId { layer, slice } = demand.slices[members[0]];
            let divided = &partition.layers[layer];
            let footprint =
                MemoryFootprint::of(&layers[layer], &divided.slices[slice], divided.external, &capacity);
            if footprint.total() > capacity.memory_bytes {
                too_small.insert((class, np));
            }
        }
    }
    too_small
}

//! Places slice after slice, in layer order, each on a node that a rule chooses.

use super::free::{FreeNps, FreePlace};
use crate::partition::{Partition, UnitKind};
use crate::placement::Placement;
use crate::resources::Resources;
use crate::tiling::Slice;
use spikemesh_model::LayerId;
use spikemesh_stop::{Stop, Stopped};

/// Places all slices. `choose` sees the slice, the free NPs of its pass, and what is placed so far.
pub(crate) fn place_in_order(
    partition: &Partition,
    resources: &Resources,
    stop: &Stop,
    mut choose: impl FnMut((LayerId, &Slice), &FreeNps, &Placement) -> Option<FreePlace>,
) -> Result<Placement, Stopped> {
    let mut placement = Placement::default();
    let (mut free, mut pass) = (FreeNps::all(resources), 0);
    for (index, layer) in partition.layers.iter().enumerate() {
        placement.nps.push(Vec::new());
        if layer.kind != UnitKind::Np {
            continue;
        }
        // Passes ascend with layers, and each has all that computes.
        if layer.pass != pass {
            (free, pass) = (FreeNps::all(resources), layer.pass);
        }
        for slice in &layer.slices {
            stop.check()?;
            // The partition never gives a pass more slices than NPs of the device compute, so there is always a free one.
            let place = choose((LayerId(index), slice), &free, &placement);
            placement.nps[index].extend(place.and_then(|place| free.take(place)));
        }
    }
    Ok(placement)
}

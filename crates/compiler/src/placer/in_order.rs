//! Places slice after slice, in layer order, each on a node that a rule chooses.

use super::free::{FreeNps, FreePlace};
use super::task::PlacementTask;
use crate::partition::{Partition, UnitKind};
use crate::pins::Pinned;
use crate::placement::Placement;
use crate::tiling::Slice;
use spikemesh_isa::NpId;
use spikemesh_model::LayerId;
use spikemesh_stop::Stopped;

/// Places all slices: those that are pinned there, for the others `choose` sees the slice, the free NPs of its pass, and what is placed so far.
pub(crate) fn place_in_order(
    task: &PlacementTask<'_>,
    mut choose: impl FnMut((LayerId, &Slice), &FreeNps, &Placement) -> Option<FreePlace>,
) -> Result<Placement, Stopped> {
    let PlacementTask { partition, resources, pinned, stop, .. } = *task;
    let mut placement = Placement::default();
    let of_pass = |pass: u32| FreeNps::without(resources, &pinned_of(partition, pinned, pass));
    let (mut free, mut pass) = (of_pass(0), 0);
    for (index, layer) in partition.layers.iter().enumerate() {
        placement.nps.push(Vec::new());
        if layer.kind != UnitKind::Np {
            continue;
        }
        // Passes ascend with layers, and each has all that computes.
        if layer.pass != pass {
            (free, pass) = (of_pass(layer.pass), layer.pass);
        }
        for (slice, pin) in layer.slices.iter().zip(&pinned[index]) {
            stop.check()?;
            if let &Some(np) = pin {
                placement.nps[index].push(np);
                continue;
            }
            // The partition never gives a pass more slices than NPs of the device compute, so there is always a free one.
            let place = choose((LayerId(index), slice), &free, &placement);
            placement.nps[index].extend(place.and_then(|place| free.take(place)));
        }
    }
    Ok(placement)
}

/// The neural processors that pins of a pass take, ascending.
fn pinned_of(partition: &Partition, pinned: &Pinned, pass: u32) -> Vec<NpId> {
    let layers = partition.layers.iter().zip(pinned).filter(|(layer, _)| layer.pass == pass);
    let mut nps: Vec<NpId> = layers.flat_map(|(_, nps)| nps.iter().flatten().copied()).collect();
    nps.sort_unstable();
    nps
}

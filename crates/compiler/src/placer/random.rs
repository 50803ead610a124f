//! Anywhere.

use super::random_numbers::RandomNumbers;
use super::seats::too_small;
use super::task::PlacementTask;
use crate::partition::UnitKind;
use crate::placement::Placement;
use spikemesh_isa::NpId;
use spikemesh_stop::Stopped;

/// Each slice on any neural processor that is free: what other placers are measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Random {
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Random {
    pub(super) fn place(&self, task: &PlacementTask<'_>) -> Result<Placement, Stopped> {
        let PlacementTask { partition, resources, pinned, .. } = *task;
        let nps = partition.layers.iter().map(|layer| vec![NpId(0); layer.nps() as usize]).collect();
        let mut placement = Placement { nps };
        for (pass, demand) in (0..).zip(task.demand) {
            task.stop.check()?;
            let too_small = too_small(demand, task.layers, partition, resources);
            let mut free: Vec<NpId> = (0..resources.floorplan.nps() as u16).map(NpId).collect();
            free.retain(|np| resources.disabled.binary_search(np).is_err());
            let here = partition.layers.iter().zip(pinned);
            let here = here.filter(|(layer, _)| layer.kind == UnitKind::Np && layer.pass == pass);
            let taken: Vec<NpId> = here.flat_map(|(_, nps)| nps.iter().flatten().copied()).collect();
            free.retain(|np| !taken.contains(np));
            let mut numbers = RandomNumbers::new(self.seed, u64::from(pass));
            for (id, &class) in demand.slices.iter().zip(&demand.class_of) {
                if let Some(np) = pinned[id.layer][id.slice] {
                    placement.nps[id.layer][id.slice] = np;
                    continue;
                }
                // A pass never has more slices than NPs that compute.
                let drawn = numbers.below(free.len().max(1));
                let fits = |&index: &usize| !too_small.contains(&(class, free[index]));
                let order = (drawn..free.len()).chain(0..drawn);
                let index = order.clone().find(fits).or_else(|| order.clone().next());
                if let Some(index) = index {
                    placement.nps[id.layer][id.slice] = free.swap_remove(index);
                }
            }
        }
        Ok(placement)
    }
}

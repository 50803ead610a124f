//! That packets which fork fit the buffers, and that there are routers which fork them.
//!
//! A branch takes flits at its own pace, so it holds its channel while it waits for channels further down, and for flits that come from upstream. These
//! come whatever other branches do, because the packet at the front of a buffer has all places for itself. So the dependencies of a tree are those of the
//! ways to its receivers, forks included: the proof follows these ways, with a dependency from the channel before a fork to that of each branch.

use super::flow::senders;
use super::refused::Refused;
use spikemesh_device::Floorplan;
use spikemesh_device::network::{Config, Multicast};
use spikemesh_isa::Pass;
use spikemesh_isa::packet::{PACKET_WORDS, flits};

/// Proves it for a pass.
pub(super) fn prove(
    pass: &Pass,
    index: usize,
    network: &Config,
    floorplan: &Floorplan,
) -> Result<(), Refused> {
    let tree = senders(pass).find(|(_, routes)| routes.iter().any(|route| route.joined));
    let Some((unit, _)) = tree else { return Ok(()) };
    let (pass, unit, flits) = (index, floorplan.name(unit), flits(PACKET_WORDS));
    if network.multicast == Multicast::Source {
        Err(Refused::NoTrees { pass, unit })
    } else if usize::from(network.depth) < flits {
        Err(Refused::ShallowBuffer { pass, unit, flits, depth: network.depth })
    } else {
        Ok(())
    }
}

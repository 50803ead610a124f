//! Who sends packets to whom in a pass.

use std::collections::BTreeMap;

use spikemesh_device::network::TrafficClass;
use spikemesh_device::{Floorplan, Unit};
use spikemesh_isa::{Pass, Program, Route, Target};

/// All packets of a traffic class from one unit to another in a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Pass.
    pub pass: usize,
    /// Sender.
    pub from: Unit,
    /// Receiver.
    pub to: Unit,
    /// Traffic class: markers go with the data, tokens the other way.
    pub class: TrafficClass,
}

/// The flows of a pass, each once. The event DMA is one sender and one receiver, whatever its buffer.
pub fn flows(program: &Program, pass: usize, floorplan: &Floorplan) -> Vec<Flow> {
    let mut flows = BTreeMap::new();
    for (from, routes) in senders(&program.passes[pass]) {
        for to in routes.iter().map(receiver) {
            for (from, to, class) in [(from, to, TrafficClass::Data), (to, from, TrafficClass::Token)] {
                let key = (floorplan.terminal(from), floorplan.terminal(to), class);
                flows.entry(key).or_insert(Flow { pass, from, to, class });
            }
        }
    }
    flows.into_values().collect()
}

/// The units of a pass that send, with their routes.
pub(super) fn senders(pass: &Pass) -> impl Iterator<Item = (Unit, &[Route])> {
    let hrc = pass.hrc.iter().map(|hrc| (Unit::Hrc, hrc.routes.as_slice()));
    let sources = pass.sources.iter().map(|source| (Unit::Source(source.buffer.0), source.routes.as_slice()));
    let nps = pass.nps.iter().map(|np| (Unit::Np(np.np.0), np.routes.as_slice()));
    hrc.chain(sources).chain(nps)
}

/// The unit at the end of a route.
pub(super) fn receiver(route: &Route) -> Unit {
    match route.target {
        Target::Np(np) => Unit::Np(np.0),
        Target::Sink(buffer) => Unit::Sink(buffer.0),
    }
}

//! Who sends to whom in a pass.

use spikemesh_device::Unit;
use spikemesh_isa::{Pass, Route, Target};

/// The units of a pass that send, with their routes: the input unit, sources, NPs.
pub(crate) fn senders(pass: &Pass) -> impl Iterator<Item = (Unit, &[Route])> {
    let hrc = pass.hrc.iter().map(|hrc| (Unit::Hrc, &hrc.routes[..]));
    let sources = pass.sources.iter().map(|source| (Unit::Source(source.buffer.0), &source.routes[..]));
    let nps = pass.nps.iter().map(|np| (Unit::Np(np.np.0), &np.routes[..]));
    hrc.chain(sources).chain(nps)
}

/// The receiver of a route.
pub(crate) fn receiver(route: &Route) -> Unit {
    match route.target {
        Target::Np(np) => Unit::Np(np.0),
        Target::Sink(buffer) => Unit::Sink(buffer.0),
    }
}

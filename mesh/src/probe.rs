//! Probes: what watches a run without touching it.

mod events;
mod observe;
mod trace;

pub use events::{EventProbe, Spike};
pub use observe::{Act, Origin, PassBegin, Probe, Sender};
pub use spikemesh_noc::NoProbe;
pub use trace::TraceProbe;

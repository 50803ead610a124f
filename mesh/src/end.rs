//! The ends of jobs of this crate: those of the network, whose failures are this crate's errors.

use crate::simulator::Error;

/// [`spikemesh_noc::Ended`] with the errors of the simulator.
pub type Ended<T, E = Error> = spikemesh_noc::Ended<T, E>;

/// [`spikemesh_noc::End`] with the errors of the simulator.
pub type End<E = Error> = spikemesh_noc::End<E>;

/// [`spikemesh_noc::EarlyEnd`] with the errors of the simulator.
pub type EarlyEnd<E = Error> = spikemesh_noc::EarlyEnd<E>;

/// [`spikemesh_noc::Unfinished`] with the errors of the simulator.
pub type Unfinished<T, E = Error> = spikemesh_noc::Unfinished<T, E>;

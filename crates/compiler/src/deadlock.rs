//! Proves that a program can never get into a circular wait: neither its packets in the network, nor its units by their protocol.
//!
//! | file | proves, pass by pass |
//! |---|---|
//! | `channels` | the network moves: dependencies between channels form no circle, and tokens have channels of their own |
//! | `trees` | packets that fork fit the buffers, so that no branch waits for another |
//! | `tokens` | frames move: every unit that sends gets its tokens back, and every circle of flows holds a token |
//!
//! Each rests on the other. Ways end in links to terminals, which wait for nothing, because a unit takes whatever arrives, always: a producer
//! sends only when it holds a token of every consumer, and a consumer gives a token only when its map is free. Tokens come back because the
//! network moves. Between passes the network is empty.
//!
//! The ways are those of the simulator: the proof follows each flow with [`walk`](spikemesh_device::network::walk) under the same function
//! [`outputs`](fn@outputs) from which the routers' tables are derived.

mod channels;
mod circle;
mod circular_wait;
mod flow;
mod refused;
mod tokens;
mod trees;
mod ways;

use spikemesh_device::network::{
    Config, NodeId, Outputs, PortKind, RouteClass, RouteClasses, TerminalCoord, Topology, outputs,
};
use spikemesh_device::{Device, Floorplan, Unit};
use spikemesh_isa::{NpId, Program};
use spikemesh_stop::{Stop, Stopped};

pub use circular_wait::CircularWait;
pub use flow::{Flow, flows};
pub(crate) use flow::{receiver, senders};
pub use refused::Refused;

/// A proof, by its size, all passes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Proof {
    /// Flows of data with their markers, and of tokens, followed through the network.
    pub flows: usize,
    /// Channels in use.
    pub channels: usize,
    /// Dependencies between them, which form no circle.
    pub dependencies: usize,
    /// Units that send or receive.
    pub units: usize,
    /// Routes between them; each carries markers one way and a token the other.
    pub routes: usize,
}

/// Proves a program free of deadlock on a device with this floorplan and network, under a routing function. The simulator's function is
/// [`outputs`](fn@outputs).
///
/// # Errors
/// The first reason why it is not proved.
pub fn prove(
    program: &Program,
    floorplan: &Floorplan,
    network: &Config,
    outputs: impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
) -> Result<Proof, Refused> {
    prove_until(program, floorplan, network, outputs, &Stop::NEVER).unwrap_or_else(|Stopped| unreachable!())
}

/// Proves a program free of deadlock on a device as it is now: with its network, and without the neural processors that are disabled.
///
/// # Errors
/// The first reason why it is not proved.
pub fn prove_on(program: &Program, device: &Device) -> Result<Proof, Refused> {
    let disabled: Vec<NpId> = device.disabled_nps().into_iter().map(NpId).collect();
    working(program, &device.floorplan(), &disabled)?;
    prove(program, &device.floorplan(), &device.network_config(), outputs)
}

/// Every neural processor of the program computes.
pub(crate) fn working(program: &Program, floorplan: &Floorplan, disabled: &[NpId]) -> Result<(), Refused> {
    let nps = program
        .passes
        .iter()
        .enumerate()
        .flat_map(|(pass, records)| records.nps.iter().map(move |np| (pass, np.np)));
    match nps.into_iter().find(|(_, np)| disabled.contains(np)) {
        Some((pass, np)) => Err(Refused::Disabled { pass, unit: floorplan.name(Unit::Np(np.0)) }),
        None => Ok(()),
    }
}

/// As [`prove`], unless it is stopped.
///
/// # Errors
/// The stop flag is set.
pub(crate) fn prove_until(
    program: &Program,
    floorplan: &Floorplan,
    network: &Config,
    outputs: impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
    stop: &Stop,
) -> Result<Result<Proof, Refused>, Stopped> {
    match parts(program, floorplan, network, outputs, stop) {
        Ok(proof) => Ok(Ok(proof)),
        Err(Unproved::Refused(refused)) => Ok(Err(refused)),
        Err(Unproved::Stopped) => Err(Stopped),
    }
}

/// Why there is no proof.
enum Unproved {
    Refused(Refused),
    Stopped,
}

impl From<Refused> for Unproved {
    fn from(refused: Refused) -> Unproved {
        Unproved::Refused(refused)
    }
}

impl From<Stopped> for Unproved {
    fn from(Stopped: Stopped) -> Unproved {
        Unproved::Stopped
    }
}

/// All parts of the proof.
fn parts(
    program: &Program,
    floorplan: &Floorplan,
    network: &Config,
    outputs: impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
    stop: &Stop,
) -> Result<Proof, Unproved> {
    let (topology, classes) = (Topology::new(network), RouteClasses::new(network));
    channels::apart(&classes)?;
    let mut proof = Proof::default();
    for (index, pass) in program.passes.iter().enumerate() {
        trees::prove(pass, index, network, floorplan)?;
        let (units, routes) = tokens::prove(pass, index, floorplan)?;
        let (count, found) = channels::count(pass, &topology, &classes, floorplan, &outputs, stop)?;
        let (channels, dependencies) = match found {
            Some(found) => found,
            // There is a circle: each flow is followed for itself, to name those that close it.
            None => {
                let flows = flows(program, index, floorplan);
                let graph = channels::dependencies(&flows, &topology, &classes, floorplan, &outputs, stop)?;
                channels::prove(&graph, &topology, floorplan)?
            }
        };
        proof.flows += count;
        proof.channels += channels;
        proof.dependencies += dependencies;
        proof.units += units;
        proof.routes += routes;
    }
    Ok(proof)
}

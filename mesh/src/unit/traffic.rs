//! What a unit sends through the network, and what the network does for it.
//!
//! Nothing is counted on the way: every flit of a packet passes the same routers, so its way and its flits say it all. A packet that routers fork
//! is written once into a buffer of each router, and read once for each branch.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use spikemesh_device::network::{PortKind, RouteClass, TerminalId, Topology, outputs};
use spikemesh_device::{Action, ActionCounts};

/// The way of the packets to one receiver, or of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Links between routers.
    pub links: u32,
    /// Receivers: links to terminals.
    pub receivers: u32,
}

impl Way {
    /// Of packets of a class, from one terminal to others.
    pub fn new(topology: &Topology, class: &RouteClass, source: TerminalId, targets: &[TerminalId]) -> Way {
        let (first, local) = topology.place(source);
        let receivers = targets.len() as u32;
        if let &[target] = targets {
            let from = topology.node_coord(first);
            return Way { links: topology.hops(from, topology.coord(target).node), receivers };
        }
        let mut links = BTreeSet::new();
        for &target in targets {
            let to = topology.coord(target);
            let (mut node, mut arrived_by) = (first, PortKind::Local(local));
            while let Some((port, _)) = outputs(topology, class, node, arrived_by, to).single() {
                let side = topology.port_kind(node, port.into());
                let Some(next) = topology.neighbor(node, side) else { break };
                links.insert((node.0, port));
                (node, arrived_by) = (next, side.facing());
            }
        }
        Way { links: links.len() as u32, receivers }
    }
}

/// What the network does for some packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Flits that left their unit, each packet once.
    pub injections: u64,
    /// Flits times links between routers.
    pub hops: u64,
    /// Flits that arrive, once for each receiver.
    pub ejections: u64,
    /// Virtual channels that heads get, one at each router for each branch.
    pub allocations: u64,
}

impl Traffic {
    /// Of packets with so many flits in all, on one way.
    pub fn of(way: Way, packets: u64, flits: u64) -> Traffic {
        let (links, receivers) = (u64::from(way.links), u64::from(way.receivers));
        Traffic {
            injections: flits,
            hops: flits * links,
            ejections: flits * receivers,
            allocations: packets * (links + receivers),
        }
    }

    /// Flits that are written to buffers: whatever comes in from a unit or a link.
    pub fn buffer_writes(&self) -> u64 {
        self.injections + self.hops
    }

    /// Flits that are read from buffers: whatever leaves over a link or to a unit.
    pub fn buffer_reads(&self) -> u64 {
        self.hops + self.ejections
    }

    /// Puts it among the actions of a unit.
    pub(super) fn set(&self, counts: &mut ActionCounts) {
        for (action, count) in [
            (Action::Injection, self.injections),
            (Action::BufferWrite, self.buffer_writes()),
            (Action::Allocation, self.allocations),
            (Action::BufferRead, self.buffer_reads()),
            (Action::Link, self.hops),
            (Action::Ejection, self.ejections),
        ] {
            counts.set(action, count);
        }
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Traffic) {
        self.injections += other.injections;
        self.hops += other.hops;
        self.ejections += other.ejections;
        self.allocations += other.allocations;
    }
}

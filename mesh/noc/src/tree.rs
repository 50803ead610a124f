//! Trees: packets for several receivers, which routers fork.
//!
//! The tree of a packet is the union of the ways to its receivers. In a network of trees every packet has one; to a single receiver it is
//! a tree of one leaf. A flit carries the key of its tree, and each router looks up its own branches.

use crate::flit::FlitHeader;
use crate::router::vc::NOBODY;
use crate::slab::Slab;
use spikemesh_device::network::{NodeCoord, PortKind, RouteClass, TerminalId, Topology, outputs};

/// The way of one packet.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// Its route class.
    pub route_class: u8,
    /// The node of its source.
    pub source: NodeCoord,
    /// Receivers that its tail has not reached.
    pub leaves: u32,
    /// The output ports at each node that it passes, as a mask, by node.
    ports: Vec<(u32, u32)>,
}

impl Tree {
    /// The union of the ways of a route class from a source to its receivers.
    pub fn new(topology: &Topology, class: &RouteClass, source: TerminalId, targets: &[TerminalId]) -> Tree {
        let (first, local) = topology.place(source);
        let mut steps: Vec<(u32, u32)> = Vec::new();
        for &target in targets {
            let to = topology.coord(target);
            let (mut node, mut arrived_by) = (first, PortKind::Local(local));
            // Dimension order has a single output at each node, or the network could not have been built (`output_table`).
            while let Some((port, _)) = outputs(topology, class, node, arrived_by, to).single() {
                steps.push((node.0, 1 << port));
                let side = topology.port_kind(node, port.into());
                let PortKind::Local(_) = side else {
                    let Some(next) = topology.neighbor(node, side) else { break };
                    (node, arrived_by) = (next, side.facing());
                    continue;
                };
                break;
            }
        }
        steps.sort_unstable();
        let mut ports: Vec<(u32, u32)> = Vec::new();
        for (node, port) in steps {
            match ports.last_mut() {
                Some((last, ports)) if *last == node => *ports |= port,
                _ => ports.push((node, port)),
            }
        }
        let source = topology.node_coord(first);
        Tree { route_class: class.id.0, source, leaves: targets.len() as u32, ports }
    }

    /// The output ports at a node, as a mask.
    pub fn ports_at(&self, node: u32) -> u32 {
        let place = self.ports.binary_search_by_key(&node, |&(node, _)| node);
        place.map_or(0, |place| self.ports[place].1)
    }
}

/// A branch of the packet at the front of an input VC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    /// The output port.
    pub port: u8,
    /// The output VC that it owns, within the router, or [`NOBODY`] while it waits for one.
    pub out: u16,
    /// Flits that it has taken.
    pub taken: u32,
    /// It has taken the tail.
    pub is_done: bool,
}

impl Branch {
    /// A branch that waits for a VC.
    pub fn new(port: u8) -> Branch {
        Branch { port, out: NOBODY, taken: 0, is_done: false }
    }
}

/// The branches of the packet at the front of an input VC.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branches {
    /// Each of them, by port; none while no route is known.
    pub all: Vec<Branch>,
    /// Flits of the packet that have left the buffer, because every branch has taken them.
    pub left: u32,
}

impl Branches {
    /// The branch at an output port.
    pub fn at(&self, port: usize) -> Option<&Branch> {
        self.all.iter().find(|branch| usize::from(branch.port) == port)
    }

    /// As [`Branches::at`], to change.
    pub fn at_mut(&mut self, port: usize) -> Option<&mut Branch> {
        self.all.iter_mut().find(|branch| usize::from(branch.port) == port)
    }

    /// The place in the buffer of the flit that a branch takes next; 0 is at the front.
    pub fn place(&self, branch: &Branch) -> u16 {
        (branch.taken - self.left) as u16
    }

    /// Whether a branch owns a VC and the flit that it takes next is in the buffer, which holds `len`.
    pub fn has_flit(&self, branch: &Branch, len: u16) -> bool {
        branch.out != NOBODY && !branch.is_done && self.place(branch) < len
    }
}

/// What a network of trees has beyond others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trees {
    /// This is a network of trees.
    pub are_on: bool,
    /// Packets longer than a buffer may fork, although they can deadlock: for tests.
    pub may_be_long: bool,
    /// The trees of the packets that wait or are under way.
    pub table: Slab<Tree>,
    /// Branches of the packet at the front of each input VC, by channel.
    pub branches: Vec<Branches>,
}

impl Trees {
    /// For a network with `channels` channels, if it is one of trees.
    pub fn new(are_on: bool, channels: usize) -> Trees {
        let branches = if are_on { vec![Branches::default(); channels] } else { Vec::new() };
        Trees { are_on, branches, ..Trees::default() }
    }

    /// The tree that a flit follows.
    pub fn of(&self, header: FlitHeader) -> &Tree {
        self.table.get(header.tree())
    }
}

//! The routing function: which outputs a packet may take next. There is one, [`outputs`], and everything that depends on routes is derived
//! from functions of its shape:
//!
//! - the output tables and flit headers of the routers (`spikemesh-noc`, `output_table.rs`): the function is asked once per router and
//!   direction when the network is built, so that a hop costs one look into a table of 32 bytes;
//! - the compiler's proof that packets cannot deadlock (`spikemesh-compiler`, `deadlock.rs`), which follows every flow with [`walk`].
//!
//! # Other functions of this shape
//!
//! docs/contributing.md lists the files that each of them touches.
//!
//! An [`Outputs`] is a set of pairs of a port and a route class, so that the shape fits more than dimension order:
//!
//! - *A torus*: `Topology::neighbor`, `side_towards` and `hops` wrap around. Each traffic class has a second route class with virtual
//!   channels of its own, and `outputs` gives that class from the link on that crosses the dateline. [`walk`] follows such changes, hence
//!   so does the proof. A router then writes the new class into the head's header when it sends it. As long as it does not, building the
//!   network panics for such a function (`output_table`).
//! - *Adaptive routing*: `outputs` gives several ports, all that are nearer to the target, and dimension order in an escape class. The
//!   proof takes every allowed step as a dependency, which is sufficient; Duato's condition, on the escape class alone, is a proof of its
//!   own. A router chooses among the outputs by free channels and credits: it keeps the
//!   sets where it now keeps single ports.
//! - *Faulty links*: `outputs` looks at `arrived_by` and at the links that are left, for instance by turns that are allowed (up*/down*).
//!   Tables by direction do not suffice then; a router keeps an output per target.

use std::collections::BTreeSet;

use super::config::Config;
use super::coord::TerminalCoord;
use super::port_kind::PortKind;
use super::route_class::{RouteClass, RouteClassId, RouteClasses};
use super::topology::{Endpoint, LinkId, NodeId, TerminalId, Topology};

/// A set of outputs of a node: ports, each with the route class in which a packet leaves by it.
///
/// The function is asked for every node and direction when a network is built, so what a set costs follows its members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// The route classes that have ports.
    classes: u32,
    /// The ports of each.
    ports: [u32; Config::MAX_ROUTE_CLASSES],
}

impl Outputs {
    /// The set of one output.
    pub fn one(port: u8, class: RouteClassId) -> Outputs {
        let mut outputs = Outputs::default();
        outputs.add(port, class);
        outputs
    }

    /// Adds an output.
    pub fn add(&mut self, port: u8, RouteClassId(class): RouteClassId) {
        self.classes |= 1 << class;
        self.ports[class as usize] |= 1 << port;
    }

    /// The outputs, by class and port.
    pub fn iter(&self) -> impl Iterator<Item = (u8, RouteClassId)> {
        bits(self.classes)
            .flat_map(|class| bits(self.ports[class as usize]).map(move |port| (port, RouteClassId(class))))
    }

    /// The output, if there is only one.
    pub fn single(&self) -> Option<(u8, RouteClassId)> {
        let class = self.classes.trailing_zeros() as u8;
        let ports = self.ports.get(usize::from(class)).copied()?;
        let is_single = self.classes.is_power_of_two() && ports.is_power_of_two();
        is_single.then(|| (ports.trailing_zeros() as u8, RouteClassId(class)))
    }
}

/// The positions of the set bits, ascending.
fn bits(mut mask: u32) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let bit = (mask != 0).then(|| mask.trailing_zeros() as u8)?;
        mask &= mask - 1;
        Some(bit)
    })
}

/// The outputs of `node` for a packet of a route class to the terminal `to`, which came in by the port `arrived_by`.
///
/// Dimension order: along the first axis of the class as long as something is left of it, then along the other one, then to the terminal.
/// It is minimal, and depends on neither the port of arrival nor the packet's source.
pub fn outputs(
    topology: &Topology,
    class: &RouteClass,
    node: NodeId,
    arrived_by: PortKind,
    to: TerminalCoord,
) -> Outputs {
    let _ = arrived_by;
    let at = topology.node_coord(node);
    let side = |axis| topology.side_towards(axis, at, to.node);
    match side(class.first_axis).or_else(|| side(class.first_axis.other())) {
        Some(side) => Outputs::one(topology.port(node, side) as u8, class.id),
        None => Outputs::one(topology.port(node, PortKind::Local(to.local)) as u8, class.at_terminal),
    }
}

/// What a packet holds and waits for: the virtual channels of a route class on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel {
    /// The link.
    pub link: LinkId,
    /// The route class.
    pub class: RouteClassId,
}

/// A step on a packet's way: it holds one channel and waits for the other.
pub type Step = (Channel, Channel);

/// Every step that a packet may take from a terminal to another under a routing function, each once. Where all sets of outputs are single,
/// the steps are the packet's path in its order: from the link of the source to the link of the target.
pub fn walk(
    topology: &Topology,
    classes: &RouteClasses,
    outputs: impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
    class: &RouteClass,
    from: TerminalId,
    to: TerminalId,
) -> Vec<Step> {
    let to = topology.coord(to);
    let start = Channel { link: topology.link_from_terminal(from), class: class.at_terminal };
    let (mut steps, mut seen) = (Vec::new(), BTreeSet::new());
    let mut reached = vec![(start, class.id)];
    while let Some((held, RouteClassId(class))) = reached.pop() {
        let Endpoint::Port { node, port } = topology.link(held.link).to else { continue };
        let arrived_by = topology.port_kind(node, port.into());
        for (port, next) in outputs(topology, &classes[class as usize], node, arrived_by, to).iter() {
            let wanted = Channel { link: topology.link_from(node, port), class: next };
            if seen.insert((held, wanted)) {
                steps.push((held, wanted));
                reached.push((wanted, next));
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_each_output_once() {
        let (low, high) = (RouteClassId(0), RouteClassId(Config::MAX_ROUTE_CLASSES as u8 - 1));
        assert_eq!(Outputs::default().single(), None);
        assert_eq!(Outputs::one(31, high).single(), Some((31, high)));
        let mut outputs = Outputs::one(5, high);
        outputs.add(5, high);
        assert_eq!(outputs.single(), Some((5, high)));
        for (port, class) in [(31, low), (0, low)] {
            outputs.add(port, class);
            assert_eq!(outputs.single(), None);
        }
        assert_eq!(outputs.iter().collect::<Vec<_>>(), [(0, low), (31, low), (5, high)]);
    }
}

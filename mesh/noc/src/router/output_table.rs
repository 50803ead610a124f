//! What a router keeps of the [routing function](outputs): by which port a packet leaves, by the direction of its target.
//!
//! Under dimension order the output depends only on whether the target is in another column and in another row, and on three facts that
//! do not change on a packet's way, its [`Heading`]. So 32 entries per router stand for the function, and a hop costs one look into them.

use spikemesh_device::network::{
    Axis, NodeId, PortKind, RouteClass, RouteClassId, TerminalCoord, Topology, outputs,
};

/// Directions of a target.
pub(crate) const DIRECTIONS: usize = 4 << Heading::BITS;

/// The ports by which packets leave a router, by [`FlitHeader::direction_from`](crate::flit::FlitHeader::direction_from). For targets of the
/// node itself it is the first local port; the others follow it.
pub(crate) type OutputTable = [u8; DIRECTIONS];

/// Where a packet turns: whether it goes west, whether it goes north, and whether it goes along the column first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heading(u8);

impl Heading {
    /// Bits of a heading.
    pub const BITS: u32 = 3;
    const WEST: u8 = 1;
    const NORTH: u8 = 2;
    const Y_FIRST: u8 = 4;

    /// For a packet of a route class between two terminals.
    #[inline]
    pub fn new(topology: &Topology, class: &RouteClass, from: TerminalCoord, to: TerminalCoord) -> Heading {
        let is_west = topology.side_towards(Axis::X, from.node, to.node) == Some(PortKind::West);
        let is_north = topology.side_towards(Axis::Y, from.node, to.node) == Some(PortKind::North);
        let is_y_first = class.first_axis == Axis::Y;
        Heading(
            (is_west as u8 * Self::WEST)
                | (is_north as u8 * Self::NORTH)
                | (is_y_first as u8 * Self::Y_FIRST),
        )
    }

    /// As a number below `1 << BITS`.
    #[inline]
    pub fn bits(self) -> u32 {
        self.0 as u32
    }

    fn side(self, axis: Axis) -> PortKind {
        match axis {
            Axis::X if self.0 & Self::WEST != 0 => PortKind::West,
            Axis::X => PortKind::East,
            Axis::Y if self.0 & Self::NORTH != 0 => PortKind::North,
            Axis::Y => PortKind::South,
        }
    }

    fn first_axis(self) -> Axis {
        if self.0 & Self::Y_FIRST == 0 { Axis::X } else { Axis::Y }
    }
}

/// The table of a node: for each direction, [`outputs`] for the nearest target that lies there.
pub(crate) fn output_table(topology: &Topology, classes: &[RouteClass], node: NodeId) -> OutputTable {
    std::array::from_fn(|direction| {
        let heading = Heading((direction >> 2) as u8);
        let x = (direction & 1 != 0).then(|| heading.side(Axis::X));
        let y = (direction & 2 != 0).then(|| heading.side(Axis::Y));
        let sides = [x, y].into_iter().flatten();
        let target = sides.into_iter().try_fold(node, |at, side| topology.neighbor(at, side));
        let of_heading = |class: &&RouteClass| class.first_axis == heading.first_axis();
        match (target, classes.iter().find(of_heading)) {
            (Some(target), Some(class)) => output(topology, class, node, target),
            // No packet goes there.
            _ => 0,
        }
    })
}

/// The port by which packets of a class leave `node` for the first terminal of `target`.
fn output(topology: &Topology, class: &RouteClass, node: NodeId, target: NodeId) -> u8 {
    let to = TerminalCoord { node: topology.node_coord(target), local: 0 };
    let ask = |arrived_by| outputs(topology, class, node, arrived_by, to);
    let set = ask(PortKind::Local(0));
    debug_assert!(
        (0..topology.ports(node)).all(|port| ask(topology.port_kind(node, port)) == set),
        "a table by direction needs outputs that do not depend on the port of arrival"
    );
    let expected = if node == target { class.at_terminal } else { class.id };
    match set.single() {
        Some((port, RouteClassId(next))) if next == expected.0 => port,
        _ => unreachable!("a table by direction needs single outputs in the packet's route class, {set:?}"),
    }
}

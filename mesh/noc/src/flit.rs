//! Flits, and the header that each of them carries.

use crate::router::output_table::Heading;
use spikemesh_device::network::{Config, NodeCoord, RouteClassId, TerminalCoord};

/// Where a packet goes and in which route class, in one word that travels with every flit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlitHeader(u32);

impl FlitHeader {
    /// Bits of a column or row; the column is lowest, the row next.
    const SIDE: u32 = Config::MAX_SIDE.trailing_zeros();
    const X: u32 = (1 << Self::SIDE) - 1;
    const Y: u32 = Self::X << Self::SIDE;
    /// Bits of a local port, above the row.
    const LOCAL: u32 = Config::MAX_PORTS.trailing_zeros();
    /// The heading, above the local port.
    const HEADING: u32 = 2 * Self::SIDE + Self::LOCAL;
    /// The route class, uppermost.
    const CLASS: u32 = Self::HEADING + Heading::BITS;

    /// For a packet to a terminal.
    pub fn new(to: TerminalCoord, heading: Heading, class: RouteClassId) -> FlitHeader {
        let local = (to.local as u32) << (2 * Self::SIDE);
        let heading = heading.bits() << Self::HEADING;
        FlitHeader(Self::node(to.node) | local | heading | (class.0 as u32) << Self::CLASS)
    }

    /// For a packet of a network of trees: the key of its tree is all that it carries.
    pub fn of_tree(tree: u32) -> FlitHeader {
        FlitHeader(tree)
    }

    /// The key of the tree, in a network of trees.
    pub fn tree(self) -> u32 {
        self.0
    }

    /// Column and row of a node.
    pub fn node(node: NodeCoord) -> u32 {
        node.x as u32 | (node.y as u32) << Self::SIDE
    }

    /// The direction of the target from a node on the packet's way: an index into an [output table](crate::router::output_table). 1 is set if the
    /// target is in another column, 2 if it is in another row; the heading is above.
    #[inline(always)]
    pub fn direction_from(self, node: u32) -> usize {
        let apart = self.0 ^ node;
        let left = (apart & Self::X != 0) as u32 | ((apart & Self::Y != 0) as u32) << 1;
        (left | (self.0 >> Self::HEADING & ((1 << Heading::BITS) - 1)) << 2) as usize
    }

    /// Local port.
    #[inline(always)]
    pub fn local(self) -> u32 {
        self.0 >> (2 * Self::SIDE) & ((1 << Self::LOCAL) - 1)
    }

    /// The route class.
    #[inline(always)]
    pub fn route_class(self) -> u32 {
        self.0 >> Self::CLASS
    }
}

/// One flit in a buffer: its packet's slot, whether it is the first or last, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flit {
    word: u32,
    pub header: FlitHeader,
}

impl Flit {
    /// No flit.
    pub const EMPTY: Flit = Flit { word: 0, header: FlitHeader(0) };

    /// Most packets that flits can tell apart.
    pub const MAX_PACKETS: u32 = 1 << 30;

    #[inline]
    pub fn new(slot: u32, is_head: bool, is_tail: bool, header: FlitHeader) -> Flit {
        Flit { word: slot << 2 | (is_tail as u32) << 1 | is_head as u32, header }
    }

    #[inline]
    pub fn slot(self) -> u32 {
        self.word >> 2
    }

    #[inline]
    pub fn is_head(self) -> bool {
        self.word & 1 != 0
    }

    #[inline]
    pub fn is_tail(self) -> bool {
        self.word & 2 != 0
    }
}

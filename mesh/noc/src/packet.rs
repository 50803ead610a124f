//! Packets: what is offered, what is reported, and the table of those under way.

use super::output_table::Heading;
use super::slab::Slab;
use crate::Cycle;
use spikemesh_device::network::Config;
use spikemesh_device::network::{RouteClassId, TerminalCoord, TerminalId};

/// What a caller asks the network to carry: one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketRequest {
    /// The terminal that sends it.
    pub source: TerminalId,
    /// The terminal that receives it; may be the source itself.
    pub target: TerminalId,
    /// Length in flits, head included.
    pub flits: u32,
    /// Traffic class.
    pub class: u8,
    /// The caller's own number, returned with every report about this packet.
    pub tag: u32,
}

/// A packet whose last flit has left its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injected {
    /// The source.
    pub terminal: TerminalId,
    /// The packet.
    pub tag: u32,
    /// When it came to the front of its queue: its creation, or the cycle after the tail before it left.
    pub taken: Cycle,
    /// When its first flit left.
    pub head: Cycle,
    /// When its last flit left.
    pub tail: Cycle,
}

/// A packet whose last flit has reached its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The target.
    pub terminal: TerminalId,
    /// The packet.
    pub tag: u32,
    /// When its first flit left the source.
    pub injected: Cycle,
    /// When its last flit arrived.
    pub cycle: Cycle,
    /// Routers that it passed.
    pub routers: u32,
}

/// Where a packet goes and in which route class, in one word that travels with every flit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target(u32);

impl Target {
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
    pub fn new(to: TerminalCoord, heading: Heading, class: RouteClassId) -> Target {
        let local = (to.local as u32) << (2 * Self::SIDE);
        let heading = heading.bits() << Self::HEADING;
        Target(Self::node(to.x, to.y) | local | heading | (class.0 as u32) << Self::CLASS)
    }

    /// Column and row of a node.
    pub fn node(x: u16, y: u16) -> u32 {
        x as u32 | (y as u32) << Self::SIDE
    }

    /// The direction of the target from a node on the packet's way: an index into an [output table](super::output_table). 1 is set if the
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
pub(super) struct Flit {
    word: u32,
    pub target: Target,
}

impl Flit {
    /// No flit.
    pub const EMPTY: Flit = Flit { word: 0, target: Target(0) };

    /// Most packets that flits can tell apart.
    pub const MAX_PACKETS: u32 = 1 << 30;

    #[inline]
    pub fn new(slot: u32, is_head: bool, is_tail: bool, target: Target) -> Flit {
        Flit { word: slot << 2 | (is_tail as u32) << 1 | is_head as u32, target }
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

/// A packet that waits in its source or is under way.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub tag: u32,
    pub flits: u32,
    /// The next packet in the same queue, or [`NO_PACKET`].
    pub next: u32,
    pub target: Target,
    pub class: u8,
    /// Routers on the way.
    pub routers: u16,
    /// When the head left the source.
    pub injected: Cycle,
}

/// No packet: the end of a queue.
pub(super) const NO_PACKET: u32 = u32::MAX;

/// The packets that wait in their sources or are under way, by the number that their flits carry.
pub(super) type Packets = Slab<Packet>;

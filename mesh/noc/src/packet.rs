//! Packets: what is offered, what is reported, and the table of those under way.

use super::slab::Slab;
use crate::Cycle;
use spikemesh_device::network::Config;
use spikemesh_device::network::{Place, TerminalId};

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

/// Where a packet goes and in which lane, in one word that travels with every flit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target(u32);

impl Target {
    /// Bits of a column or row; the column is lowest, the row next.
    const SIDE: u32 = Config::MAX_SIDE.trailing_zeros();
    /// Ways that there are.
    pub const WAYS: usize = 32;
    const X: u32 = (1 << Self::SIDE) - 1;
    const Y: u32 = Self::X << Self::SIDE;
    /// Bits of a local port, above the row.
    const LOCAL: u32 = Config::MAX_PORTS.trailing_zeros();
    /// Back along the row, back along the column, and the column first: above the local port.
    const WAY: u32 = 2 * Self::SIDE + Self::LOCAL;
    /// The lane, uppermost.
    const LANE: u32 = Self::WAY + 3;

    /// For a packet between two places.
    pub fn new(from: Place, to: Place, column_first: bool, lane: u8) -> Target {
        let back = (to.x < from.x) as u32 | ((to.y < from.y) as u32) << 1;
        let way = back | (column_first as u32) << 2;
        let local = (to.local as u32) << (2 * Self::SIDE);
        Target(Self::node(to) | local | way << Self::WAY | (lane as u32) << Self::LANE)
    }

    /// Column and row of a place.
    pub fn node(place: Place) -> u32 {
        place.x as u32 | (place.y as u32) << Self::SIDE
    }

    /// What is left of the way from a node on it, below [`Target::WAYS`]: 1 along the row, 2 along the column, 4 back along the row, 8 back
    /// along the column, 16 the column first.
    #[inline(always)]
    pub fn way_from(self, node: u32) -> usize {
        let apart = self.0 ^ node;
        let left = (apart & Self::X != 0) as u32 | ((apart & Self::Y != 0) as u32) << 1;
        (left | (self.0 >> Self::WAY & 7) << 2) as usize
    }

    /// Local port.
    #[inline(always)]
    pub fn local(self) -> u32 {
        self.0 >> (2 * Self::SIDE) & ((1 << Self::LOCAL) - 1)
    }

    /// The class and the way.
    #[inline(always)]
    pub fn lane(self) -> u32 {
        self.0 >> Self::LANE
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

//! Packets: what is offered, what is reported, and the table of those under way.

use crate::flit::FlitHeader;
use crate::slab::Slab;
use crate::time::Cycle;
use spikemesh_device::network::TerminalId;

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

/// What a caller asks the network to carry: one packet for several receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeRequest<'a> {
    /// The terminal that sends it.
    pub source: TerminalId,
    /// The terminals that receive it, each once; the source may be among them.
    pub targets: &'a [TerminalId],
    /// Length in flits, head included; at most the depth of a buffer if there are several receivers.
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

/// A packet that waits in its source or is under way.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub tag: u32,
    pub flits: u32,
    /// The next packet in the same queue, or [`NO_PACKET`].
    pub next: u32,
    pub header: FlitHeader,
    pub class: u8,
    /// Routers on the way.
    pub routers: u16,
    /// When the head left the source.
    pub injected: Cycle,
}

/// No packet: the end of a queue.
pub(crate) const NO_PACKET: u32 = u32::MAX;

/// The packets that wait in their sources or are under way, by the number that their flits carry.
pub(crate) type Packets = Slab<Packet>;

//! Virtual channels: the buffer and state of an input VC, the owner and credits of an output VC.

use crate::arbiter::pick;
use crate::flit::Flit;

/// What an input VC does: BookSim2's `VC::eVCState`, with a state more for each allocator that takes several cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VcState {
    /// Empty.
    Idle,
    /// The route of the head at the front is being computed.
    Routing,
    /// The head at the front waits for an output VC, in one pool.
    VcAlloc,
    /// A granted output VC is on its way through the allocator's pipeline.
    VcGranted,
    /// Owns an output VC until the tail wins the switch; the buffer may be empty meanwhile.
    Active,
    /// A granted switch is on its way through the allocator's pipeline.
    SwitchGranted,
}

/// The virtual channel at the other end of a link: of a router, of a terminal, or none at the mesh's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Neighbor(u32);

impl Neighbor {
    pub const NONE: Neighbor = Neighbor(u32::MAX);
    const TERMINAL: u32 = 1 << 31;

    /// A terminal's channel.
    pub fn terminal(channel: u32) -> Neighbor {
        Neighbor(channel | Self::TERMINAL)
    }

    /// A router's channel.
    pub fn router(channel: u32) -> Neighbor {
        Neighbor(channel)
    }

    /// A terminal's channel, `terminal << vc_shift | vc`, or a router's.
    #[inline]
    pub fn channel(self) -> u32 {
        self.0 & !Self::TERMINAL
    }

    /// True for a terminal's channel. Nothing ever comes from or goes to the edge.
    #[inline]
    pub fn is_terminal(self) -> bool {
        self.0 & Self::TERMINAL != 0
    }

    /// True at the mesh's edge.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }
}

/// One virtual channel of an input port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InVc {
    /// The flit at the front, or the last one that was there.
    pub front: Flit,
    /// The packet that the state is about, known from its head. Kept so that [`audit`](crate::audit) can compare the flit at the front with it.
    pub packet: u32,
    /// Who gets the credits.
    pub upstream: Neighbor,
    /// The output VC that it owns, if it is active, within the router.
    pub out: u16,
    /// Place in the ring of the flit behind the front one, counted on without wrapping around.
    pub head: u16,
    /// Flits that have arrived and not left.
    pub len: u16,
    pub state: VcState,
    /// The route class of the packet.
    pub route_class: u8,
    /// The port by which its packet leaves.
    pub out_port: u8,
    /// Round-robin pointer over output VCs: the port, and the VC behind the last one.
    pub ptr_port: u8,
    pub ptr_vc: u8,
}

impl InVc {
    /// The VC that a head chooses among the free ones of its output port: its own round-robin arbiter, whose pointer is in force only at
    /// the port of the last grant and stands at 0 for all others.
    #[inline(always)]
    pub fn choose_vc(&self, output: u32, free: u32) -> u32 {
        // A product instead of a branch, because no processor predicts where a packet goes.
        pick(free, self.ptr_vc as u32 * (self.ptr_port as u32 == output) as u32)
    }
}

/// One virtual channel of an output port, as its router knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutVc {
    /// Who gets the flits.
    pub downstream: Neighbor,
    /// The input VC of the router whose packet holds it, or [`NOBODY`].
    pub owner: u16,
    /// Free places in the buffer downstream.
    pub credits: u16,
    /// Round-robin pointer over the router's input VCs: the one behind the last winner.
    pub ptr: u16,
}

/// No input VC.
pub(crate) const NOBODY: u16 = u16::MAX;

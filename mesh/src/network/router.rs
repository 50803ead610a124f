//! The state of all routers: input and output virtual channels, and the masks that say where there is work.
//!
//! Tables are flat. A *global port* numbers the ports of all routers; a virtual channel is
//! `global port << vc_shift | vc`. Invariants between steps, beside conservation:
//!
//! - an input VC asks for the switch if it is [`State::Active`], holds a flit and its output VC has a credit, and
//!   only then;
//! - a head waits in exactly one pool, that of its output port and lane, while it is [`State::Waiting`];
//! - a router's bit in `asking` is set if an input VC asks for the switch or holds it, and only then; its bit in `waiting` is set if a
//!   head waits in a pool with a free VC.

use super::bits::Bits;
use super::calendar::Calendar;
use super::config::{Config, Delays};
use super::lane::{Lane, lanes, overlap, route, ways};
use super::packet::{Flit, NO_PACKET, Packets};
use super::stage::Stages;
use super::topology::{NodeId, PortKind, TerminalId, Topology};
use crate::kernel::Cycle;

/// What an input VC does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Empty.
    Idle,
    /// The route of the head at the front is being computed.
    Routing,
    /// The head at the front waits for an output VC.
    Waiting,
    /// A granted output VC is on its way through the allocator's pipeline.
    VcGranted,
    /// Owns an output VC; the buffer may be empty meanwhile.
    Active,
    /// A granted switch is on its way through the allocator's pipeline.
    SwitchGranted,
}

/// The virtual channel at the other end of a link: of a router, of a terminal, or none at the mesh's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer(u32);

impl Peer {
    const NONE: Peer = Peer(u32::MAX);
    const TERMINAL: u32 = 1 << 31;

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
#[derive(Clone, Debug)]
pub(super) struct InVc {
    /// The packet that the state is about.
    pub packet: u32,
    pub router: u32,
    /// Who gets the credits.
    pub upstream: Peer,
    /// The output VC that it owns, if it is active.
    pub out: u32,
    /// Ring index of the front flit.
    pub head: u16,
    /// Flits that have arrived and not left.
    pub len: u16,
    pub state: State,
    /// The lane of the packet.
    pub lane: u8,
    /// The port by which its packet leaves.
    pub out_port: u8,
    /// Its own port and number.
    pub port: u8,
    pub number: u8,
    /// Round-robin pointer over output VCs: port and VC.
    pub turn_port: u8,
    pub turn_vc: u8,
}

/// One virtual channel of an output port, as its router knows it.
#[derive(Clone, Debug)]
pub(super) struct OutVc {
    /// The input VC whose packet holds it, or [`NOBODY`].
    pub owner: u32,
    /// Who gets the flits.
    pub downstream: Peer,
    /// Free places in the buffer downstream.
    pub credits: u16,
    /// Round-robin pointer over the router's input VCs.
    pub turn: u16,
}

/// No input VC.
pub(super) const NOBODY: u32 = u32::MAX;

/// One port, both directions.
#[derive(Clone, Debug)]
pub(super) struct Port {
    /// Input VCs that ask for the switch.
    pub asking: u32,
    /// Output VCs that nobody owns.
    pub free: u32,
    /// Round-robin pointer of the input over output ports.
    pub in_turn: u8,
    /// Round-robin pointer of the input over its VCs that want the same output.
    pub vc_turn: u8,
    /// Round-robin pointer of the output over input ports.
    pub out_turn: u8,
    /// The VC of the input that holds its way through the switch, or [`NO_VC`].
    pub holder: u8,
    /// An input holds the output.
    pub is_held: bool,
}

/// No VC of a port.
pub(super) const NO_VC: u8 = u8::MAX;

/// One router. A *pool* is the set of VCs of one output port that one lane may use: `lane * ports + port`.
#[derive(Clone, Debug)]
pub(super) struct Router {
    /// Pools in which a head waits.
    pub waiting: u64,
    /// Pools that may have a free VC: those without a bit have none.
    pub free_pools: u64,
    /// A bit for each lane: the pools of output 0.
    pub lanes: u64,
    /// Input ports with a VC that asks for the switch.
    pub asking: u32,
    /// Input ports with a VC that holds the switch.
    pub holding: u32,
    pub first_port: u32,
    /// First pool in tables over all routers.
    pub first_pool: u32,
    pub x: u16,
    pub y: u16,
    pub ports: u8,
    /// See [`ways`].
    pub ways: [[u8; 16]; 2],
    /// The local ports.
    pub locals: u32,
}

/// The state of all routers.
#[derive(Clone, Debug)]
pub(super) struct Fabric {
    pub vc_shift: u32,
    pub vcs: u32,
    pub depth: u16,
    pub delays: Delays,
    pub lanes: Vec<Lane>,
    /// Some VC belongs to more than one lane.
    pub lanes_overlap: bool,
    pub routers: Vec<Router>,
    pub ports: Vec<Port>,
    pub in_vcs: Vec<InVc>,
    pub out_vcs: Vec<OutVc>,
    /// `depth` flits for each input VC.
    pub buffers: Vec<Flit>,
    /// The input VCs of the router that wait in a pool, `pool_words` words each.
    pub waits: Vec<u64>,
    pub pool_words: u32,
    /// Routers with a switch to allocate.
    pub asking: Bits,
    /// Routers with VCs to allocate.
    pub waiting: Bits,
    /// Stages of each router, in use where a delay is longer than one cycle.
    pub stages: Vec<Stages>,
    /// When the last flit left or will leave by each output port; in use with a slow switch traversal.
    departed: Vec<Cycle>,
}

impl Fabric {
    /// Idle routers for a checked configuration.
    pub fn new(config: &Config, topology: &Topology) -> Fabric {
        let vcs = config.vcs as u32;
        let vc_shift = vcs.next_power_of_two().trailing_zeros();
        let lanes = lanes(config);
        let nodes = || (0..topology.nodes()).map(NodeId);
        let most_ports = nodes().map(|node| topology.ports(node)).max().unwrap_or(0);
        let pool_words = (most_ports << vc_shift).div_ceil(64);

        let routers: Vec<Router> =
            nodes().map(|node| idle_router(topology, node, lanes.len() as u32)).collect();
        let mut ports = Vec::new();
        let mut in_vcs = Vec::new();
        let mut out_vcs = Vec::new();
        for node in nodes() {
            for port in 0..topology.ports(node) {
                ports.push(idle_port(vcs));
                for number in 0..1 << vc_shift {
                    let peer = peer(topology, node, port, vc_shift, number);
                    in_vcs.push(idle_channel(node, port as u8, number as u8, peer));
                    let credits = if peer.is_none() { 0 } else { config.depth };
                    out_vcs.push(OutVc { owner: NOBODY, downstream: peer, credits, turn: 0 });
                }
            }
        }
        Fabric {
            vc_shift,
            vcs,
            depth: config.depth,
            delays: config.delays,
            lanes_overlap: overlap(&lanes),
            asking: Bits::new(routers.len()),
            waiting: Bits::new(routers.len()),
            stages: vec![Stages::default(); routers.len()],
            departed: vec![0; ports.len()],
            buffers: vec![Flit::default(); in_vcs.len() * config.depth as usize],
            waits: vec![0; ports.len() * lanes.len() * pool_words as usize],
            pool_words,
            lanes,
            routers,
            ports,
            in_vcs,
            out_vcs,
        }
    }

    /// The VCs that a pool of a router's output port may use.
    #[inline]
    pub fn pool_vcs(&self, router: &Router, lane: u32, output: u32) -> u32 {
        self.lanes[lane as usize].vcs(router.locals >> output & 1 != 0)
    }

    /// The virtual channel `vc` of a global port.
    #[inline]
    pub fn channel(&self, global_port: u32, vc: u32) -> u32 {
        global_port << self.vc_shift | vc
    }

    /// Global port and VC number of a virtual channel.
    #[inline]
    pub fn split(&self, channel: u32) -> (u32, u32) {
        (channel >> self.vc_shift, channel & ((1 << self.vc_shift) - 1))
    }

    /// The flit at the front of a buffer that is not empty.
    #[inline]
    pub fn front(&self, in_vc: u32) -> Flit {
        let head = self.in_vcs[in_vc as usize].head as usize;
        self.buffers[in_vc as usize * self.depth as usize + head]
    }

    /// A flit arrives in its buffer; a credit vouches for the place.
    #[inline(always)]
    pub fn receive<const PLAIN: bool>(
        &mut self,
        in_vc: u32,
        flit: Flit,
        now: Cycle,
        packets: &Packets,
        calendar: &mut Calendar,
    ) {
        let vc = &mut self.in_vcs[in_vc as usize];
        let place = vc.head + vc.len;
        let place = if place >= self.depth { place - self.depth } else { place };
        vc.len += 1;
        let (state, is_first) = (vc.state, vc.len == 1);
        self.buffers[in_vc as usize * self.depth as usize + place as usize] = flit;
        match state {
            State::Idle => self.begin_packet::<PLAIN>(in_vc, flit.slot(), now, packets, calendar),
            State::Active if is_first => self.ready_for_switch(in_vc, now),
            _ => {}
        }
    }

    /// Output VC `out_vc` gets a credit back.
    #[inline]
    pub fn credit(&mut self, out_vc: u32) {
        let out = &mut self.out_vcs[out_vc as usize];
        out.credits += 1;
        // One branch that is rarely taken, not two that nobody can foresee.
        if (out.credits == 1) & (out.owner != NOBODY) {
            let owner = out.owner;
            let vc = &self.in_vcs[owner as usize];
            if vc.state == State::Active && vc.len > 0 {
                self.ask_for_switch(owner);
            }
        }
    }

    /// The head of the packet in `slot` is at the front of a buffer: from cycle `at` on its route is computed, then it waits for a VC.
    #[inline(always)]
    pub fn begin_packet<const PLAIN: bool>(
        &mut self,
        in_vc: u32,
        slot: u32,
        at: Cycle,
        packets: &Packets,
        calendar: &mut Calendar,
    ) {
        let vc = &mut self.in_vcs[in_vc as usize];
        let packet = packets.get(slot);
        let router = &self.routers[vc.router as usize];
        let lane = &self.lanes[packet.lane as usize];
        let out_port = route(lane.routing, router, packet);
        vc.packet = slot;
        vc.lane = if router.locals >> out_port & 1 != 0 { lane.eject_lane } else { packet.lane };
        vc.out_port = out_port;
        let delay = self.delays.routing;
        if PLAIN || delay == 0 {
            self.wait::<PLAIN>(in_vc, at);
        } else {
            vc.state = State::Routing;
            let start = self.stages[vc.router as usize].routing.enter(at, delay);
            calendar.at(start + delay as Cycle).routed.push(in_vc);
        }
    }

    /// The route is known: from cycle `at` on the head waits for an output VC.
    #[inline(always)]
    pub fn wait<const PLAIN: bool>(&mut self, in_vc: u32, at: Cycle) {
        let vc = &mut self.in_vcs[in_vc as usize];
        let router = &mut self.routers[vc.router as usize];
        vc.state = State::Waiting;
        if !PLAIN && self.delays.vc_alloc > 1 && router.waiting == 0 {
            self.stages[vc.router as usize].vc_alloc.enter(at, self.delays.vc_alloc);
        }
        let pool = vc.lane as u32 * router.ports as u32 + vc.out_port as u32;
        router.waiting |= 1 << pool;
        let local = in_vc - (router.first_port << self.vc_shift);
        let word = (router.first_pool + pool) * self.pool_words + (local >> 6);
        self.waits[word as usize] |= 1 << (local & 63);
        self.waiting.set(vc.router as usize);
    }

    /// The output VC is taken for the packet of an input VC, which asks for the switch from cycle `from` on.
    pub fn own(&mut self, in_vc: u32, out_vc: u32, from: Cycle) {
        let vc = &mut self.in_vcs[in_vc as usize];
        vc.state = State::Active;
        vc.out = out_vc;
        let (global, number) = self.split(out_vc);
        self.ports[global as usize].free &= !(1 << number);
        self.out_vcs[out_vc as usize].owner = in_vc;
        self.ready_for_switch(in_vc, from);
    }

    /// The tail has left by an output VC, which has no owner now: others may have it.
    #[inline]
    pub fn release(&mut self, router: u32, out_vc: u32) {
        let (global, number) = self.split(out_vc);
        self.ports[global as usize].free |= 1 << number;
        let state = &mut self.routers[router as usize];
        let pools = state.lanes << (global - state.first_port);
        state.free_pools |= pools;
        self.waiting.set_if(router as usize, state.waiting & pools != 0);
    }

    /// From cycle `at` on an active input VC has a flit: it asks for the switch if its output VC has a credit.
    #[inline]
    pub fn ready_for_switch(&mut self, in_vc: u32, at: Cycle) {
        let vc = &self.in_vcs[in_vc as usize];
        if self.delays.sw_alloc > 1 {
            let stages = &mut self.stages[vc.router as usize];
            if stages.ready == 0 {
                stages.sw_alloc.enter(at, self.delays.sw_alloc);
            }
            stages.ready += 1;
        }
        if self.out_vcs[vc.out as usize].credits > 0 {
            self.ask_for_switch(in_vc);
        }
    }

    #[inline]
    fn ask_for_switch(&mut self, in_vc: u32) {
        let vc = &self.in_vcs[in_vc as usize];
        self.ports[(in_vc >> self.vc_shift) as usize].asking |= 1 << vc.number;
        self.routers[vc.router as usize].asking |= 1 << vc.port;
        self.asking.set(vc.router as usize);
    }

    /// The packet of an input VC holds its way through the switch from the next cycle on.
    pub fn hold(&mut self, in_vc: u32) {
        let (global, number) = self.split(in_vc);
        let vc = &self.in_vcs[in_vc as usize];
        self.ports[global as usize].holder = number as u8;
        self.ports[(vc.out >> self.vc_shift) as usize].is_held = true;
        self.routers[vc.router as usize].holding |= 1 << vc.port;
        self.asking.set(vc.router as usize);
    }

    /// An input VC does not ask for the switch any longer.
    #[inline(always)]
    pub fn withdraw(&mut self, in_vc: u32, router: u32) {
        let (global, number) = self.split(in_vc);
        let port = &mut self.ports[global as usize];
        port.asking &= !(1 << number);
        let state = &mut self.routers[router as usize];
        state.asking &= !(((port.asking == 0) as u32) << (global - state.first_port));
        self.asking.clear_if(router as usize, state.asking | state.holding == 0);
    }

    /// The port of an input VC within its router, and whether its packet holds the switch.
    pub fn is_holder(&self, in_vc: u32) -> (u32, bool) {
        let (global, number) = self.split(in_vc);
        let port = self.in_vcs[in_vc as usize].port as u32;
        (port, self.ports[global as usize].holder as u32 == number)
    }

    /// When a flit that is granted the switch in cycle `now` leaves by its output VC.
    #[inline]
    pub fn departure(&mut self, router: u32, out_vc: u32, now: Cycle) -> Cycle {
        let delay = self.delays.traversal();
        if delay == 1 {
            return now + 1;
        }
        // All flits that cross together reach the output's queue at once; it sends one per cycle.
        let start = self.stages[router as usize].traversal.enter(now + 1, delay);
        let departed = &mut self.departed[(out_vc >> self.vc_shift) as usize];
        *departed = (start + delay as Cycle - 1).max(*departed + 1);
        *departed
    }
}

fn idle_router(topology: &Topology, node: NodeId, lanes: u32) -> Router {
    let (x, y) = topology.coordinates(node);
    let side = |kind| topology.port(node, kind) as u8;
    let first_port = topology.global_port(node, 0);
    Router {
        waiting: 0,
        free_pools: u64::MAX,
        lanes: (0..lanes).fold(0, |all, lane| all | 1 << (lane * topology.ports(node))),
        asking: 0,
        holding: 0,
        first_port,
        first_pool: first_port * lanes,
        x: x as u16,
        y: y as u16,
        ports: topology.ports(node) as u8,
        ways: ways(
            [PortKind::East, PortKind::West, PortKind::South, PortKind::North].map(side),
            topology.port(node, PortKind::Local(0)) as u8,
        ),
        locals: mask(topology.port(node, PortKind::Local(0)), topology.locals(node) as u32),
    }
}

fn idle_channel(node: NodeId, port: u8, number: u8, upstream: Peer) -> InVc {
    InVc {
        packet: NO_PACKET,
        router: node.0,
        upstream,
        out: 0,
        head: 0,
        len: 0,
        state: State::Idle,
        lane: 0,
        out_port: 0,
        port,
        number,
        turn_port: 0,
        turn_vc: 0,
    }
}

fn idle_port(vcs: u32) -> Port {
    Port { asking: 0, free: mask(0, vcs), in_turn: 0, vc_turn: 0, out_turn: 0, holder: NO_VC, is_held: false }
}

/// `count` bits from `first` on.
pub(super) fn mask(first: u32, count: u32) -> u32 {
    (((1u64 << count) - 1) << first) as u32
}

/// What is at the other end of a port's channel; links go both ways between the same two ports.
fn peer(topology: &Topology, node: NodeId, port: u32, vc_shift: u32, number: u32) -> Peer {
    match topology.port_kind(node, port) {
        PortKind::Local(local) => {
            let TerminalId(terminal) = topology.terminal(node, local);
            Peer(terminal << vc_shift | number | Peer::TERMINAL)
        }
        kind => match topology.neighbour(node, kind) {
            Some(next) => {
                let facing = topology.port(next, kind.facing());
                Peer(topology.global_port(next, facing) << vc_shift | number)
            }
            None => Peer::NONE,
        },
    }
}

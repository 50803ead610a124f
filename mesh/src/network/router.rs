//! The state of all routers: input and output virtual channels, and the masks that say where there is work.
//!
//! Tables are flat. A *global port* numbers the ports of all routers; a virtual channel is
//! `global port << vc_shift | vc`. Invariants between steps, beside conservation:
//!
//! - a switch request is set for exactly the input VCs that are [`State::Active`], hold a flit and whose
//!   output VC has a credit;
//! - a head waits in exactly one pool, that of its output port and class, while it is [`State::Waiting`];
//! - a router's bit in `active` is set if it has a switch request, or a head waiting in a pool with a free VC.

use super::bits::Bits;
use super::calendar::Calendar;
use super::config::{Config, Delays, Routing};
use super::packet::{Flit, NO_PACKET, Packets};
use super::stage::Stages;
use super::topology::{NodeId, PortKind, Topology};
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

/// One virtual channel of an input port.
#[derive(Clone, Debug)]
pub(super) struct InVc {
    /// The packet that the state is about.
    pub packet: u32,
    /// Ring index of the front flit.
    pub head: u16,
    /// Ring index where the next flit that departs towards this buffer is written.
    pub tail: u16,
    /// Flits that have arrived and not left.
    pub len: u16,
    pub state: State,
    pub class: u8,
    pub out_port: u8,
    pub out_vc: u8,
    /// Round-robin pointer over output VCs: port and VC.
    pub turn_port: u8,
    pub turn_vc: u8,
}

/// One virtual channel of an output port, as its router knows it.
#[derive(Clone, Debug)]
pub(super) struct OutVc {
    /// The input VC whose packet holds it, or [`NOBODY`].
    pub owner: u32,
    /// Free places in the buffer downstream.
    pub credits: u16,
    /// Round-robin pointer over the router's input VCs.
    pub turn: u16,
}

/// No input VC.
pub(super) const NOBODY: u32 = u32::MAX;

/// What is at the other end of a port: a global port, a terminal, or nothing at the mesh's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer(u32);

impl Peer {
    const NONE: Peer = Peer(u32::MAX);
    const TERMINAL: u32 = 1 << 31;

    /// The terminal, if it is one.
    #[inline]
    pub fn terminal(self) -> Option<u32> {
        (self.0 & Self::TERMINAL != 0 && self != Self::NONE).then_some(self.0 & !Self::TERMINAL)
    }

    /// The global port, if it is one.
    pub fn port(self) -> Option<u32> {
        (self.0 & Self::TERMINAL == 0).then_some(self.0)
    }

    /// The global port or terminal, whichever it is.
    #[inline]
    pub fn index(self) -> u32 {
        self.0 & !Self::TERMINAL
    }

    #[inline]
    pub fn is_terminal(self) -> bool {
        self.0 & Self::TERMINAL != 0
    }
}

/// One input port.
#[derive(Clone, Debug)]
pub(super) struct InPort {
    pub router: u32,
    /// Output ports that some VC requests.
    pub outputs: u32,
    /// First entry of this port in the request table, one entry per output port.
    pub row: u32,
    pub upstream: Peer,
    pub port: u8,
    /// Round-robin pointer over output ports.
    pub turn: u8,
    /// Round-robin pointer over the VCs that want the same output.
    pub vc_turn: u8,
}

/// One output port.
#[derive(Clone, Debug)]
pub(super) struct OutPort {
    /// VCs that nobody owns.
    pub free: u32,
    pub downstream: Peer,
    /// Round-robin pointer over input ports.
    pub turn: u8,
}

/// One router. A *pool* is the set of VCs of one output port that one class may use: `class * ports + port`.
#[derive(Clone, Debug)]
pub(super) struct Router {
    /// Pools in which a head waits.
    pub waiting: u64,
    /// Pools with a VC that nobody owns.
    pub free: u64,
    /// Input ports with a switch request.
    pub asking: u32,
    pub first_port: u32,
    /// First pool in tables over all routers.
    pub first_pool: u32,
    pub x: u16,
    pub y: u16,
    pub ports: u8,
    /// Ports by side: east, west, south, north.
    pub sides: [u8; 4],
    /// The first local port; local ports are consecutive.
    pub first_local: u8,
}

/// The state of all routers.
#[derive(Clone, Debug)]
pub(super) struct Fabric {
    pub vc_shift: u32,
    pub vcs: u32,
    pub depth: u16,
    pub delays: Delays,
    /// The VCs of each class.
    pub class_vcs: Vec<u32>,
    routing: Routing,
    pub routers: Vec<Router>,
    pub in_ports: Vec<InPort>,
    pub out_ports: Vec<OutPort>,
    pub in_vcs: Vec<InVc>,
    pub out_vcs: Vec<OutVc>,
    /// `depth` flits for each input VC.
    pub buffers: Vec<Flit>,
    /// The VCs of an input port that request the switch towards an output port.
    pub requests: Vec<u32>,
    /// The input VCs of the router that wait in a pool, `pool_words` words each.
    pub waits: Vec<u64>,
    pub pool_words: u32,
    /// Routers with work.
    pub active: Bits,
    /// Stages of each router, in use where a delay is longer than one cycle.
    pub stages: Vec<Stages>,
    /// When the last flit left or will leave by each output port; in use with a slow switch traversal.
    pub departed: Vec<Cycle>,
}

impl Fabric {
    /// Idle routers for a checked configuration.
    pub fn new(config: &Config, topology: &Topology) -> Fabric {
        let vcs = config.vcs as u32;
        let vc_shift = vcs.next_power_of_two().trailing_zeros();
        let all_vcs = mask(0, vcs);
        let class_vcs: Vec<u32> =
            config.classes.iter().map(|class| mask(class.first as u32, class.count as u32)).collect();
        let most_ports = (0..topology.nodes()).map(|node| topology.ports(NodeId(node))).max().unwrap_or(0);
        let pool_words = (most_ports << vc_shift).div_ceil(64);

        let mut routers = Vec::new();
        let mut in_ports = Vec::new();
        let mut out_ports = Vec::new();
        let mut rows = 0;
        for node in (0..topology.nodes()).map(NodeId) {
            let ports = topology.ports(node);
            let (x, y) = topology.coordinates(node);
            let side = |kind| topology.port(node, kind) as u8;
            let pools = ports * class_vcs.len() as u32;
            routers.push(Router {
                waiting: 0,
                free: if pools == 64 { u64::MAX } else { (1 << pools) - 1 },
                asking: 0,
                first_port: topology.global_port(node, 0),
                first_pool: topology.global_port(node, 0) * class_vcs.len() as u32,
                x: x as u16,
                y: y as u16,
                ports: ports as u8,
                sides: [PortKind::East, PortKind::West, PortKind::South, PortKind::North].map(side),
                first_local: topology.port(node, PortKind::Local(0)) as u8,
            });
            for port in 0..ports {
                let peer = peer(topology, node, port);
                let (row, port) = (rows, port as u8);
                in_ports.push(InPort {
                    router: node.0,
                    outputs: 0,
                    row,
                    upstream: peer,
                    port,
                    turn: 0,
                    vc_turn: 0,
                });
                out_ports.push(OutPort { free: all_vcs, downstream: peer, turn: 0 });
                rows += ports;
            }
        }

        let channels = in_ports.len() << vc_shift;
        let idle = InVc {
            packet: NO_PACKET,
            head: 0,
            tail: 0,
            len: 0,
            state: State::Idle,
            class: 0,
            out_port: 0,
            out_vc: 0,
            turn_port: 0,
            turn_vc: 0,
        };
        let pools = in_ports.len() * class_vcs.len();
        Fabric {
            vc_shift,
            vcs,
            depth: config.depth,
            delays: config.delays,
            class_vcs,
            routing: config.routing,
            active: Bits::new(routers.len()),
            stages: vec![Stages::default(); routers.len()],
            departed: vec![0; out_ports.len()],
            routers,
            in_vcs: vec![idle; channels],
            out_vcs: vec![OutVc { owner: NOBODY, credits: config.depth, turn: 0 }; channels],
            buffers: vec![Flit::default(); channels * config.depth as usize],
            requests: vec![0; rows as usize],
            waits: vec![0; pools * pool_words as usize],
            pool_words,
            in_ports,
            out_ports,
        }
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

    /// Puts a departing flit into its place in the buffer that it is going to; a credit vouches for the place.
    #[inline]
    pub fn reserve(&mut self, in_vc: u32, flit: Flit) {
        let vc = &mut self.in_vcs[in_vc as usize];
        self.buffers[in_vc as usize * self.depth as usize + vc.tail as usize] = flit;
        vc.tail = if vc.tail + 1 == self.depth { 0 } else { vc.tail + 1 };
    }

    /// A flit arrives in its buffer.
    #[inline]
    pub fn receive(&mut self, in_vc: u32, now: Cycle, packets: &mut Packets, calendar: &mut Calendar) {
        let vc = &mut self.in_vcs[in_vc as usize];
        vc.len += 1;
        match vc.state {
            State::Idle => self.begin_packet(in_vc, now, packets, calendar),
            State::Active if vc.len == 1 => self.ready_for_switch(in_vc, now),
            _ => {}
        }
    }

    /// Output VC `out_vc` gets a credit back.
    #[inline]
    pub fn credit(&mut self, out_vc: u32) {
        let out = &mut self.out_vcs[out_vc as usize];
        out.credits += 1;
        if out.credits == 1 && out.owner != NOBODY {
            let owner = out.owner;
            let vc = &self.in_vcs[owner as usize];
            if vc.state == State::Active && vc.len > 0 {
                self.request_switch(owner);
            }
        }
    }

    /// A head is at the front of its buffer: from cycle `at` on its route is computed, then it waits for a VC.
    #[inline]
    pub fn begin_packet(&mut self, in_vc: u32, at: Cycle, packets: &mut Packets, calendar: &mut Calendar) {
        let slot = self.front(in_vc).slot();
        let packet = packets.get_mut(slot);
        packet.routers += 1;
        let router = &self.routers[self.in_ports[(in_vc >> self.vc_shift) as usize].router as usize];
        let out_port = route(self.routing, router, (packet.x, packet.y), packet.local);
        let vc = &mut self.in_vcs[in_vc as usize];
        vc.packet = slot;
        vc.class = packet.class;
        vc.out_port = out_port;
        let delay = self.delays.routing;
        if delay == 0 {
            self.wait(in_vc, at);
        } else {
            vc.state = State::Routing;
            let router = self.in_ports[(in_vc >> self.vc_shift) as usize].router;
            let start = self.stages[router as usize].routing.enter(at, delay);
            calendar.at(start + delay as Cycle).routed.push(in_vc);
        }
    }

    /// The route is known: from cycle `at` on the head waits for an output VC.
    #[inline]
    pub fn wait(&mut self, in_vc: u32, at: Cycle) {
        let router_id = self.in_ports[(in_vc >> self.vc_shift) as usize].router;
        let router = &mut self.routers[router_id as usize];
        let vc = &mut self.in_vcs[in_vc as usize];
        vc.state = State::Waiting;
        if self.delays.vc_alloc > 1 && router.waiting == 0 {
            self.stages[router_id as usize].vc_alloc.enter(at, self.delays.vc_alloc);
        }
        let pool = vc.class as u32 * router.ports as u32 + vc.out_port as u32;
        let local = in_vc - (router.first_port << self.vc_shift);
        router.waiting |= 1 << pool;
        let word = (router.first_pool + pool) * self.pool_words + (local >> 6);
        self.waits[word as usize] |= 1 << (local & 63);
        self.active.set(router_id as usize);
    }

    /// Takes a head that was granted a VC out of its pool.
    #[inline]
    pub fn stop_waiting(&mut self, router_id: u32, pool: u32, local: u32) {
        let router = &mut self.routers[router_id as usize];
        let first = ((router.first_pool + pool) * self.pool_words) as usize;
        self.waits[first + (local >> 6) as usize] &= !(1 << (local & 63));
        if self.waits[first..first + self.pool_words as usize].iter().all(|&word| word == 0) {
            router.waiting &= !(1 << pool);
        }
    }

    /// The output VC is taken for the packet of an input VC, which asks for the switch from cycle `from` on.
    #[inline]
    pub fn own(&mut self, in_vc: u32, out_vc: u32, from: Cycle) {
        let vc = &mut self.in_vcs[in_vc as usize];
        vc.state = State::Active;
        vc.out_vc = out_vc as u8;
        let out_port = vc.out_port as u32;
        let router = &mut self.routers[self.in_ports[(in_vc >> self.vc_shift) as usize].router as usize];
        let global = router.first_port + out_port;
        let port = &mut self.out_ports[global as usize];
        port.free &= !(1 << out_vc);
        for (class, vcs) in self.class_vcs.iter().enumerate() {
            if port.free & vcs == 0 {
                router.free &= !(1 << (class as u32 * router.ports as u32 + out_port));
            }
        }
        self.out_vcs[(global << self.vc_shift | out_vc) as usize].owner = in_vc;
        self.ready_for_switch(in_vc, from);
    }

    /// The tail has left by an output VC: others may have it.
    #[inline]
    pub fn release(&mut self, router_id: u32, out_port: u32, out_vc: u32) {
        let router = &mut self.routers[router_id as usize];
        let global = router.first_port + out_port;
        self.out_vcs[(global << self.vc_shift | out_vc) as usize].owner = NOBODY;
        self.out_ports[global as usize].free |= 1 << out_vc;
        for (class, vcs) in self.class_vcs.iter().enumerate() {
            if vcs >> out_vc & 1 != 0 {
                router.free |= 1 << (class as u32 * router.ports as u32 + out_port);
            }
        }
        self.active.set(router_id as usize);
    }

    /// From cycle `at` on an active input VC has a flit: it asks for the switch if its output VC has a credit.
    #[inline]
    pub fn ready_for_switch(&mut self, in_vc: u32, at: Cycle) {
        let vc = &self.in_vcs[in_vc as usize];
        let router = self.in_ports[(in_vc >> self.vc_shift) as usize].router;
        if self.delays.sw_alloc > 1 {
            let stages = &mut self.stages[router as usize];
            if stages.ready == 0 {
                stages.sw_alloc.enter(at, self.delays.sw_alloc);
            }
            stages.ready += 1;
        }
        let global = self.routers[router as usize].first_port + vc.out_port as u32;
        if self.out_vcs[self.channel(global, vc.out_vc as u32) as usize].credits > 0 {
            self.request_switch(in_vc);
        }
    }

    #[inline]
    fn request_switch(&mut self, in_vc: u32) {
        let (global, vc) = self.split(in_vc);
        let port = &mut self.in_ports[global as usize];
        let out_port = self.in_vcs[in_vc as usize].out_port;
        self.requests[port.row as usize + out_port as usize] |= 1 << vc;
        port.outputs |= 1 << out_port;
        self.routers[port.router as usize].asking |= 1 << port.port;
        self.active.set(port.router as usize);
    }

    /// When a flit that is granted the switch in cycle `now` leaves by its output port.
    #[inline]
    pub fn departure(&mut self, router: u32, global_out: u32, now: Cycle) -> Cycle {
        let delay = self.delays.traversal();
        if delay == 1 {
            return now + 1;
        }
        // All flits that cross together reach the output's queue at once; it sends one per cycle.
        let start = self.stages[router as usize].traversal.enter(now + 1, delay);
        let departed = &mut self.departed[global_out as usize];
        *departed = (start + delay as Cycle - 1).max(*departed + 1);
        *departed
    }

    /// Withdraws the switch request of an input VC.
    #[inline]
    pub fn withdraw(&mut self, in_vc: u32) {
        let (global, vc) = self.split(in_vc);
        let port = &mut self.in_ports[global as usize];
        let out_port = self.in_vcs[in_vc as usize].out_port;
        let request = &mut self.requests[port.row as usize + out_port as usize];
        *request &= !(1 << vc);
        if *request == 0 {
            port.outputs &= !(1 << out_port);
            if port.outputs == 0 {
                self.routers[port.router as usize].asking &= !(1 << port.port);
            }
        }
    }
}

/// `count` bits from `first` on.
fn mask(first: u32, count: u32) -> u32 {
    (((1u64 << count) - 1) << first) as u32
}

/// What is at the other end of a port, in both directions.
fn peer(topology: &Topology, node: NodeId, port: u32) -> Peer {
    match topology.port_kind(node, port) {
        PortKind::Local(local) => Peer(topology.terminal(node, local).0 | Peer::TERMINAL),
        kind => match topology.neighbour(node, kind) {
            Some(next) => Peer(topology.global_port(next, topology.port(next, kind.facing()))),
            None => Peer::NONE,
        },
    }
}

/// The port by which a packet for the terminal at `(x, y)`, local port `local`, leaves a router.
#[inline]
fn route(routing: Routing, router: &Router, (x, y): (u16, u16), local: u16) -> u8 {
    let [east, west, south, north] = router.sides;
    let along_row = if x > router.x { east } else { west };
    let along_column = if y > router.y { south } else { north };
    match routing {
        Routing::Xy if x != router.x => along_row,
        Routing::Yx if y != router.y => along_column,
        Routing::Xy if y != router.y => along_column,
        Routing::Yx if x != router.x => along_row,
        _ => router.first_local + local as u8,
    }
}

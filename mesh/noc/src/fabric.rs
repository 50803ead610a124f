//! All routers, and what arrives at them.

use super::bitset::{BitSet, mask, take_lowest};
use super::calendar::Calendar;
use super::output_table::output_table;
use super::packet::{Flit, NO_PACKET, Target};
use super::router::{NO_VC, Port, Router, Site};
use super::stage::Stages;
use super::tables::Tables;
use super::vc::{InVc, NOBODY, OutVc, Peer, State};
use crate::Cycle;
use spikemesh_device::network::Config;
use spikemesh_device::network::{NodeId, PortKind, RouteClasses, TerminalId, Topology};

/// The routers, each with room for `P` ports and `N` virtual channels.
#[derive(Clone, Debug)]
pub(super) struct Fabric<const P: usize, const N: usize> {
    pub routers: Vec<Router<P, N>>,
    pub tables: Tables,
}

impl<const P: usize, const N: usize> Fabric<P, N> {
    /// Router and place within it of a channel.
    #[inline(always)]
    pub fn split(channel: u32) -> (usize, usize) {
        (channel as usize / N, channel as usize % N)
    }

    /// A flit arrives in its buffer; a credit vouches for the place.
    #[inline(always)]
    pub fn receive<const PLAIN: bool>(
        &mut self,
        channel: u32,
        flit: Flit,
        now: Cycle,
        calendar: &mut Calendar,
    ) {
        let (index, local) = Self::split(channel);
        let (router, tables) = (&mut self.routers[index], &mut self.tables);
        let vc = &mut router.ins[local];
        vc.len += 1;
        if vc.len > 1 {
            let nth = vc.len - 2;
            let place = router.place(local, nth, tables);
            tables.rings[place] = flit;
            return;
        }
        vc.front = flit;
        debug_assert!(matches!(vc.state, State::Idle | State::Active), "{:?} with an empty buffer", vc.state);
        if vc.state == State::Idle {
            router.begin_packet::<PLAIN>(local, now, tables, calendar);
        } else {
            router.ready_for_switch::<PLAIN>(local, now, tables);
        }
        tables.mark::<P>(index);
    }

    /// Calls `visit` for each word of the sets with something to allocate, in order.
    #[inline(always)]
    pub fn each_word(&mut self, mut visit: impl FnMut(usize, &mut Fabric<P, N>)) {
        for group in 0..self.tables.used.words() {
            let mut used = self.tables.used.word(group);
            while used != 0 {
                let word = group * 64 + take_lowest(&mut used) as usize;
                if self.tables.active(word) == 0 {
                    self.tables.used.remove(word);
                } else {
                    visit(word, self);
                }
            }
        }
    }

    /// Calls `visit` for each router that has something to allocate, in order.
    pub fn each_active(&mut self, mut visit: impl FnMut(&mut Router<P, N>, &mut Tables)) {
        self.each_word(|word, Fabric { routers, tables }| {
            let mut ports = tables.active(word);
            while ports != 0 {
                let field = ports.trailing_zeros() as usize / P;
                ports &= !(((1 << P) - 1) << (field * P));
                visit(&mut routers[word * 64 / P + field], tables);
            }
        });
    }

    /// The route of the head at the front is computed.
    pub fn routed(&mut self, channel: u32, now: Cycle) {
        let (index, local) = Self::split(channel);
        self.routers[index].wait::<false>(local, now, &mut self.tables);
        self.tables.mark::<P>(index);
    }

    /// An output VC gets a credit back.
    #[inline(always)]
    pub fn credit(&mut self, channel: u32) {
        let (index, local) = Self::split(channel);
        let router = &mut self.routers[index];
        let out = &mut router.outs[local];
        out.credits += 1;
        // One branch that is rarely taken, not two that nobody can foresee.
        if (out.credits == 1) & (out.owner != NOBODY) {
            let owner = out.owner as usize % N;
            let InVc { state, len, out_port, .. } = router.ins[owner];
            let asks = (state == State::Active) & (len > 0);
            router.ask_if(asks, owner, out_port as usize, &mut self.tables);
            self.tables.mark::<P>(index);
        }
    }

    /// Flits that have left by an output port.
    pub fn flits_by(&self, NodeId(node): NodeId, port: u8) -> u64 {
        self.routers[node as usize].ports[port as usize].sent
    }

    /// Idle routers for a checked configuration.
    pub fn new(config: &Config, topology: &Topology) -> Fabric<P, N> {
        let vcs = config.vcs as u32;
        let route_classes = RouteClasses::new(config);
        let places = config.depth.next_power_of_two();
        let nodes = || (0..topology.nodes()).map(NodeId);
        let ports: u32 = nodes().map(|node| topology.ports(node)).sum();
        let mut routers = Vec::new();
        for node in nodes() {
            let mut router = Router {
                site: site(topology, &route_classes, node),
                ports: [IDLE_PORT; P],
                requests: [[0; P]; P],
                ins: [IDLE_IN; N],
                outs: [IDLE_OUT; N],
            };
            for port in 0..topology.ports(node) {
                router.ports[port as usize].free = route_classes.all_vcs(router.site.is_local(port as usize));
                for number in 0..vcs {
                    let local = (port as usize * Router::<P, N>::VCS) + number as usize;
                    let peer = Self::peer(topology, node, port, number);
                    router.ins[local] = InVc { upstream: peer, ..IDLE_IN };
                    let credits = if peer.is_none() { 0 } else { config.depth };
                    router.outs[local] = OutVc { downstream: peer, credits, ..IDLE_OUT };
                }
            }
            routers.push(router);
        }
        let rooms = routers.len().next_multiple_of(64 / P);
        let mut at_terminal = [0; Config::MAX_ROUTE_CLASSES];
        for (route_class, at_terminal) in route_classes.iter().zip(&mut at_terminal) {
            *at_terminal = route_class.at_terminal.0;
        }
        let tables = Tables {
            vcs,
            vc_shift: Router::<P, N>::VCS.trailing_zeros(),
            depth: config.depth,
            depth_mask: places - 1,
            delays: config.delays,
            classes_overlap: route_classes.overlap(),
            rings: vec![Flit::EMPTY; (ports * vcs) as usize * places as usize],
            at_terminal,
            waits: vec![0; rooms * P * route_classes.len() * N.div_ceil(64)],
            used: BitSet::new(rooms * P / 64),
            ready: BitSet::new(rooms * P * route_classes.len()),
            asking: BitSet::new(rooms * P),
            holding: BitSet::new(rooms * P),
            routers: rooms,
            stages: vec![Stages::default(); routers.len()],
            departed: vec![0; ports as usize],
            route_classes,
        };
        Fabric { routers, tables }
    }

    /// What is at the other end of a port's channel; links go both ways between the same two ports.
    fn peer(topology: &Topology, node: NodeId, port: u32, number: u32) -> Peer {
        let vcs = Router::<P, N>::VCS as u32;
        match topology.port_kind(node, port) {
            PortKind::Local(local) => {
                let TerminalId(terminal) = topology.terminal(node, local);
                Peer::terminal(terminal * vcs + number)
            }
            kind => match topology.neighbor(node, kind) {
                Some(next) => Peer::router(Self::channel(next, topology.port(next, kind.facing())) + number),
                None => Peer::NONE,
            },
        }
    }

    /// The first channel of a router's port.
    pub fn channel(NodeId(node): NodeId, port: u32) -> u32 {
        node * N as u32 + port * Router::<P, N>::VCS as u32
    }
}

fn site(topology: &Topology, classes: &RouteClasses, node: NodeId) -> Site {
    let (x, y) = topology.coordinates(node);
    Site {
        index: node.0,
        ports: topology.ports(node) as u8,
        locals: mask(topology.port(node, PortKind::Local(0)), topology.locals(node) as u32),
        first_port: topology.global_port(node, 0),
        place: Target::node(x as u16, y as u16),
        outputs: output_table(topology, classes, node),
    }
}

const IDLE_IN: InVc = InVc {
    front: Flit::EMPTY,
    packet: NO_PACKET,
    upstream: Peer::NONE,
    out: 0,
    head: 0,
    len: 0,
    state: State::Idle,
    route_class: 0,
    out_port: 0,
    turn_port: 0,
    turn_vc: 0,
};

const IDLE_OUT: OutVc = OutVc { downstream: Peer::NONE, owner: NOBODY, credits: 0, turn: 0 };

const IDLE_PORT: Port =
    Port { outputs: 0, free: 0, in_turn: 0, vc_turn: 0, out_turn: 0, holder: NO_VC, is_held: false, sent: 0 };

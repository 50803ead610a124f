//! All routers of a network: the one owner of their state, and where deliveries reach them.

use crate::bitset::{BitSet, mask, take_lowest};
use crate::delay_lines::DelayLines;
use crate::flit::{Flit, FlitHeader};
use crate::packet::NO_PACKET;
use crate::probe::{OccupancyEvent, OutputEvent, OutputState, Probe};
use crate::router::output_table::output_table;
use crate::router::pipeline::Pipeline;
use crate::router::vc::{InVc, NOBODY, Neighbor, OutVc, VcState};
use crate::router::worklists::Worklists;
use crate::router::{NO_VC, Port, Router, RouterInfo};
use crate::time::Cycle;
use crate::tree::Trees;
use spikemesh_device::network::{
    Config, LinkId, Multicast, NodeId, PortKind, RouteClasses, TerminalId, Topology,
};

/// The routers, each with room for `P` ports and `N` virtual channels.
#[derive(Clone, Debug)]
pub(crate) struct RouterArray<const P: usize, const N: usize> {
    pub routers: Vec<Router<P, N>>,
    pub worklists: Worklists,
}

impl<const P: usize, const N: usize> RouterArray<P, N> {
    /// Router and place within it of a channel.
    #[inline(always)]
    pub fn split(channel: u32) -> (usize, usize) {
        (channel as usize / N, channel as usize % N)
    }

    /// A flit arrives in its buffer. There is a free place, because the sender had a credit for it.
    ///
    /// Behind other flits it changes nothing else: only the flit at the front can ask. The front flit is kept in the VC itself, so that a
    /// router with short queues never touches its rings.
    #[inline(always)]
    pub fn receive<const R3: bool>(
        &mut self,
        channel: u32,
        flit: Flit,
        now: Cycle,
        delay_lines: &mut DelayLines,
    ) {
        let (index, local) = Self::split(channel);
        let (router, worklists) = (&mut self.routers[index], &mut self.worklists);
        let vc = &mut router.ins[local];
        vc.len += 1;
        if vc.len > 1 {
            let peak = &mut worklists.peaks[channel as usize];
            *peak = vc.len.max(*peak);
            // `nth` counts behind the front flit: the second flit of the buffer is number 0 of the ring.
            let nth = vc.len - 2;
            let place = router.ring_place(local, nth, worklists);
            worklists.rings[place] = flit;
            return;
        }
        vc.front = flit;
        debug_assert!(
            matches!(vc.state, VcState::Idle | VcState::Active),
            "{:?} with an empty buffer",
            vc.state
        );
        // Idle: a head. Active: a flit of the packet that owns an output VC and has run out of flits here.
        if vc.state == VcState::Idle {
            router.begin_packet::<R3>(local, now, worklists, delay_lines);
        } else {
            router.ready_for_switch::<R3>(local, now, worklists);
        }
        worklists.mark::<P>(index);
    }

    /// Calls `visit` for each word of the worklists with something to allocate, in order.
    ///
    /// `used` is cleared here and nowhere else, and only where the word is found empty. So it stays set over a cycle in which a router
    /// acts, and a router that makes new requests for itself needs no [`Worklists::mark`]. A word costs one look in the cycle after its last work.
    #[inline(always)]
    pub fn each_word(&mut self, mut visit: impl FnMut(usize, &mut RouterArray<P, N>)) {
        let mut first = 0;
        while let Some(group) = self.worklists.used.next_used_word(first) {
            first = group + 1;
            let mut used = self.worklists.used.word(group);
            while used != 0 {
                let word = group * 64 + take_lowest(&mut used) as usize;
                if self.worklists.active(word) == 0 {
                    self.worklists.used.remove(word);
                } else {
                    visit(word, self);
                }
            }
        }
    }

    /// Calls `visit` for each router that has something to allocate, in order.
    pub fn each_active(&mut self, mut visit: impl FnMut(&mut Router<P, N>, &mut Worklists)) {
        self.each_word(|word, RouterArray { routers, worklists }| {
            Self::each_of_word(word, worklists.active(word), |index| visit(&mut routers[index], worklists));
        });
    }

    /// Calls `visit` for each router with a port in a word of the worklists.
    pub fn each_of_word(word: usize, mut ports: u64, mut visit: impl FnMut(usize)) {
        while ports != 0 {
            let field = ports.trailing_zeros() as usize / P;
            ports &= !(((1 << P) - 1) << (field * P));
            visit(word * 64 / P + field);
        }
    }

    /// As [`RouterArray::receive`], in a network of trees: what arrives behind other flits may be the next one of a branch that is ahead.
    pub fn receive_for_branches(
        &mut self,
        channel: u32,
        flit: Flit,
        now: Cycle,
        delay_lines: &mut DelayLines,
    ) {
        let (index, local) = Self::split(channel);
        let (router, worklists) = (&mut self.routers[index], &mut self.worklists);
        let vc = &mut router.ins[local];
        vc.len += 1;
        let (len, state) = (vc.len, vc.state);
        if len > 1 {
            let peak = &mut worklists.peaks[channel as usize];
            *peak = len.max(*peak);
            let place = router.ring_place(local, len - 2, worklists);
            worklists.rings[place] = flit;
        } else {
            vc.front = flit;
        }
        match state {
            VcState::Idle => router.begin_tree(local, now, worklists, delay_lines),
            VcState::Active => router.ask_for_branches(local, worklists),
            _ => {}
        }
        worklists.mark::<P>(index);
    }

    /// As [`RouterArray::credit`], in a network of trees.
    pub fn credit_for_branch(&mut self, channel: u32) {
        let (index, local) = Self::split(channel);
        let router = &mut self.routers[index];
        router.outs[local].credits += 1;
        if router.outs[local].credits == 1 {
            router.credit_branch(local, &mut self.worklists);
            self.worklists.mark::<P>(index);
        }
    }

    /// The route of the head at the front is computed.
    pub fn routed(&mut self, channel: u32, now: Cycle) {
        let (index, local) = Self::split(channel);
        if self.worklists.trees.are_on {
            self.routers[index].enter_branches(local, &mut self.worklists);
        } else {
            self.routers[index].enter_vc_alloc::<false>(local, now, &mut self.worklists);
        }
        self.worklists.mark::<P>(index);
    }

    /// An output VC gets a credit back. Its owner asks for the switch if the credit is the only one and a flit waits for it; with more
    /// credits it asks already.
    #[inline(always)]
    pub fn credit(&mut self, channel: u32) {
        let (index, local) = Self::split(channel);
        let router = &mut self.routers[index];
        let out = &mut router.outs[local];
        out.credits += 1;
        // One branch that is rarely taken instead of two that no processor predicts.
        if (out.credits == 1) & (out.owner != NOBODY) {
            let owner = out.owner as usize % N;
            let InVc { state, len, out_port, .. } = router.ins[owner];
            let asks = (state == VcState::Active) & (len > 0);
            router.ask_if(asks, owner, out_port as usize, &mut self.worklists);
            self.worklists.mark::<P>(index);
        }
    }

    /// Flits that have left by an output port.
    pub fn flits_by(&self, NodeId(node): NodeId, port: u8) -> u64 {
        self.routers[node as usize].ports[port as usize].sent
    }

    /// Reports what is in every buffer.
    #[cold]
    pub fn report_buffers<Q: Probe>(&self, now: Cycle, probe: &mut Q) {
        let ports = self.routers.iter().map(|router| usize::from(router.info.ports));
        let mut left = ports.sum::<usize>() * self.worklists.vcs as usize;
        for router in &self.routers {
            for port in 0..router.info.ports {
                for vc in 0..self.worklists.vcs as u8 {
                    let flits = router.ins[usize::from(port) * Router::<P, N>::VCS + usize::from(vc)].len;
                    left -= 1;
                    let node = NodeId(router.info.index);
                    probe.buffer(OccupancyEvent { cycle: now, node, port, vc, flits }, left == 0);
                }
            }
        }
    }

    /// What a router knows of a virtual channel of an output port.
    pub fn output(&self, NodeId(node): NodeId, port: u8, vc: u8) -> OutputState {
        self.routers[node as usize].output(usize::from(port) * Router::<P, N>::VCS + usize::from(vc))
    }

    /// Reports the channel of an output.
    pub fn report_output<Q: Probe>(&self, channel: u32, now: Cycle, probe: &mut Q) {
        let (index, local) = Self::split(channel);
        let (port, vc) = (Router::<P, N>::port(local) as u8, Router::<P, N>::number(local) as u8);
        let state = self.routers[index].output(local);
        probe.output(OutputEvent { cycle: now, node: NodeId(index as u32), port, vc, state });
    }

    /// Reports all outputs of a router.
    pub fn report_outputs<Q: Probe>(&self, index: usize, now: Cycle, probe: &mut Q) {
        for port in 0..u32::from(self.routers[index].info.ports) {
            let first = Self::channel(NodeId(index as u32), port);
            (first..first + self.worklists.vcs).for_each(|channel| self.report_output(channel, now, probe));
        }
    }

    /// Most flits that lay in one VC of an input port together, but at least 1.
    pub fn peak_at(&self, node: NodeId, port: u8) -> u16 {
        let first = Self::channel(node, port.into()) as usize;
        let vcs = self.worklists.vcs as usize;
        self.worklists.peaks[first..first + vcs].iter().copied().max().unwrap_or(1)
    }

    /// Idle routers for a checked configuration.
    pub fn new(config: &Config, topology: &Topology) -> RouterArray<P, N> {
        let vcs = config.vcs as u32;
        let route_classes = RouteClasses::new(config);
        let places = config.depth.next_power_of_two();
        let nodes = || (0..topology.nodes()).map(NodeId);
        let ports: u32 = nodes().map(|node| topology.ports(node)).sum();
        let mut routers = Vec::new();
        for node in nodes() {
            let mut router = Router {
                info: info(topology, &route_classes, node),
                ports: [IDLE_PORT; P],
                requests: [[0; P]; P],
                ins: [IDLE_IN; N],
                outs: [IDLE_OUT; N],
            };
            for port in 0..topology.ports(node) {
                router.ports[port as usize].free = route_classes.all_vcs(router.info.is_local(port as usize));
                for number in 0..vcs {
                    let local = (port as usize * Router::<P, N>::VCS) + number as usize;
                    let neighbor = Self::neighbor(topology, node, port, number);
                    router.ins[local] = InVc { upstream: neighbor, ..IDLE_IN };
                    let credits = if neighbor.is_none() { 0 } else { config.depth };
                    router.outs[local] = OutVc { downstream: neighbor, credits, ..IDLE_OUT };
                }
            }
            routers.push(router);
        }
        let mut links_into = vec![LinkId(u32::MAX); routers.len() * P];
        for (node, links) in nodes().zip(links_into.chunks_mut(P)) {
            let ports = 0..topology.ports(node);
            let into = ports.map(|port| topology.link_into(topology.global_port(node, port)));
            links.iter_mut().zip(into).for_each(|(link, into)| *link = into);
        }
        let padded = routers.len().next_multiple_of(64 / P);
        let mut at_terminal = [0; Config::MAX_ROUTE_CLASSES];
        for (route_class, at_terminal) in route_classes.iter().zip(&mut at_terminal) {
            *at_terminal = route_class.at_terminal.0;
        }
        let worklists = Worklists {
            vcs,
            vc_shift: Router::<P, N>::VCS.trailing_zeros(),
            links_into,
            depth: config.depth,
            depth_mask: places - 1,
            delays: config.delays,
            classes_overlap: route_classes.overlap(),
            peaks: vec![1; routers.len() * N],
            rings: vec![Flit::EMPTY; (ports * vcs) as usize * places as usize],
            at_terminal,
            waits: vec![0; padded * P * route_classes.len() * N.div_ceil(64)],
            used: BitSet::new(padded * P / 64),
            ready: BitSet::new(padded * P * route_classes.len()),
            asking: BitSet::new(padded * P),
            holding: BitSet::new(padded * P),
            routers: padded,
            pipelines: vec![Pipeline::default(); routers.len()],
            departed: vec![0; ports as usize],
            trees: Trees::new(config.multicast == Multicast::Tree, routers.len() * N),
            route_classes,
        };
        RouterArray { routers, worklists }
    }

    /// What is at the other end of a port's channel; links go both ways between the same two ports.
    fn neighbor(topology: &Topology, node: NodeId, port: u32, number: u32) -> Neighbor {
        let vcs = Router::<P, N>::VCS as u32;
        match topology.port_kind(node, port) {
            PortKind::Local(local) => {
                let TerminalId(terminal) = topology.terminal(node, local);
                Neighbor::terminal(terminal * vcs + number)
            }
            kind => match topology.neighbor(node, kind) {
                Some(next) => {
                    Neighbor::router(Self::channel(next, topology.port(next, kind.facing())) + number)
                }
                None => Neighbor::NONE,
            },
        }
    }

    /// The first channel of a router's port.
    pub fn channel(NodeId(node): NodeId, port: u32) -> u32 {
        node * N as u32 + port * Router::<P, N>::VCS as u32
    }
}

fn info(topology: &Topology, classes: &RouteClasses, node: NodeId) -> RouterInfo {
    RouterInfo {
        index: node.0,
        ports: topology.ports(node) as u8,
        locals: mask(topology.port(node, PortKind::Local(0)), topology.locals(node) as u32),
        first_port: topology.global_port(node, 0),
        coord: FlitHeader::node(topology.node_coord(node)),
        outputs: output_table(topology, classes, node),
    }
}

const IDLE_IN: InVc = InVc {
    front: Flit::EMPTY,
    packet: NO_PACKET,
    upstream: Neighbor::NONE,
    out: 0,
    head: 0,
    len: 0,
    state: VcState::Idle,
    route_class: 0,
    out_port: 0,
    ptr_port: 0,
    ptr_vc: 0,
};

const IDLE_OUT: OutVc = OutVc { downstream: Neighbor::NONE, owner: NOBODY, credits: 0, ptr: 0 };

const IDLE_PORT: Port =
    Port { outputs: 0, free: 0, in_ptr: 0, vc_ptr: 0, out_ptr: 0, holder: NO_VC, is_held: false, sent: 0 };

//! The audit of a network: no flit or credit is lost or appears, nothing has two owners, and each mask and set is what the state says.
//!
//! It recounts from buffers and delay lines and trusts no counter, so it finds a broken invariant in the cycle in which it breaks. It reads
//! the whole state and is not part of the cycle.

use crate::error::Error;
use crate::network::Network;
use crate::router::Router;
use crate::router::array::RouterArray;
use crate::router::sized::on_routers;
use crate::router::vc::{InVc, NOBODY, VcState};
use crate::state::State;
use spikemesh_device::network::NodeId;

impl Network {
    /// Counts everything again and compares. To be called between steps; it takes time in proportion to the
    /// size of the network.
    ///
    /// # Errors
    ///
    /// [`Error::Conservation`] with the first difference: flits sent and forked = flits arrived + flits under way; for each
    /// link and virtual channel, credits + flits on the link + flits in the buffer + credits on the way back =
    /// depth; each output VC has one owner and each packet under way one output VC; the flits of a packet follow
    /// one another in a buffer; the masks of pending work are complete.
    pub fn check_conservation(&self) -> Result<(), Error> {
        let state = &self.state;
        on_routers!(&self.routers, array => Audit::new(state, array).check())
    }
}

/// Flits and credits in the delay lines, counted by where they go.
struct Audit<'a, const P: usize, const N: usize> {
    state: &'a State,
    array: &'a RouterArray<P, N>,
    /// Flits, by the channel that they go to.
    on_link: Vec<u64>,
    /// Flits for terminals, by the output VC that they left by.
    ejecting: Vec<u64>,
    /// Credits, by the output VC that gets them.
    credits: Vec<u64>,
    /// Credits, by the terminal's channel that gets them.
    returns: Vec<u64>,
}

impl<const P: usize, const N: usize> Audit<'_, P, N> {
    fn new<'a>(state: &'a State, array: &'a RouterArray<P, N>) -> Audit<'a, P, N> {
        let count = |size: usize, channels: &mut dyn Iterator<Item = u32>| {
            let mut counts = vec![0u64; size];
            channels.for_each(|channel| counts[channel as usize] += 1);
            counts
        };
        let (delay_lines, channels) = (&state.delay_lines, array.routers.len() * N);
        Audit {
            on_link: count(channels, &mut delay_lines.flits_to_routers().map(|&(channel, _)| channel)),
            ejecting: count(channels, &mut delay_lines.ejections.all().map(|&(channel, _)| channel)),
            credits: count(channels, &mut delay_lines.credits_to_routers().copied()),
            returns: count(state.injectors.credits.len(), &mut delay_lines.source_credits.all().copied()),
            state,
            array,
        }
    }

    fn check(&self) -> Result<(), Error> {
        let routers = &self.array.routers;
        let stored: u64 = routers.iter().flat_map(|router| &router.ins).map(|vc| vc.len as u64).sum();
        let under_way = stored + self.on_link.iter().chain(&self.ejecting).sum::<u64>();
        let counters = &self.state.counters;
        let in_flight = counters.injected + counters.forked - counters.ejected;
        expect(|| "the network".to_owned(), "flits under way", under_way, in_flight)?;
        for router in routers {
            let (name, index) = (|| self.name(router, 0), router.info.index as usize);
            let word = index * P / 64;
            let is_lost = self.array.worklists.active(word) != 0 && !self.array.worklists.used.contains(word);
            expect(name, "requests where nobody looks", is_lost as u64, 0)?;
            for port in 0..router.info.ports as usize {
                for vc in 0..self.array.worklists.vcs as usize {
                    let local = port * Router::<P, N>::VCS + vc;
                    self.check_credits(router, local)?;
                    self.check_order(router, local)?;
                    self.check_input(router, local)?;
                    self.check_output(router, local)?;
                }
            }
        }
        Ok(())
    }

    fn check_credits(&self, router: &Router<P, N>, local: usize) -> Result<(), Error> {
        let name = || self.name(router, local);
        let depth = self.array.worklists.depth as u64;
        let channel = router.info.index as usize * N + local;
        let vc = &router.ins[local];
        let stored = vc.len as u64 + self.on_link[channel];
        let sender = vc.upstream.channel();
        if vc.upstream.is_none() {
            expect(name, "flits from beyond the edge", stored, 0)
        } else if vc.upstream.is_terminal() {
            let sender = sender as usize;
            let total = stored + self.state.injectors.credits[sender] as u64 + self.returns[sender];
            expect(name, "places of the source's buffer", total, depth)?;
            let total = router.outs[local].credits as u64 + self.credits[channel] + self.ejecting[channel];
            expect(name, "credits of the terminal", total, depth)
        } else {
            let (index, out) = RouterArray::<P, N>::split(sender);
            let credits = self.array.routers[index].outs[out].credits as u64;
            let total = stored + credits + self.credits[sender as usize];
            expect(name, "places of the buffer", total, depth)
        }
    }

    /// The flits of a packet follow one another, and a new packet begins with its head.
    fn check_order(&self, router: &Router<P, N>, local: usize) -> Result<(), Error> {
        let name = || self.name(router, local);
        let vc = &router.ins[local];
        let flit = |nth: u16| router.flit(local, nth, &self.array.worklists);
        if vc.len > 0 && vc.state != VcState::Idle {
            expect(name, "packet at the front", flit(0).slot() as u64, vc.packet as u64)?;
        }
        if matches!(vc.state, VcState::Routing | VcState::VcAlloc | VcState::VcGranted) {
            expect(name, "head at the front", flit(0).is_head() as u64, 1)?;
        }
        for place in 1..vc.len {
            let (before, this) = (flit(place - 1), flit(place));
            expect(name, "head after tail", this.is_head() as u64, before.is_tail() as u64)?;
            if !before.is_tail() {
                let (found, expected) = (this.slot() as u64, before.slot() as u64);
                expect(name, "packet of the next flit", found, expected)?;
            }
        }
        Ok(())
    }

    /// An input VC owns the output VC that it says, and asks for what it should.
    fn check_input(&self, router: &Router<P, N>, local: usize) -> Result<(), Error> {
        if self.array.worklists.trees.are_on {
            return self.check_branches(router, local);
        }
        let name = || self.name(router, local);
        let worklists = &self.array.worklists;
        let InVc { state, len, out, out_port, .. } = router.ins[local];
        let out = &router.outs[out as usize];
        if matches!(state, VcState::Active | VcState::SwitchGranted) {
            expect(name, "owner of its output VC", out.owner as u64, local as u64)?;
        }
        let (input, number) = (Router::<P, N>::port(local), Router::<P, N>::number(local));
        let asks = |output: usize| (router.asking(input, output) >> number & 1) as u64;
        let should_ask = (state == VcState::Active && len > 0 && out.credits > 0) as u64;
        expect(name, "asks for the switch", asks(out_port as usize), should_ask)?;
        // With one VC the ports that a port asks for are those that its VC asks for.
        expect(name, "outputs asked for", (0..P).map(asks).sum(), should_ask)?;
        let port = &router.ports[input];
        let wanted =
            (0..P).fold(0, |all, output| all | ((router.asking(input, output) != 0) as u32) << output);
        expect(name, "outputs that its port asks for", port.outputs as u64, wanted as u64)?;
        let port_asks = worklists.asking.contains(router.info.index as usize * P + input) as u64;
        expect(name, "port asks", port_asks, (port.outputs != 0) as u64)?;

        let words = N.div_ceil(64);
        let waits: u64 = (0..worklists.route_classes.len() * P)
            .map(|pool| worklists.pool::<P>(pool / P, router.info.index, pool % P) * words + local / 64)
            .map(|word| worklists.waits[word] >> (local % 64) & 1)
            .sum();
        expect(name, "pools waited in", waits, (state == VcState::VcAlloc) as u64)?;
        let idle = (state == VcState::Idle) as u64;
        expect(name, "idle with flits", idle * len as u64, 0)
    }

    /// As [`Audit::check_input`], in a network of trees: each branch by itself, and no flit stays that all have taken.
    fn check_branches(&self, router: &Router<P, N>, local: usize) -> Result<(), Error> {
        let name = || self.name(router, local);
        let worklists = &self.array.worklists;
        let InVc { state, len, .. } = router.ins[local];
        let branches = &worklists.trees.branches[router.channel(local)];
        let (input, number) = (Router::<P, N>::port(local), Router::<P, N>::number(local));
        let mut waiting = 0;
        if state == VcState::Active {
            for branch in &branches.all {
                if branch.out == NOBODY {
                    waiting += 1;
                } else if !branch.is_done {
                    let owner = router.outs[usize::from(branch.out)].owner;
                    expect(name, "owner of the output VC of a branch", owner.into(), local as u64)?;
                }
            }
            let least = branches.all.iter().map(|branch| branch.taken).min().unwrap_or(0);
            expect(name, "flits that all branches have taken", least.into(), branches.left.into())?;
        }
        for output in 0..router.info.ports.into() {
            let asks = router.asking(input, output) >> number & 1;
            let should_ask = state == VcState::Active && router.branch_asks(local, output, worklists);
            expect(name, "asks for the switch", asks.into(), should_ask.into())?;
        }
        let words = N.div_ceil(64);
        let waits: u64 = (0..worklists.route_classes.len() * P)
            .map(|pool| worklists.pool::<P>(pool / P, router.info.index, pool % P) * words + local / 64)
            .map(|word| worklists.waits[word] >> (local % 64) & 1)
            .sum();
        expect(name, "pools waited in", waits, waiting)?;
        let idle = (state == VcState::Idle) as u64;
        expect(name, "idle with flits", idle * len as u64, 0)
    }

    /// An output VC is free or has an owner that knows it.
    fn check_output(&self, router: &Router<P, N>, local: usize) -> Result<(), Error> {
        let name = || self.name(router, local);
        let (port, number) = (Router::<P, N>::port(local), Router::<P, N>::number(local));
        let owner = router.outs[local].owner;
        let free = router.ports[port].free >> number & 1;
        let usable = self.array.worklists.route_classes.all_vcs(router.info.is_local(port)) >> number & 1;
        expect(name, "free output VC", free as u64, (usable & (owner == NOBODY) as u32) as u64)?;
        if owner != NOBODY {
            let branches = self.array.worklists.trees.branches.get(router.channel(owner.into()));
            let owned = match branches.and_then(|branches| branches.at(port)) {
                Some(branch) => branch.out,
                None => router.ins[owner as usize].out,
            };
            expect(name, "output VC of its owner", owned as u64, local as u64)?;
        }
        let worklists = &self.array.worklists;
        for route_class in 0..worklists.route_classes.len() {
            let pool = worklists.pool::<P>(route_class, router.info.index, port);
            let words = N.div_ceil(64);
            let waits = worklists.waits[pool * words..][..words].iter().any(|&word| word != 0);
            let is_ready = waits && router.free(route_class, port, worklists) != 0;
            expect(
                name,
                "pool with a head and a free VC",
                worklists.ready.contains(pool) as u64,
                is_ready as u64,
            )?;
        }
        Ok(())
    }

    fn name(&self, router: &Router<P, N>, local: usize) -> String {
        let (port, number) = (Router::<P, N>::port(local), Router::<P, N>::number(local));
        self.state.channel_name(NodeId(router.info.index), port as u8, number as u8)
    }
}

impl State {
    /// Name of a virtual channel of a port.
    pub(crate) fn channel_name(&self, node: NodeId, port: u8, vc: u8) -> String {
        let (name, kind) = (self.topology.node_name(node), self.topology.port_kind(node, port as u32));
        format!("{name}.{kind}.vc{vc}")
    }
}

fn expect(place: impl Fn() -> String, what: &'static str, found: u64, expected: u64) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Conservation { place: place(), what, found, expected })
}

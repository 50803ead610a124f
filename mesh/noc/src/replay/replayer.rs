//! The loop of a replay.

use std::collections::BTreeMap;
use std::io::Read;

use super::error::ReplayError;
use super::live_packets::LivePackets;
use super::options::ReplayOptions;
use super::output::{HopOutput, PacketOutput, ReplayOutputs};
use super::schedule::Schedule;
use super::summary::ReplaySummary;
use crate::end::{EarlyEnd, End, Ended};
use crate::lookout::Lookout;
use crate::trace::{Hop, Origin, PacketTimes, TraceLimits, TraceMesh, TracePacket, TraceReader};
use crate::{
    Config, Cycle, GrantEvent, Multicast, Network, NoProbe, PacketRequest, Probe, TerminalId, TreeRequest,
    Watchdog,
};

/// Steps between two audits of the network in builds with debug assertions.
const DEBUG_CHECK: u64 = 61;

/// Sends every packet of a trace and waits for all of them; `file` names the trace in errors.
///
/// A replay that ends early has written the rows of the packets that had arrived, and all hops up to then, with a mark at the end that
/// they are a part.
///
/// # Errors
/// A network that cannot be built, a trace that begins with a fault, or an output that takes nothing. All later faults of the trace,
/// a deadlock, an audit that fails and outputs that cannot be written end the replay early.
pub fn replay(
    config: &Config,
    trace: impl Read,
    file: &str,
    outputs: ReplayOutputs<'_>,
    options: ReplayOptions,
) -> Result<Ended<ReplaySummary, ReplayError>, ReplayError> {
    replay_watched(config, trace, file, outputs, options, &mut NoProbe)
}

/// As [`replay`], with a probe that watches the network.
///
/// # Errors
/// As [`replay`].
pub fn replay_watched<P: Probe>(
    config: &Config,
    trace: impl Read,
    file: &str,
    outputs: ReplayOutputs<'_>,
    options: ReplayOptions,
    watch: &mut P,
) -> Result<Ended<ReplaySummary, ReplayError>, ReplayError> {
    let network = Network::new(config)?;
    let mut reader = TraceReader::new(trace, file, TraceLimits::of(config))?;
    // The answer is that of this mesh, whatever mesh the packets come from.
    let origin = Origin { mesh: TraceMesh::of(config), ..reader.origin() };
    let mut replayer = Replayer {
        live: LivePackets::new(network.terminals() as usize, config.classes.len()),
        network,
        next: reader.next_packet()?,
        schedule: Schedule::new(reader.columns().dependencies, file),
        multicast: config.multicast,
        left: BTreeMap::new(),
        packets: PacketOutput::new(outputs.packets, reader.columns(), &origin)?,
        hops: HopOutput::new(outputs.hops)?,
        reader,
        heads: HeadGrants { events: Vec::new() },
        watch,
        summary: ReplaySummary::default(),
    };
    let end = replayer.run(options).map_or_else(End::Early, |()| End::Finished);
    Ok(replayer.finish(end))
}

struct Replayer<'a, 'w, R: Read, P> {
    network: Network,
    reader: TraceReader<R>,
    /// The packet that was read last; its cycle may lie ahead.
    next: Option<TracePacket>,
    schedule: Schedule,
    multicast: Multicast,
    /// Targets that packets with several of them have not reached, by number.
    left: BTreeMap<u64, usize>,
    live: LivePackets,
    heads: HeadGrants,
    watch: &'w mut P,
    packets: PacketOutput<'a>,
    hops: HopOutput<'a>,
    summary: ReplaySummary,
}

impl<R: Read, P: Probe> Replayer<'_, '_, R, P> {
    /// Simulates until all packets have arrived.
    fn run(&mut self, options: ReplayOptions) -> Result<(), EarlyEnd<ReplayError>> {
        let mut lookout = Lookout::new(options.stop, options.max_cycles, self.network.nodes()).counting();
        while let Some(now) = self.next_cycle(options.watchdog)? {
            // What is under way behind the last packet are credits.
            if lookout.is_due(now) && !self.all_arrived() {
                lookout.check(now)?;
            }
            self.create(now)?;
            self.step(now)?;
            let steps = self.network.counters().steps;
            if options.check || (cfg!(debug_assertions) && steps.is_multiple_of(DEBUG_CHECK)) {
                self.check()?;
            }
        }
        Ok(self.check()?)
    }

    fn all_arrived(&self) -> bool {
        self.next.is_none() && self.schedule.next_cycle().is_none() && self.live.len() == 0
    }

    fn check(&self) -> Result<(), ReplayError> {
        Ok(self.network.check_conservation()?)
    }

    /// The next cycle in which something happens; `None` when everything has delivered.
    fn next_cycle(&self, watchdog: Watchdog) -> Result<Option<Cycle>, ReplayError> {
        let read = self.next.as_ref().map(|packet| packet.cycle);
        let next = [read, self.schedule.next_cycle(), self.network.next_active()].into_iter().flatten().min();
        watchdog.check(&self.network, next, |tag| self.live.name(tag))?;
        Ok(next)
    }

    /// Creates the packets of cycle `now`, in the order of the trace.
    fn create(&mut self, now: Cycle) -> Result<(), ReplayError> {
        while let Some(packet) = self.next.take_if(|packet| packet.cycle <= now) {
            self.schedule.add(packet)?;
            self.next = self.reader.next_packet()?;
        }
        while let Some(packet) = self.schedule.take(now) {
            self.offer(now, packet)?;
        }
        self.live.number_fronts();
        self.summary.most_live = self.summary.most_live.max(self.live.len());
        Ok(())
    }

    /// Hands a packet to the network. Without trees a copy of it goes to each target, one after the other.
    fn offer(&mut self, now: Cycle, packet: TracePacket) -> Result<(), ReplayError> {
        let TracePacket { flits, class, .. } = packet;
        let source = TerminalId(packet.source);
        if packet.others.is_empty() {
            let target = TerminalId(packet.target);
            let tag = self.live.add(packet, 1, now);
            return Ok(self.network.offer(now, PacketRequest { source, target, flits, class, tag })?);
        }
        let targets: Vec<TerminalId> = packet.targets().map(TerminalId).collect();
        self.left.insert(packet.number, targets.len());
        if self.multicast == Multicast::Tree {
            let tag = self.live.add(packet, targets.len(), now);
            let targets = &targets[..];
            return Ok(self.network.offer_tree(now, TreeRequest { source, targets, flits, class, tag })?);
        }
        for target in targets {
            let tag = self.live.add(packet.clone(), 1, now);
            self.network.offer(now, PacketRequest { source, target, flits, class, tag })?;
        }
        Ok(())
    }

    /// A packet has reached one of its targets: whether it was the last.
    fn is_last(&mut self, packet: &TracePacket) -> bool {
        if packet.others.is_empty() {
            return true;
        }
        let Some(left) = self.left.get_mut(&packet.number) else { return true };
        *left -= 1;
        let is_last = *left == 0;
        if is_last {
            self.left.remove(&packet.number);
        }
        is_last
    }

    /// Simulates cycle `now` and records what left and arrived in it.
    fn step(&mut self, now: Cycle) -> Result<(), ReplayError> {
        // Without hops the network runs without a probe of ours, which costs nothing.
        if self.hops.are_wanted() {
            self.network.step(now, &mut (&mut self.heads, &mut *self.watch));
            self.write_hops()?;
        } else {
            self.network.step(now, self.watch);
        }
        for injected in self.network.injected() {
            self.live.leave(injected.tag);
        }
        for index in 0..self.network.delivered().len() {
            let delivered = self.network.delivered()[index];
            let live = self.live.arrive(delivered.tag);
            let (packet, tail) = (live.packet, delivered.cycle);
            let is_last = self.is_last(&packet);
            let times = PacketTimes {
                pid: live.pid,
                created: live.created,
                head: delivered.injected,
                tail,
                routers: delivered.routers,
            };
            let TracePacket { number, flits, .. } = packet;
            self.packets.write(packet, delivered.terminal.0, is_last, times, self.reader.layers())?;
            if is_last {
                self.summary.add(flits, live.created, tail);
                self.schedule.deliver(number, tail)?;
            }
        }
        Ok(())
    }

    fn write_hops(&mut self) -> Result<(), ReplayError> {
        for event in self.heads.events.drain(..) {
            self.hops.write(Hop {
                pid: self.live.pid(event.tag),
                cycle: event.cycle,
                node: event.node,
                in_port: self.network.port_kind(event.node, event.in_port),
                out_port: self.network.port_kind(event.node, event.out_port),
                vc: event.out_vc,
            })?;
        }
        Ok(())
    }

    /// Ends the outputs. An output that cannot be written makes a replay that did all else end early.
    fn finish(self, end: End<ReplayError>) -> Ended<ReplaySummary, ReplayError> {
        let packets = self.packets.finish(end.early());
        let written = packets.and(self.hops.finish(end.early()));
        let end = match (end, written) {
            (End::Finished, Err(error)) => End::Early(error.into()),
            (end, _) => end,
        };
        let counters = self.network.counters();
        let links = self.network.link_counters();
        let summary =
            ReplaySummary { steps: counters.steps, flit_hops: counters.flit_hops, links, ..self.summary };
        Ended::new(summary, end)
    }
}

/// Heads that won a switch in this cycle.
struct HeadGrants {
    events: Vec<GrantEvent>,
}

impl Probe for HeadGrants {
    fn grant(&mut self, event: GrantEvent) {
        if event.is_head {
            self.events.push(event);
        }
    }
}

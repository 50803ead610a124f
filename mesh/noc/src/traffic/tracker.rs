//! The packets of a run that are under way, and the statistics of those that arrived.

use super::generator::CreatedPacket;
use super::measurement::Measurement;
use super::sampling::Sample;
use crate::{Cycle, Delivered, LinkCounters, LinkId, Network, Slab};

/// A packet in the network or its source.
#[derive(Clone, Copy, Debug)]
struct TrackedPacket {
    source: u32,
    created: Cycle,
    is_measured: bool,
}

/// Packets under way by tag, and statistics since they were cleared.
#[derive(Clone, Debug)]
pub(super) struct PacketTracker {
    /// By tag.
    packets: Slab<TrackedPacket>,
    /// Measured packets that have not arrived.
    missing: u64,
    /// When statistics were cleared, and what the network had counted by then.
    since: Cycle,
    counted: CounterSnapshot,
    statistics: Measurement,
    /// All packets count, measured or not.
    pub is_warming_up: bool,
}

/// Counters of a network at one time.
#[derive(Clone, Debug, Default)]
struct CounterSnapshot {
    /// Flits that arrived.
    arrived: u64,
    /// Flits over each link.
    links: Vec<u64>,
}

impl CounterSnapshot {
    fn of(network: &Network) -> CounterSnapshot {
        let links = (0..network.links().len() as u32).map(|link| network.flits_over(LinkId(link)));
        CounterSnapshot { arrived: network.counters().ejected, links: links.collect() }
    }
}

impl PacketTracker {
    /// For a network without any packet.
    pub fn new(network: &Network) -> PacketTracker {
        PacketTracker {
            packets: Slab::default(),
            missing: 0,
            since: 0,
            counted: CounterSnapshot::of(network),
            statistics: Measurement::default(),
            is_warming_up: true,
        }
    }

    /// Forgets what arrived before cycle `now`.
    pub fn clear(&mut self, network: &Network, now: Cycle) {
        self.since = now;
        self.counted = CounterSnapshot::of(network);
        self.statistics = Measurement::default();
    }

    /// A packet is created. Returns its tag.
    pub fn create(&mut self, created: &CreatedPacket) -> u32 {
        let &CreatedPacket { source, at, is_measured, .. } = created;
        let tag = self.packets.insert(TrackedPacket { source, created: at, is_measured });
        self.missing += u64::from(is_measured);
        tag
    }

    /// The last flit of a packet has arrived.
    pub fn deliver(&mut self, delivered: &Delivered) {
        let packet = *self.packets.remove(delivered.tag);
        self.missing -= u64::from(packet.is_measured);
        if self.is_warming_up || packet.is_measured {
            self.statistics.latencies.add(delivered.cycle - packet.created);
            self.statistics.network_latencies.add(delivered.cycle - delivered.injected);
            self.statistics.routers += u64::from(delivered.routers);
        }
    }

    /// What the statistics show after all cycles before `now`.
    pub fn sample(&self, network: &Network, now: Cycle) -> Sample {
        let latencies = &self.statistics.latencies;
        let (mut all, mut ages) = (latencies.packets(), latencies.sum());
        network.flits_under_way(|tag, flits| {
            all += flits;
            ages += u128::from(flits) * u128::from(now - self.packets.get(tag).created);
        });
        Sample {
            latency: latencies.mean().unwrap_or(f64::NAN),
            accepted: self.accepted(network, now),
            with_ages: ages as f64 / all as f64,
        }
    }

    fn accepted(&self, network: &Network, now: Cycle) -> f64 {
        let arrived = network.counters().ejected - self.counted.arrived;
        // In this order, so that the last digit is that of BookSim2 as well.
        arrived as f64 / (now - self.since) as f64 / f64::from(network.terminals())
    }

    /// True while measured packets are under way.
    pub fn is_missing(&self) -> bool {
        self.missing > 0
    }

    /// True if all packets have arrived.
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Ends the window before cycle `now`. Only latencies go on.
    pub fn end_window(&mut self, network: &Network, now: Cycle) {
        let links = network.link_counters().into_iter().zip(&self.counted.links);
        let in_window = |(now, then): (LinkCounters, &u64)| LinkCounters { flits: now.flits - then, ..now };
        self.statistics.links = links.map(in_window).collect();
        self.statistics.accepted = self.accepted(network, now);
        self.statistics.window = now - self.since;
    }

    /// The statistics of a window that has ended.
    pub fn close(self, stable: bool) -> Measurement {
        Measurement { stable, ..self.statistics }
    }

    /// Entries of all tables that grow with the packets under way.
    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.packets.capacity()
    }

    /// Name of a packet in messages.
    pub fn name(&self, tag: u32) -> String {
        let TrackedPacket { created, source, .. } = *self.packets.get(tag);
        format!("the packet of cycle {created} from {source}")
    }
}

//! The books of a run: what is under way, and what arrived since they were cleared.

use super::latency::Latencies;
use super::sampling::Sample;
use super::sources::Created;
use crate::Cycle;
use crate::{Delivered, LinkId, Network, Slab};

/// What a run has measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Creation to arrival of the tail, in cycles, of the packets that count.
    pub latencies: Latencies,
    /// Head leaving the source to arrival of the tail, in cycles, of the same packets.
    pub network_latencies: Latencies,
    /// Routers that these packets passed.
    pub routers: u64,
    /// Flits that arrived in the window, per terminal and cycle.
    pub accepted: f64,
    /// The network kept up with the load. If not, all the rest is of the run for throughput.
    pub stable: bool,
    /// Flits over each link in the window, by [`Network::links`].
    pub links: Vec<u64>,
    /// Cycles of the window: the samples that count, without the drain.
    pub window: Cycle,
}

/// A packet in the network or its source.
#[derive(Clone, Copy, Debug)]
struct Packet {
    source: u32,
    created: Cycle,
    is_measured: bool,
}

/// The packets of a run, and their traces in the statistics.
#[derive(Clone, Debug)]
pub(super) struct Books {
    /// By tag.
    packets: Slab<Packet>,
    /// Measured packets that have not arrived.
    missing: u64,
    /// When statistics were cleared, and what the network had counted by then.
    since: Cycle,
    counted: Counted,
    statistics: Measured,
    /// All packets count, measured or not.
    pub is_warming_up: bool,
}

/// What a network has counted.
#[derive(Clone, Debug, Default)]
struct Counted {
    /// Flits that arrived.
    arrived: u64,
    /// Flits over each link.
    links: Vec<u64>,
}

impl Counted {
    fn by(network: &Network) -> Counted {
        let links = (0..network.links().len() as u32).map(|link| network.flits_over(LinkId(link)));
        Counted { arrived: network.counters().ejected, links: links.collect() }
    }
}

impl Books {
    /// The books of a network that nothing was sent over.
    pub fn new(network: &Network) -> Books {
        Books {
            packets: Slab::default(),
            missing: 0,
            since: 0,
            counted: Counted::by(network),
            statistics: Measured::default(),
            is_warming_up: true,
        }
    }

    /// Forgets what arrived before cycle `now`.
    pub fn clear(&mut self, network: &Network, now: Cycle) {
        self.since = now;
        self.counted = Counted::by(network);
        self.statistics = Measured::default();
    }

    /// A packet is created. Returns its tag.
    pub fn create(&mut self, created: &Created) -> u32 {
        let &Created { source, at, is_measured, .. } = created;
        let tag = self.packets.insert(Packet { source, created: at, is_measured });
        self.missing += u64::from(is_measured);
        tag
    }

    /// The last flit of a packet has arrived.
    pub fn arrive(&mut self, arrived: &Delivered) {
        let packet = *self.packets.remove(arrived.tag);
        self.missing -= u64::from(packet.is_measured);
        if self.is_warming_up || packet.is_measured {
            self.statistics.latencies.add(arrived.cycle - packet.created);
            self.statistics.network_latencies.add(arrived.cycle - arrived.injected);
            self.statistics.routers += u64::from(arrived.routers);
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
        let links = Counted::by(network).links;
        self.statistics.links = links.iter().zip(&self.counted.links).map(|(now, then)| now - then).collect();
        self.statistics.accepted = self.accepted(network, now);
        self.statistics.window = now - self.since;
    }

    /// The statistics of a window that has ended.
    pub fn close(self, stable: bool) -> Measured {
        Measured { stable, ..self.statistics }
    }

    /// Entries of all tables that grow with the packets under way.
    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.packets.capacity()
    }

    /// Name of a packet for people.
    pub fn name(&self, tag: u32) -> String {
        let Packet { created, source, .. } = *self.packets.get(tag);
        format!("the packet of cycle {created} from {source}")
    }
}

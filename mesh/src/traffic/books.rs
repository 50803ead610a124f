//! The books of a run: what is under way, and what arrived since they were cleared.

use super::latency::Latencies;
use super::sampling::Sample;
use super::sources::Created;
use crate::kernel::Cycle;
use crate::network::{Arrived, End, FlitEvent, Network, Probe};

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
#[derive(Clone, Copy, Debug, Default)]
struct Packet {
    source: u32,
    created: Cycle,
    is_measured: bool,
}

/// The packets of a run, and their traces in the statistics.
#[derive(Clone, Debug)]
pub(super) struct Books {
    /// By tag.
    packets: Vec<Packet>,
    free: Vec<u32>,
    /// Flits that have not arrived, and the sum of the cycles in which they were created.
    flits: u64,
    flits_created: u128,
    /// Measured packets that have not arrived.
    missing: u64,
    /// Links that lead to a terminal.
    ejects: Vec<bool>,
    terminals: u32,
    /// When statistics were cleared.
    since: Cycle,
    /// Flits that arrived since.
    arrived: u64,
    statistics: Measured,
    /// All packets count, measured or not.
    pub is_warming_up: bool,
    /// Arriving flits and those on links are counted.
    pub is_in_window: bool,
}

impl Books {
    pub fn new(network: &Network) -> Books {
        let ejects: Vec<bool> =
            network.links().iter().map(|link| matches!(link.to, End::Terminal(_))).collect();
        let mut books = Books {
            packets: Vec::new(),
            free: Vec::new(),
            flits: 0,
            flits_created: 0,
            missing: 0,
            ejects,
            terminals: network.terminals(),
            since: 0,
            arrived: 0,
            statistics: Measured::default(),
            is_warming_up: true,
            is_in_window: true,
        };
        books.clear(0);
        books
    }

    /// Forgets what arrived before cycle `now`.
    pub fn clear(&mut self, now: Cycle) {
        self.since = now;
        self.arrived = 0;
        self.statistics = Measured { links: vec![0; self.ejects.len()], ..Measured::default() };
    }

    /// A packet of `flits` flits is created. Returns its tag.
    pub fn create(&mut self, created: &Created, flits: u32) -> u32 {
        let &Created { source, at, is_measured, .. } = created;
        let tag = self.free.pop().unwrap_or_else(|| {
            self.packets.push(Packet::default());
            self.packets.len() as u32 - 1
        });
        self.packets[tag as usize] = Packet { source, created: at, is_measured };
        self.flits += u64::from(flits);
        self.flits_created += u128::from(at) * u128::from(flits);
        self.missing += u64::from(is_measured);
        tag
    }

    /// The last flit of a packet has arrived.
    pub fn arrive(&mut self, arrived: &Arrived) {
        let packet = self.packets[arrived.tag as usize];
        self.free.push(arrived.tag);
        self.missing -= u64::from(packet.is_measured);
        if self.is_warming_up || packet.is_measured {
            self.statistics.latencies.add(arrived.cycle - packet.created);
            self.statistics.network_latencies.add(arrived.cycle - arrived.injected);
            self.statistics.routers += u64::from(arrived.routers);
        }
    }

    /// What the statistics show after all cycles before `now`.
    pub fn sample(&self, now: Cycle) -> Sample {
        let latencies = &self.statistics.latencies;
        let ages = u128::from(self.flits) * u128::from(now) - self.flits_created;
        let all = latencies.packets() + self.flits;
        Sample {
            latency: latencies.mean().unwrap_or(f64::NAN),
            accepted: self.accepted(now),
            with_ages: (latencies.sum() + ages) as f64 / all as f64,
        }
    }

    fn accepted(&self, now: Cycle) -> f64 {
        // In this order, so that the last digit is that of BookSim2 as well.
        self.arrived as f64 / (now - self.since) as f64 / f64::from(self.terminals)
    }

    /// True while measured packets are under way.
    pub fn is_missing(&self) -> bool {
        self.missing > 0
    }

    /// True if all packets have arrived.
    pub fn is_empty(&self) -> bool {
        self.flits == 0
    }

    /// The statistics of a window that ended before cycle `end`.
    pub fn close(self, end: Cycle, stable: bool) -> Measured {
        let (accepted, window) = (self.accepted(end), end - self.since);
        Measured { accepted, stable, window, ..self.statistics }
    }

    /// Entries of all tables that grow with the packets under way.
    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.packets.capacity() + self.free.capacity()
    }

    /// Name of a packet for people.
    pub fn name(&self, tag: u32) -> String {
        let Packet { created, source, .. } = self.packets[tag as usize];
        format!("the packet of cycle {created} from {source}")
    }
}

impl Probe for Books {
    fn flit(&mut self, event: FlitEvent) {
        let link = event.link.0 as usize;
        self.statistics.links[link] += u64::from(self.is_in_window);
        if self.ejects[link] {
            self.arrived += u64::from(self.is_in_window);
            self.flits -= 1;
            self.flits_created -= u128::from(self.packets[event.tag as usize].created);
        }
    }
}

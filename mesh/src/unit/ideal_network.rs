//! A network in which no packet waits for another: each takes what it would take alone.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::zero_load::ZeroLoad;
use spikemesh_noc::{Config, Cycle, PacketRequest, TerminalId};

/// Something that happens to a packet: when, in the order of sending, its tag, and where it is.
type Due = Reverse<(Cycle, u64, u32, TerminalId)>;

/// Packets under way.
#[derive(Clone, Debug)]
pub struct IdealNetwork {
    zero_load: ZeroLoad,
    leaving: BinaryHeap<Due>,
    arriving: BinaryHeap<Due>,
    sent: u64,
}

impl IdealNetwork {
    /// An empty one with the ways and times of a network.
    pub fn new(config: &Config) -> IdealNetwork {
        IdealNetwork {
            zero_load: ZeroLoad::new(config),
            leaving: BinaryHeap::new(),
            arriving: BinaryHeap::new(),
            sent: 0,
        }
    }

    /// Takes a packet for some targets that may leave from cycle `created` on.
    pub fn offer(&mut self, created: Cycle, request: &PacketRequest, targets: &[TerminalId]) {
        let (sent, tag) = (self.sent, request.tag);
        let mut left = 0;
        for (terminal, alone) in self.zero_load.of_all(request, targets) {
            left = alone.left;
            self.arriving.push(Reverse((created + alone.arrived, sent, tag, terminal)));
        }
        self.leaving.push(Reverse((created + left, sent, tag, request.source)));
        self.sent += 1;
    }

    /// The next cycle in which something happens.
    pub fn next_active(&self) -> Option<Cycle> {
        let [leaving, arriving] = [&self.leaving, &self.arriving].map(|due| due.peek().map(|due| due.0.0));
        leaving.into_iter().chain(arriving).min()
    }

    /// The packets whose tails leave, and arrive, in this cycle, with the terminals where they do.
    pub fn step(
        &mut self,
        now: Cycle,
        left: &mut Vec<(u32, TerminalId)>,
        arrived: &mut Vec<(u32, TerminalId)>,
    ) {
        for (due, tags) in [(&mut self.leaving, left), (&mut self.arriving, arrived)] {
            tags.clear();
            while due.peek().is_some_and(|due| due.0.0 == now) {
                tags.extend(due.pop().map(|due| (due.0.2, due.0.3)));
            }
        }
    }
}

//! When packets of a trace are created.

use std::collections::BTreeMap;

use crate::Cycle;
use crate::trace::TracePacket;

/// No arrival yet.
const NEVER: Cycle = Cycle::MAX;

/// Packets that were read from the trace and are not created yet.
///
/// A packet is in exactly one place: in `planned` when the cycle of its creation is known, in `waiting` while the packet that it depends on
/// has not arrived. A dependency always names an earlier packet, so its arrival is either recorded or still to come.
pub(super) struct Schedule {
    /// By the cycle of creation, then by number: the order in which packets are created.
    planned: BTreeMap<(Cycle, u64), TracePacket>,
    /// By the number of the packet that they wait for.
    waiting: BTreeMap<u64, Vec<TracePacket>>,
    /// When each packet arrived, by number; only kept for a trace with dependencies.
    arrivals: Option<Vec<Cycle>>,
}

impl Schedule {
    pub fn new(has_dependencies: bool) -> Schedule {
        Schedule {
            planned: BTreeMap::new(),
            waiting: BTreeMap::new(),
            arrivals: has_dependencies.then(Vec::new),
        }
    }

    /// Adds the next packet of the trace.
    pub fn add(&mut self, packet: TracePacket) {
        let Some(arrivals) = &mut self.arrivals else { return self.plan(packet, packet.cycle) };
        arrivals.push(NEVER);
        match packet.after.map(|after| (after, arrivals[after.packet as usize])) {
            Some((after, NEVER)) => self.waiting.entry(after.packet).or_default().push(packet),
            Some((after, arrival)) => self.plan(packet, arrival.saturating_add(after.delay)),
            None => self.plan(packet, packet.cycle),
        }
    }

    /// Packet `number` arrived in cycle `tail`: the packets that wait for it can be planned.
    pub fn deliver(&mut self, number: u64, tail: Cycle) {
        let Some(arrivals) = &mut self.arrivals else { return };
        arrivals[number as usize] = tail;
        for packet in self.waiting.remove(&number).unwrap_or_default() {
            let delay = packet.after.map_or(0, |after| after.delay);
            self.plan(packet, tail.saturating_add(delay));
        }
    }

    /// The cycle of the next creation, among the packets whose creation is known.
    pub fn next_cycle(&self) -> Option<Cycle> {
        self.planned.first_key_value().map(|(&(cycle, _), _)| cycle)
    }

    /// Takes a packet that is created in cycle `now`.
    pub fn take(&mut self, now: Cycle) -> Option<TracePacket> {
        let entry = self.planned.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    /// A packet is created in cycle `earliest`, or in its own if that is later.
    fn plan(&mut self, packet: TracePacket, earliest: Cycle) {
        self.planned.insert((packet.cycle.max(earliest), packet.number), packet);
    }
}

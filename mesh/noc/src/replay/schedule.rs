//! When packets of a trace are created.

use std::collections::BTreeMap;

use crate::Cycle;
use crate::trace::{Dependency, MAX_CYCLE, TraceError, TracePacket};

/// No arrival yet.
const NEVER: Cycle = Cycle::MAX;

/// Packets that were read from the trace and are not created yet.
///
/// A packet is in exactly one place: in `planned` when the cycle of its creation is known, in `waiting` while the packet that it depends on
/// has not arrived. A dependency always names an earlier packet, so its arrival is either recorded or still to come.
pub(super) struct Schedule {
    /// The trace, for errors.
    file: String,
    /// By the cycle of creation, then by number: the order in which packets are created.
    planned: BTreeMap<(Cycle, u64), TracePacket>,
    /// By the number of the packet that they wait for.
    waiting: BTreeMap<u64, Vec<TracePacket>>,
    /// When each packet arrived, by number; only kept for a trace with dependencies.
    arrivals: Option<Vec<Cycle>>,
}

impl Schedule {
    pub fn new(has_dependencies: bool, file: &str) -> Schedule {
        Schedule {
            file: file.to_owned(),
            planned: BTreeMap::new(),
            waiting: BTreeMap::new(),
            arrivals: has_dependencies.then(Vec::new),
        }
    }

    /// Adds the next packet of the trace.
    ///
    /// # Errors
    /// [`TraceError::Late`]
    pub fn add(&mut self, packet: TracePacket) -> Result<(), TraceError> {
        let Some(arrivals) = &mut self.arrivals else {
            self.plan(packet, packet.cycle);
            return Ok(());
        };
        arrivals.push(NEVER);
        match packet.after.map(|after| (after, arrivals[after.packet as usize])) {
            Some((after, NEVER)) => self.waiting.entry(after.packet).or_default().push(packet),
            Some((after, arrival)) => self.plan(packet, self.sum(&packet, after, arrival)?),
            None => self.plan(packet, packet.cycle),
        }
        Ok(())
    }

    /// Packet `number` arrived in cycle `tail`: the packets that wait for it can be planned.
    ///
    /// # Errors
    /// [`TraceError::Late`]
    pub fn deliver(&mut self, number: u64, tail: Cycle) -> Result<(), TraceError> {
        let Some(arrivals) = &mut self.arrivals else { return Ok(()) };
        arrivals[number as usize] = tail;
        for packet in self.waiting.remove(&number).unwrap_or_default() {
            if let Some(after) = packet.after {
                self.plan(packet, self.sum(&packet, after, tail)?);
            }
        }
        Ok(())
    }

    /// When a packet is created that waits for one that arrived. No later than [`MAX_CYCLE`], so that what follows still fits 64 bits.
    fn sum(&self, packet: &TracePacket, after: Dependency, arrival: Cycle) -> Result<Cycle, TraceError> {
        let Dependency { delay, .. } = after;
        let sum = arrival.saturating_add(delay);
        if sum <= MAX_CYCLE {
            return Ok(sum);
        }
        let (file, packet) = (self.file.clone(), packet.number);
        Err(TraceError::Late { file, row: packet + 1, packet, arrival, delay, limit: MAX_CYCLE })
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

//! When packets of a trace are created.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::Cycle;
use crate::trace::{Dependency, MAX_CYCLE, TraceError, TracePacket};

/// No arrival yet.
const NEVER: Cycle = Cycle::MAX;

/// Packets that were read from the trace and are not created yet.
///
/// A packet is in exactly one place: in `planned` when the cycle of its creation is known, in `waiting` while a packet that it depends on
/// has not arrived. Dependencies always name earlier packets, so their arrivals are either recorded or still to come.
pub(super) struct Schedule {
    /// The trace, for errors.
    file: String,
    /// By the cycle of creation, then by number: the order in which packets are created.
    planned: BTreeMap<(Cycle, u64), TracePacket>,
    /// By number.
    waiting: BTreeMap<u64, Waiting>,
    /// The packets that wait for one, by its number, with their delays. One that waits twice is there twice.
    waiters: BTreeMap<u64, Vec<(u64, Cycle)>>,
    /// When each packet arrived, by number; only kept for a trace with dependencies.
    arrivals: Option<Vec<Cycle>>,
}

/// A packet that waits.
struct Waiting {
    packet: TracePacket,
    /// When it can be created at the earliest, for those that have arrived.
    earliest: Cycle,
    /// Dependencies that have not arrived.
    missing: usize,
}

impl Schedule {
    pub fn new(has_dependencies: bool, file: &str) -> Schedule {
        Schedule {
            file: file.to_owned(),
            planned: BTreeMap::new(),
            waiting: BTreeMap::new(),
            waiters: BTreeMap::new(),
            arrivals: has_dependencies.then(Vec::new),
        }
    }

    /// Adds the next packet of the trace.
    ///
    /// # Errors
    /// [`TraceError::Late`]
    pub fn add(&mut self, packet: TracePacket) -> Result<(), TraceError> {
        let mut earliest = packet.cycle;
        let mut missing = 0;
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.push(NEVER);
            for &Dependency { packet: after, delay } in &packet.after {
                match arrivals[after as usize] {
                    NEVER => {
                        self.waiters.entry(after).or_default().push((packet.number, delay));
                        missing += 1;
                    }
                    arrival => earliest = earliest.max(sum(&self.file, packet.number, arrival, delay)?),
                }
            }
        }
        if missing > 0 {
            self.waiting.insert(packet.number, Waiting { packet, earliest, missing });
        } else {
            self.planned.insert((earliest, packet.number), packet);
        }
        Ok(())
    }

    /// Packet `number` arrived in cycle `tail`: the packets that waited for it alone can be planned.
    ///
    /// # Errors
    /// [`TraceError::Late`]
    pub fn deliver(&mut self, number: u64, tail: Cycle) -> Result<(), TraceError> {
        let Some(arrivals) = &mut self.arrivals else { return Ok(()) };
        arrivals[number as usize] = tail;
        for (waiter, delay) in self.waiters.remove(&number).unwrap_or_default() {
            let earliest = sum(&self.file, waiter, tail, delay)?;
            let Entry::Occupied(mut waiting) = self.waiting.entry(waiter) else { continue };
            waiting.get_mut().earliest = waiting.get().earliest.max(earliest);
            waiting.get_mut().missing -= 1;
            if waiting.get().missing == 0 {
                let Waiting { packet, earliest, .. } = waiting.remove();
                self.planned.insert((earliest, waiter), packet);
            }
        }
        Ok(())
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
}

/// When a packet is created that waits for one that arrived. No later than [`MAX_CYCLE`], so that what follows still fits 64 bits.
fn sum(file: &str, packet: u64, arrival: Cycle, delay: Cycle) -> Result<Cycle, TraceError> {
    let sum = arrival.saturating_add(delay);
    if sum <= MAX_CYCLE {
        return Ok(sum);
    }
    Err(TraceError::Late { file: file.to_owned(), row: packet, arrival, delay, limit: MAX_CYCLE })
}

//! Whom each unit of a pass can wait for: what blame is counted by.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Reason;
use crate::unit::UnitId;
use spikemesh_noc::TerminalId;

/// For each unit of a pass the units that can be to blame for its waits, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BlameTable {
    /// Where each unit begins in `entries`; one more for the end.
    first: Vec<u32>,
    /// Of each unit ascending, each once.
    entries: Vec<(Reason, UnitId)>,
    /// For each unit those at its terminal that send, itself included.
    senders: Vec<Vec<UnitId>>,
}

impl BlameTable {
    /// Of a pass, by unit: the producer of every route that ends there, the target of every route that begins there, and the terminal.
    pub fn new(producers: &[Vec<UnitId>], targets: &[Vec<UnitId>], terminals: &[TerminalId]) -> BlameTable {
        let mut table = BlameTable { first: vec![0], ..BlameTable::default() };
        // Sources share a terminal; other senders have one of their own.
        let mut senders_at: BTreeMap<TerminalId, Vec<usize>> = BTreeMap::new();
        for (unit, terminal) in terminals.iter().enumerate().filter(|(unit, _)| !targets[*unit].is_empty()) {
            senders_at.entry(*terminal).or_default().push(unit);
        }
        for unit in 0..terminals.len() {
            let senders = senders_at.get(&terminals[unit]).map_or(&[][..], Vec::as_slice);
            let mut entries: Vec<(Reason, UnitId)> = Vec::new();
            entries.extend(producers[unit].iter().map(|&producer| (Reason::WaitInput, producer)));
            entries.extend(targets[unit].iter().map(|&target| (Reason::WaitMap, target)));
            if !targets[unit].is_empty() {
                let mates = senders.iter().flat_map(|&mate| &targets[mate]);
                entries.extend(mates.map(|&target| (Reason::WaitFifo, target)));
            }
            entries.sort_unstable();
            entries.dedup();
            table.entries.extend(entries);
            table.first.push(table.entries.len() as u32);
            table.senders.push(senders.iter().map(|&mate| UnitId(mate as u32)).collect());
        }
        table
    }

    /// Places of a unit.
    pub fn places(&self, UnitId(unit): UnitId) -> Range<usize> {
        self.first[unit as usize] as usize..self.first[unit as usize + 1] as usize
    }

    /// Reason and unit to blame of a place.
    pub fn entry(&self, place: usize) -> (Reason, UnitId) {
        self.entries[place]
    }

    /// The place of a blame.
    pub fn place(&self, unit: UnitId, reason: Reason, blamed: UnitId) -> Option<usize> {
        let places = self.places(unit);
        let found = self.entries[places.clone()].binary_search(&(reason, blamed));
        found.ok().map(|place| places.start + place)
    }

    /// Number of places.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Units at a unit's terminal that send, itself included if it does.
    pub fn senders(&self, UnitId(unit): UnitId) -> &[UnitId] {
        &self.senders[unit as usize]
    }
}

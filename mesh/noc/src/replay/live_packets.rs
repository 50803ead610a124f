//! The packets that wait in a source or are under way, and the numbers that BookSim2 would give them.

use std::collections::VecDeque;

use crate::trace::TracePacket;
use crate::{Cycle, Slab};
use spikemesh_words::plural;

/// A packet that was created and has not arrived.
#[derive(Clone, Debug, Default)]
pub(super) struct LivePacket {
    pub packet: TracePacket,
    /// When it was created.
    pub created: Cycle,
    /// Its number; known once it is at the front of its queue.
    pub pid: u64,
    /// Targets that it has not reached.
    pub left: usize,
}

/// No number yet.
const UNKNOWN: u64 = u64::MAX;

/// Live packets by tag. Tags are used again, so the table is as long as the most packets that ever lived at one time.
///
/// A packet is numbered when it comes to the front of its queue: when it is created, or in the cycle after the tail before it has
/// left. Packets that do so in one cycle are numbered by source and class.
#[derive(Debug)]
pub(super) struct LivePackets {
    packets: Slab<LivePacket>,
    /// Packets that have not left, by source and class.
    queues: Vec<VecDeque<u32>>,
    classes: usize,
    /// Queues with a packet at the front that has no number yet.
    fresh: Vec<usize>,
    next_pid: u64,
}

impl LivePackets {
    pub fn new(terminals: usize, classes: usize) -> LivePackets {
        LivePackets {
            packets: Slab::default(),
            queues: vec![VecDeque::new(); terminals * classes],
            classes,
            fresh: Vec::new(),
            next_pid: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// A packet is created that `left` targets will receive; returns its tag.
    pub fn add(&mut self, packet: TracePacket, left: usize, created: Cycle) -> u32 {
        // The network refuses more packets long before tags run out.
        let tag = self.packets.insert(LivePacket { packet, created, pid: UNKNOWN, left });
        let queue = self.queue_of(tag);
        if self.queues[queue].is_empty() {
            self.fresh.push(queue);
        }
        self.queues[queue].push_back(tag);
        tag
    }

    /// Numbers the packets that have come to the front of their queues for the cycle that is stepped next.
    pub fn number_fronts(&mut self) {
        self.fresh.sort_unstable();
        for queue in self.fresh.drain(..) {
            if let Some(&tag) = self.queues[queue].front() {
                self.packets.get_mut(tag).pid = self.next_pid;
                self.next_pid += 1;
            }
        }
    }

    /// The last flit of a packet has left its source: from the next cycle on another is at the front.
    pub fn leave(&mut self, tag: u32) {
        let queue = self.queue_of(tag);
        self.queues[queue].pop_front();
        if !self.queues[queue].is_empty() {
            self.fresh.push(queue);
        }
    }

    /// A packet has arrived at one of its targets.
    pub fn arrive(&mut self, tag: u32) -> LivePacket {
        let live = self.packets.get_mut(tag);
        live.left -= 1;
        if live.left > 0 {
            return live.clone();
        }
        let live = std::mem::take(self.packets.get_mut(tag));
        self.packets.remove(tag);
        live
    }

    pub fn pid(&self, tag: u32) -> u64 {
        self.packets.get(tag).pid
    }

    /// A packet, for people.
    pub fn name(&self, tag: u32) -> String {
        let LivePacket { packet, pid, .. } = self.packets.get(tag);
        let flits = plural(packet.flits, "flit", "flits");
        let targets: Vec<String> = packet.targets().map(|target| target.to_string()).collect();
        let targets = targets.join(";");
        match pid {
            &UNKNOWN => format!("a packet ({} to {targets}, {flits})", packet.source),
            _ => format!("packet {pid} ({} to {targets}, {flits})", packet.source),
        }
    }

    fn queue_of(&self, tag: u32) -> usize {
        let packet = &self.packets.get(tag).packet;
        packet.source as usize * self.classes + packet.class as usize
    }
}

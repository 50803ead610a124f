//! The sending side of a unit: output FIFO, replication, packets, markers.
//!
//! Events enter the FIFO in batches. Every route gets its copy of a batch, those events whose rows it wants, as packets that close when full or
//! at the end of the batch. A batch leaves the FIFO when its last packet's tail has left the unit.
//!
//! Invariants: `used` is the sum of `events` over `batches`, at most the capacity; a batch in the list has packets that have not left, or stands
//! behind one that has; no route has more tokens than its receiver has input maps.

use std::collections::VecDeque;

use spikemesh_isa::packet::{Event, Head, PACKET_WORDS};
use spikemesh_isa::{Activation, Rows};

use super::context::UnitContext;
use super::emission::Emission;
use super::id::UnitId;
use super::packets::{NO_BATCH, Packet};
use super::traffic::{Traffic, Way};

/// A route, resolved to the unit at its end, or a tree: routes whose packets are the same.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The receiver, of a tree the first.
    pub target: UnitId,
    /// Its tree in the plan of the pass, or [`NO_TREE`](super::packets::NO_TREE).
    pub tree: u32,
    /// The receivers: one for each route.
    pub receivers: Vec<Receiver>,
    /// The way to them.
    pub way: Way,
    /// Rows of the producer's map that are sent.
    pub rows: Rows,
    /// Row of the producer's map that is the receiver's local row 0.
    pub row_base: u32,
    /// Added to the feature.
    pub channel_base: u32,
}

/// The unit at the end of a route.
#[derive(Clone, Copy, Debug)]
pub struct Receiver {
    /// The unit.
    pub unit: UnitId,
    /// Its input maps: the tokens that the route holds after reset.
    pub input_maps: u8,
}

/// The tokens of a route.
struct Tokens {
    consumer: UnitId,
    /// Frames that the consumer has a free map for.
    free: u8,
}

/// A batch in the FIFO.
struct Batch {
    /// Its events, each counted once, however many routes want it.
    events: u32,
    /// Its packets whose tails have not left.
    packets: u32,
}

/// What was sent along a flow in a frame.
#[derive(Clone, Copy, Default)]
struct FlowCounts {
    words: u32,
    packets: u32,
    flits: u64,
}

/// The sending side of a unit.
pub struct Outbox<'p> {
    flows: &'p [Flow],
    potentials: bool,
    capacity: u32,
    used: u32,
    /// Batches in the FIFO; the front one is number `first_batch`.
    batches: VecDeque<Batch>,
    first_batch: u32,
    /// What was sent along each flow in this frame.
    counts: Vec<FlowCounts>,
    /// By route; those of a tree stand in a row.
    tokens: Vec<Tokens>,
    /// Routes without a token.
    without: usize,
    /// The parity of the present frame.
    parity: u8,
    markers_left: u32,
}

impl<'p> Outbox<'p> {
    /// An outbox with an empty FIFO of `capacity` events; all consumers' maps are free.
    pub fn new(flows: &'p [Flow], activation: Activation, capacity: u32) -> Outbox<'p> {
        let receivers = flows.iter().flat_map(|flow| &flow.receivers);
        Outbox {
            flows,
            potentials: activation == Activation::Potentials,
            capacity,
            used: 0,
            batches: VecDeque::new(),
            first_batch: 0,
            counts: vec![FlowCounts::default(); flows.len()],
            tokens: receivers
                .map(|receiver| Tokens { consumer: receiver.unit, free: receiver.input_maps })
                .collect(),
            without: 0,
            parity: 0,
            markers_left: 0,
        }
    }

    /// Events in the FIFO.
    pub fn used(&self) -> u32 {
        self.used
    }

    /// A map of a consumer has become free. Of several routes to it the one with the fewest tokens gets it: a consumer frees a map for all its routes.
    pub fn token(&mut self, consumer: UnitId) {
        let routes = self.tokens.iter_mut().filter(|route| route.consumer == consumer);
        if let Some(route) = routes.min_by_key(|route| route.free) {
            self.without -= usize::from(route.free == 0);
            route.free += 1;
        }
    }

    /// True when every consumer can take a frame.
    pub fn consumers_free(&self) -> bool {
        self.without == 0
    }

    /// Starts a frame: a map of each consumer is taken.
    pub fn take_tokens(&mut self) {
        for route in &mut self.tokens {
            route.free -= 1;
            self.without += usize::from(route.free == 0);
        }
    }

    /// How many of `pending` events may enter now: all of them if they fit; a batch larger than the FIFO enters in parts, each when it is empty.
    pub fn room(&self, pending: usize) -> usize {
        if pending <= (self.capacity - self.used) as usize {
            pending
        } else if self.used == 0 {
            self.capacity as usize
        } else {
            0
        }
    }

    /// Takes a batch into the FIFO and hands its packets to the network. Returns the words sent.
    ///
    /// Rule (docs/microarchitecture/np.md, "Sending"): copies are made route after route. A packet closes when it is full, when the next event does
    /// not fit its head, and at the end of the batch. All packets are handed over in this cycle; the network's queue of the terminal sends them flit
    /// by flit, and the batch keeps its room until the last one has left. A batch that no route wants takes no room, since no tail would free it.
    ///
    /// One packet is open at a time and is reused: `len` 0 means that none is open. Batches are numbered as they enter, and a packet carries its
    /// batch's number; the number less that of the front batch is the place in the list, also when numbers wrap around.
    pub fn push(&mut self, batch: &[Emission], context: &mut UnitContext) -> u64 {
        if batch.is_empty() {
            return 0;
        }
        let number = self.first_batch.wrapping_add(self.batches.len() as u32);
        let (mut packets, mut copies) = (0, 0);
        for (index, flow) in self.flows.iter().enumerate() {
            let mut open = Packet::bare(context.unit, flow.target, Head::MapFree);
            (open.batch, open.tree, open.parity) = (number, flow.tree, self.parity);
            let (mut sent, mut flits, before) = (0, 0, packets);
            for event in batch.iter().filter(|e| flow.rows.contains(e.y)) {
                let row = event.y - flow.row_base;
                let feature = event.c + flow.channel_base;
                let (head, word) = if self.potentials {
                    (Head::Potentials { x: event.x, row, feature }, event.value as u32)
                } else {
                    let (base, packed) = Event::pack(event.x, row, feature, event.value as u32);
                    (Head::Events { base }, packed.0)
                };
                if open.len == 0 {
                    open.head = head;
                } else if open.words().len() == PACKET_WORDS
                    || !continues(open.head, open.words().len(), head)
                {
                    flits += context.packets.send(
                        open.clone(),
                        context.created,
                        context.network,
                        context.terminals,
                    );
                    packets += 1;
                    open.len = 0;
                    open.head = head;
                }
                open.push(word);
                sent += 1;
            }
            if open.len > 0 {
                flits += context.packets.send(open, context.created, context.network, context.terminals);
                packets += 1;
            }
            let counts = &mut self.counts[index];
            counts.words += sent;
            counts.packets += packets - before;
            counts.flits += u64::from(flits);
            copies += u64::from(sent);
        }
        if packets > 0 {
            self.used += batch.len() as u32;
            self.batches.push_back(Batch { events: batch.len() as u32, packets });
        }
        copies
    }

    /// Sends a marker along every flow, one for a whole tree, also along those that carried no event: the consumer counts markers. It says how many words this frame sent
    /// along the flow, and the counts begin again at 0. Returns what the network does for the frame, markers included.
    pub fn send_markers(&mut self, context: &mut UnitContext) -> Traffic {
        let mut traffic = Traffic::default();
        for (flow, counts) in self.flows.iter().zip(&mut self.counts) {
            let FlowCounts { words, packets, flits } = std::mem::take(counts);
            let mut marker = Packet::bare(context.unit, flow.target, Head::Marker { count: words });
            (marker.tree, marker.parity) = (flow.tree, self.parity);
            let of_marker = context.packets.send(marker, context.created, context.network, context.terminals);
            traffic += Traffic::of(flow.way, u64::from(packets) + 1, flits + u64::from(of_marker));
        }
        self.markers_left = self.flows.len() as u32;
        self.parity ^= 1;
        traffic
    }

    /// A packet's tail has left. A packet without a batch is a marker (or a token, which the caller keeps from here).
    ///
    /// Packets may leave out of order on different virtual channels, but batches free their room in order, as a FIFO does: so all batches at the
    /// front whose packets have left go at once.
    pub fn sent(&mut self, batch: u32) {
        if batch == NO_BATCH {
            self.markers_left -= 1;
            return;
        }
        let index = batch.wrapping_sub(self.first_batch) as usize;
        self.batches[index].packets -= 1;
        while let Some(front) = self.batches.front()
            && front.packets == 0
        {
            self.used -= front.events;
            self.batches.pop_front();
            self.first_batch = self.first_batch.wrapping_add(1);
        }
    }

    /// True when all markers have left.
    pub fn flushed(&self) -> bool {
        self.markers_left == 0
    }
}

/// True if a word with its own `head` may follow in an open packet with so many words. Events name themselves above the head's base, and need the same. Potentials have no coordinates
/// of their own: a packet is a run of features at one position, so only the next feature may follow.
pub(crate) fn continues(open: Head, words: usize, head: Head) -> bool {
    match (open, head) {
        (Head::Potentials { x, row, feature }, Head::Potentials { x: x2, row: row2, feature: feature2 }) => {
            x == x2 && row == row2 && feature + words as u32 == feature2
        }
        (head, next) => head == next,
    }
}

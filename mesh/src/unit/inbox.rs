//! What a consuming unit knows of the frame that it receives.
//!
//! Packets of one producer may overtake each other on different virtual channels, so a marker says how many words its producer sent: a frame
//! is complete when a marker of every route is in and the words match.

use spikemesh_isa::packet::Head;

use super::context::UnitContext;
use super::id::UnitId;
use super::packets::Packet;

/// The receiving side of a unit.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// The producing unit of every route that ends here: it gets a token when the map is free.
    producers: Vec<UnitId>,
    markers: usize,
    announced: u64,
    received: u64,
    /// Words received in all frames.
    received_in_all: u64,
}

impl Inbox {
    /// An empty inbox fed by one route from each of `producers`.
    pub fn new(producers: Vec<UnitId>) -> Inbox {
        Inbox { producers, markers: 0, announced: 0, received: 0, received_in_all: 0 }
    }

    /// Counts a packet of data or a marker. A marker that overtakes data is counted when it comes: only the sums are compared.
    pub fn count(&mut self, packet: &Packet) {
        match packet.head {
            Head::Marker { count } => {
                self.markers += 1;
                self.announced += u64::from(count);
            }
            _ => {
                self.received += packet.words().len() as u64;
                self.received_in_all += packet.words().len() as u64;
            }
        }
    }

    /// True when the frame is complete: a marker of every route came, and as many words as all markers announce. Before the last marker the sum of
    /// announced words is too small, or equal by accident, so both conditions are needed.
    pub fn complete(&self) -> bool {
        self.markers == self.producers.len() && self.received == self.announced
    }

    /// Words received in this frame.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Words received in all frames.
    pub fn received_in_all(&self) -> u64 {
        self.received_in_all
    }

    /// True if no marker and no word has come.
    pub fn is_empty(&self) -> bool {
        self.markers == 0 && self.received == 0
    }

    /// Makes room for the next frame, and sends every producer its token: one for each route, so a producer with two routes gets two. Tokens travel
    /// on channels of their own (docs/microarchitecture/network.md), never behind data that waits for them.
    pub fn free(&mut self, context: &mut UnitContext) {
        (self.markers, self.announced, self.received) = (0, 0, 0);
        for index in 0..self.producers.len() {
            let packet = Packet::bare(context.unit, self.producers[index], Head::MapFree);
            context.packets.send(packet, context.created, context.network, context.terminals);
        }
    }

    /// What is missing.
    pub fn waits_for(&self) -> String {
        format!(
            "{} of {} markers, {} of {} announced words",
            self.markers,
            self.producers.len(),
            self.received,
            self.announced
        )
    }
}

//! Packets between units, from the hand-over to the network until they arrive.

use spikemesh_isa::packet::{self, Head, PACKET_WORDS};

use super::id::UnitId;
use spikemesh_device::network::TrafficClass;
use spikemesh_noc::{Cycle, Network, PacketRequest, Slab, TerminalId};

/// A packet in flight.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Who sent it.
    pub source: UnitId,
    /// Who gets it.
    pub target: UnitId,
    /// What it carries.
    pub head: Head,
    /// The sender's batch, or [`NO_BATCH`].
    pub batch: u32,
    pub(super) len: u8,
    words: [u32; PACKET_WORDS],
}

/// The batch of a packet that takes no room in the FIFO.
pub const NO_BATCH: u32 = u32::MAX;

impl Packet {
    /// A packet that is a head alone.
    pub fn bare(source: UnitId, target: UnitId, head: Head) -> Packet {
        Packet { source, target, head, batch: NO_BATCH, len: 0, words: [0; PACKET_WORDS] }
    }

    /// Its payload.
    pub fn words(&self) -> &[u32] {
        &self.words[..usize::from(self.len)]
    }

    /// Adds a word to the payload.
    pub(super) fn push(&mut self, word: u32) {
        self.words[usize::from(self.len)] = word;
        self.len += 1;
    }
}

/// Packets in flight, by tag.
#[derive(Clone, Debug, Default)]
pub struct Packets {
    slots: Slab<Packet>,
    /// What was handed to the network, and when it may leave; only kept for probes that look at packets.
    pub offered: Option<Vec<(Cycle, PacketRequest)>>,
}

impl Packets {
    /// None; `offered` says whether what is sent is kept for probes.
    pub fn new(offered: bool) -> Packets {
        Packets { offered: offered.then(Vec::new), ..Packets::default() }
    }

    /// Hands a packet to the network.
    pub fn send(&mut self, packet: Packet, created: Cycle, network: &mut Network, terminals: &[TerminalId]) {
        let class = if packet.head == Head::MapFree { TrafficClass::Token } else { TrafficClass::Data };
        let request = PacketRequest {
            source: terminals[packet.source.0 as usize],
            target: terminals[packet.target.0 as usize],
            flits: packet::flits(packet.words().len()) as u32,
            class: class as u8,
            tag: 0,
        };
        let tag = self.slots.insert(packet);
        // Terminals, class and length are those of a loaded program, and the backlog is bounded by the FIFOs.
        network
            .offer(created, PacketRequest { tag, ..request })
            .expect("the network takes what a unit sends");
        if let Some(offered) = &mut self.offered {
            offered.push((created, request));
        }
    }

    /// The packet with a tag.
    pub fn get(&self, tag: u32) -> &Packet {
        self.slots.get(tag)
    }

    /// Takes a packet out when it has arrived.
    pub fn take(&mut self, tag: u32) -> Packet {
        self.slots.remove(tag).clone()
    }
}

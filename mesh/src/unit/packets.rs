//! Packets between units, from the hand-over to the network until they arrive.

use spikemesh_isa::packet::{self, Head, PACKET_WORDS};

use super::id::UnitId;
use super::ideal_network::IdealNetwork;
use super::planted_loss::{Loss, PlantedLoss};
use spikemesh_device::network::TrafficClass;
use spikemesh_noc::trace::PacketKind;
use spikemesh_noc::{Cycle, Network, PacketRequest, Slab, TerminalId, TreeRequest};
use std::borrow::Cow;
use std::slice;
use std::sync::Arc;

/// A packet in flight.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Who sent it.
    pub source: UnitId,
    /// Who gets it; of a tree the first receiver, and once it has arrived the one that it is handed to.
    pub target: UnitId,
    /// Its tree, or [`NO_TREE`].
    pub tree: u32,
    /// Receivers that it has not reached.
    left: u32,
    /// What it carries.
    pub head: Head,
    /// The parity of the frame that it belongs to, a bit of its head: which of two input maps it is for. 0 of a token.
    pub parity: u8,
    /// The sender's batch, or [`NO_BATCH`].
    pub batch: u32,
    pub(super) len: u8,
    words: [u32; PACKET_WORDS],
}

/// The tag of a packet that a planted loss has taken, as probes see it.
pub const LOST: u32 = u32::MAX;

/// The tree of a packet with one receiver.
pub const NO_TREE: u32 = u32::MAX;

/// The receivers of each tree of a pass, by number.
pub type Trees = Arc<[Vec<UnitId>]>;

/// The batch of a packet that takes no room in the FIFO.
pub const NO_BATCH: u32 = u32::MAX;

impl Packet {
    /// A packet that is a head alone.
    pub fn bare(source: UnitId, target: UnitId, head: Head) -> Packet {
        Packet {
            source,
            target,
            tree: NO_TREE,
            left: 1,
            head,
            parity: 0,
            batch: NO_BATCH,
            len: 0,
            words: [0; PACKET_WORDS],
        }
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

/// The kind of a packet with this head.
pub fn kind(head: Head) -> PacketKind {
    match head {
        Head::Events { .. } => PacketKind::Event,
        Head::Potentials { .. } => PacketKind::Potential,
        Head::Marker { .. } => PacketKind::Marker,
        Head::MapFree => PacketKind::Token,
    }
}

/// A packet that was handed to the network.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// When it may leave.
    pub created: Cycle,
    /// As the network gets it.
    pub request: PacketRequest,
    /// Who gets it.
    pub target: UnitId,
    /// What it carries.
    pub head: Head,
    /// Words behind the head.
    pub words: usize,
    /// Its tree, or [`NO_TREE`].
    pub tree: u32,
}

/// What happens to packets between a unit and the network.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// What was handed to the network since a probe last looked.
    pub offered: Vec<Offered>,
    /// A loss that a test has planted.
    loss: Option<PlantedLoss>,
    /// Carries the packets in place of the network.
    ideal: Option<IdealNetwork>,
}

/// Packets in flight, by tag.
#[derive(Clone, Debug, Default)]
pub struct Packets {
    slots: Slab<Packet>,
    trees: Trees,
    /// Only there for probes that look at packets, for planted losses and for a network without waits: one test decides about all.
    pub watch: Option<Watch>,
}

impl Packets {
    /// None; `watched` says whether what is sent is kept for probes.
    pub fn new(
        watched: bool,
        loss: Option<PlantedLoss>,
        ideal: Option<IdealNetwork>,
        trees: Trees,
    ) -> Packets {
        let watch =
            (watched || loss.is_some() || ideal.is_some()).then(|| Watch { loss, ideal, ..Watch::default() });
        Packets { watch, trees, ..Packets::default() }
    }

    /// Hands a packet to the network. Returns its flits.
    pub fn send(
        &mut self,
        mut packet: Packet,
        created: Cycle,
        network: &mut Network,
        terminals: &[TerminalId],
    ) -> u32 {
        let class = if packet.head == Head::MapFree { TrafficClass::Token } else { TrafficClass::Data };
        let request = PacketRequest {
            source: terminals[packet.source.0 as usize],
            target: terminals[packet.target.0 as usize],
            flits: packet::flits(packet.words().len()) as u32,
            class: class as u8,
            tag: LOST,
        };
        if let Some(watch) = &mut self.watch {
            let (target, head, words) = (packet.target, packet.head, packet.words().len());
            watch.offered.push(Offered { created, request, target, head, words, tree: packet.tree });
            if let Some(planted) = &mut watch.loss
                && planted.strikes(packet.head, packet.words().len())
            {
                match planted.loss {
                    Loss::Token | Loss::Marker => return request.flits,
                    Loss::Event => packet.len -= 1,
                }
            }
        }
        let tree = packet.tree;
        if tree != NO_TREE {
            packet.left = self.trees[tree as usize].len() as u32;
        }
        let tag = self.slots.insert(packet);
        if let Some(watch) = &mut self.watch {
            if let Some(offered) = watch.offered.last_mut() {
                offered.request.tag = tag;
            }
            if let Some(ideal) = &mut watch.ideal {
                let targets = targets(&self.trees, tree, &request.target, terminals);
                ideal.offer(created, &PacketRequest { tag, ..request }, &targets);
                return request.flits;
            }
        }
        if tree != NO_TREE {
            let PacketRequest { source, flits, class, target, .. } = request;
            let targets = &targets(&self.trees, tree, &target, terminals)[..];
            network
                .offer_tree(created, TreeRequest { source, targets, flits, class, tag })
                .expect("the network takes what a unit sends");
            return request.flits;
        }
        // Terminals, class and length are those of a loaded program, and the backlog is bounded by the FIFOs.
        network
            .offer(created, PacketRequest { tag, ..request })
            .expect("the network takes what a unit sends");
        request.flits
    }

    /// What carries the packets in place of the network.
    #[inline]
    pub fn ideal(&mut self) -> Option<&mut IdealNetwork> {
        self.watch.as_mut()?.ideal.as_mut()
    }

    /// The packet with a tag.
    pub fn get(&self, tag: u32) -> &Packet {
        self.slots.get(tag)
    }

    /// A packet has arrived at a terminal: it is handed to the receiver there, and taken out with the last one.
    pub fn arrive(&mut self, tag: u32, terminal: TerminalId, terminals: &[TerminalId]) -> Packet {
        let packet = self.slots.get_mut(tag);
        if packet.tree == NO_TREE {
            return self.slots.remove(tag).clone();
        }
        packet.left -= 1;
        let mut arrived = packet.clone();
        if arrived.left == 0 {
            self.slots.remove(tag);
        }
        // Receivers of one tree have different terminals.
        let receivers = &self.trees[arrived.tree as usize];
        let at = receivers.iter().find(|unit| terminals[unit.0 as usize] == terminal);
        arrived.target = at.copied().unwrap_or(arrived.target);
        arrived
    }

    /// The terminals of a tree's receivers.
    pub fn targets<'a>(
        &self,
        tree: u32,
        first: &'a TerminalId,
        terminals: &[TerminalId],
    ) -> Cow<'a, [TerminalId]> {
        targets(&self.trees, tree, first, terminals)
    }
}

fn targets<'a>(
    trees: &Trees,
    tree: u32,
    first: &'a TerminalId,
    terminals: &[TerminalId],
) -> Cow<'a, [TerminalId]> {
    match trees.get(tree as usize) {
        Some(receivers) => receivers.iter().map(|unit| terminals[unit.0 as usize]).collect(),
        None => Cow::Borrowed(slice::from_ref(first)),
    }
}

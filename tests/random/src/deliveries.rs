//! A probe that counts packets where they are handed to the network, and where they come out of it.

use std::collections::BTreeMap;

use spikemesh::device::Device;
use spikemesh::device::network::{Topology, TrafficClass};
use spikemesh::mesh::probe::{PassBegin, Probe, Sender};
use spikemesh::noc::{Cycle, Endpoint, FlitEvent, PacketRequest, TerminalId};

/// What a packet is, as the network sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Data with `flits` flits in all.
    Data {
        /// Flits, head included.
        flits: u32,
    },
    /// A head alone.
    Marker,
    /// A `map free` token.
    Token,
}

impl Kind {
    fn new(is_token: bool, flits: u32) -> Kind {
        match (is_token, flits) {
            (true, _) => Kind::Token,
            (false, 1) => Kind::Marker,
            (false, flits) => Kind::Data { flits },
        }
    }
}

/// Packets by receiver and kind.
pub type Counts = BTreeMap<(TerminalId, Kind), u64>;

/// Packets of one pass.
#[derive(Clone, Debug, Default)]
pub struct PassDeliveries {
    /// Handed to the network.
    pub sent: Counts,
    /// Come out of it.
    pub received: Counts,
}

/// Counts the packets of every pass.
pub struct Deliveries {
    /// The terminal at the end of each link.
    terminals: Vec<Option<TerminalId>>,
    /// Virtual channels from this one on carry tokens.
    first_token_vc: u8,
    /// Flits that have come out of the network, by the tag of their packet and the terminal, until its tail has.
    open: BTreeMap<(u32, TerminalId), u32>,
    pass: usize,
    /// By pass.
    pub passes: Vec<PassDeliveries>,
}

impl Deliveries {
    /// Nothing yet; the program has `passes` passes.
    pub fn new(device: &Device, passes: usize) -> Deliveries {
        let topology = Topology::new(&device.network_config());
        let end = |to: Endpoint| match to {
            Endpoint::Terminal(terminal) => Some(terminal),
            Endpoint::Port { .. } => None,
        };
        Deliveries {
            terminals: topology.links().iter().map(|link| end(link.to)).collect(),
            first_token_vc: *device.network.data_vcs,
            open: BTreeMap::new(),
            pass: 0,
            passes: vec![PassDeliveries::default(); passes],
        }
    }
}

impl spikemesh::noc::Probe for Deliveries {
    fn flit(&mut self, event: FlitEvent) {
        let Some(terminal) = self.terminals[event.link.0 as usize] else { return };
        let flits = self.open.entry((event.tag, terminal)).or_default();
        *flits += 1;
        if event.is_tail {
            let kind = Kind::new(event.vc >= self.first_token_vc, *flits);
            self.open.remove(&(event.tag, terminal));
            *self.passes[self.pass].received.entry((terminal, kind)).or_default() += 1;
        }
    }
}

impl Probe for Deliveries {
    const STATUSES: bool = false;

    fn wants_packets(&self) -> bool {
        true
    }

    fn begin(&mut self, pass: &PassBegin) {
        self.pass = pass.index;
    }

    fn packet(&mut self, _: Cycle, _: Sender, packet: &PacketRequest, targets: &[TerminalId]) {
        let kind = Kind::new(packet.class == TrafficClass::Token as u8, packet.flits);
        for &target in targets {
            *self.passes[self.pass].sent.entry((target, kind)).or_default() += 1;
        }
    }
}

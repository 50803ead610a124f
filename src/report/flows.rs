//! Who sends how much to whom, and by which links: counted as flits pass.

use std::collections::BTreeMap;

use crate::device::network::LinkId;
use crate::mesh::UnitId;
use crate::mesh::probe::{Act, PassBegin, Probe, Sender};
use crate::noc::{self, Cycle, FlitEvent, PacketRequest, TerminalId};

/// Packets from one unit to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    pub packets: u64,
    pub flits: u64,
    /// Flits by link, in the order in which the first one came by.
    pub links: Vec<(LinkId, u64)>,
}

/// Flows by pass, sender and receiver.
pub(super) type Flows = BTreeMap<(usize, UnitId, UnitId), Flow>;

/// A packet under way: its length, and the links that it came by.
#[derive(Clone, Debug, Default)]
struct Flying {
    flits: u64,
    links: Vec<(LinkId, u64)>,
}

/// Counts flows.
#[derive(Default)]
pub(super) struct FlowProbe {
    pass: usize,
    /// By tag.
    flying: BTreeMap<u32, Flying>,
    flows: Flows,
}

impl FlowProbe {
    /// What was counted.
    pub fn into_flows(self) -> Flows {
        self.flows
    }
}

fn add(links: &mut Vec<(LinkId, u64)>, link: LinkId, flits: u64) {
    match links.iter_mut().find(|(known, _)| *known == link) {
        Some((_, count)) => *count += flits,
        None => links.push((link, flits)),
    }
}

impl noc::Probe for FlowProbe {
    fn flit(&mut self, event: FlitEvent) {
        if let Some(flying) = self.flying.get_mut(&event.tag) {
            add(&mut flying.links, event.link, 1);
        }
    }
}

impl Probe for FlowProbe {
    const STATUSES: bool = false;
    const ACTS: bool = true;

    fn wants_packets(&self) -> bool {
        true
    }

    fn begin(&mut self, pass: &PassBegin) {
        self.pass = pass.index;
        self.flying.clear();
    }

    fn packet(&mut self, _: Cycle, _: Sender, packet: &PacketRequest, _: &[TerminalId]) {
        self.flying.insert(packet.tag, Flying { flits: packet.flits.into(), links: Vec::new() });
    }

    fn acting(&mut self, _: Cycle, unit: UnitId, act: Act) {
        let (Act::Data { source, tag, .. } | Act::Token { source, tag }) = act else { return };
        // A tree arrives several times: what it has passed since the last time counts for this receiver.
        let Some(Flying { flits, links }) = self.flying.get_mut(&tag) else { return };
        let (flits, links) = (*flits, std::mem::take(links));
        let flow = self.flows.entry((self.pass, source, unit)).or_default();
        flow.packets += 1;
        flow.flits += flits;
        links.into_iter().for_each(|(link, flits)| add(&mut flow.links, link, flits));
    }
}

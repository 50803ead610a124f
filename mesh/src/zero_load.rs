//! What a packet takes when it is alone in the network.

use std::collections::BTreeMap;

use spikemesh_noc::{Config, Cycle, Network, NoProbe, PacketRequest, TerminalId};

/// The times of a packet that is alone, from the cycle on in which it may leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alone {
    /// Until its tail leaves the terminal.
    pub left: Cycle,
    /// Until its tail arrives.
    pub arrived: Cycle,
    /// In a long row of packets like it: from the tail of the one before to its own leaving the terminal.
    pub next: Cycle,
}

/// Packets of a row, and those at its beginning that only fill the buffers on the way.
const ROW: usize = 12;
const FILLING: usize = 4;

/// Zero-load times, found by sending a packet through an empty network; each way and length once.
#[derive(Clone, Debug)]
pub(crate) struct ZeroLoad {
    empty: Option<Network>,
    known: BTreeMap<(TerminalId, TerminalId, u32, u8), Alone>,
}

impl ZeroLoad {
    pub fn new(config: &Config) -> ZeroLoad {
        // A simulator has such a network.
        ZeroLoad { empty: Network::new(config).ok(), known: BTreeMap::new() }
    }

    /// The times of a packet like this one.
    pub fn of(&mut self, packet: &PacketRequest) -> Alone {
        let ZeroLoad { empty, known } = self;
        let PacketRequest { source, target, flits, class, .. } = *packet;
        *known.entry((source, target, flits, class)).or_insert_with(|| {
            let mut alone = Alone::default();
            let Some(mut network) = empty.clone() else { return alone };
            if network.offer(0, PacketRequest { tag: 0, ..*packet }).is_err() {
                return alone;
            }
            while let Some(now) = network.next_active() {
                network.step(now, &mut NoProbe);
                if let Some(injected) = network.injected().first() {
                    alone.left = injected.tail;
                }
                if !network.delivered().is_empty() {
                    alone.arrived = now;
                    break;
                }
            }
            alone.next = next(empty.as_ref(), packet);
            alone
        })
    }
}

/// What a packet of a row takes at the terminal.
fn next(empty: Option<&Network>, packet: &PacketRequest) -> Cycle {
    let flits = Cycle::from(packet.flits);
    let Some(mut network) = empty.cloned() else { return flits };
    if (0..ROW as u32).any(|tag| network.offer(0, PacketRequest { tag, ..*packet }).is_err()) {
        return flits;
    }
    let mut tails = Vec::new();
    while tails.len() < ROW
        && let Some(now) = network.next_active()
    {
        network.step(now, &mut NoProbe);
        tails.extend(network.injected().iter().map(|injected| injected.tail));
    }
    match (tails.get(FILLING - 1), tails.get(ROW - 1)) {
        (Some(first), Some(last)) => ((last - first) / (ROW - FILLING) as Cycle).max(flits),
        _ => flits,
    }
}

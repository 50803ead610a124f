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
}

/// Packets of a row, and those at its beginning that only fill the buffers on the way: even numbers.
const ROW: usize = 12;
const FILLING: usize = 4;

/// Zero-load times, found by sending a packet through an empty network; each way and length once.
#[derive(Clone, Debug)]
pub(crate) struct ZeroLoad {
    empty: Option<Network>,
    known: BTreeMap<(TerminalId, TerminalId, u32, u8), Alone>,
    rows: BTreeMap<[(TerminalId, u32, u8); 3], Cycle>,
}

impl ZeroLoad {
    pub fn new(config: &Config) -> ZeroLoad {
        // A simulator has such a network.
        ZeroLoad { empty: Network::new(config).ok(), known: BTreeMap::new(), rows: BTreeMap::new() }
    }

    /// The times of a packet like this one.
    pub fn of(&mut self, packet: &PacketRequest) -> Alone {
        let ZeroLoad { empty, known, .. } = self;
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
            alone
        })
    }

    /// What a packet takes at its terminal behind another one, from tail to tail, as a part of a long row of packets like the two.
    pub fn behind(&mut self, before: &PacketRequest, packet: &PacketRequest) -> Cycle {
        let ZeroLoad { empty, rows, .. } = self;
        let of = |packet: &PacketRequest| (packet.target, packet.flits, packet.class);
        let key = [(packet.source, 0, 0), of(before), of(packet)];
        *rows.entry(key).or_insert_with(|| in_row(empty.as_ref(), [before, packet]))
    }
}

/// The share of the second of two packets of what a row of them takes at the terminal: by flits, and a clock each at least.
fn in_row(empty: Option<&Network>, pair: [&PacketRequest; 2]) -> Cycle {
    let [before, flits] = pair.map(|packet| Cycle::from(packet.flits));
    let Some(mut network) = empty.cloned() else { return flits };
    let mut row = (0..ROW as u32).zip(pair.into_iter().cycle());
    if row.any(|(tag, packet)| network.offer(0, PacketRequest { tag, ..*packet }).is_err()) {
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
        (Some(first), Some(last)) => {
            let pair = 2 * (last - first) / (ROW - FILLING) as Cycle;
            (pair * flits / (before + flits)).max(flits)
        }
        _ => flits,
    }
}

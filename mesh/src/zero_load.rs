//! What a packet takes when it is alone in the network.

use std::collections::BTreeMap;

use spikemesh_noc::{Config, Cycle, Network, NoProbe, PacketRequest, TerminalId, TreeRequest};

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

/// What times of a packet with several targets depend on: its source and targets, its flits and its class.
type TreeKey = (TerminalId, Vec<TerminalId>, u32, u8);

/// Zero-load times, found by sending a packet through an empty network; each way and length once.
#[derive(Clone, Debug)]
pub(crate) struct ZeroLoad {
    empty: Option<Network>,
    known: BTreeMap<(TerminalId, TerminalId, u32, u8), Alone>,
    rows: BTreeMap<[(TerminalId, u32, u8); 3], Cycle>,
    known_trees: BTreeMap<TreeKey, Vec<(TerminalId, Alone)>>,
}

impl ZeroLoad {
    pub fn new(config: &Config) -> ZeroLoad {
        // A simulator has such a network.
        ZeroLoad {
            empty: Network::new(config).ok(),
            known: BTreeMap::new(),
            rows: BTreeMap::new(),
            known_trees: BTreeMap::new(),
        }
    }

    /// The times of a packet like this one, for each of its targets.
    pub fn of_all(&mut self, packet: &PacketRequest, targets: &[TerminalId]) -> Vec<(TerminalId, Alone)> {
        if let &[target] = targets {
            return vec![(target, self.of(packet))];
        }
        let PacketRequest { source, flits, class, .. } = *packet;
        let key = (source, targets.to_vec(), flits, class);
        if let Some(times) = self.known_trees.get(&key) {
            return times.clone();
        }
        let mut times = Vec::new();
        if let Some(mut network) = self.empty.clone()
            && network.offer_tree(0, TreeRequest { source, targets, flits, class, tag: 0 }).is_ok()
        {
            let mut left = 0;
            while let Some(now) = network.next_active() {
                network.step(now, &mut NoProbe);
                left = network.injected().first().map_or(left, |injected| injected.tail);
                let arrived = network.delivered().iter();
                times.extend(arrived.map(|packet| (packet.terminal, Alone { left: 0, arrived: now })));
            }
            times.iter_mut().for_each(|(_, alone)| alone.left = left);
        }
        self.known_trees.insert(key, times.clone());
        times
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

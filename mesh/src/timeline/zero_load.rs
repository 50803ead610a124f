//! What a packet takes when it is alone in the network.

use std::collections::BTreeMap;

use spikemesh_noc::{Config, Cycle, Network, NoProbe, PacketRequest, TerminalId};

/// Zero-load times, found by sending a packet through an empty network; each way and length once.
pub(super) struct ZeroLoad {
    empty: Option<Network>,
    known: BTreeMap<(TerminalId, TerminalId, u32, u8), Cycle>,
}

impl ZeroLoad {
    pub fn new(config: &Config) -> ZeroLoad {
        // A simulator has such a network.
        ZeroLoad { empty: Network::new(config).ok(), known: BTreeMap::new() }
    }

    /// From the cycle in which a packet may leave to the arrival of its tail.
    pub fn of(&mut self, source: TerminalId, target: TerminalId, flits: u32, class: u8) -> Cycle {
        let ZeroLoad { empty, known } = self;
        *known.entry((source, target, flits, class)).or_insert_with(|| {
            let Some(mut network) = empty.clone() else { return 0 };
            let request = PacketRequest { source, target, flits, class, tag: 0 };
            if network.offer(0, request).is_err() {
                return 0;
            }
            while let Some(now) = network.next_active() {
                network.step(now, &mut NoProbe);
                if !network.delivered().is_empty() {
                    return now;
                }
            }
            0
        })
    }
}

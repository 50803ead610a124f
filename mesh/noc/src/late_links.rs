//! Links that take longer than the shortest link of a network.
//!
//! Routers send with the delay of the shortest link, so that nothing in the switch asks which link a flit takes. What comes over a longer
//! one is held back when it would arrive, for the cycles that are missing. Flits of a link wait equally long, so they keep their order.

use crate::delay_line::DelayLine;
use crate::flit::Flit;
use crate::time::Cycle;
use spikemesh_device::network::{Config, LinkDelay, NodeCoord, NodeId, PortKind, Topology};

/// What waits for the end of a longer link, and how much longer links are.
#[derive(Clone, Debug)]
pub(crate) struct LateLinks {
    /// Input VCs that receive a flit.
    pub flits: DelayLine<(u32, Flit)>,
    /// Output VCs that get a credit back.
    pub credits: DelayLine<u32>,
    /// Virtual channels of a port.
    vcs: u32,
    /// Cycles beyond the shortest link's: of the link into each input port, by router and port.
    into: Vec<u32>,
    /// Of the link from each output port, whose credits come back as slowly.
    from: Vec<u32>,
}

impl LateLinks {
    /// Of a configuration whose `delays.link` is the shortest link's; none if no link is longer.
    pub fn new<const P: usize, const N: usize>(config: &Config, topology: &Topology) -> Option<LateLinks> {
        if config.link_delays.is_empty() {
            return None;
        }
        let size = topology.nodes() as usize * P;
        let (mut into, mut from) = (vec![0; size], vec![0; size]);
        let place = |node: NodeId, side| node.0 as usize * P + topology.port(node, side) as usize;
        for &LinkDelay { node: NodeCoord { x, y }, side, cycles } in &config.link_delays {
            let node = NodeId(u32::from(y) * u32::from(config.columns) + u32::from(x));
            let Some(next) = topology.neighbor(node, side) else { continue };
            let more = cycles - config.delays.link;
            from[place(node, side)] = more;
            into[place(next, side.facing())] = more;
        }
        let longest = into.iter().copied().max().unwrap_or(0);
        let vcs = (N / P) as u32;
        Some(LateLinks { flits: DelayLine::new(longest), credits: DelayLine::new(longest), vcs, into, from })
    }

    /// Takes what has to wait longer out of the lists of cycle `now`, and adds what has waited.
    pub fn hold_back(&mut self, now: Cycle, flits: &mut Vec<(u32, Flit)>, credits: &mut Vec<u32>) {
        let LateLinks { flits: late_flits, credits: late_credits, vcs, into, from } = self;
        flits.retain(|&(channel, flit)| {
            let more = into[(channel / *vcs) as usize];
            if more > 0 {
                late_flits.at(now + Cycle::from(more)).push((channel, flit));
            }
            more == 0
        });
        credits.retain(|&channel| {
            let more = from[(channel / *vcs) as usize];
            if more > 0 {
                late_credits.at(now + Cycle::from(more)).push(channel);
            }
            more == 0
        });
        flits.append(late_flits.at(now));
        credits.append(late_credits.at(now));
    }
}

/// The configuration in which links without a delay of their own have it listed, and `delays.link` is the shortest.
pub(crate) fn from_shortest(config: &Config, topology: &Topology) -> Config {
    if config.link_delays.is_empty() {
        return config.clone();
    }
    let common = config.delays.link;
    let mut link_delays = Vec::new();
    for node in (0..topology.nodes()).map(NodeId) {
        for side in PortKind::SIDES.into_iter().filter(|&side| topology.neighbor(node, side).is_some()) {
            let node = topology.node_coord(node);
            // Of two delays of a link the last holds.
            let own = config.link_delays.iter().rev().find(|link| link.node == node && link.side == side);
            link_delays.push(LinkDelay { node, side, cycles: own.map_or(common, |link| link.cycles) });
        }
    }
    let mut config = Config { link_delays, ..config.clone() };
    config.delays.link = config.link_delays.iter().map(|link| link.cycles).min().unwrap_or(common);
    config
}

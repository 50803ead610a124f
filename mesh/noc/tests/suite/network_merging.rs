//! Closed forms of streams that merge at one output port: the arrival of every packet of every stream, to the cycle.
//!
//! Terms as in the network's chapter of the documentation: S flits per packet, buffers of depth d, a pace of P cycles per packet.

use crate::reference::{Pace, Packet, replay};
use spikemesh_noc::{Config, PortOrder};

/// Cycles in which a credit for a place behind an output comes back: from a terminal, and from a router, where each head waits a cycle for
/// its channel.
const TERMINAL_LOOP: u64 = 6;
const ROUTER_LOOP: u64 = 7;

/// Packets that each stream sends.
const COUNT: u64 = 24;

const ORDERS: [PortOrder; 2] = [PortOrder::LocalFirst, PortOrder::LocalLast];

/// Arrivals of the tails of each source's packets, all created in cycle 0 and in order.
fn arrivals(config: &Config, sources: &[u32], target: u32, flits: u64) -> Vec<Vec<u64>> {
    let flits = flits as u32;
    let packet = |source| Packet { cycle: 0, source, target, flits };
    let packets: Vec<Packet> =
        (0..COUNT).flat_map(|_| sources.iter().map(|&source| packet(source))).collect();
    let outcomes = replay(config, &packets, Pace::Skip);
    (0..sources.len())
        .map(|stream| {
            let of_stream = outcomes.iter().skip(stream).step_by(sources.len());
            of_stream.map(|outcome| outcome.tail_arrived).collect()
        })
        .collect()
}

/// Whether the depth covers the loop: each packet takes one cycle more than it has flits, so a buffer's worth of flits takes so long.
fn covers(depth: u64, flits: u64, credit_loop: u64) -> bool {
    depth + depth / flits >= credit_loop
}

/// Cycles that a packet takes of an output with one channel, where there is a closed form.
fn pace(flits: u64, depth: u64, credit_loop: u64) -> Option<u64> {
    if covers(depth, flits, credit_loop) {
        return Some(flits + 1);
    }
    let is_shallow = depth < TERMINAL_LOOP && flits.is_multiple_of(depth);
    is_shallow.then(|| flits / depth * TERMINAL_LOOP + credit_loop - TERMINAL_LOOP)
}

/// Cycles from the head to the tail of the first packet, whose flits find an empty network.
fn first_tail(flits: u64, depth: u64, credit_loop: u64) -> u64 {
    let last = flits - 1;
    if covers(depth, flits, credit_loop) { last } else { last / depth * TERMINAL_LOOP + last % depth }
}

/// The neighbours of the middle of 3 x 3 nodes in the order of its ports, for one of [`ORDERS`].
fn neighbours(order: PortOrder) -> [u32; 4] {
    if order == PortOrder::LocalFirst { [1, 3, 5, 7] } else { [5, 3, 7, 1] }
}

/// Streams from neighbours of the middle to `target`, which is the middle or a neighbour; by port order.
fn check_merge(target: u32, hops: u64, credit_loop: u64, flits: u64, depth: u64) -> bool {
    let Some(pace) = pace(flits, depth, credit_loop) else { return false };
    for order in ORDERS {
        let all: Vec<u32> = neighbours(order).into_iter().filter(|&node| node != target).collect();
        for streams in 2..=all.len() {
            let config = Config::r3(3, 3, 1, depth as u16, order);
            let found = arrivals(&config, &all[..streams], target, flits);
            for (rank, found) in (0..).zip(found) {
                let first = 4 * hops + 6 + first_tail(flits, depth, credit_loop);
                let slot = |n| rank + streams as u64 * n;
                let expected: Vec<u64> = (0..COUNT).map(|n| first + pace * slot(n)).collect();
                assert_eq!(found, expected, "{order:?}, {flits} flits, depth {depth}, {rank} of {streams}");
            }
        }
    }
    true
}

const LENGTHS: [u64; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12];
const DEPTHS: [u64; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 12];

#[test]
fn streams_to_one_terminal_take_turns() {
    let cases = LENGTHS.iter().flat_map(|&flits| DEPTHS.map(|depth| (flits, depth)));
    let checked = cases.filter(|&(flits, depth)| check_merge(4, 1, TERMINAL_LOOP, flits, depth)).count();
    assert_eq!(checked, 70);
}

#[test]
fn streams_over_one_link_take_turns() {
    // Routed X first, packets from the north, the west and the east of the middle leave it to the south.
    let cases = LENGTHS.iter().flat_map(|&flits| DEPTHS.map(|depth| (flits, depth)));
    let checked = cases.filter(|&(flits, depth)| check_merge(7, 2, ROUTER_LOOP, flits, depth)).count();
    assert_eq!(checked, 62);
}

#[test]
fn a_terminals_own_stream_takes_the_first_turn() {
    // Its head is there four cycles before those of the neighbours, which then come in time for the second turn: packets of three flits.
    for (order, sources) in
        [(PortOrder::LocalFirst, [4, 1, 3, 5, 7]), (PortOrder::LocalLast, [4, 5, 3, 7, 1])]
    {
        for streams in 2..=5 {
            for flits in [3, 4, 5, 8, 12] {
                let config = Config::r3(3, 3, 1, 7, order);
                let found = arrivals(&config, &sources[..streams], 4, flits);
                for (rank, found) in (0..).zip(found) {
                    let slot = |n| rank + streams as u64 * n;
                    let expected: Vec<u64> = (0..COUNT).map(|n| 5 + flits + (flits + 1) * slot(n)).collect();
                    assert_eq!(found, expected, "{order:?}, {flits} flits, {rank} of {streams}");
                }
            }
        }
    }
}

#[test]
fn streams_along_a_row_halve_the_turns() {
    // Node by node towards the target, each router serves its own terminal and those behind it by turns.
    for order in ORDERS {
        for links in 2..=4u64 {
            for (flits, depth) in [(3, 6), (3, 12), (4, 6), (4, 8), (6, 6), (8, 7), (8, 12), (12, 8)] {
                assert!(covers(depth, flits, ROUTER_LOOP));
                let config = Config::r3(links as u16 + 1, 1, 1, depth as u16, order);
                // From the nearest to the farthest.
                let sources: Vec<u32> = (0..links as u32).rev().collect();
                let found = arrivals(&config, &sources, links as u32, flits);
                for (hops, found) in (1..).zip(found) {
                    let every = 1 << hops.min(links - 1);
                    let slot = |n: u64| (1 << (hops - 1)) - 1 + every * n;
                    // While the nearest has packets.
                    let served = (0..COUNT).take_while(|&n| slot(n) < 2 * COUNT);
                    let expected: Vec<u64> = served.map(|n| 9 + flits + (flits + 1) * slot(n)).collect();
                    assert!(expected.len() >= 6);
                    let place = format!("{order:?}, {flits} flits, {hops} of {links} links");
                    assert_eq!(found[..expected.len()], expected, "{place}");
                }
            }
        }
    }
}

#[test]
fn two_channels_fill_the_output() {
    // Single flits: a stream is given both channels, then the next one.
    for (target, hops, credit_loop) in [(4, 1, TERMINAL_LOOP), (7, 2, ROUTER_LOOP)] {
        for depth in (3..=8).filter(|depth| 2 * depth >= credit_loop) {
            for order in ORDERS {
                let all: Vec<u32> = neighbours(order).into_iter().filter(|&node| node != target).collect();
                for streams in 2..=all.len() {
                    let config = Config::r3(3, 3, 2, depth as u16, order);
                    let found = arrivals(&config, &all[..streams], target, 1);
                    for (rank, found) in (0..).zip(found) {
                        let turn = |n| rank + streams as u64 * (n / 2);
                        let expected: Vec<u64> =
                            (0..COUNT).map(|n| 4 * hops + 6 + 2 * turn(n) + n % 2).collect();
                        assert_eq!(found, expected, "{order:?}, depth {depth}, {rank} of {streams}");
                    }
                }
            }
        }
    }
}

#[test]
fn more_channels_fill_the_output_too() {
    // Which of the packets in four channels is next depends on all pointers; that a flit arrives in every cycle does not.
    let config = Config::r3(3, 3, 4, 8, PortOrder::LocalFirst);
    for streams in 2..=4 {
        let found = arrivals(&config, &[1, 3, 5, 7][..streams], 4, 1);
        let mut all: Vec<u64> = found.into_iter().flatten().collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(10..10 + streams as u64 * COUNT));
    }
}

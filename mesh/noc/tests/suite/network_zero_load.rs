//! Latency in an empty mesh: the reference's table and the closed form, exactly.

use crate::reference::{Pace, Packet, replay};
use spikemesh_device::network::{LinkDelay, PortKind, Topology};
use spikemesh_noc::{Config, PortOrder};

/// The R3 router on 8 x 8 nodes, changed as the table's row says.
fn variant(name: &str) -> Config {
    let mut config = Config::r3(8, 8, 1, 4, PortOrder::LocalLast);
    let delays = &mut config.delays;
    match name {
        "R3 (rd0,va1,sa1,st1)" => {}
        "rd1" => delays.routing = 1,
        "st2" => delays.st_final = 2,
        "va2" => delays.vc_alloc = 2,
        "sa2" => delays.sw_alloc = 2,
        "prep1" => delays.st_prepare = 1,
        "depth1" => config.depth = 1,
        "depth2" => config.depth = 2,
        "depth8" => config.depth = 8,
        "credit_delay4,depth8" => (delays.credit, config.depth) = (4, 8),
        "spec" => config.speculative = true,
        "hold" => config.hold_switch = true,
        // BookSim2 reads this parameter and uses it nowhere.
        "output_delay2" => {}
        other => panic!("unknown row {other}"),
    }
    config
}

/// Cycles from creation to the arrival of the tail.
fn latency(config: &Config, source: u32, target: u32, flits: u32) -> u64 {
    let packet = Packet { cycle: 3, source, target, flits };
    replay(config, &[packet], Pace::Skip)[0].tail_arrived - packet.cycle
}

/// A node `hops` hops from node 0 of an 8 x 8 mesh.
fn node_at(hops: u32) -> u32 {
    let x = hops.min(7);
    (hops - x) * 8 + x
}

#[test]
fn the_reference_table_is_exact() {
    let table = std::fs::read_to_string(crate::reference::data("zero_load.txt")).unwrap();
    let mut checked = 0;
    for line in table.lines() {
        let (name, rest) = line.split_once(" size ").unwrap();
        let config = variant(name);
        let (flits, entries) = rest.split_once(' ').unwrap();
        let flits = flits.parse().unwrap();
        for entry in entries.trim_matches(['{', '}']).split("], ") {
            let (hops, cycles) = entry.split_once(": [").unwrap();
            let hops = hops.parse().unwrap();
            let expected: u64 = cycles.trim_end_matches(']').parse().unwrap();
            assert_eq!(
                latency(&config, 0, node_at(hops), flits),
                expected,
                "{name}, {flits} flits, {hops} hops"
            );
            assert_eq!(latency(&config, node_at(hops), 0, flits), expected, "{name} backwards");
            checked += 1;
        }
    }
    assert_eq!(checked, 13 * 2 * 9);
}

#[test]
fn the_closed_form_holds_for_every_delay() {
    let delays = |stage: usize, cycles: u32| {
        // Deep enough for every credit loop below.
        let mut config = Config::r3(8, 8, 2, 64, PortOrder::LocalFirst);
        let d = &mut config.delays;
        let stages = [
            &mut d.routing,
            &mut d.vc_alloc,
            &mut d.sw_alloc,
            &mut d.st_prepare,
            &mut d.st_final,
            &mut d.link,
            &mut d.credit,
        ];
        *stages.into_iter().nth(stage).unwrap() += cycles;
        config
    };
    for stage in 0..7 {
        for cycles in [0, 1, 4, 19] {
            let config = delays(stage, cycles);
            let d = &config.delays;
            let router = d.routing + d.vc_alloc + d.sw_alloc + d.st_prepare + d.st_final;
            for hops in [0, 1, 5, 14] {
                // A slow traversal takes flits in together and lets them out one by one.
                let lengths: &[u32] = if d.st_prepare + d.st_final == 1 { &[1, 4, 9] } else { &[1] };
                for &flits in lengths {
                    let body = (flits - 1) * d.sw_alloc;
                    let expected = (hops + 1) * router + 2 + hops * d.link + 1 + body;
                    let found = latency(&config, 0, node_at(hops), flits);
                    assert_eq!(found, expected as u64, "{d:?}, {flits} flits, {hops} hops");
                }
            }
        }
    }
}

/// Every link with a delay of its own: a packet takes those on its way, by name, and each way its own.
#[test]
fn the_closed_form_adds_the_delay_of_each_link() {
    let mut config = Config::r3(5, 4, 2, 64, PortOrder::LocalFirst);
    let mut delay_of = std::collections::BTreeMap::new();
    for link in Topology::new(&config).links() {
        let (node, side) = link.name.split_once('.').unwrap();
        let Some(side) = PortKind::SIDES.into_iter().find(|kind| kind.to_string() == side) else { continue };
        let cycles = 1 + delay_of.len() as u32 * 7 % 16;
        delay_of.insert(link.name.clone(), cycles);
        config.link_delays.push(LinkDelay { node: node.parse().unwrap(), side, cycles });
    }
    assert_eq!(delay_of.len(), 2 * (4 * 4 + 5 * 3));
    for (source, target) in [(0, 19), (19, 0), (4, 15), (15, 4), (7, 8), (8, 7), (2, 17), (17, 2), (6, 6)] {
        // XY: along the row first.
        let (mut x, mut y, mut links, mut hops) = (source % 5, source / 5, 0, 0);
        while (x, y) != (target % 5, target / 5) {
            let side = if x < target % 5 {
                "east"
            } else if x > target % 5 {
                "west"
            } else if y < target / 5 {
                "south"
            } else {
                "north"
            };
            links += delay_of[&format!("n{x}_{y}.{side}")];
            match side {
                "east" => x += 1,
                "west" => x -= 1,
                "south" => y += 1,
                _ => y -= 1,
            }
            hops += 1;
        }
        for flits in [1, 4, 9] {
            let expected = (hops + 1) * 3 + 2 + links + 1 + (flits - 1);
            assert_eq!(latency(&config, source, target, flits), u64::from(expected), "{source} to {target}");
        }
    }
}

/// A credit comes back as slowly as the flits of its own link go; the link of the other direction does not count.
#[test]
fn a_stream_takes_the_loop_of_its_own_link() {
    for (there, back) in [(1, 9), (9, 1), (4, 4), (3, 7)] {
        for depth in [1, 3, 8] {
            let mut config = Config::r3(2, 1, 1, depth, PortOrder::LocalFirst);
            let delay = |node: &str, side, cycles| LinkDelay { node: node.parse().unwrap(), side, cycles };
            config.link_delays =
                vec![delay("n0_0", PortKind::East, there), delay("n1_0", PortKind::West, back)];
            let (flits, depth) = (600u32, u64::from(depth));
            let round = u64::from(1 + there + 1 + 1 + there + 1).max(6);
            let last = u64::from(flits) - 1;
            let head = u64::from(2 * 3 + 2 + there + 1);
            let expected = head + if depth >= round { last } else { last / depth * round + last % depth };
            assert_eq!(latency(&config, 0, 1, flits), expected, "{there} there, {back} back, depth {depth}");
        }
    }
}

#[test]
fn a_stream_is_bound_by_its_credits() {
    // The loop of a credit is six cycles: a buffer of depth n passes at most n flits in six.
    for depth in 1..=8u64 {
        let config = Config::r3(3, 1, 1, depth as u16, PortOrder::LocalFirst);
        let flits = 600;
        let cycles = latency(&config, 0, 2, flits);
        let head = 4 * 2 + 6;
        let last = flits as u64 - 1;
        let expected = head + if depth >= 6 { last } else { last / depth * 6 + last % depth };
        assert_eq!(cycles, expected, "depth {depth}");
    }
}

#[test]
fn a_stream_takes_a_loop_of_its_credits_per_depth_for_every_delay() {
    // From the switch of one router to the buffer of the next: switch traversal, link, one cycle each for both ends of links. There the flit
    // waits for the switch allocator, and its credit comes back over the link to the first allocator.
    for (link, credit, traversal) in [(1, 1, 1), (1, 4, 1), (3, 1, 1), (2, 0, 1), (5, 2, 1)] {
        for depth in 1..=12u64 {
            let mut config = Config::r3(2, 1, 1, depth as u16, PortOrder::LocalFirst);
            (config.delays.link, config.delays.credit, config.delays.st_final) = (link, credit, traversal);
            let flits = 600u32;
            let round = (traversal + link + 1 + 1 + link + credit) as u64;
            let last = flits as u64 - 1;
            let head = (2 * (2 + traversal) + 2 + link + 1) as u64;
            // Behind the link a terminal's loop and a source's are as long or shorter, but for that of ejection.
            let eject = (traversal + 2 + 2 + credit) as u64;
            let round = round.max(eject);
            let expected = head + if depth >= round { last } else { last / depth * round + last % depth };
            assert_eq!(
                latency(&config, 0, 1, flits),
                expected,
                "link {link}, credit {credit}, depth {depth}"
            );
        }
    }
}

#[test]
fn a_hotspot_ejects_a_flit_in_every_cycle() {
    let config = Config::r3(5, 4, 4, 8, PortOrder::LocalFirst);
    let packets: Vec<Packet> =
        (0..20).flat_map(|source| [Packet { cycle: 0, source, target: 7, flits: 30 }; 5]).collect();
    let outcomes = replay(&config, &packets, Pace::Skip);
    let last = outcomes.iter().map(|outcome| outcome.tail_arrived).max().unwrap();
    // The first flit to arrive is the node's own head, after 6 cycles; one follows in each cycle.
    let flits = 20 * 5 * 30;
    assert_eq!(last, 6 + flits - 1);
}

//! Packets for several receivers: the network against a naive model, against packets with one receiver, and where they deadlock.

use crate::naive::{Naive, Pace, Report, Sent};
use crate::outputs::Outputs;
use proptest::prelude::*;
use spikemesh_noc::{
    ArbiterRule, Config, Cycle, Delays, Error, Multicast, Network, NoProbe, PacketRequest, PortOrder,
    Routing, TerminalId, TreeRequest, VcRange,
};

#[derive(Clone, Debug)]
struct Scene {
    config: Config,
    packets: Vec<Sent>,
}

fn config() -> impl Strategy<Value = Config> {
    let order = prop_oneof![Just(PortOrder::LocalFirst), Just(PortOrder::LocalLast)];
    let routing = prop_oneof![Just(Routing::Xy), Just(Routing::Yx)];
    let arbiter = prop_oneof![4 => Just(ArbiterRule::RoundRobin), 1 => Just(ArbiterRule::Fixed)];
    let delays = prop_oneof![2 => Just((1u32, 1u32)), 1 => (1u32..4, 0u32..4)];
    (1u16..5, 1u16..5, 1u16..5, 1u16..10).prop_flat_map(move |(columns, rows, vcs, depth)| {
        let nodes = usize::from(columns) * usize::from(rows);
        let locals = prop_oneof![
            Just(vec![1; nodes]),
            proptest::collection::vec(0u16..6, nodes).prop_map(|mut locals| {
                locals[0] += 1;
                locals
            }),
        ];
        let class = move |(first, count): (u16, u16)| VcRange {
            first: first % vcs,
            count: 1 + count % (vcs - first % vcs),
        };
        let classes = proptest::collection::vec((0u16..4, 0u16..4).prop_map(class), 1..=3);
        (locals, classes, order.clone(), routing.clone(), arbiter.clone(), delays.clone()).prop_map(
            move |(locals, classes, port_order, routing, arbiter, (link, credit))| Config {
                locals,
                classes,
                routing,
                arbiter,
                multicast: Multicast::Tree,
                delays: Delays { link, credit, ..Delays::R3 },
                ..Config::r3(columns, rows, vcs, depth, port_order)
            },
        )
    })
}

/// Packets of up to six receivers, and no longer than a buffer if there are several. `together`: gaps are short, so that packets meet.
fn scene(most_targets: usize) -> impl Strategy<Value = Scene> {
    config().prop_flat_map(move |config| {
        let terminals = config.terminals() as usize;
        let classes = config.classes.len();
        let targets = proptest::collection::btree_set(0..terminals, 1..=most_targets.min(terminals));
        let packet = (0..terminals, targets, prop_oneof![Just(1u32), 1u32..9], 0..classes);
        let gaps = prop_oneof![4 => Just(0u64), 2 => 0u64..4, 1 => 0u64..100];
        proptest::collection::vec((packet, gaps), 1..120).prop_map(move |list| {
            let mut cycle = 0;
            let sent = list.into_iter().map(|((source, targets, flits, class), gap)| {
                cycle += gap;
                let flits = if targets.len() > 1 { flits.min(config.depth.into()) } else { flits };
                Sent { cycle, source, targets: targets.into_iter().collect(), flits, class }
            });
            Scene { packets: sent.collect(), config: config.clone() }
        })
    })
}

/// Offers what is created in a cycle, from `next` on.
fn offer(network: &mut Network, packets: &[Sent], next: &mut usize, now: Cycle) {
    while let Some(packet) = packets.get(*next).filter(|packet| packet.cycle <= now) {
        let targets: Vec<TerminalId> =
            packet.targets.iter().map(|&target| TerminalId(target as u32)).collect();
        let request = TreeRequest {
            source: TerminalId(packet.source as u32),
            targets: &targets,
            flits: packet.flits,
            class: packet.class as u8,
            tag: *next as u32,
        };
        network.offer_tree(now, request).unwrap();
        *next += 1;
    }
}

fn report(network: &Network) -> Report {
    let injected = network.injected().iter();
    let delivered = network.delivered().iter();
    Report {
        injected: injected.map(|p| (p.terminal.0 as usize, p.tag as usize, p.taken, p.head)).collect(),
        delivered: delivered
            .map(|p| (p.terminal.0 as usize, p.tag as usize, p.injected, p.routers))
            .collect(),
        switched: network.counters().switched,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// In every cycle: what left, what arrived, and how many flits crossed a switch.
    #[test]
    fn trees_are_those_of_the_naive_model(Scene { config, packets } in scene(6)) {
        let mut network = Network::new(&config).unwrap();
        let mut naive = Naive::new(&config, Pace::Apart, &packets);
        let (mut next, mut now) = (0, 0);
        while naive.missing > 0 {
            offer(&mut network, &packets, &mut next, now);
            network.step(now, &mut NoProbe);
            prop_assert_eq!(report(&network), naive.step(now), "cycle {}", now);
            network.check_conservation().unwrap();
            now += 1;
            prop_assert!(now < 100_000);
        }
        prop_assert_eq!(network.in_flight(), 0);
    }

    /// A tree of one leaf is a packet of a network without trees, to the cycle.
    #[test]
    fn a_tree_of_one_leaf_is_a_packet_with_one_receiver(Scene { config, packets } in scene(1)) {
        let mut trees = Network::new(&config).unwrap();
        let mut single = Network::new(&Config { multicast: Multicast::Source, ..config }).unwrap();
        let (mut next, mut next_single, mut now) = (0, 0, 0);
        while next < packets.len() || single.in_flight() > 0 || single.next_active().is_some() {
            offer(&mut trees, &packets, &mut next, now);
            offer(&mut single, &packets, &mut next_single, now);
            trees.step(now, &mut NoProbe);
            single.step(now, &mut NoProbe);
            prop_assert_eq!(report(&trees), report(&single), "cycle {}", now);
            now += 1;
            prop_assert!(now < 100_000);
        }
        prop_assert_eq!(trees.link_counters(), single.link_counters());
    }

    /// Idle cycles may be skipped, and every receiver gets the packet once.
    #[test]
    fn idle_cycles_do_not_matter(Scene { config, packets } in scene(6)) {
        let mut ends = Vec::new();
        for skip in [false, true] {
            let mut network = Network::new(&config).unwrap();
            let mut arrived = Vec::new();
            let (mut next, mut now) = (0, 0);
            let expected: usize = packets.iter().map(|packet| packet.targets.len()).sum();
            while arrived.len() < expected {
                if skip {
                    let creation = packets.get(next).map(|packet| packet.cycle);
                    now = [creation, network.next_active()].into_iter().flatten().min().unwrap();
                }
                offer(&mut network, &packets, &mut next, now);
                network.step(now, &mut NoProbe);
                arrived.extend(network.delivered().iter().map(|p| (p.tag, p.terminal, p.cycle)));
                now += 1;
            }
            ends.push(arrived);
        }
        prop_assert_eq!(&ends[0], &ends[1]);
        let mut received: Vec<_> = ends[0].iter().map(|&(tag, terminal, _)| (tag, terminal)).collect();
        received.sort_unstable();
        let wanted = packets.iter().enumerate().flat_map(|(tag, packet)| {
            packet.targets.iter().map(move |&target| (tag as u32, TerminalId(target as u32)))
        });
        prop_assert_eq!(received, wanted.collect::<Vec<_>>());
    }
}

/// Four nodes in a row, the source in the second: one hop to the first, two to the last.
#[test]
fn a_fork_sends_one_flit_a_cycle_from_its_input() {
    let config = Config { multicast: Multicast::Tree, ..Config::r3(4, 1, 1, 4, PortOrder::LocalFirst) };
    let mut network = Network::new(&config).unwrap();
    let targets = [TerminalId(0), TerminalId(3)];
    network
        .offer_tree(0, TreeRequest { source: TerminalId(1), targets: &targets, flits: 3, class: 0, tag: 7 })
        .unwrap();
    let mut arrived = Vec::new();
    while let Some(now) = network.next_active() {
        network.step(now, &mut NoProbe);
        arrived.extend(network.delivered().iter().map(|packet| (packet.terminal.0, packet.cycle)));
    }
    // The branches take turns: in the router of the fork the tail is granted in cycles 7 and 8. From there on a body flit takes 3 cycles a router.
    assert_eq!(arrived, [(0, 13), (3, 17)]);
    let counters = network.counters();
    assert_eq!((counters.injected, counters.forked, counters.ejected, counters.flit_hops), (3, 3, 6, 9));
}

#[test]
fn what_a_tree_cannot_be_is_refused() {
    let config = Config { multicast: Multicast::Tree, ..Config::r3(2, 2, 1, 4, PortOrder::LocalFirst) };
    let offer = |config: &Config, targets: &[u32], flits| {
        let targets: Vec<TerminalId> = targets.iter().copied().map(TerminalId).collect();
        let request = TreeRequest { source: TerminalId(0), targets: &targets, flits, class: 0, tag: 0 };
        Network::new(config).unwrap().offer_tree(0, request)
    };
    assert_eq!(offer(&config, &[1, 2], 4), Ok(()));
    assert_eq!(offer(&config, &[1], 5), Ok(()));
    assert_eq!(offer(&config, &[1, 2], 5), Err(Error::LongTree { flits: 5, depth: 4 }));
    assert_eq!(offer(&config, &[], 1), Err(Error::Targets { targets: 0, twice: None }));
    assert_eq!(offer(&config, &[1, 2, 1], 1), Err(Error::Targets { targets: 3, twice: Some(1) }));
    assert_eq!(offer(&config, &[1, 4], 1), Err(Error::Terminal { terminal: 4, count: 4 }));
    let source = Config { multicast: Multicast::Source, ..config.clone() };
    assert_eq!(offer(&source, &[1, 2], 1), Err(Error::NoTrees { targets: 2 }));
    assert_eq!(offer(&source, &[1], 1), Ok(()));
    let refused = [
        Config {
            routing: Routing::O1Turn,
            vcs: 2,
            classes: vec![VcRange { first: 0, count: 2 }],
            ..config.clone()
        },
        Config { speculative: true, ..config.clone() },
        Config { hold_switch: true, ..config.clone() },
        Config { delays: Delays { sw_alloc: 2, ..Delays::R3 }, ..config.clone() },
    ];
    for config in refused {
        let error = Network::new(&config).unwrap_err();
        assert!(error.to_string().starts_with("multicast trees with"), "{error}");
    }
}

/// Two terminals of one node send to the same two neighbours. First one packet alone moves a pointer, so that afterwards each of two packets owns the
/// channel that the other one needs.
fn crossed(flits: u32) -> Vec<Sent> {
    let sent = |cycle, source, targets: &[usize], flits| Sent {
        cycle,
        source,
        targets: targets.to_vec(),
        flits,
        class: 0,
    };
    vec![sent(0, 0, &[2], 1), sent(50, 0, &[2, 3], flits), sent(50, 1, &[2, 3], flits)]
}

fn crossing(depth: u16) -> Config {
    let locals = vec![2, 1, 1, 0];
    Config { multicast: Multicast::Tree, locals, ..Config::r3(2, 2, 1, depth, PortOrder::LocalFirst) }
}

fn ends(config: &Config, pace: Pace, packets: &[Sent]) -> bool {
    let mut naive = Naive::new(config, pace, packets);
    (0..2_000).for_each(|now| drop(naive.step(now)));
    naive.missing == 0
}

/// Why branches go apart and packets fit a buffer: neither rule alone is enough.
#[test]
fn branches_in_step_or_long_packets_deadlock() {
    assert!(ends(&crossing(4), Pace::Apart, &crossed(4)));
    assert!(!ends(&crossing(4), Pace::InStep, &crossed(4)));
    assert!(!ends(&crossing(4), Pace::Apart, &crossed(40)));
}

#[test]
fn packets_of_one_receiver_may_be_longer_than_a_buffer() {
    let config = crossing(1);
    let mut network = Network::new(&config).unwrap();
    let request = PacketRequest { source: TerminalId(0), target: TerminalId(3), flits: 9, class: 0, tag: 0 };
    network.offer(0, request).unwrap();
    while let Some(now) = network.next_active() {
        network.step(now, &mut NoProbe);
    }
    assert_eq!(network.counters().ejected, 9);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// What is reported of outputs is what the routers have.
    #[test]
    fn every_change_of_an_output_is_reported(Scene { config, packets } in scene(6)) {
        let mut network = Network::new(&config).unwrap();
        let mut outputs = Outputs::new(&config, &network);
        let mut next = 0;
        let next_cycle = |next: usize, network: &Network| {
            [packets.get(next).map(|packet| packet.cycle), network.next_active()].into_iter().flatten().min()
        };
        while let Some(now) = next_cycle(next, &network) {
            offer(&mut network, &packets, &mut next, now);
            network.step(now, &mut outputs);
            outputs.check(&network);
        }
        outputs.check_end(&config, network.counters().switched);
    }
}

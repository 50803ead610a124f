//! Random meshes and loads: nothing is lost, order is kept, idle cycles may be skipped.

use crate::outputs::Outputs;
use crate::reference::{Outcome, Pace, Packet, replay_classes};
use proptest::prelude::*;
use spikemesh_device::network::{LinkDelay, NodeId, PortKind, Topology};
use spikemesh_noc::{
    Allocator, ArbiterRule, Config, Delays, Multicast, Network, PacketRequest, PortOrder, Routing,
    TerminalId, VcRange,
};

#[derive(Clone, Debug)]
struct Scene {
    config: Config,
    packets: Vec<Packet>,
    classes: Vec<u8>,
}

fn delays() -> impl Strategy<Value = Delays> {
    let any = (0u32..3, 1u32..4, 1u32..4, 0u32..2, 1u32..3, 1u32..4, 0u32..4).prop_map(
        |(routing, vc_alloc, sw_alloc, st_prepare, st_final, link, credit)| Delays {
            routing,
            vc_alloc,
            sw_alloc,
            st_prepare,
            st_final,
            link,
            credit,
        },
    );
    prop_oneof![Just(Delays::R3), any]
}

/// One class over all channels, two that share them, or two that have their own, overlapping or not.
fn classes(vcs: u16) -> impl Strategy<Value = Vec<VcRange>> {
    let range = move |(first, count): (u16, u16)| VcRange {
        first: first % vcs,
        count: 1 + count % (vcs - first % vcs),
    };
    proptest::collection::vec((0u16..16, 0u16..16).prop_map(range), 1..=3)
}

fn config() -> impl Strategy<Value = Config> {
    let order = prop_oneof![Just(PortOrder::LocalFirst), Just(PortOrder::LocalLast)];
    let routing = prop_oneof![Just(Routing::Xy), Just(Routing::Yx), Just(Routing::O1Turn)];
    let arbiter = prop_oneof![4 => Just(ArbiterRule::RoundRobin), 1 => Just(ArbiterRule::Fixed)];
    (1u16..6, 1u16..5, 1u16..17, 1u16..7).prop_flat_map(move |(columns, rows, vcs, depth)| {
        let nodes = columns as usize * rows as usize;
        let locals = prop_oneof![
            Just(vec![1; nodes]),
            proptest::collection::vec(2u16..5, nodes),
            proptest::collection::vec(0u16..13, nodes).prop_map(|mut locals| {
                locals[0] += 1;
                locals
            }),
        ];
        let order = (order.clone(), routing.clone(), classes(vcs));
        (locals, order, arbiter.clone(), allocators(), shortcuts(), delays()).prop_map(
            move |(
                locals,
                (port_order, routing, classes),
                arbiter,
                (vc_allocator, sw_allocator),
                shortcuts,
                delays,
            )| {
                let o1turn = routing == Routing::O1Turn;
                let (speculative, hold_switch) = shortcuts;
                let at_once = speculative || hold_switch;
                Config {
                    columns,
                    rows,
                    locals,
                    port_order,
                    routing: if o1turn && vcs < 2 { Routing::Xy } else { routing },
                    class_routing: Vec::new(),
                    vcs,
                    depth,
                    // Ways that share channels can deadlock.
                    classes: if o1turn { vec![VcRange { first: 0, count: vcs }] } else { classes },
                    vc_allocator,
                    sw_allocator,
                    arbiter,
                    speculative,
                    hold_switch,
                    multicast: Multicast::Source,
                    delays: if at_once { Delays { vc_alloc: 1, sw_alloc: 1, ..delays } } else { delays },
                    link_delays: Vec::new(),
                }
            },
        )
    })
}

/// Links between routers, each with a delay.
fn links(config: &Config, cycles: impl Fn(usize) -> u32) -> Vec<LinkDelay> {
    let topology = Topology::new(config);
    let nodes = (0..topology.nodes()).map(NodeId);
    let sides = nodes.flat_map(|node| PortKind::SIDES.map(|side| (node, side)));
    let links = sides.filter(|&(node, side)| topology.neighbor(node, side).is_some());
    let links = links.map(|(node, side)| (topology.node_coord(node), side));
    links.enumerate().map(|(index, (node, side))| LinkDelay { node, side, cycles: cycles(index) }).collect()
}

/// A scene, some of whose links have other delays.
fn uneven_scene() -> impl Strategy<Value = Scene> {
    (scene(), proptest::collection::vec(prop_oneof![Just(0u32), 1u32..12], 80)).prop_map(
        |(mut scene, delays)| {
            let all = links(&scene.config, |index| delays[index % delays.len()]);
            scene.config.link_delays = all.into_iter().filter(|link| link.cycles > 0).collect();
            scene
        },
    )
}

fn allocators() -> impl Strategy<Value = (Allocator, Allocator)> {
    let any = || prop_oneof![Just(Allocator::SeparableInputFirst), Just(Allocator::SeparableOutputFirst)];
    (any(), any())
}

/// Speculation, and held switches: neither, more often than not.
fn shortcuts() -> impl Strategy<Value = (bool, bool)> {
    prop_oneof![2 => Just((false, false)), 1 => (any::<bool>(), any::<bool>())]
}

fn scene() -> impl Strategy<Value = Scene> {
    config().prop_flat_map(|config| {
        let terminals: u32 = config.locals.iter().map(|&locals| locals as u32).sum();
        let classes = config.classes.len() as u8;
        let packet = (0..terminals, 0..terminals, prop_oneof![Just(1u32), 1u32..9], 0..classes);
        let gaps = prop_oneof![3 => Just(0u64), 2 => 0u64..4, 1 => 0u64..200];
        proptest::collection::vec((packet, gaps), 1..150).prop_map(move |list| {
            let mut cycle = 0;
            let mut packets = Vec::new();
            let mut classes = Vec::new();
            for ((source, target, flits, class), gap) in list {
                cycle += gap;
                packets.push(Packet { cycle, source, target, flits });
                classes.push(class);
            }
            Scene { config: config.clone(), packets, classes }
        })
    })
}

/// Packets of one source, target and class arrive in order if the class has one channel, and leave in order
/// always.
fn check_order(scene: &Scene, outcomes: &[Outcome]) {
    for (later, b) in scene.packets.iter().enumerate() {
        for (earlier, a) in scene.packets[..later].iter().enumerate() {
            let class = scene.classes[earlier];
            if a.source != b.source || class != scene.classes[later] {
                continue;
            }
            let (first, second) = (&outcomes[earlier], &outcomes[later]);
            assert!(first.head_injected < second.head_injected);
            if a.target == b.target && scene.config.classes[class as usize].count == 1 {
                assert!(first.tail_arrived < second.tail_arrived);
            }
        }
    }
}

fn check_outcomes(scene: &Scene, outcomes: &[Outcome]) {
    let node = |terminal: u32| {
        let mut end = 0;
        let node = scene.config.locals.iter().position(|&locals| {
            end += locals as u32;
            terminal < end
        });
        node.unwrap() as i64
    };
    let columns = scene.config.columns as i64;
    let delays = &scene.config.delays;
    let vc_alloc = if scene.config.speculative { 0 } else { delays.vc_alloc };
    let router = delays.routing + vc_alloc + delays.sw_alloc + delays.st_prepare + delays.st_final;
    for (packet, outcome) in scene.packets.iter().zip(outcomes) {
        let (from, to) = (node(packet.source), node(packet.target));
        let hops = (from % columns - to % columns).abs() + (from / columns - to / columns).abs();
        assert_eq!(outcome.routers as i64, hops + 1);
        let (hops, router) = (hops as u64, router as u64);
        // Of several ways the shortest link counts.
        let own = scene.config.link_delays.iter().map(|link| link.cycles).min().unwrap_or(delays.link);
        let link = own.min(delays.link) as u64;
        let least = (hops + 1) * router + 2 + hops * link + 1 + (packet.flits as u64 - 1);
        assert!(outcome.taken >= packet.cycle && outcome.head_injected >= outcome.taken);
        assert!(outcome.tail_arrived >= outcome.head_injected + least);
    }
}

/// All arrive, in order, whether idle cycles are skipped or not.
fn check_replay(scene: &Scene) {
    let replay = |pace| replay_classes(&scene.config, &scene.packets, pace, |index| scene.classes[index]);
    let outcomes = replay(Pace::Skip);
    check_outcomes(scene, &outcomes);
    check_order(scene, &outcomes);
    assert_eq!(outcomes, replay(Pace::EveryCycle));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// The replay itself checks conservation and that every packet arrives where it should.
    #[test]
    fn everything_arrives_in_order_and_idle_cycles_do_not_matter(scene in scene()) {
        check_replay(&scene);
    }

    #[test]
    fn links_with_delays_of_their_own_lose_nothing(scene in uneven_scene()) {
        check_replay(&scene);
    }

    /// A delay of every link by itself is the delay of all links, whichever path of the code it takes: each packet in each cycle.
    #[test]
    fn the_same_delay_for_every_link_is_the_delay_of_links(scene in scene(), common in 1u32..6) {
        let link = scene.config.delays.link;
        let mut own = scene.config.clone();
        own.link_delays = links(&own, |_| link);
        own.delays.link = common;
        let replay = |config| replay_classes(config, &scene.packets, Pace::Skip, |index| scene.classes[index]);
        prop_assert_eq!(replay(&scene.config), replay(&own));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// What is reported of outputs is what the routers have, on every path of the code.
    #[test]
    fn every_change_of_an_output_is_reported(scene in prop_oneof![scene(), uneven_scene()]) {
        let Scene { config, packets, classes } = scene;
        let mut network = Network::new(&config).unwrap();
        let mut outputs = Outputs::new(&config, &network);
        let mut left = packets.iter().zip(classes).peekable();
        let next_cycle = |left: Option<&(&Packet, u8)>, network: &Network| {
            [left.map(|(packet, _)| packet.cycle), network.next_active()].into_iter().flatten().min()
        };
        while let Some(now) = next_cycle(left.peek(), &network) {
            while let Some((packet, class)) = left.next_if(|(packet, _)| packet.cycle <= now) {
                let (source, target) = (TerminalId(packet.source), TerminalId(packet.target));
                network.offer(now, PacketRequest { source, target, flits: packet.flits, class, tag: 0 }).unwrap();
            }
            network.step(now, &mut outputs);
            outputs.check(&network);
        }
        outputs.check_end(&config, network.counters().switched);
    }
}

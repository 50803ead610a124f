//! What a caller can see: links, probes, counters, who waits for whom, errors.

use spikemesh_noc::Cycle;
use spikemesh_noc::{
    Config, Delays, Endpoint, Error, FlitEvent, GrantEvent, Network, NoProbe, NodeId, OccupancyEvent,
    PacketRequest, PortKind, PortOrder, Probe, TerminalId, VcRange, Waiting, WaitsFor,
};

#[derive(Default)]
struct Recorder {
    flits: Vec<FlitEvent>,
    grants: Vec<GrantEvent>,
    occupancies: Vec<OccupancyEvent>,
}

impl Probe for Recorder {
    fn flit(&mut self, event: FlitEvent) {
        self.flits.push(event);
    }

    fn grant(&mut self, event: GrantEvent) {
        self.grants.push(event);
    }

    fn occupancy(&mut self, event: OccupancyEvent) {
        self.occupancies.push(event);
    }
}

fn send(source: u32, target: u32, flits: u32, tag: u32) -> PacketRequest {
    PacketRequest { source: TerminalId(source), target: TerminalId(target), flits, class: 0, tag }
}

/// Steps every cycle up to `end`, not included.
fn run(network: &mut Network, from: Cycle, end: Cycle) {
    (from..end).for_each(|now| network.step(now, &mut NoProbe));
}

/// Terminals 4, 7 and 3 at the nodes of a row of three.
fn crowded(port_order: PortOrder) -> Config {
    Config { locals: vec![4, 7, 3], port_order, ..Config::r3(3, 1, 3, 8, PortOrder::LocalFirst) }
}

#[test]
fn links_are_complete_and_named_once() {
    for order in [PortOrder::LocalFirst, PortOrder::LocalLast] {
        let network = Network::new(&crowded(order)).unwrap();
        let links = network.links();
        // One link each way for each of 14 terminals and 2 pairs of neighbours.
        assert_eq!(links.len(), 2 * 14 + 2 * 2);
        let mut names: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), links.len());
        assert!(
            ["n0_0.east", "n1_0.west", "n1_0.inject6", "n2_0.eject2"].iter().all(|name| names.contains(name))
        );
        assert!(!names.contains(&"n2_0.east"));
        for link in links {
            if let (Endpoint::Port { node, port }, Endpoint::Port { node: next, port: facing }) =
                (link.from, link.to)
            {
                let (out, into) = (network.port_kind(node, port), network.port_kind(next, facing));
                assert!(matches!(
                    (out, into),
                    (PortKind::East, PortKind::West) | (PortKind::West, PortKind::East)
                ));
                assert_eq!(next.0.abs_diff(node.0), 1);
                assert_eq!(link.name, format!("{}.{out}", network.node_name(node)));
            }
        }
    }
}

#[test]
fn terminals_are_numbered_node_by_node() {
    let network = Network::new(&crowded(PortOrder::LocalLast)).unwrap();
    assert_eq!(network.terminals(), 14);
    assert_eq!(network.terminal(NodeId(1), 2), Some(TerminalId(6)));
    assert_eq!(network.place(TerminalId(6)), (NodeId(1), 2));
    assert_eq!(network.terminal(NodeId(2), 3), None);
    assert_eq!(network.terminal(NodeId(3), 0), None);
    assert_eq!(network.port_kind(NodeId(1), 4), PortKind::Local(0));
}

#[test]
fn a_probe_sees_each_hop() {
    let mut network = Network::new(&Config::r3(5, 4, 2, 4, PortOrder::LocalFirst)).unwrap();
    let mut probe = Recorder::default();
    network.offer(0, send(1, 13, 3, 7)).unwrap();
    while let Some(now) = network.next_active() {
        network.step(now, &mut probe);
    }
    // From (1, 0) to (3, 2): two steps east, two south.
    let mut path = Vec::new();
    let name = |event: &FlitEvent| network.links()[event.link.0 as usize].name.clone();
    for event in probe.flits.iter().filter(|event| event.is_head) {
        path.push((event.cycle, name(event)));
        assert_eq!(event.tag, 7);
    }
    let expected = ["n1_0.inject0", "n1_0.east", "n2_0.east", "n3_0.south", "n3_1.south", "n3_2.eject0"];
    let expected: Vec<(Cycle, String)> =
        expected.iter().enumerate().map(|(hop, name)| (2 + 4 * hop as Cycle, name.to_string())).collect();
    assert_eq!(path, expected);

    assert_eq!(probe.flits.len(), 3 * 6);
    assert_eq!(probe.grants.len(), 3 * 5);
    assert_eq!(probe.flits.iter().filter(|event| event.is_tail).count(), 6);
    let nodes: Vec<u32> =
        probe.grants.iter().filter(|event| event.is_head).map(|event| event.node.0).collect();
    assert_eq!(nodes, [1, 2, 3, 8, 13]);
    // Every buffer fills by one and empties by one.
    assert_eq!(probe.occupancies.len(), 3 * 5 * 2);
    let last = probe.occupancies.iter().rev().find(|event| event.node == NodeId(13)).unwrap();
    assert_eq!(last.flits, 0);

    let counters = network.counters();
    assert_eq!((counters.injected, counters.ejected), (3, 3));
    assert_eq!((counters.flit_hops, counters.switched), (3 * 4, 3 * 5));
    assert_eq!((network.flits_sent(TerminalId(1)), network.flits_received(TerminalId(13))), (3, 3));
    assert_eq!(network.last_movement(), Some(4 * 4 + 6 + 2));
}

/// The counters of links against what a probe sees of every flit and buffer, on a loaded mesh with packets of several flits and classes.
#[test]
fn link_counters_are_what_a_probe_sees() {
    for vcs in [1, 2] {
        let config = Config { locals: vec![2; 12], ..Config::r3(4, 3, vcs, 4, PortOrder::LocalFirst) };
        let mut network = Network::new(&config).unwrap();
        let mut probe = Recorder::default();
        for n in 0..600u32 {
            let (source, target) = (n * 7 % 24, n * n % 24);
            network.offer(Cycle::from(n / 8), send(source, target, 1 + n % 6, n)).unwrap();
            if n % 8 == 7 {
                network.step(Cycle::from(n / 8), &mut probe);
            }
        }
        while let Some(now) = network.next_active() {
            network.step(now, &mut probe);
        }
        let counters = network.link_counters();
        assert_eq!(counters.len(), network.links().len());
        for (id, (link, counters)) in network.links().iter().zip(&counters).enumerate() {
            let flits = probe.flits.iter().filter(|event| event.link.0 as usize == id).count();
            assert_eq!(counters.flits, flits as u64, "{}", link.name);
            let peak = match link.to {
                Endpoint::Terminal(_) => 0,
                Endpoint::Port { node, port } => {
                    let here = probe.occupancies.iter().filter(|o| o.node == node && o.port == port);
                    here.map(|occupancy| occupancy.flits).max().unwrap_or(0)
                }
            };
            assert_eq!(counters.peak, peak, "{}", link.name);
        }
        let full = counters.iter().filter(|link| link.peak == 4).count();
        assert!(full > 5, "the mesh is loaded: {full} full buffers with {vcs} channels");
        let between: u64 = network
            .links()
            .iter()
            .zip(&counters)
            .filter(|(link, _)| {
                matches!((link.from, link.to), (Endpoint::Port { .. }, Endpoint::Port { .. }))
            })
            .map(|(_, counters)| counters.flits)
            .sum();
        assert_eq!(between, network.counters().flit_hops);
    }
}

#[test]
fn those_who_wait_are_listed_with_those_they_wait_for() {
    // In a row of three, node 0 sends a long packet to node 2; node 1 and node 0 want to follow.
    let mut network = Network::new(&Config::r3(3, 1, 1, 4, PortOrder::LocalFirst)).unwrap();
    network.offer(0, send(0, 2, 1000, 10)).unwrap();
    network.offer(0, send(0, 2, 1, 11)).unwrap();
    run(&mut network, 0, 20);
    network.offer(20, send(1, 2, 6, 12)).unwrap();
    run(&mut network, 20, 60);
    let waiting = network.waiting();
    // Packet 12 holds the only VC of its injection port and wants the one to the east, which packet 10 holds.
    let at_router = waiting.iter().find(|waiting| waiting.tag == 12 && waiting.vc == Some(0)).unwrap();
    let port = at_router.port;
    assert_eq!(network.port_kind(NodeId(1), port), PortKind::Local(0));
    let WaitsFor::Vc { port: east, holders } = &at_router.waits_for else { panic!("{at_router:?}") };
    assert_eq!((network.port_kind(NodeId(1), *east), holders.as_slice()), (PortKind::East, [10].as_slice()));
    // Its last two flits did not fit into the router.
    let at_source = Waiting {
        tag: 12,
        node: NodeId(1),
        port,
        vc: Some(0),
        waits_for: WaitsFor::Injection { terminal: TerminalId(1), holders: vec![12] },
    };
    assert!(waiting.contains(&at_source), "{waiting:?}");
    assert!(!waiting.iter().any(|waiting| waiting.tag == 11), "packet 11 is not at the front of a queue");
    while let Some(now) = network.next_active() {
        network.step(now, &mut NoProbe);
    }
    assert!(network.waiting().is_empty());
}

#[test]
fn classes_with_their_own_channels_do_not_block_each_other() {
    let classes = vec![VcRange { first: 0, count: 2 }, VcRange { first: 2, count: 1 }];
    let config = Config { classes, ..Config::r3(4, 1, 3, 8, PortOrder::LocalFirst) };
    let mut network = Network::new(&config).unwrap();
    for tag in 0..20 {
        network.offer(0, send(0, 3, 100, tag)).unwrap();
    }
    network.offer(0, PacketRequest { class: 1, ..send(0, 3, 1, 99) }).unwrap();
    let token = loop {
        let now = network.next_active().unwrap();
        network.step(now, &mut NoProbe);
        if let Some(token) = network.delivered().first() {
            break *token;
        }
    };
    assert_eq!(token.tag, 99);
    assert!(token.cycle <= 4 * 3 + 6 + 2 * 4, "the token shares links, not channels: {token:?}");
}

/// Two packets that meet never share a channel, and the channels of no class stay empty.
#[test]
fn a_class_keeps_to_its_channels() {
    for (routing, sw_alloc) in [(0, 1), (1, 1), (0, 2)] {
        let mut config = Config::r3(1, 4, 5, 4, PortOrder::LocalFirst);
        config.classes = vec![VcRange { first: 1, count: 1 }];
        config.delays = Delays { routing, sw_alloc, ..config.delays };
        let mut network = Network::new(&config).unwrap();
        for tag in 0..40 {
            network.offer(0, send(tag % 4, (tag / 4) % 4, 1 + tag % 7, tag)).unwrap();
        }
        let (mut recorder, mut arrived) = (Recorder::default(), 0);
        while let Some(now) = network.next_active() {
            network.step(now, &mut recorder);
            network.check_conservation().unwrap();
            arrived += network.delivered().len();
        }
        assert_eq!(arrived, 40);
        assert!(recorder.flits.iter().all(|flit| flit.vc == 1));
    }
}

fn refused(change: impl Fn(&mut Config)) -> Vec<String> {
    let mut config = Config::r3(4, 4, 2, 4, PortOrder::LocalFirst);
    change(&mut config);
    let errors = config.check();
    assert_eq!(Network::new(&config).err(), errors.first().cloned().map(Into::into));
    errors.iter().map(|error| miette::Diagnostic::code(error).unwrap().to_string()).collect()
}

#[test]
fn what_cannot_be_built_is_refused() {
    assert!(refused(|_| {}).is_empty());
    assert_eq!(refused(|config| config.columns = 0), ["network::size"]);
    assert_eq!(refused(|config| config.locals.push(1)), ["network::locals"]);
    assert_eq!(refused(|config| config.locals[3] = 29), ["network::ports"]);
    assert_eq!(refused(|config| config.locals.fill(0)), ["network::no_terminals"]);
    assert_eq!(refused(|config| config.vcs = 0), ["network::vcs", "network::class_range"]);
    assert_eq!(refused(|config| config.vcs = 33), ["network::vcs"]);
    assert_eq!(refused(|config| config.depth = 0), ["network::depth"]);
    assert_eq!(refused(|config| config.classes.clear()), ["network::no_classes"]);
    assert_eq!(refused(|config| config.classes[0].first = 1), ["network::class_range"]);
    assert_eq!(refused(|config| config.classes = vec![config.classes[0]; 13]), ["network::pools"]);
    assert_eq!(refused(|config| config.delays.vc_alloc = 0), ["network::delay"]);
    assert_eq!(refused(|config| config.delays.sw_alloc = 0), ["network::delay"]);
    assert_eq!(refused(|config| config.delays.st_final = 0), ["network::delay"]);
    assert_eq!(refused(|config| config.delays.link = 0), ["network::delay"]);
    assert_eq!(refused(|config| config.delays.credit = 256), ["network::delay"]);
    let huge = |config: &mut Config| *config = Config::r3(1024, 1024, 16, 64, PortOrder::LocalLast);
    assert_eq!(refused(huge), ["network::memory"]);
    // No size takes memory, no product is too large, and no list of errors is as long as the mesh.
    let beyond = |config: &mut Config| *config = Config::r3(65_535, 65_535, 1, 4, PortOrder::LocalFirst);
    assert_eq!(refused(beyond), ["network::size"]);
    let crowded = |config: &mut Config| {
        *config = Config::r3(1024, 1024, 65_535, 65_535, PortOrder::LocalFirst);
        config.locals.fill(65_535);
    };
    let codes = refused(crowded);
    assert_eq!(codes.iter().filter(|code| *code == "network::ports").count(), 8);
    assert!(codes.len() < 20 && codes.contains(&"network::memory".to_owned()), "{codes:?}");
}

#[test]
fn packets_that_make_no_sense_are_refused() {
    let mut network = Network::new(&Config::r3(2, 2, 1, 1, PortOrder::LocalFirst)).unwrap();
    assert_eq!(network.offer(0, send(0, 4, 1, 0)), Err(Error::Terminal { terminal: 4, count: 4 }));
    assert_eq!(network.offer(0, send(9, 0, 1, 0)), Err(Error::Terminal { terminal: 9, count: 4 }));
    let limit = Config::MAX_FLITS;
    assert_eq!(network.offer(0, send(0, 1, 0, 0)), Err(Error::Flits { flits: 0, limit }));
    assert_eq!(network.offer(0, send(0, 1, limit + 1, 0)), Err(Error::Flits { flits: limit + 1, limit }));
    let strange = PacketRequest { class: 1, ..send(0, 1, 1, 0) };
    assert_eq!(network.offer(0, strange), Err(Error::Class { class: 1, count: 1 }));
    assert_eq!(network.next_active(), None);
    network.step(5, &mut NoProbe);
    assert_eq!(network.offer(5, send(0, 1, 1, 0)), Err(Error::Late { now: 5, last: 5 }));
    network.offer(9, send(0, 1, 1, 0)).unwrap();
    assert_eq!(network.next_active(), Some(9));
}

#[test]
#[should_panic(expected = "something happens in cycle 2")]
fn cycles_with_work_cannot_be_skipped() {
    let mut network = Network::new(&Config::r3(2, 2, 1, 1, PortOrder::LocalFirst)).unwrap();
    network.offer(0, send(0, 1, 1, 0)).unwrap();
    network.step(0, &mut NoProbe);
    network.step(1, &mut NoProbe);
    network.step(3, &mut NoProbe);
}

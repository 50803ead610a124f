//! The proof that a program cannot deadlock: it holds for what the compiler makes, and each of its parts can fail.

use spikemesh_compiler::deadlock::{CircularWait, Flow, Proof, Refused, flows, prove};
use spikemesh_compiler::{Mode, Resources, compile};
use spikemesh_device::network::{
    Config, Endpoint, Link, Multicast, NodeCoord, NodeId, Outputs, PortKind, RouteClass, RouteClasses,
    Routing, TerminalCoord, Topology, TrafficClass, VcRange, outputs, walk,
};
use spikemesh_device::{Device, Floorplan, Unit};
use spikemesh_isa::{
    BufferId, NpId, NpRecord, Pass, Program, Route, Rows, SinkRecord, SourceRecord, Target, trees, verify,
};
use spikemesh_model::*;
use std::collections::BTreeSet;

/// A program of four layers of filter slices, which between them use most of the mesh.
fn program(device: &Device) -> Program {
    let mut model = Model::new("wide");
    let input = Dims { width: 32, height: 64, channels: 64 };
    model.add("in", Parameters::InputData(InputData { input }), &[]).unwrap();
    for name in ["a", "b", "c"] {
        let convolution = ConvolutionParameters {
            kernel_width: 3,
            kernel_height: 3,
            num_neurons: 512,
            convolution_mode: ConvolutionMode::Same,
            stride_x: 2,
            stride_y: 2,
            weights_bits: 2,
        };
        let layer =
            Convolutional { convolution, pooling: Default::default(), activation: Default::default() };
        model.add(name, Parameters::Convolutional(layer), &[]).unwrap();
    }
    compile(&model, device, &Mode::Minimal.into()).unwrap().program
}

fn on(resources: &Resources, program: &Program) -> Result<Proof, Refused> {
    prove(program, &resources.floorplan, &resources.network_config(), outputs)
}

/// The circular wait under another routing function.
fn circular_wait(
    resources: &Resources,
    program: &Program,
    outputs: impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs,
) -> CircularWait {
    match prove(program, &resources.floorplan, &resources.network_config(), outputs) {
        Err(Refused::CircularWait(wait)) => wait,
        other => panic!("no circular wait: {other:?}"),
    }
}

/// Slices of filters hold the same rows, so what their producers send is one tree; slices of rows get packets of their own.
#[test]
fn trees_need_routers_that_fork_and_buffers_for_whole_packets() {
    let mut device = Device::load("akd1000").unwrap();
    let apart = program(&device);
    device.network.multicast.0 = Multicast::Tree;
    let joined = program(&device);
    let units = |program: &Program| -> Vec<Vec<Route>> {
        program.passes[0].nps.iter().map(|np| np.routes.clone()).collect()
    };
    assert!(units(&apart).iter().flatten().all(|route| !route.joined));
    let mut largest = 0;
    for (apart, joined) in units(&apart).iter().zip(&units(&joined)) {
        let targets = |routes: &[Route]| routes.iter().map(|route| route.target).collect::<BTreeSet<_>>();
        assert_eq!(targets(apart), targets(joined));
        let mut seen: Vec<Route> = Vec::new();
        for tree in trees(joined) {
            assert!(tree.iter().all(|route| route.shares_packets_with(&tree[0])));
            assert!(seen.iter().all(|route| !route.shares_packets_with(&tree[0])));
            seen.push(tree[0]);
            largest = largest.max(tree.len());
        }
    }
    assert!(largest > 1);

    let resources = Resources::from(&device);
    assert_eq!(
        on(&resources, &joined).map(|proof| proof.dependencies),
        on(&resources, &apart).map(|proof| proof.dependencies)
    );
    device.network.vc_buf_size.0 = 4;
    let shallow = Resources::from(&device);
    assert!(matches!(on(&shallow, &joined), Err(Refused::ShallowBuffer { flits: 5, depth: 4, .. })));
    assert!(on(&shallow, &apart).is_ok());
    device.network.vc_buf_size.0 = 8;
    device.network.multicast.0 = Multicast::Source;
    assert!(matches!(on(&Resources::from(&device), &joined), Err(Refused::NoTrees { pass: 0, .. })));
}

#[test]
fn dimension_order_is_free_of_cycles() {
    let mut device = Device::load("akd1000").unwrap();
    let program = program(&device);
    let mut proofs = Vec::new();
    for routing in [Routing::Xy, Routing::Yx, Routing::O1Turn] {
        device.network.routing.0 = routing;
        let proof = on(&Resources::from(&device), &program).unwrap();
        assert!(proof.flows > 500 && proof.channels > 100 && proof.dependencies > 200, "{proof:?}");
        proofs.push(proof);
    }
    // Both orders, on channels of their own between routers.
    assert!(proofs[2].channels > proofs[0].channels.max(proofs[1].channels), "{proofs:?}");
    // Each data flow between units has its tokens the other way.
    let flows = flows(&program, 0, &device.floorplan());
    for flow in &flows {
        let data = flow.class == TrafficClass::Data;
        let class = if data { TrafficClass::Token } else { TrafficClass::Data };
        assert!(flows.contains(&Flow { from: flow.to, to: flow.from, class, ..*flow }));
    }
}

/// A routing function by which all packets go one way round a ring of nodes. A ring without a second route class deadlocks.
fn ring(
    nodes: &[NodeCoord],
) -> impl Fn(&Topology, &RouteClass, NodeId, PortKind, TerminalCoord) -> Outputs + Copy {
    move |topology, class, node, _, to| {
        let at = topology.node_coord(node);
        if at == to.node {
            return Outputs::one(topology.port(node, PortKind::Local(to.local)) as u8, class.at_terminal);
        }
        let place = nodes.iter().position(|&n| n == at).unwrap();
        let next = nodes[(place + 1) % nodes.len()];
        let leads_there = |&side: &PortKind| {
            topology.neighbor(node, side).is_some_and(|neighbor| topology.node_coord(neighbor) == next)
        };
        let sides = [PortKind::East, PortKind::West, PortKind::South, PortKind::North];
        let side = sides.into_iter().find(leads_there).unwrap();
        Outputs::one(topology.port(node, side) as u8, class.id)
    }
}

/// The nodes at both ends of a link between routers.
fn nodes_of(topology: &Topology, link: &Link) -> [NodeCoord; 2] {
    [link.from, link.to].map(|end| match end {
        Endpoint::Port { node, .. } => topology.node_coord(node),
        Endpoint::Terminal(_) => panic!("{} is no link between routers", link.name),
    })
}

/// Through all nodes of a 5 x 4 mesh: along the first row, back and forth through the others, and up the first column.
#[test]
fn a_ring_is_refused_with_the_cycle() {
    let device = Device::load("akd1000").unwrap();
    let program = program(&device);
    let target = Resources::from(&device);
    let first = (0..5).map(|x| (x, 0));
    let others = (1..4).flat_map(|y| (1..5).map(move |x| (if y % 2 == 1 { 5 - x } else { x }, y)));
    let back = (1..4).rev().map(|y| (0, y));
    let nodes: Vec<NodeCoord> = first.chain(others).chain(back).map(|(x, y)| NodeCoord { x, y }).collect();
    let cycle = circular_wait(&target, &program, ring(&nodes));
    let length = cycle.channels.len();
    assert_eq!(length, 20);
    assert_eq!(cycle.flows.len(), length);
    let config = device.network_config();
    let (topology, classes) = (Topology::new(&config), RouteClasses::new(&config));
    // Every step of the circular wait is one that the named flow really takes.
    for i in 0..length {
        let (held, wanted, flow) = (cycle.channels[i], cycle.channels[(i + 1) % length], cycle.flows[i]);
        let [before, after] = [held, wanted].map(|channel| nodes_of(&topology, topology.link(channel.link)));
        assert_eq!(before[1], after[0]);
        let class = &classes.of(flow.class as u8)[0];
        assert_eq!(held.class, class.id);
        let [from, to] = [flow.from, flow.to].map(|unit| target.floorplan.terminal(unit));
        let steps = walk(&topology, &classes, ring(&nodes), class, from, to);
        assert!(steps.contains(&(held, wanted)), "{flow:?} takes {steps:?}");
    }
    assert!(cycle.to_string().contains("waits for"));
}

/// Four NPs on a 2 x 2 mesh, each sending two nodes clockwise: the smallest circular wait there is.
#[test]
fn the_smallest_circle() {
    let device = Device::load("akd1000").unwrap();
    let floorplan = Floorplan { columns: 2, rows: 2, ..device.floorplan() };
    let target = Resources { floorplan, ..Resources::from(&device) };
    let clockwise = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, y)| NodeCoord { x, y });
    // NPs 0, 4, 8, 12 are on nodes (0,0), (1,0), (0,1), (1,1), each with a second one; opposite corners exchange events.
    let mut program = program(&device);
    let record = program.passes[0].nps[0].clone();
    let rows = Rows { first: 0, end: 1 };
    let route = |target| Route { target, rows, row_base: 0, channel_base: 0, joined: false };
    let (np, sink) = (|np| route(Target::Np(NpId(np))), route(Target::Sink(BufferId(1))));
    let routes =
        [(0, np(13)), (1, sink), (4, np(9)), (5, sink), (8, np(5)), (9, sink), (12, np(1)), (13, sink)];
    program.passes = vec![Pass {
        hrc: None,
        sources: vec![SourceRecord { buffer: BufferId(0), routes: [0, 4, 8, 12].map(np).to_vec() }],
        nps: routes
            .map(|(id, route)| NpRecord { np: NpId(id), routes: vec![route], producers: 1, ..record.clone() })
            .to_vec(),
        sinks: vec![SinkRecord { buffer: BufferId(1), producers: 4 }],
    }];
    let cycle = circular_wait(&target, &program, ring(&clockwise));
    let topology = Topology::new(&target.network_config());
    let found: Vec<_> = cycle.channels.iter().map(|c| nodes_of(&topology, topology.link(c.link))).collect();
    assert_eq!(found, [(0, 1), (1, 2), (2, 3), (3, 0)].map(|(a, b)| [clockwise[a], clockwise[b]]));
    assert_eq!(
        cycle.flows[0],
        Flow { pass: 0, from: Unit::Np(0), to: Unit::Np(13), class: TrafficClass::Data }
    );
    let first = "n0_0.east (data), held by n0_0.np0 -> n1_1.np1 in pass 0, waits for n1_0.south (data), ";
    assert!(cycle.to_string().starts_with(first), "{cycle}");
    assert!(on(&target, &program).is_ok());
}

/// As the smallest circle, with trees: each NP also sends to the node that it passes, where its packets fork.
#[test]
fn the_smallest_circle_of_trees() {
    let mut device = Device::load("akd1000").unwrap();
    device.network.multicast.0 = Multicast::Tree;
    device.network.vc_buf_size.0 = 8;
    let floorplan = Floorplan { columns: 2, rows: 2, ..device.floorplan() };
    let target = Resources { floorplan, ..Resources::from(&device) };
    let clockwise = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, y)| NodeCoord { x, y });
    let mut program = program(&device);
    let record = program.passes[0].nps[0].clone();
    let rows = Rows { first: 0, end: 1 };
    let route = |target, joined| Route { target, rows, row_base: 0, channel_base: 0, joined };
    let np = |np, joined| route(Target::Np(NpId(np)), joined);
    let sink = || vec![route(Target::Sink(BufferId(1)), false)];
    let routes = [
        (0, vec![np(5, false), np(13, true)]),
        (1, sink()),
        (4, vec![np(13, false), np(9, true)]),
        (5, sink()),
        (8, vec![np(1, false), np(5, true)]),
        (9, sink()),
        (12, vec![np(9, false), np(1, true)]),
        (13, sink()),
    ];
    program.passes = vec![Pass {
        hrc: None,
        sources: vec![SourceRecord {
            buffer: BufferId(0),
            routes: [0, 4, 8, 12].map(|id| np(id, false)).to_vec(),
        }],
        nps: routes
            .map(|(id, routes)| {
                let producers = if id % 4 == 0 { 1 } else { 2 };
                NpRecord { np: NpId(id), routes, producers, ..record.clone() }
            })
            .to_vec(),
        sinks: vec![SinkRecord { buffer: BufferId(1), producers: 4 }],
    }];
    let cycle = circular_wait(&target, &program, ring(&clockwise));
    let topology = Topology::new(&target.network_config());
    let found: Vec<_> = cycle.channels.iter().map(|c| nodes_of(&topology, topology.link(c.link))).collect();
    assert_eq!(found, [(0, 1), (1, 2), (2, 3), (3, 0)].map(|(a, b)| [clockwise[a], clockwise[b]]));
    assert!(on(&target, &program).is_ok());
}

/// A model with two heads, one of them behind a layer more, and its program.
fn heads(device: &Device) -> Program {
    let mut model = Model::new("heads");
    let input = Dims { width: 6, height: 6, channels: 4 };
    let trunk = model.add("in", Parameters::InputData(InputData { input }), &[]).unwrap();
    let dense = |num_neurons| {
        Parameters::FullyConnected(FullyConnected {
            num_neurons,
            weights_bits: 4,
            activation: Default::default(),
        })
    };
    model.add("age", dense(1), &[trunk]).unwrap();
    model.add("hidden", dense(9), &[trunk]).unwrap();
    model.add("gender", dense(2), &[]).unwrap();
    compile(&model, device, &Mode::Minimal.into()).unwrap().program
}

/// The position of the NP that computes an output map.
fn np_of(program: &Program, name: &str) -> usize {
    let of = |np: &&NpRecord| program.output_maps[usize::from(np.output_map.0)].name == name;
    let np = program.passes[0].nps.iter().find(of).unwrap().np;
    program.passes[0].np_index(np).unwrap()
}

#[test]
fn every_route_and_unit_is_in_the_proof() {
    let device = Device::load("akd1000").unwrap();
    let proof = on(&Resources::from(&device), &heads(&device)).unwrap();
    // A source and two sinks around three NPs; the sinks share a terminal with the source.
    assert_eq!((proof.units, proof.routes, proof.flows), (6, 5, 10));
}

/// What a layer that nobody read was before outputs: its unit ends no frame.
#[test]
fn a_unit_that_sends_to_nobody_is_refused() {
    let device = Device::load("akd1000").unwrap();
    let mut program = heads(&device);
    let age = np_of(&program, "age");
    program.passes[0].nps[age].routes.clear();
    let name = device.floorplan().name(Unit::Np(program.passes[0].nps[age].np.0));
    let refused = on(&Resources::from(&device), &program).unwrap_err();
    assert_eq!(refused, Refused::NoMarker { pass: 0, unit: name });
    assert!(!verify(&program).is_empty());
}

#[test]
fn a_receiver_without_a_record_gives_no_token_back() {
    let device = Device::load("akd1000").unwrap();
    let mut program = heads(&device);
    let gone = program.passes[0].sinks.remove(0);
    let refused = on(&Resources::from(&device), &program).unwrap_err();
    let Refused::NoToken { pass: 0, receiver, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*receiver, device.floorplan().name(Unit::Sink(gone.buffer.0)));
}

#[test]
fn markers_and_routes_must_be_as_many() {
    let device = Device::load("akd1000").unwrap();
    for markers in [0, 2] {
        let mut program = heads(&device);
        let age = np_of(&program, "age");
        program.passes[0].nps[age].producers = markers;
        let refused = on(&Resources::from(&device), &program).unwrap_err();
        assert!(
            matches!(refused, Refused::Markers { markers: m, routes: 1, .. } if m == markers),
            "{refused}"
        );
    }
}

#[test]
fn a_circle_of_flows_without_a_token_is_refused() {
    let device = Device::load("akd1000").unwrap();
    let mut program = heads(&device);
    let (hidden, gender) = (np_of(&program, "hidden"), np_of(&program, "gender"));
    let nps = &mut program.passes[0].nps;
    let back = Route { target: Target::Np(nps[hidden].np), ..nps[gender].routes[0] };
    nps[gender].routes.push(back);
    nps[hidden].producers += 1;
    let [hidden, gender] =
        [hidden, gender].map(|i| device.floorplan().name(Unit::Np(program.passes[0].nps[i].np.0)));
    let refused = on(&Resources::from(&device), &program).unwrap_err();
    let Refused::Circle { pass: 0, circle } = &refused else { panic!("{refused}") };
    assert!([format!("{hidden} -> {gender}"), format!("{gender} -> {hidden}")].contains(circle), "{circle}");
}

#[test]
fn tokens_that_share_a_channel_with_data_are_refused() {
    let device = Device::load("akd1000").unwrap();
    let (program, resources) = (heads(&device), Resources::from(&device));
    let config = resources.network_config();
    let shared =
        |first| Config { classes: vec![config.classes[0], VcRange { first, count: 1 }], ..config.clone() };
    let data = config.classes[0];
    let refused = prove(&program, &resources.floorplan, &shared(data.count - 1), outputs).unwrap_err();
    let vc = u32::from(data.count) - 1;
    assert_eq!(refused, Refused::SharedChannel { first: "data".into(), second: "token".into(), vc });
    assert!(prove(&program, &resources.floorplan, &shared(data.count), outputs).is_ok());
}

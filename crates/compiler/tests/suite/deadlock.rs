//! The proof that packets cannot get into a circular wait: it holds under XY routing, and it can fail.

use spikemesh_compiler::deadlock::{Flow, flows, prove};
use spikemesh_compiler::{Mode, Resources, compile};
use spikemesh_device::network::{
    Endpoint, Link, NodeCoord, NodeId, Outputs, PortKind, RouteClass, RouteClasses, Routing, TerminalCoord,
    Topology, TrafficClass, outputs, walk,
};
use spikemesh_device::{Device, Floorplan, Unit};
use spikemesh_isa::{NpId, NpRecord, Program, Route, Rows};
use spikemesh_model::*;

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

#[test]
fn dimension_order_is_free_of_cycles() {
    let mut device = Device::load("akd1000").unwrap();
    let program = program(&device);
    let mut proofs = Vec::new();
    for routing in [Routing::Xy, Routing::Yx, Routing::O1Turn] {
        device.network.routing.0 = routing;
        let proof = prove(&program, &Resources::from(&device), outputs).unwrap();
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
    let cycle = prove(&program, &target, ring(&nodes)).unwrap_err();
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
    // NPs 0, 4, 8, 12 are on nodes (0,0), (1,0), (0,1), (1,1); opposite corners exchange events.
    let mut program = program(&device);
    let record = program.passes[0].nps[0].clone();
    let rows = Rows { first: 0, end: 1 };
    let route =
        |to| Route { target: spikemesh_isa::Target::Np(NpId(to)), rows, row_base: 0, channel_base: 0 };
    program.passes[0].sources.clear();
    program.passes[0].nps = [(0, 12), (4, 8), (8, 4), (12, 0)]
        .map(|(from, to)| NpRecord { np: NpId(from), routes: vec![route(to)], ..record.clone() })
        .to_vec();
    let cycle = prove(&program, &target, ring(&clockwise)).unwrap_err();
    let topology = Topology::new(&target.network_config());
    let found: Vec<_> = cycle.channels.iter().map(|c| nodes_of(&topology, topology.link(c.link))).collect();
    assert_eq!(found, [(0, 1), (1, 2), (2, 3), (3, 0)].map(|(a, b)| [clockwise[a], clockwise[b]]));
    assert_eq!(
        cycle.flows[0],
        Flow { pass: 0, from: Unit::Np(0), to: Unit::Np(12), class: TrafficClass::Data }
    );
    let first = "n0_0.east (data), held by n0_0.np0 -> n1_1.np0 in pass 0, waits for n1_0.south (data), ";
    assert!(cycle.to_string().starts_with(first), "{cycle}");
    assert!(prove(&program, &target, outputs).is_ok());
}

//! The proof that packets cannot wait for each other in a circle: it holds under XY routing, and it can fail.

use spikemesh_compiler::deadlock::{Channel, Class, Flow, Port, flows, prove};
use spikemesh_compiler::{Mode, Target, compile};
use spikemesh_compiler::{Node, Way, xy};
use spikemesh_device::Device;
use spikemesh_device::network::Routing;
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
    let device = Device::load("akd1000").unwrap();
    let program = program(&device);
    for routing in [Routing::Xy, Routing::Yx] {
        let target = Target { routing, ..Target::from(&device) };
        let proof = prove(&program, &target, |from, to| target.ways()[0].path(from, to)).unwrap();
        assert!(proof.flows > 500 && proof.channels > 100 && proof.dependencies > 200, "{proof:?}");
    }
    let target = Target { routing: Routing::O1Turn, ..Target::from(&device) };
    assert_eq!(target.ways(), [Way::Xy, Way::Yx]);
    let nodes = [(1, 2), (1, 1), (1, 0), (2, 0)].map(|(x, y)| Node { x, y });
    assert_eq!(Way::Yx.path(nodes[0], nodes[3]), nodes);
    // Each data flow between units has its tokens the other way.
    let flows = flows(&program, 0);
    for flow in &flows {
        let class = if flow.class == Class::Data { Class::Token } else { Class::Data };
        assert!(flows.contains(&Flow { from: flow.to, to: flow.from, class, ..*flow }));
    }
}

/// One way round a ring through all nodes of a 5 x 4 mesh: along the first row, back and forth through the others, and up
/// the first column. A ring without a second virtual channel deadlocks.
fn ring(from: Node, to: Node) -> Vec<Node> {
    let first = (0..5).map(|x| (x, 0));
    let others = (1..4).flat_map(|y| (1..5).map(move |x| (if y % 2 == 1 { 5 - x } else { x }, y)));
    let back = (1..4).rev().map(|y| (0, y));
    let nodes: Vec<Node> = first.chain(others).chain(back).map(|(x, y)| Node { x, y }).collect();
    let place = |node: Node| nodes.iter().position(|&n| n == node).unwrap();
    let steps = (place(to) + nodes.len() - place(from)) % nodes.len();
    (0..=steps).map(|step| nodes[(place(from) + step) % nodes.len()]).collect()
}

#[test]
fn a_ring_is_refused_with_the_cycle() {
    let device = Device::load("akd1000").unwrap();
    let program = program(&device);
    let target = Target::from(&device);
    let cycle = prove(&program, &target, ring).unwrap_err();
    let length = cycle.channels.len();
    assert_eq!(length, 20);
    assert_eq!(cycle.flows.len(), length);
    let node = |port| match port {
        Port::Np(np) => target.node(np),
        Port::Hrc | Port::EventDma => Node::EDGE,
    };
    // Every step of the circle is one that the named flow really takes.
    for i in 0..length {
        let (held, wanted, flow) = (cycle.channels[i], cycle.channels[(i + 1) % length], cycle.flows[i]);
        let (Channel::Link(a, b, class), Channel::Link(c, d, _)) = (held, wanted) else {
            panic!("{held} {wanted}")
        };
        assert_eq!(b, c);
        assert_eq!(class, flow.class);
        let way = ring(node(flow.from), node(flow.to));
        assert!(way.windows(3).any(|w| w == [a, b, d]), "{flow:?} passes {way:?}");
    }
    assert!(cycle.to_string().contains("waits for"));
}

/// Four NPs on a 2 x 2 mesh, each sending two nodes clockwise: the smallest circle there is.
#[test]
fn the_smallest_circle() {
    let device = Device::load("akd1000").unwrap();
    let target = Target { columns: 2, rows: 2, ..Target::from(&device) };
    let clockwise = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, y)| Node { x, y });
    let place = |node: Node| clockwise.iter().position(|&n| n == node).unwrap();
    let small_ring = |from: Node, to: Node| {
        let steps = (place(to) + 4 - place(from)) % 4;
        (0..=steps).map(|step| clockwise[(place(from) + step) % 4]).collect()
    };
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
    let cycle = prove(&program, &target, small_ring).unwrap_err();
    let links = [(0, 1), (1, 2), (2, 3), (3, 0)].map(|(a, b)| (clockwise[a], clockwise[b]));
    let found: Vec<_> = cycle
        .channels
        .iter()
        .map(|c| match c {
            Channel::Link(a, b, Class::Data) => (*a, *b),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(found, links);
    assert_eq!(
        cycle.flows[0],
        Flow { pass: 0, from: Port::Np(NpId(0)), to: Port::Np(NpId(12)), class: Class::Data }
    );
    assert!(prove(&program, &target, xy).is_ok());
}

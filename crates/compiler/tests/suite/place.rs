//! Slices lie near those that feed them.

use std::path::Path;

use spikemesh_compiler::{
    CompileOptions, Error, Greedy, MappingReport, Mode, Placer, Resources, Snake, compile,
};
use spikemesh_compiler::{LayerMapping, UnitKind};
use spikemesh_device::network::NodeCoord;
use spikemesh_device::{Device, Floorplan};
use spikemesh_isa::NpId;
use spikemesh_model::{Model, template};
use spikemesh_stop::Stop;

/// Links between two nodes of a mesh.
fn links(a: NodeCoord, b: NodeCoord) -> u64 {
    u64::from(a.x.abs_diff(b.x)) + u64::from(a.y.abs_diff(b.y))
}

/// Event hops of a frame if every neuron fired, with the `i`-th NP of a pass on `place(pass, i)`.
fn hops(
    model: &Model,
    plan: &MappingReport,
    target: &Resources,
    place: impl Fn(u32, usize, NpId) -> NpId,
) -> u64 {
    // The node of each slice of each layer; units that are no NP are at the edge.
    let mut used = vec![0; plan.passes as usize];
    let nodes: Vec<Vec<NodeCoord>> = plan
        .layers
        .iter()
        .map(|layer| {
            let node = |np: NpId| {
                let index = used[layer.pass as usize];
                used[layer.pass as usize] += 1;
                target.node(place(layer.pass, index, np))
            };
            layer.slices.iter().map(|s| s.np).map(node).collect()
        })
        .collect();
    let here = |layer: &LayerMapping, pass| layer.unit == UnitKind::Np && layer.pass == pass;
    let mut hops = 0;
    for (id, layer) in model.iter() {
        let plan_of = &plan.layers[id.0];
        let last = id.0 + 1 == plan.layers.len();
        let leaves = last || model.consumers(id).any(|c| plan.layers[c.0].pass > plan_of.pass);
        for (slice, &node) in plan_of.slices.iter().zip(&nodes[id.0]) {
            let width = u64::from(layer.shape.output.width);
            if leaves {
                let rows = u64::from(slice.output_rows[1] - slice.output_rows[0]);
                hops += rows * width * u64::from(slice.filters) * links(node, Floorplan::EDGE);
            }
            for inbound in &layer.inbound {
                let map = model.layer(*inbound).shape.output;
                let producer = &plan.layers[inbound.0];
                let shared = |rows: [u32; 2]| {
                    u64::from(rows[1].min(slice.held_rows[1]).saturating_sub(rows[0].max(slice.held_rows[0])))
                };
                let row = u64::from(map.width);
                if here(producer, plan_of.pass) {
                    for (from, &other) in producer.slices.iter().zip(&nodes[inbound.0]) {
                        let events = shared(from.output_rows) * row * u64::from(from.filters);
                        hops += events * links(node, other);
                    }
                } else {
                    let events = shared([0, map.height]) * row * u64::from(map.channels);
                    hops += events * links(node, Floorplan::EDGE);
                }
            }
        }
    }
    hops
}

#[test]
fn events_travel_less_than_along_the_snake() {
    let mut less = 0;
    for (file, device) in
        [("an.5-224.yaml", "akd1000"), ("mb1-224.yaml", "akd1500"), ("devhub-uored.yaml", "akd1000")]
    {
        let device = Device::load(device).unwrap();
        let target = Resources::from(&device);
        let model = template::load(&Path::new("../calibrate/models").join(file)).unwrap();
        let plan = compile(&model, &device, &Mode::Minimal.into()).unwrap().report;
        let placed = hops(&model, &plan, &target, |_, _, np| np);
        assert_eq!(placed, plan.placement_cost, "{file}");
        let snake = target.floorplan.snake();
        let along = hops(&model, &plan, &target, |_, index, _| NpId(snake[index]));
        assert!(placed <= along, "{file}: {placed} against {along}");
        let cost_with = |placer: Placer| {
            let options = CompileOptions::default().with_placer(placer);
            compile(&model, &device, &options).unwrap().report.placement_cost
        };
        let (snake, greedy) = (cost_with(Placer::Snake(Snake)), cost_with(Placer::Greedy(Greedy)));
        assert_eq!((along, placed), (snake, snake.min(greedy)), "{file}");
        less += usize::from(placed < along);
    }
    assert!(less >= 2, "the snake is as good for all but {less} models");
}

#[test]
fn a_stop_flag_ends_the_work_without_a_program() {
    let model = template::load(Path::new("../calibrate/models/mnist-separable.yaml"));
    let (model, device) = (model.unwrap(), Device::load("akd1000").unwrap());
    let stop = Stop::new();
    let compiled = || compile(&model, &device, &CompileOptions::default().with_stop(&stop));
    assert!(compiled().is_ok());
    stop.set();
    assert!(matches!(compiled().unwrap_err()[..], [Error::Stopped]));
}

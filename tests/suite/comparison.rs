//! The comparison with the engine can fail: one changed bit in a program, and it names the first layer, neuron and image that differ.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::{Engine, Input, LayerMap, MapValues};
use spikemesh::isa::memory::{Contents, Layout};
use spikemesh::isa::{self, Operation, Program, Target};
use spikemesh::mesh::Simulator;
use spikemesh::model::{LayerId, Model, template};
use spikemesh::run::Difference;
use spikemesh::run::{Job, RunResults, simulate};
use spikemesh::tensor::Dense;

/// Input unit, convolution, separable with pooling, fully connected; its maps need several slices.
const NETWORK: &str = "
name: control
layers:
  - {type: InputConvolutional, name: pixels, input_width: 12, input_height: 40, input_channels: 1, kernel_width: 3, kernel_height: 3,
     num_neurons: 6, weights_bits: 8, threshold_fire_bits: 4}
  - {type: Convolutional, name: plain, kernel_width: 3, kernel_height: 3, num_neurons: 12, weights_bits: 4, threshold_fire_bits: 4}
  - {type: SeparableConvolutional, name: separable, kernel_width: 3, kernel_height: 3, num_neurons: 16, weights_bits: 4,
     threshold_fire_bits: 4}
  - {type: FullyConnected, name: head, num_neurons: 10, weights_bits: 4, activations_enabled: false}
";
const IMAGES: usize = 3;

fn network() -> (Model, Device, Program, Input) {
    let mut model = template::parse("control", NETWORK).unwrap();
    model.randomise(5);
    let device = Device::load("akd1000").unwrap();
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let data = (0..IMAGES * 40 * 12).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
    (model, device, program, Input::Images(Dense { shape: [IMAGES, 40, 12, 1], data }))
}

fn run(program: &Program, device: &Device, model: &Model, input: &Input) -> RunResults {
    // What is run has gone through a file, as a user's program has.
    let program = isa::read(&isa::write(program)).unwrap();
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    simulate(&Job::new(&simulator, input).against(model)).unwrap().into_finished().unwrap()
}

/// Where two models first differ, image by image, according to the engine: layer, neuron and both values.
fn first_difference(model: &Model, changed: &Model, input: &Input) -> Option<(usize, String, u32, i32, i32)> {
    let (right, wrong) = (Engine::new(model).unwrap(), Engine::new(changed).unwrap());
    let values = |map: &LayerMap| -> Vec<i32> {
        match &map.values {
            MapValues::Levels(levels) => levels.iter().map(|&l| l.into()).collect(),
            MapValues::Potentials(potentials) => potentials.clone(),
        }
    };
    (0..IMAGES).find_map(|image| {
        let (right, wrong) = (right.trace(input, image).unwrap(), wrong.trace(input, image).unwrap());
        right.iter().zip(&wrong).find_map(|(right, wrong)| {
            let pairs = values(right).into_iter().zip(values(wrong));
            let (index, (expected, found)) = pairs.enumerate().find(|(_, (right, wrong))| right != wrong)?;
            let name = model.layer(right.layer).name.clone();
            Some((image, name, index as u32 % right.dims.channels, expected, found))
        })
    })
}

fn named(difference: &Difference) -> (usize, String, u32, i32, i32) {
    let Difference { image, layer, neuron, expected, found, .. } = difference.clone();
    (image, layer, neuron, expected, found)
}

#[test]
fn an_unchanged_program_agrees() {
    let (model, device, program, input) = network();
    assert!(program.passes[0].nps.len() >= 5, "maps should be cut into slices");
    let results = run(&program, &device, &model, &input);
    assert!(results.differences.is_empty());
    assert_eq!(results.frames.len(), IMAGES);
}

#[test]
fn one_weight_bit_is_found() {
    let (model, device, program, input) = network();
    for layer in ["plain", "separable", "head"] {
        let mut program = program.clone();
        let mut changed = model.clone();
        let group = program.output_maps.iter().position(|g| g.name == layer).unwrap();
        // Every NP of the layer holds a copy of the weight: change it in all of them, as in the model.
        for record in program.passes[0].nps.iter_mut().filter(|r| usize::from(r.output_map.0) == group) {
            record.memory[2] ^= 1;
            if let Operation::Convolution(c) = record.operation {
                assert_eq!(c.first_filter, 0, "the network is too large for this test");
            }
        }
        let id = model.layer_by_name(layer).unwrap();
        let mut weights = model.layer(id).variables.weights.clone();
        // Two weights of four bits to a byte, the lower one first.
        weights[4] ^= 1;
        changed.set_variable(id, "weights", &weights[..]).unwrap();

        let results = run(&program, &device, &model, &input);
        let expected = first_difference(&model, &changed, &input).expect("the bit matters");
        assert_eq!(expected.1, layer);
        assert_eq!(named(&results.differences[0]), expected);
    }
}

#[test]
fn one_threshold_is_found() {
    let (model, device, mut program, input) = network();
    let id = model.layer_by_name("separable").unwrap();
    let neuron = 7;
    let mut changed = model.clone();
    let mut thresholds = model.layer(id).variables.threshold_fire.clone();
    thresholds[neuron] += 900;
    changed.set_variable(id, "threshold_fire", &thresholds[..]).unwrap();
    let group = program.output_maps.iter().position(|g| g.name == "separable").unwrap();
    for record in program.passes[0].nps.iter_mut().filter(|r| usize::from(r.output_map.0) == group) {
        let layout = Layout::of_np(record);
        let mut contents = Contents::unpack(&record.memory, &layout).unwrap();
        contents.thresholds[neuron] += 900;
        record.memory = contents.pack(layout.weight_bits);
    }
    let results = run(&program, &device, &model, &input);
    let expected = first_difference(&model, &changed, &input).expect("the threshold matters");
    assert_eq!((expected.1.as_str(), expected.2), ("separable", neuron as u32));
    assert_eq!(named(&results.differences[0]), expected);
}

#[test]
fn one_route_is_found() {
    let (model, device, mut program, input) = network();
    // A producer of `plain` no longer sends one of its rows to one consumer of `separable`.
    let group = program.output_maps.iter().position(|g| g.name == "plain").unwrap();
    let record = program.passes[0].nps.iter_mut().find(|r| usize::from(r.output_map.0) == group).unwrap();
    let route =
        record.routes.iter_mut().find(|r| matches!(r.target, Target::Np(_)) && r.rows.len() > 1).unwrap();
    route.rows.first += 1;
    let results = run(&program, &device, &model, &input);
    assert_eq!(results.differences.len(), IMAGES, "the row is missing in every image");
    let first = &results.differences[0];
    assert_eq!((first.image, first.layer.as_str()), (0, "separable"));
    assert!(first.y <= 1, "row 0 is missing, so rows 0 and 1 of a 3x3 kernel's output differ: {first}");
}

#[test]
fn a_program_of_another_model_is_found() {
    let (model, device, program, input) = network();
    let mut other = model.clone();
    let id = LayerId(0);
    let weights: Vec<i8> = model.layer(id).variables.weights.iter().map(|w| -w).collect();
    other.set_variable(id, "weights", &weights[..]).unwrap();
    let results = run(&program, &device, &other, &input);
    assert_eq!(results.differences[0].layer, "pixels");
}

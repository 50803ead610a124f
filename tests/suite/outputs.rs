//! Every layer that nothing reads is an output: simulated, compared and collected, wherever it stands in the graph and whatever the batch.

use crate::mappable::{Trial, config, devices, networks};
use proptest::prelude::*;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::{Engine, Hooks, Input, MapValues};
use spikemesh::isa::Program;
use spikemesh::mesh::{Outcome, SimulationOptions, Simulator};
use spikemesh::model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, LayerId, Learning, Model, Parameters, PoolingParameters, PoolingType,
};
use spikemesh::noc::NoProbe;
use spikemesh::run::{Job, RunResults, frames, simulate};
use spikemesh::tensor::{Dense, Event, Sparse};
use spikemesh_oracle::random::Genome;

fn dense(num_neurons: u32, activations_enabled: bool) -> Parameters {
    let activation = ActivationParameters { activations_enabled, ..Default::default() };
    Parameters::FullyConnected(FullyConnected { num_neurons, weights_bits: 4, activation })
}

fn kernel(num_neurons: u32) -> ConvolutionParameters {
    ConvolutionParameters {
        kernel_width: 3,
        kernel_height: 3,
        num_neurons,
        convolution_mode: ConvolutionMode::Same,
        stride_x: 1,
        stride_y: 1,
        weights_bits: 4,
    }
}

fn convolution(num_neurons: u32, pooling_type: PoolingType, activations_enabled: bool) -> Parameters {
    let convolution = kernel(num_neurons);
    let (pooling_width, pooling_height) = if pooling_type == PoolingType::Max { (2, 2) } else { (-1, -1) };
    let pooling = PoolingParameters { pooling_width, pooling_height, pooling_type, ..Default::default() };
    let activation =
        ActivationParameters { activations_enabled, threshold_fire_bits: 4, ..Default::default() };
    Parameters::Convolutional(Convolutional { convolution, pooling, activation })
}

/// A trunk with heads at every depth: of the input, of the trunk with and without activation, of a layer behind it, max-pooled and not.
fn many_heads(input: Parameters) -> Model {
    let mut model = Model::new("many heads");
    let input = model.add("in", input, &[]).unwrap();
    model.add("of input", dense(3, false), &[input]).unwrap();
    let trunk = model.add("trunk", convolution(8, PoolingType::NoPooling, true), &[input]).unwrap();
    model.add("pooled/levels", convolution(5, PoolingType::Max, true), &[trunk]).unwrap();
    model.add("age", dense(1, false), &[trunk]).unwrap();
    let deep = model.add("deep", convolution(6, PoolingType::Max, true), &[trunk]).unwrap();
    model.add("map", convolution(4, PoolingType::NoPooling, false), &[deep]).unwrap();
    model.add("gender", dense(2, true), &[deep]).unwrap();
    model.randomise(7);
    model
}

const HEADS: [&str; 5] = ["of input", "pooled/levels", "age", "map", "gender"];

fn events(dims: Dims, samples: u32) -> Input {
    let Dims { width, height, channels } = dims;
    let mut events = Vec::new();
    for n in 0..samples {
        for i in 0..width * height * channels {
            // As many zeros as ones that follow no line of the map.
            let value = (i.wrapping_mul(2_654_435_761).wrapping_add(n * 977) >> 13) % 31;
            if (1..=15).contains(&value) {
                let (x, y, c) = (i / channels / height, i / channels % height, i % channels);
                events.push(Event { n, x, y, c, value: value as u8 });
            }
        }
    }
    Input::Events(Sparse {
        shape: [samples as usize, width as usize, height as usize, channels as usize],
        events,
    })
}

/// A device with few NPs, so that the model takes several passes.
fn few_nps() -> Device {
    let text = Device::text("two-nodes").unwrap().replace("nps_per_node: (4,", "nps_per_node: (1,");
    Device::parse("few", &text).unwrap()
}

fn program(model: &Model, device: &Device) -> Program {
    compile(model, device, &Mode::Minimal.into()).unwrap().program
}

fn run(model: &Model, device: &Device, input: &Input, batch: usize) -> RunResults {
    let simulator = Simulator::new(program(model, device), device.clone()).unwrap();
    let ended = simulate(&Job::new(&simulator, input).against(model).batch(batch)).unwrap();
    ended.into_finished().unwrap_or_else(|unfinished| panic!("batch {batch}: {}", unfinished.end))
}

fn outcome(program: &Program, device: &Device, input: &Input) -> Outcome {
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    let frames = frames(program, input).unwrap();
    simulator.run(&frames, 0, &SimulationOptions::default(), &mut NoProbe).into_finished().unwrap()
}

/// Copies sent in each frame of each pass are the copies received: by NPs and sinks.
fn conservation(outcome: &Outcome) -> Result<u64, String> {
    let mut all = 0;
    for (index, pass) in outcome.passes.iter().enumerate() {
        for frame in 0..outcome.frames.len() {
            let (mut sent, mut received) = (0, 0);
            for unit in &pass.units {
                let record =
                    unit.frames.get(frame).ok_or(format!("{} did not end frame {frame}", unit.name))?;
                sent += record.copies;
                let (_, kind) = unit.name.split_once('.').unwrap();
                if kind.starts_with("np") || kind.starts_with("sink") {
                    received += record.received;
                }
            }
            if sent != received {
                return Err(format!("pass {index}, frame {frame}: {sent} sent, {received} received"));
            }
            all += sent;
        }
    }
    Ok(all)
}

fn values(map: &MapValues) -> Vec<i32> {
    match map {
        MapValues::Levels(levels) => levels.iter().map(|&level| i32::from(level)).collect(),
        MapValues::Potentials(potentials) => potentials.clone(),
    }
}

/// Every head of every frame is what the engine says, at batches 1 to 3, and works and costs the same.
fn check(model: &Model, device: &Device, input: &Input) {
    let program = program(model, device);
    let names: Vec<&str> = program.outputs.iter().map(|o| program.output_map(o).name.as_str()).collect();
    assert_eq!(names, HEADS);
    assert!(conservation(&outcome(&program, device, input)).unwrap() > 100);
    let engine = Engine::new(model).unwrap();
    let mut work = Vec::new();
    for batch in 1..=3 {
        let results = run(model, device, input, batch);
        assert!(results.differences.is_empty(), "batch {batch}: {}", results.differences[0]);
        assert_eq!(results.frames.len(), 3);
        for (n, frame) in results.frames.iter().enumerate() {
            let trace = engine.trace(input, n).unwrap();
            for (output, found) in program.outputs.iter().zip(&frame.outputs) {
                let name = &program.output_map(output).name;
                let map = trace.iter().find(|map| model.layer(map.layer).name == *name).unwrap();
                assert_eq!(*found, values(&map.values), "{name}, frame {n}, batch {batch}");
            }
        }
        let layers = &results.stats.layers;
        for name in HEADS {
            let layer = layers.iter().find(|layer| layer.name == name).unwrap();
            assert!(layer.clocks > 0 && layer.received > 0 && layer.dynamic_pj > 0.0, "{layer:?}");
        }
        let of_layers: f64 =
            layers.iter().map(|layer| layer.dynamic_pj).sum::<f64>() + results.stats.energy.dma_pj;
        assert!((of_layers / results.stats.energy.dynamic_pj - 1.0).abs() < 1e-9);
        work.push(
            layers.iter().map(|l| (l.name.clone(), l.clocks, l.emitted, l.received)).collect::<Vec<_>>(),
        );
    }
    assert!(work.windows(2).all(|pair| pair[0] == pair[1]), "{work:#?}");
}

const DIMS: Dims = Dims { width: 7, height: 6, channels: 3 };

#[test]
fn every_head_is_an_output_in_one_pass() {
    let model = many_heads(Parameters::InputData(InputData { input: DIMS }));
    check(&model, &Device::load("akd1000").unwrap(), &events(DIMS, 3));
}

/// Heads of early layers are collected in the first pass, the last ones in the last.
#[test]
fn every_head_is_an_output_in_several_passes() {
    let (model, device) = (many_heads(Parameters::InputData(InputData { input: DIMS })), few_nps());
    let program = program(&model, &device);
    assert!(program.passes.len() >= 3, "{} passes", program.passes.len());
    let written = |index: usize| {
        let buffer = program.outputs[index].buffer;
        program.passes.iter().position(|pass| pass.sinks.iter().any(|sink| sink.buffer == buffer)).unwrap()
    };
    assert_eq!((written(0), written(4)), (0, program.passes.len() - 1));
    check(&model, &device, &events(DIMS, 3));
}

#[test]
fn the_input_unit_feeds_heads() {
    let first = InputConvolutional {
        input: DIMS,
        convolution: kernel(4),
        pooling: PoolingParameters::default(),
        activation: ActivationParameters { threshold_fire_bits: 4, ..Default::default() },
        padding_value: 0,
    };
    let model = many_heads(Parameters::InputConvolutional(first));
    let data = (0..3 * 7 * 6 * 3).map(|i: usize| (i * 37 % 251) as u8).collect();
    let images = Input::Images(Dense { shape: [3, 6, 7, 3], data });
    for device in [Device::load("akd1000").unwrap(), few_nps()] {
        check(&model, &device, &images);
    }
}

/// A frame ends with the last value of its last output, which need not be the last layer's.
#[test]
fn a_frame_ends_with_its_last_output() {
    let device = Device::load("akd1000").unwrap();
    let mut model = Model::new("the first head is done last");
    let input = model.add("in", Parameters::InputData(InputData { input: DIMS }), &[]).unwrap();
    model.add("slow", convolution(64, PoolingType::NoPooling, false), &[input]).unwrap();
    model.add("quick", dense(1, false), &[input]).unwrap();
    model.randomise(1);
    let program = program(&model, &device);
    let outcome = outcome(&program, &device, &events(DIMS, 3));
    let sinks: Vec<_> = outcome.passes[0]
        .units
        .iter()
        .filter(|unit| unit.name.contains(".sink"))
        .map(|u| &u.frames)
        .collect();
    assert_eq!(sinks.len(), 2);
    for (index, frame) in outcome.frames.iter().enumerate() {
        assert_eq!(frame.end, sinks[0][index].end.max(sinks[1][index].end));
    }
    assert!(outcome.frames[0].end > sinks[1][0].end + 50, "the last layer is done first");
}

/// Popping a head and adding a learning layer in its place, the way of edge learning, beside a head that stays.
#[test]
fn a_learned_head_beside_another_runs_on_the_mesh() {
    let mut model = Model::new("edge");
    let input = model.add("in", Parameters::InputData(InputData { input: DIMS }), &[]).unwrap();
    let binary = |layer: Parameters| match layer {
        Parameters::Convolutional(mut layer) => {
            layer.activation.threshold_fire_bits = 1;
            Parameters::Convolutional(layer)
        }
        other => other,
    };
    let trunk = model.add("trunk", binary(convolution(8, PoolingType::NoPooling, true)), &[input]).unwrap();
    model.add("age", dense(1, false), &[trunk]).unwrap();
    model.add("old head", dense(4, false), &[trunk]).unwrap();
    model.randomise(3);
    assert_eq!(model.pop().unwrap().name, "old head");
    let Parameters::FullyConnected(mut head) = dense(6, true) else { unreachable!() };
    head.weights_bits = 1;
    model.add("learned", Parameters::FullyConnected(head), &[trunk]).unwrap();
    model.compile(&Learning { num_classes: 3, ..Learning::new(20) }).unwrap();
    let input = events(DIMS, 6);
    let mut engine = Engine::new(&model).unwrap();
    engine.fit(&mut model, &input, Some(&[0, 1, 2, 0, 1, 2]), Hooks::default()).unwrap();
    let device = Device::load("akd1000").unwrap();
    let results = run(&model, &device, &input, 2);
    assert!(results.differences.is_empty(), "{}", results.differences[0]);
    let program = program(&model, &device);
    assert_eq!((program.output_index("age"), program.output_index("learned")), (Some(0), Some(1)));
    assert!(results.frames.iter().any(|frame| frame.output().iter().any(|&level| level != 0)));
}

/// A random network with one to three heads more, each behind any layer that yields levels.
fn with_heads(genome: &Genome, heads: &[(prop::sample::Index, u32, bool, bool)]) -> Trial {
    let mut trial = Trial::new(genome, 3);
    let levels: Vec<LayerId> =
        trial.model.iter().filter(|(_, l)| l.output_bits().is_some()).map(|(id, _)| id).collect();
    for (behind, neurons, connected, enabled) in heads {
        let behind = levels[behind.index(levels.len())];
        let layer = match connected {
            true => dense(*neurons, *enabled),
            false => convolution(*neurons, PoolingType::NoPooling, *enabled),
        };
        trial.model.add("", layer, &[behind]).unwrap();
    }
    trial.model.randomise(genome.seed);
    trial
}

proptest! {
    #![proptest_config(config(48))]

    /// Copies sent are copies received in every program, of one pass and of several, at any batch, and every output agrees.
    #[test]
    fn random_heads_agree_and_conserve_copies(
        genome in networks(),
        heads in prop::collection::vec((any::<prop::sample::Index>(), 1..=9u32, any::<bool>(), any::<bool>()), 1..=3),
        device in devices(),
        batch in 1..=3usize,
    ) {
        let trial = with_heads(&genome, &heads);
        let results = trial.run(&device, batch)?;
        prop_assert!(results.differences.is_empty(), "{}", results.differences[0]);
        let program = trial.compile(&device)?;
        let sinks = trial.model.iter().filter(|(id, _)| trial.model.consumers(*id).next().is_none()).count();
        prop_assert_eq!(program.outputs.len(), sinks);
        let conserved = conservation(&outcome(&program, &device, &trial.input));
        prop_assert!(conserved.is_ok(), "{:?}", conserved);
    }
}

/// The conservation test can fail.
#[test]
fn a_lost_copy_is_found() {
    let model = many_heads(Parameters::InputData(InputData { input: DIMS }));
    let device = Device::load("akd1000").unwrap();
    let mut outcome = outcome(&program(&model, &device), &device, &events(DIMS, 2));
    let sink = outcome.passes[0].units.last_mut().unwrap();
    sink.frames[1].received -= 1;
    assert!(conservation(&outcome).unwrap_err().starts_with("pass 0, frame 1: "));
}

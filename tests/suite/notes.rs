//! What a run says about its model: silent and saturated layers, dead neurons, times that do not depend on events.

use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::Simulator;
use spikemesh::model::{LayerId, Model, template};
use spikemesh::run::{Job, NoteKind, RunResults, simulate};
use spikemesh::tensor::{Event, Sparse};

/// Every value of every frame is an event, or only the one at (0, 0, 0).
fn inputs(model: &Model, frames: u32, dense: bool) -> Input {
    let dims = model.layers()[0].shape.input;
    let mut events = Vec::new();
    for n in 0..frames {
        for x in 0..if dense { dims.width } else { 1 } {
            for y in 0..if dense { dims.height } else { 1 } {
                for c in 0..if dense { dims.channels } else { 1 } {
                    events.push(Event { n, x, y, c, value: 1 + (n % 15) as u8 });
                }
            }
        }
    }
    let shape = [frames as usize, dims.width as usize, dims.height as usize, dims.channels as usize];
    Input::Events(Sparse { shape, events })
}

fn run(model: &Model, device: &Device, frames: u32, dense: bool, batch: usize, compared: bool) -> RunResults {
    let program = compile(model, device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program, device.clone()).unwrap();
    let input = inputs(model, frames, dense);
    let mut job = Job::new(&simulator, &input).batch(batch);
    if compared {
        job = job.against(model);
    }
    simulate(&job).unwrap().into_finished().unwrap()
}

fn lines(results: &RunResults) -> Vec<(NoteKind, &str)> {
    results.stats.notes.iter().map(|note| (note.kind, note.message.as_str())).collect()
}

#[test]
fn silent_and_saturated_layers_are_named_with_or_without_comparison() {
    let mut model = template::load(Path::new("tests/cmd/models/silent.yaml")).unwrap();
    model.randomise(1);
    let device = Device::load("two-nodes").unwrap();
    for (frames, over) in [(1, "1 frame"), (4, "4 frames")] {
        for (batch, compared) in [(1, false), (1, true), (3, false)] {
            let results = run(&model, &device, frames, true, batch, compared);
            let silent = format!("`a` sends no event in {over}: silent");
            let saturated = format!("`sat` sends the top level from every position in {over}: saturated");
            let expected = [(NoteKind::Silent, silent.as_str()), (NoteKind::Saturated, saturated.as_str())];
            assert_eq!(lines(&results), expected, "batch {batch}, compared {compared}");
            let counts: Vec<_> = results
                .stats
                .activity
                .iter()
                .map(|a| (a.name.as_str(), a.neurons, a.silent_neurons, a.values, a.top_values))
                .collect();
            let values = 12 * 12 * 8 * u64::from(frames);
            assert_eq!(counts, [("a", 8, 8, values, 0), ("sat", 8, 0, values, values), ("f", 3, 0, 0, 0)]);
        }
    }
}

/// What fires in one frame of several is neither silent nor saturated.
#[test]
fn one_event_is_enough() {
    let text = "layers:
  - {type: InputData, name: in, input_width: 4, input_height: 4, input_channels: 1}
  - {type: Convolutional, name: last, kernel_width: 1, kernel_height: 1, num_neurons: 2, weights_bits: 4, threshold_fire: 14, threshold_fire_bits: 4}
  - {type: FullyConnected, name: head, num_neurons: 2, activations_enabled: false}";
    let mut model = template::parse("one.yaml", text).unwrap();
    model.randomise(1);
    model.set_variable(LayerId(1), "weights", &[1i8, 0]).unwrap();
    let device = Device::load("two-nodes").unwrap();
    // The value 15 comes in the 15th frame, and no other exceeds the threshold.
    assert_eq!(lines(&run(&model, &device, 14, true, 2, false))[0].0, NoteKind::Silent);
    let results = run(&model, &device, 15, true, 2, false);
    assert!(results.stats.notes.is_empty(), "{:?}", results.stats.notes);
    assert_eq!(results.stats.activity[0].silent_neurons, 1);
}

/// Its second neuron has no weights. It is dead once that has been seen often enough.
#[test]
fn dead_neurons_are_named_from_32_frames_on() {
    let text = "layers:
  - {type: InputData, name: in, input_width: 4, input_height: 4, input_channels: 1}
  - {type: Convolutional, name: dead, kernel_width: 1, kernel_height: 1, num_neurons: 3, weights_bits: 4, threshold_fire_bits: 4}
  - {type: FullyConnected, name: head, num_neurons: 2, activations_enabled: false}";
    let mut model = template::parse("dead.yaml", text).unwrap();
    model.randomise(1);
    model.set_variable(LayerId(1), "weights", &[1i8, 0, 1]).unwrap();
    model.set_variable(LayerId(1), "threshold_fire", &[0, 0, 0]).unwrap();
    let device = Device::load("two-nodes").unwrap();
    assert!(run(&model, &device, 31, true, 4, false).stats.notes.is_empty());
    let results = run(&model, &device, 32, true, 4, false);
    let expected = "neurons without an event in 32 frames: 1 of 3 in `dead`";
    assert_eq!(lines(&results), [(NoteKind::DeadNeurons, expected)]);
}

/// Layers of later passes are seen as those of the first.
#[test]
fn layers_of_later_passes_are_named() {
    let mut text =
        "layers:\n  - {type: InputData, name: in, input_width: 1, input_height: 1, input_channels: 16}\n"
            .to_owned();
    for layer in 0..10 {
        let threshold = if layer == 9 { 500_000 } else { -500_000 };
        text += &format!(
            "  - {{type: FullyConnected, name: l{layer}, num_neurons: 16, weights_bits: 4, threshold_fire: {threshold}}}\n"
        );
    }
    let mut model = template::parse("deep.yaml", &text).unwrap();
    model.randomise(1);
    let results = run(&model, &Device::load("two-nodes").unwrap(), 2, true, 1, false);
    assert_eq!(results.stats.notes[0].layers, ["l9"]);
    assert_eq!(results.stats.notes[1].layers.len(), 9);
    let expected = "`l0`, `l1`, `l2`, `l3`, `l4` and 4 more send the top level from every position in 2 frames: saturated";
    assert_eq!(results.stats.notes[1].message, expected);
}

#[test]
fn dense_layers_with_external_weights_behind_sparse_inputs_are_noted() {
    let of = |width: u32, channels: u32, dense| {
        let text = format!(
            "layers:
  - {{type: InputData, name: in, input_width: {width}, input_height: {width}, input_channels: {channels}}}
  - {{type: FullyConnected, name: fc, num_neurons: 128, weights_bits: 4, activations_enabled: false}}"
        );
        let mut model = template::parse("fc.yaml", &text).unwrap();
        model.randomise(1);
        run(&model, &Device::load("two-nodes").unwrap(), 2, dense, 1, false)
    };
    let sparse = of(8, 8, false);
    assert_eq!(sparse.stats.notes[0].kind, NoteKind::ExternalWeights);
    assert!(
        sparse.stats.notes[0].message.starts_with("`fc` reads external weights for all inputs"),
        "{:?}",
        sparse.stats.notes
    );
    // All inputs have events; over one position the times are measured; weights on chip.
    for results in [of(8, 8, true), of(1, 512, false), of(4, 4, false)] {
        assert!(results.stats.notes.is_empty(), "{:?}", results.stats.notes);
    }
}

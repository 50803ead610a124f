//! A device without multi-pass: the host loads each pass as a program of its own, and that is what its frames take longer.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::Simulator;
use spikemesh::model::{Model, template};
use spikemesh::run::{Job, simulate};
use spikemesh::tensor::Dense;

/// Two layers that take five NPs each, on a device of eight.
fn model() -> Model {
    let mut model = template::parse(
        "two.yaml",
        "
layers:
  - {type: InputData, name: in, input_width: 4, input_height: 4, input_channels: 64}
  - {type: Convolutional, name: one, kernel_width: 3, kernel_height: 3, num_neurons: 640, weights_bits: 4, threshold_fire_bits: 1}
  - {type: Convolutional, name: two, kernel_width: 3, kernel_height: 3, num_neurons: 64, weights_bits: 4, threshold_fire_bits: 1}
",
    )
    .unwrap();
    model.randomise(1);
    model
}

/// Clocks of a frame, and weight bytes of the second pass.
fn frame(device: &Device) -> (u64, u64, u64) {
    let model = model();
    let program = compile(&model, device, &Mode::Minimal.into()).unwrap().program;
    assert_eq!(program.passes.len(), 2);
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    let events = Dense { shape: [1, 4, 4, 64], data: (0..1024).map(|i| u8::from(i % 3 == 0)).collect() };
    let events = Input::Events(spikemesh::tensor::Sparse::from_dense(&events));
    let ended = simulate(&Job::new(&simulator, &events).against(&model)).unwrap();
    let results = ended.into_finished().unwrap();
    assert!(results.differences.is_empty());
    let bytes = simulator.passes()[1].loads.iter().map(|load| load.bytes).sum();
    (results.frames[0].cycles, bytes, results.stats.load_start_clocks)
}

#[test]
fn a_sequence_costs_a_load_by_the_host() {
    let sequences = Device::load("two-nodes").unwrap();
    assert!(!*sequences.multi_pass);
    let mut passes = sequences.clone();
    passes.multi_pass.0 = true;
    let load = &passes.timing.load;
    let (with_passes, bytes, start) = frame(&passes);
    assert_eq!(start, 0);
    let (with_sequences, same_bytes, start) = frame(&sequences);
    assert_eq!(bytes, same_bytes);
    assert!(bytes > 100_000, "{bytes}");

    let thousandths = |clocks: u64| clocks.div_ceil(1000);
    let begin = u64::from(*load.first_microseconds) * *passes.clock_hz / 1000;
    assert_eq!(start, thousandths(begin));
    let by_host = thousandths(begin + load.first_byte.0.0 * bytes);
    let inside = thousandths(load.pass_byte.0.0 * bytes);
    assert_eq!(with_sequences - by_host, with_passes - inside);
}

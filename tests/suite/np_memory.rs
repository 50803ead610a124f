//! The memory of an NP to the byte: what the compiler counts runs, and the simulator counts the same but for potentials.

use spikemesh::compiler::{Mode, Resources, compile, partition};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::Simulator;
use spikemesh::model::{Model, template};
use spikemesh::run::{Job, simulate};
use spikemesh::tensor::{Dense, Sparse};

/// A separable layer behind an input map of a height; of its kernel no window reaches more than 2 h - 1 rows.
fn model(height: u32, kernel: u32) -> Model {
    let text = format!(
        "name: tall
layers:
  - {{type: InputData, name: in, input_width: 9, input_height: {height}, input_channels: 5}}
  - {{type: SeparableConvolutional, name: sep, num_neurons: 16, kernel_width: {kernel}, kernel_height: {kernel}, \
          weights_bits: 4, threshold_fire_bits: 4}}
"
    );
    let mut model = template::parse("tall.yaml", &text).expect("the template is right");
    model.randomise(3);
    model
}

fn device(memory: u64) -> Device {
    let mut device = Device::load("akd1500").expect("it comes with the library");
    device.np.memory_bytes.0 = u32::try_from(memory).expect("an NP has less");
    device
}

fn codes<E: miette::Diagnostic>(errors: &[E]) -> Vec<String> {
    errors.iter().filter_map(|error| error.code().map(|code| code.to_string())).collect()
}

#[test]
fn a_kernel_taller_than_its_map_reaches_runs_on_the_memory_that_the_compiler_counts_and_on_no_byte_less() {
    for (height, kernel) in [(1, 3), (1, 7), (2, 5), (2, 7), (3, 7), (4, 7)] {
        let what = format!("height {height}, kernel {kernel}");
        let model = model(height, kernel);
        let roomy = device(1 << 20);
        let divided =
            partition(model.layers(), &Resources::from(&roomy), Mode::Minimal).expect("it can be divided");
        let footprint = divided.layers.last().expect("there is the layer").footprint;
        let kept = u64::from(kernel.min(2 * height - 1));
        // 16 filters are two full groups, so that nothing is rounded up.
        assert_eq!(footprint.weights, (5 * (16 + u64::from(kernel) * kept) * 4).div_ceil(8), "{what}");

        let exact = device(footprint.total());
        let program = compile(&model, &exact, &Mode::Minimal.into()).expect("it fits").program;
        let simulator = Simulator::new(program.clone(), exact).expect("it fits here as well");
        let data = (0..9 * height * 5).map(|i| (i * 7 % 5) as u8).collect();
        let input = Input::Events(Sparse::from_dense(&Dense { shape: [1, 9, height as usize, 5], data }));
        let ended = simulate(&Job::new(&simulator, &input).against(&model)).expect("the input fits");
        let results = ended.into_finished().expect("it ends");
        assert!(results.compared > 0 && results.differences.is_empty(), "{what}");

        if height == 1 {
            // One row and one group cannot be cut.
            let less = device(footprint.total() - 1);
            let refused = compile(&model, &less, &Mode::Minimal.into()).expect_err("a byte is missing");
            assert_eq!(codes(&refused), ["compiler::memory_exceeded"], "{what}");
        }
        let least = footprint.total() - footprint.potentials;
        Simulator::new(program.clone(), device(least)).expect("potentials are not counted here");
        let refused = Simulator::new(program, device(least - 1)).err().expect("a byte is missing");
        assert_eq!(codes(&refused), ["simulate::np_memory"], "{what}");
    }
}

//! What cannot be mapped, and what is said about it: code, measured value, limit.

use miette::Diagnostic;

use spikemesh_compiler::Kernel;
use spikemesh_compiler::{Error, Mode, Resources, compile};
use spikemesh_device::Device;
use spikemesh_model::*;

fn target() -> Resources {
    Resources::from(&Device::load("akd1000").unwrap())
}

fn events(width: u32, height: u32, channels: u32) -> Model {
    let mut model = Model::new("refused");
    let input = Dims { width, height, channels };
    model.add("in", Parameters::InputData(InputData { input }), &[]).unwrap();
    model
}

fn convolution(kernel: (u32, u32), filters: u32, bits: u8, pooling: (PoolingType, i32)) -> Parameters {
    Parameters::Convolutional(Convolutional {
        convolution: ConvolutionParameters {
            kernel_width: kernel.0,
            kernel_height: kernel.1,
            num_neurons: filters,
            convolution_mode: ConvolutionMode::Same,
            stride_x: 1,
            stride_y: 1,
            weights_bits: bits,
        },
        pooling: PoolingParameters {
            pooling_width: pooling.1,
            pooling_height: pooling.1,
            pooling_type: pooling.0,
            ..Default::default()
        },
        activation: ActivationParameters { threshold_fire_bits: 4, ..Default::default() },
    })
}

const PLAIN: (PoolingType, i32) = (PoolingType::NoPooling, -1);

fn head(units: u32) -> Parameters {
    let activation = ActivationParameters::default();
    Parameters::FullyConnected(FullyConnected { num_neurons: units, weights_bits: 4, activation })
}

fn errors(model: &Model, target: &Resources) -> Vec<(String, String)> {
    let errors = match compile(model, target.clone(), &Mode::Minimal.into()) {
        Ok(compiled) => panic!("it takes {} NPs", compiled.report.total_nps),
        Err(errors) => errors,
    };
    errors.iter().map(|e: &Error| (e.code().unwrap().to_string(), e.to_string())).collect()
}

/// Asserts that a model with one layer behind events is refused for one reason, which names the numbers.
#[track_caller]
fn refused(input: (u32, u32, u32), layer: Parameters, code: &str, numbers: &[&str]) {
    let mut model = events(input.0, input.1, input.2);
    model.add("layer", layer, &[]).unwrap();
    let errors = errors(&model, &target());
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].0, code, "{errors:?}");
    for number in numbers.iter().chain(&["layer"]) {
        assert!(errors[0].1.contains(number), "{number} in {errors:?}");
    }
}

#[test]
fn each_reason_has_its_code_and_numbers() {
    let max = |size| (PoolingType::Max, size);
    let average = (PoolingType::Average, -1);
    refused((8, 8, 4), convolution((3, 1), 4, 4, PLAIN), "compiler::kernel_not_square", &["3x1"]);
    refused((4097, 1, 1), convolution((1, 1), 4, 4, PLAIN), "compiler::map_too_wide", &["4097", "4096"]);
    refused(
        (8, 8, 4),
        convolution((4, 4), 4, 4, PLAIN),
        "compiler::kernel_unknown",
        &["4x4", "1x1, 3x3, 5x5, 7x7"],
    );
    // 8 filters of 2048 channels, 7x7, 4 bit.
    refused(
        (1, 1, 2048),
        convolution((7, 7), 8, 4, PLAIN),
        "compiler::weights_too_large",
        &["401408", "41344"],
    );
    // 3 rows of 512 columns, 64 channels, 4 bit.
    refused(
        (512, 8, 64),
        convolution((3, 3), 8, 4, PLAIN),
        "compiler::input_too_large",
        &["3 rows", "49152", "43008"],
    );
    refused((256, 256, 2), head(4), "compiler::input_too_large", &["65536", "43008"]);
    refused(
        (8, 33, 4),
        convolution((3, 3), 8, 4, average),
        "compiler::global_pooling_cut",
        &["33", "2 slices", "32"],
    );
    refused(
        (8, 33, 4),
        convolution((3, 3), 8, 4, max(-1)),
        "compiler::global_pooling_cut",
        &["33", "2 slices"],
    );
    // 81 slices of one row.
    refused((200, 90, 140), convolution((3, 3), 8, 4, PLAIN), "compiler::layer_too_large", &["90", "80"]);
    // Pooling by 249 rows leaves one slice with all of them.
    refused(
        (8, 250, 100),
        convolution((3, 3), 8, 4, max(249)),
        "compiler::memory_exceeded",
        &["104857", "potentials"],
    );
}

#[test]
fn maps_of_any_shape_feed_fully_connected_layers() {
    for input in [(2049, 1, 1), (4097, 1, 1), (1, 1, 2049), (1, 5000, 2)] {
        let mut model = events(input.0, input.1, input.2);
        model.add("head", head(4), &[]).unwrap();
        assert!(compile(&model, target(), &Mode::Minimal.into()).is_ok(), "{input:?}");
    }
    // Two maps side by side, 2,049 features together.
    let mut model = events(1, 1, 1025);
    let a = model.add("a", convolution((1, 1), 1024, 1, PLAIN), &[]).unwrap();
    model.add("head", head(2049), &[LayerId(0), a]).unwrap();
    model.add("last", head(4), &[]).unwrap();
    assert!(compile(&model, target(), &Mode::Minimal.into()).is_ok());
}

#[test]
fn a_kernel_beyond_the_format_is_refused() {
    let mut model = events(17, 17, 1);
    model.add("layer", convolution((17, 17), 1, 4, PLAIN), &[]).unwrap();
    let kernels = vec![Kernel { separable: false, size: 17, weight_bits: 1 }];
    let errors = errors(&model, &Resources { kernels, ..target() });
    assert_eq!(errors[0].0, "compiler::kernel_too_large");
    assert!(errors[0].1.contains("17x17") && errors[0].1.contains("15"), "{errors:?}");
}

#[test]
fn potentials_are_bounded_by_the_actual_weights() {
    let mut model = events(32, 32, 64);
    let average = (PoolingType::Average, -1);
    let id = model.add("layer", convolution((7, 7), 2, 8, average), &[]).unwrap();
    // 15 x 7 x 7 x 64 x 1024 positions leave room for a mean weight of 44.58.
    let fits = vec![44i8; 7 * 7 * 64 * 2];
    model.set_variable(id, "weights", &fits).unwrap();
    assert!(compile(&model, target(), &Mode::Minimal.into()).is_ok());
    let mut large = fits;
    (0..large.len()).filter(|i| i % 2 == 1).for_each(|i| large[i] = -45);
    model.set_variable(id, "weights", &large).unwrap();
    let errors = errors(&model, &target());
    assert_eq!(errors[0].0, "compiler::potential_overflow");
    for number in ["neuron 1", "2167603200", "2147483647", "1024 pooled"] {
        assert!(errors[0].1.contains(number), "{number} in {errors:?}");
    }
}

#[test]
fn all_reasons_are_given_at_once() {
    let mut model = events(4097, 2, 1);
    model.add("oblong", convolution((1, 2), 4, 4, PLAIN), &[]).unwrap();
    model.add("large", convolution((16, 16), 4, 4, PLAIN), &[]).unwrap();
    let codes: Vec<String> = errors(&model, &target()).into_iter().map(|e| e.0).collect();
    for code in ["compiler::map_too_wide", "compiler::kernel_not_square", "compiler::kernel_too_large"] {
        assert!(codes.iter().any(|c| c == code), "{code} in {codes:?}");
    }
}

#[test]
fn a_model_that_computes_nothing_is_refused() {
    assert_eq!(errors(&Model::new(""), &target())[0].0, "compiler::empty");
    assert_eq!(errors(&events(4, 4, 1), &target())[0].0, "compiler::empty");
}

#[test]
fn hw_pr_needs_passes_inside_a_program() {
    let mut model = events(4, 4, 1);
    model.add("head", head(4), &[]).unwrap();
    let errors = compile(&model, target(), &Mode::HwPr.into()).unwrap_err();
    assert_eq!(errors[0].code().unwrap().to_string(), "compiler::mode_needs_multi_pass");
    let multi_pass = Resources { multi_pass: true, ..target() };
    assert!(compile(&model, multi_pass, &Mode::HwPr.into()).is_ok());
}

#[test]
fn two_slices_have_one_halo_each() {
    // 3,750 bytes per row: 10 + 1 rows fit into 43,008 bytes, 12 would not.
    let mut model = events(100, 20, 75);
    model.add("layer", convolution((3, 3), 8, 4, PLAIN), &[]).unwrap();
    let plan = compile(&model, target(), &Mode::Minimal.into()).unwrap().report;
    assert_eq!(plan.layers[1].spatial_splits, 2);
    assert_eq!(plan.layers[1].bytes.input_map, 41_250);
}

/// The limit of the split is that of one map; both are in the memory.
#[test]
fn a_second_input_map_counts_in_the_memory_only() {
    let mut model = events(100, 20, 75);
    model.add("layer", convolution((3, 3), 8, 4, PLAIN), &[]).unwrap();
    let one = compile(&model, target(), &Mode::Minimal.into()).unwrap().report;
    let two = |memory_bytes| {
        let mut resources = target();
        (resources.np.input_maps, resources.np.memory_bytes) = (2, memory_bytes);
        compile(&model, resources, &Mode::Minimal.into())
    };
    let plan = two(1 << 20).unwrap().report;
    assert_eq!(plan.layers[1].spatial_splits, one.layers[1].spatial_splits);
    assert_eq!(plan.layers[1].bytes.input_map, 2 * one.layers[1].bytes.input_map);
    let errors = two(80_000).unwrap_err();
    let both = |error: &Error| matches!(error, Error::MemoryExceeded { footprint, .. } if footprint.input_map == 82_500);
    assert!(errors.iter().any(both), "{errors:?}");
}

#[test]
fn weights_move_out_of_the_chip_above_the_limit() {
    // 4 bit: 1024 x 32 inputs and units are 16,384 bytes.
    for (units, external) in [(32, false), (33, true)] {
        let mut model = events(1, 1, 1024);
        model.add("head", head(units), &[]).unwrap();
        let plan = compile(&model, target(), &Mode::Minimal.into()).unwrap().report;
        assert_eq!(plan.layers[1].external_weights, external);
        assert_eq!(plan.layers[1].bytes.weights, if external { 0 } else { 16_384 });
        assert_eq!(plan.layers[1].nps, 1);
    }
}

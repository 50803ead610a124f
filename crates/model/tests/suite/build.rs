//! Building models: what is refused, with which code, and that a refusal changes nothing.

use miette::Diagnostic;
use proptest::prelude::*;
use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, Error, FullyConnected,
    InputConvolutional, InputData, LayerId, Model, Parameters, PoolingParameters, PoolingType,
    SeparableConvolutional, Values, weight_range,
};

fn input(width: u32, height: u32, channels: u32) -> Parameters {
    Parameters::InputData(InputData { input: Dims { width, height, channels } })
}

fn convolution() -> ConvolutionParameters {
    ConvolutionParameters {
        kernel_width: 3,
        kernel_height: 3,
        num_neurons: 4,
        convolution_mode: ConvolutionMode::Same,
        stride_x: 1,
        stride_y: 1,
        weights_bits: 2,
    }
}

fn conv(change: impl FnOnce(&mut Convolutional)) -> Parameters {
    let mut p = Convolutional {
        convolution: convolution(),
        pooling: PoolingParameters::default(),
        activation: ActivationParameters::default(),
    };
    change(&mut p);
    Parameters::Convolutional(p)
}

fn separable() -> Parameters {
    Parameters::SeparableConvolutional(SeparableConvolutional {
        convolution: convolution(),
        pooling: PoolingParameters::default(),
        activation: ActivationParameters::default(),
    })
}

fn dense(num_neurons: u32, weights_bits: u8) -> Parameters {
    Parameters::FullyConnected(FullyConnected { num_neurons, weights_bits, activation: Default::default() })
}

/// Events 8x6x2, then a convolution of 4 neurons.
fn small() -> Model {
    let mut model = Model::new("small");
    model.add("in", input(8, 6, 2), &[]).unwrap();
    model.add("a", conv(|_| {}), &[]).unwrap();
    model
}

fn codes(errors: &[Error]) -> Vec<String> {
    errors.iter().map(|e| e.code().unwrap().to_string()).collect()
}

#[track_caller]
fn refused(model: &mut Model, name: &str, parameters: Parameters, inbound: &[LayerId], expected: &[&str]) {
    let before = model.clone();
    let errors = model.add(name, parameters, inbound).unwrap_err();
    assert_eq!(codes(&errors), expected, "{errors:?}");
    assert_eq!(*model, before, "a refused layer must leave no trace");
    assert!(errors.iter().all(|e| e.help().is_some()));
}

#[test]
fn parameters_out_of_range_are_all_reported() {
    let range = "model::parameter_range";
    let mut m = small();
    refused(&mut m, "b", conv(|p| p.convolution.kernel_width = 0), &[], &[range]);
    refused(&mut m, "b", conv(|p| p.convolution.kernel_height = 65_536), &[], &[range]);
    refused(&mut m, "b", conv(|p| p.convolution.stride_x = 0), &[], &[range]);
    refused(&mut m, "b", conv(|p| p.convolution.num_neurons = u32::MAX), &[], &[range]);
    for bits in [0, 9] {
        refused(&mut m, "b", conv(|p| p.convolution.weights_bits = bits), &[], &[range]);
        refused(&mut m, "b", dense(3, bits), &[], &[range]);
    }
    for bits in [0, 5] {
        refused(&mut m, "b", conv(|p| p.activation.threshold_fire_bits = bits), &[], &[range]);
    }
    for step in [0.0, -0.0, -1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        refused(&mut m, "b", conv(|p| p.activation.threshold_fire_step = step), &[], &[range]);
    }
    for size in [0, -2, 65_536, i32::MIN] {
        let pooled = conv(|p| {
            p.pooling.pooling_type = PoolingType::Max;
            p.pooling.pooling_width = size;
            p.pooling.pooling_stride_y = size;
        });
        refused(&mut m, "b", pooled, &[], &[range, range]);
    }
    let worst = conv(|p| {
        p.convolution.kernel_width = 0;
        p.convolution.stride_y = 0;
        p.convolution.weights_bits = 77;
        p.activation.threshold_fire_bits = 0;
    });
    refused(
        &mut m,
        "in",
        worst,
        &[LayerId(9)],
        &[range, range, range, range, "model::duplicate_name", "model::unknown_inbound"],
    );
}

#[test]
fn the_input_layer_comes_first_and_only_first() {
    let mut empty = Model::new("");
    refused(&mut empty, "", conv(|_| {}), &[], &["model::no_input"]);
    refused(&mut empty, "", input(1, 1, 1), &[LayerId(0)], &["model::unknown_inbound"]);
    refused(&mut empty, "", input(0, 70_000, 1), &[], &["model::parameter_range"; 2]);
    refused(&mut small(), "", input(8, 6, 2), &[], &["model::second_input"]);
    let image = |channels| {
        Parameters::InputConvolutional(InputConvolutional {
            input: Dims { width: 8, height: 8, channels },
            convolution: convolution(),
            pooling: PoolingParameters::default(),
            activation: ActivationParameters::default(),
            padding_value: 0,
        })
    };
    refused(&mut empty, "", image(2), &[], &["model::parameter_range"]);
    let first = empty.add("", image(3), &[]).unwrap();
    assert_eq!((empty.layer(first).input_bits, empty.layer(first).max_input()), (8, 255));
    assert_eq!(empty.layer(first).name, "inputconvolutional_0");
}

#[test]
fn graphs_concatenate_channels_of_equal_maps() {
    let mut m = small();
    let a = m.layer_by_name("a").unwrap();
    let bits = |bits| move |p: &mut Convolutional| p.activation.threshold_fire_bits = bits;
    let b = m.add("b", conv(bits(2)), &[LayerId(0)]).unwrap();
    let joined = m.add("", conv(bits(4)), &[b, a]).unwrap();
    let layer = m.layer(joined);
    assert_eq!(layer.name, "convolutional_3");
    assert_eq!(layer.shape.input, Dims { width: 8, height: 6, channels: 8 });
    assert_eq!(layer.input_bits, 2, "the larger of 1 and 2");
    assert_eq!(layer.inbound, [b, a]);
    assert_eq!(m.consumers(LayerId(0)).collect::<Vec<_>>(), [a, b]);
    assert_eq!(m.consumers(joined).count(), 0);
    assert_eq!(m.output(), Some(joined));
    assert_eq!(m.layer(a).input_bits, 4, "InputData");

    let half = m.add("half", conv(|p| p.convolution.stride_x = 2), &[a]).unwrap();
    refused(
        &mut m,
        "x",
        conv(|_| {}),
        &[a, half, b, half],
        &["model::inbound_sizes", "model::inbound_twice"],
    );
    let raw = m.add("raw", conv(|p| p.activation.activations_enabled = false), &[a]).unwrap();
    refused(&mut m, "x", conv(|_| {}), &[], &["model::inbound_potentials"]);
    refused(&mut m, "x", conv(|_| {}), &[a, raw], &["model::inbound_potentials"]);
    refused(&mut m, "x", conv(|_| {}), &[a, LayerId(99)], &["model::unknown_inbound"]);
    assert_eq!(m.pop().unwrap().name, "raw");
    assert_eq!(m.output(), Some(half));
}

#[test]
fn names_are_unique_and_printable() {
    let mut m = small();
    refused(&mut m, "a", conv(|_| {}), &[], &["model::duplicate_name"]);
    refused(&mut m, "a\nb", conv(|_| {}), &[], &["model::layer_name"]);
    refused(&mut m, &"é".repeat(128), conv(|_| {}), &[], &["model::layer_name"]);
    m.add(&"é".repeat(127), conv(|_| {}), &[]).unwrap();
}

#[test]
fn sizes_are_bounded_before_anything_is_allocated() {
    let mut m = Model::new("");
    refused(&mut m, "", input(65_535, 65_535, 65_535), &[], &["model::map_too_large"]);
    m.add("", input(65_535, 1, 1), &[]).unwrap();
    let full = conv(|p| {
        p.convolution.kernel_width = 60_000;
        p.convolution.convolution_mode = ConvolutionMode::Full;
        p.pooling.pooling_type = PoolingType::Max;
        p.pooling.pooling_width = 60_000;
    });
    refused(&mut m, "", full, &[], &["model::side_too_large"]);
    let heavy = conv(|p| {
        p.convolution.kernel_width = 65_535;
        p.convolution.kernel_height = 65_535;
        p.convolution.num_neurons = 4096;
    });
    refused(&mut m, "", heavy, &[], &["model::too_many_weights"]);

    let mut wide = Model::new("");
    wide.add("", input(4096, 4096, 16), &[]).unwrap();
    refused(&mut wide, "", dense(5, 1), &[], &["model::too_many_weights"]);
}

#[test]
fn windows_need_a_place() {
    let valid = |width, pool| {
        conv(move |p| {
            p.convolution.convolution_mode = ConvolutionMode::Valid;
            p.convolution.kernel_width = width;
            p.convolution.kernel_height = 1;
            p.pooling.pooling_type = PoolingType::Max;
            p.pooling.pooling_width = pool;
        })
    };
    let mut m = small();
    refused(&mut m, "", valid(9, -1), &[], &["model::window_too_large"]);
    refused(&mut m, "", valid(7, 3), &[], &["model::window_too_large"]);
    m.add("", valid(7, 2), &[]).unwrap();
}

#[test]
fn variables_have_shapes_and_ranges() {
    let mut m = small();
    let s = m.add("s", separable(), &[]).unwrap();
    let f = m.add("f", dense(3, 1), &[]).unwrap();
    let names = |id| m.layer(id).variable_names().iter().map(|n| n.as_str()).collect::<Vec<_>>();
    assert_eq!(names(LayerId(0)), [""; 0]);
    assert_eq!(names(LayerId(1)), ["weights", "threshold_fire", "threshold_fire_step"]);
    assert_eq!(names(s), ["weights", "weights_pw", "threshold_fire", "threshold_fire_step"]);
    let shape = |id, name| m.layer(id).variable_shape(name).unwrap();
    use spikemesh_model::VariableName::*;
    assert_eq!(shape(LayerId(1), Weights), [3, 3, 2, 4]);
    assert_eq!(shape(s, Weights), [3, 3, 4, 1]);
    assert_eq!(shape(s, WeightsPw), [1, 1, 4, 4]);
    assert_eq!(shape(f, Weights), [1, 1, 8 * 6 * 4, 3]);
    assert_eq!(shape(f, ThresholdFireStep), [3]);

    let code = |m: &mut Model, id, name: &str, values: Values| {
        let before = m.clone();
        let error = m.set_variable(id, name, values).unwrap_err();
        assert_eq!(*m, before);
        error.code().unwrap().to_string()
    };
    let mut weights = vec![1i64; 36];
    weights[17] = 2;
    assert_eq!(code(&mut m, s, "weights", (&weights).into()), "model::variable_range");
    let error = m.set_variable(s, "weights", &weights).unwrap_err().to_string();
    assert_eq!(error, "layer `s`: weights at index [1, 1, 1, 0] is 2, allowed is -1 to 1");
    weights[17] = 257; // must not wrap round to 1
    assert_eq!(code(&mut m, s, "weights", (&weights).into()), "model::variable_range");
    assert_eq!(code(&mut m, s, "weights", (&weights[1..]).into()), "model::variable_length");
    assert_eq!(code(&mut m, s, "weights", (&[0.5f32; 36]).into()), "model::variable_type");
    assert_eq!(code(&mut m, s, "weight", (&[1i8; 36]).into()), "model::unknown_variable");
    assert_eq!(code(&mut m, LayerId(0), "weights", (&[1i8; 0]).into()), "model::unknown_variable");
    assert_eq!(code(&mut m, LayerId(8), "weights", (&[1i8; 0]).into()), "model::unknown_layer");
    assert_eq!(code(&mut m, f, "weights", (&[-1i8; 576]).into()), "model::variable_range");
    let large = [0, i64::from(i32::MAX) + 1, 0];
    assert_eq!(code(&mut m, f, "threshold_fire", (&large).into()), "model::variable_range");
    for bad in [0.0, -2.0, f64::NAN, f64::INFINITY, 1e300, 1e-300] {
        assert_eq!(
            code(&mut m, f, "threshold_fire_step", (&[1.0, bad, 1.0]).into()),
            "model::variable_range"
        );
    }
    m.set_variable(f, "threshold_fire_step", &[2i32, 3, 4]).unwrap();
    assert_eq!(m.variable(f, "threshold_fire_step").unwrap(), Values::F32(&[2.0, 3.0, 4.0]));
    m.set_variable(f, "threshold_fire", &[i32::MIN, 0, i32::MAX]).unwrap();
    assert_eq!(m.layer(f).variables.threshold_fire, [i32::MIN, 0, i32::MAX]);
}

#[test]
fn a_separable_layer_is_set_once_both_of_its_weights_are() {
    let set = |order: &[&str]| {
        let mut m = small();
        m.set_variable(LayerId(1), "weights", &[0i8; 72]).unwrap();
        let s = m.add("s", separable(), &[]).unwrap();
        assert!(m.require_weights().unwrap_err().to_string().ends_with(": s"));
        for name in order {
            let len = m.variable(s, name).unwrap().len();
            m.set_variable(s, name, &vec![1i8; len]).unwrap();
        }
        m.require_weights().is_ok()
    };
    assert!(set(&["weights", "weights_pw"]));
    assert!(set(&["weights_pw", "weights_pw", "weights", "weights"]));
    assert!(!set(&["weights", "weights", "threshold_fire"]));
    assert!(!set(&["weights_pw"]));
}

proptest! {
    #[test]
    fn weights_hold_exactly_their_range(bits in 1u8..=8, value in -200i64..200) {
        let mut m = small();
        let id = m.add("w", dense(1, bits), &[]).unwrap();
        let mut values = vec![0i64; 192];
        values[100] = value;
        let largest = (1i64 << (bits - 1)) - 1;
        let holds = if bits == 1 { value == 0 || value == 1 } else { value.abs() <= largest };
        prop_assert_eq!(m.set_variable(id, "weights", &values).is_ok(), holds);
        prop_assert_eq!(i64::from(weight_range(bits).1), if bits == 1 { 1 } else { largest });
    }
}

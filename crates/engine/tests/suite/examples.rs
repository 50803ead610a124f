//! Fixed examples of the arithmetic, and the engine's errors.

use miette::Diagnostic;
use spikemesh_engine::{Engine, Error, Hooks, Input, MapValues, Output};
use spikemesh_model::tensor::{Dense, Event, Sparse};
use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, LayerId, Model, Parameters, PoolingParameters, PoolingType,
    SeparableConvolutional,
};
use spikemesh_stop::Stop;

const RAW: ActivationParameters = ActivationParameters {
    activations_enabled: false,
    threshold_fire: 0,
    threshold_fire_step: 1.0,
    threshold_fire_bits: 1,
};

fn dims(width: u32, height: u32, channels: u32) -> Dims {
    Dims { width, height, channels }
}

/// A model that begins with an InputData.
fn model(input: Dims) -> Model {
    let mut model = Model::new("example");
    model.add("input", Parameters::InputData(InputData { input }), &[]).unwrap();
    model
}

fn add(model: &mut Model, name: &str, parameters: Parameters, weights: &[i8]) -> LayerId {
    let id = model.add(name, parameters, &[]).unwrap();
    model.set_variable(id, "weights", weights).unwrap();
    id
}

fn head(num_neurons: u32, activation: ActivationParameters) -> Parameters {
    Parameters::FullyConnected(FullyConnected { num_neurons, weights_bits: 8, activation })
}

fn kernel(width: u32, height: u32, mode: ConvolutionMode, stride: u32) -> ConvolutionParameters {
    ConvolutionParameters {
        kernel_width: width,
        kernel_height: height,
        num_neurons: 1,
        convolution_mode: mode,
        stride_x: stride,
        stride_y: stride,
        weights_bits: 8,
    }
}

fn convolutional(convolution: ConvolutionParameters) -> Parameters {
    Parameters::Convolutional(Convolutional { convolution, pooling: Default::default(), activation: RAW })
}

/// Samples given as maps (w, h, c).
fn maps(dims: Dims, samples: &[&[u8]]) -> Input {
    let shape = [samples.len(), dims.width as usize, dims.height as usize, dims.channels as usize];
    let mut events = Vec::new();
    for (n, sample) in samples.iter().enumerate() {
        for (i, &value) in sample.iter().enumerate().filter(|(_, value)| **value != 0) {
            let (i, n) = (i as u32, n as u32);
            let position = i / dims.channels;
            let (x, y) = (position / dims.height, position % dims.height);
            events.push(Event { n, x, y, c: i % dims.channels, value });
        }
    }
    Input::Events(Sparse { shape, events })
}

fn potentials(model: &Model, input: &Input) -> Vec<i32> {
    match Engine::new(model).unwrap().forward(input).unwrap() {
        Output::Potentials(potentials) => potentials.data,
        Output::Levels(levels) => panic!("levels: {levels:?}"),
    }
}

fn codes(errors: Vec<Error>) -> Vec<String> {
    errors.iter().map(|error| error.code().expect("every error has a code").to_string()).collect()
}

#[test]
fn same_padding_puts_the_odd_position_at_the_end() {
    // n = 4, k = 3, stride 2: windows start at 0 and 2, and the last one hangs over.
    let input = dims(4, 1, 1);
    let mut model = model(input);
    let convolution = ConvolutionParameters { stride_y: 1, ..kernel(3, 1, ConvolutionMode::Same, 2) };
    // Stored flipped: 1 meets the window's last position, 100 its first.
    add(&mut model, "c", convolutional(convolution), &[1, 10, 100]);
    assert_eq!(potentials(&model, &maps(input, &[&[1, 2, 3, 4]])), [100 + 20 + 3, 300 + 40]);
}

#[test]
fn an_input_convolution_correlates_and_pads_with_its_value() {
    let mut model = Model::new("example");
    let parameters = Parameters::InputConvolutional(InputConvolutional {
        input: dims(3, 1, 1),
        convolution: kernel(3, 1, ConvolutionMode::Same, 1),
        pooling: Default::default(),
        activation: RAW,
        padding_value: 7,
    });
    add(&mut model, "c", parameters, &[1, 10, 100]);
    let expected = [7 + 10 + 200, 1 + 20 + 300, 2 + 30 + 700];
    assert_eq!(potentials(&model, &maps(dims(3, 1, 1), &[&[1, 2, 3]])), expected);
    // A missing event is 0, not the padding value.
    assert_eq!(potentials(&model, &maps(dims(3, 1, 1), &[&[0, 0, 0]])), [7, 0, 700]);
    // The same samples as images (n, h, w, c).
    let images = Input::Images(Dense { shape: [1, 1, 3, 1], data: vec![1, 2, 3] });
    assert_eq!(potentials(&model, &images), expected);
}

#[test]
fn a_full_convolution_yields_every_overlap() {
    let input = dims(2, 1, 1);
    let mut model = model(input);
    add(&mut model, "c", convolutional(kernel(2, 1, ConvolutionMode::Full, 1)), &[3, 5]);
    // The product of 1 + 2x and 3 + 5x.
    assert_eq!(potentials(&model, &maps(input, &[&[1, 2]])), [3, 11, 10]);
}

#[test]
fn padding_never_wins_a_maximum() {
    let input = dims(3, 1, 1);
    let mut model = model(input);
    let parameters = Parameters::Convolutional(Convolutional {
        convolution: kernel(1, 1, ConvolutionMode::Same, 1),
        pooling: PoolingParameters {
            pooling_width: 2,
            pooling_height: 1,
            pooling_type: PoolingType::Max,
            ..Default::default()
        },
        activation: RAW,
    });
    add(&mut model, "c", parameters, &[-1]);
    assert_eq!(potentials(&model, &maps(input, &[&[4, 2, 3]])), [-2, -3]);
}

#[test]
fn a_fully_connected_layer_has_x_fastest_and_channels_slowest() {
    let input = dims(2, 3, 2);
    let mut model = model(input);
    add(&mut model, "f", head(1, RAW), &(0..12).collect::<Vec<i8>>());
    for (x, y, c) in [(0u32, 0u32, 1u32), (1, 0, 0), (0, 2, 0), (1, 2, 1)] {
        let events = vec![Event { n: 0, x, y, c, value: 1 }];
        let sample = Input::Events(Sparse { shape: [1, 2, 3, 2], events });
        assert_eq!(potentials(&model, &sample), [(x + 2 * (y + 3 * c)) as i32]);
    }
}

#[test]
fn evaluate_subtracts_the_threshold_and_divides_by_the_step() {
    let input = dims(1, 1, 1);
    let mut model = model(input);
    let f = add(&mut model, "f", head(3, RAW), &[3, -5, 127]);
    model.set_variable(f, "threshold_fire", &[10i32, -10, i32::MIN][..]).unwrap();
    model.set_variable(f, "threshold_fire_step", &[2.5f32, 0.3, 1.0][..]).unwrap();
    let engine = Engine::new(&model).unwrap();
    let batch = maps(input, &[&[2], &[15]]);
    let values = engine.evaluate(&batch).unwrap();
    assert_eq!(values.shape, [2, 1, 1, 3]);
    let third = |p: i64| (p + (1i64 << 31)) as f64 as f32;
    let step = f64::from(0.3f32);
    assert_eq!(values.data, [-1.6, 0.0, third(254), 14.0, (-65.0 / step) as f32, third(1905)]);
    // The threshold is not taken off raw potentials.
    assert_eq!(potentials(&model, &batch), [6, -10, 254, 45, -75, 1905]);
}

#[test]
fn evaluate_wants_potentials() {
    let only_input = Engine::new(&model(dims(1, 1, 1))).unwrap();
    // Checked before the input is.
    let wrong = maps(dims(2, 2, 2), &[&[0; 8]]);
    assert_eq!(only_input.evaluate(&wrong).unwrap_err(), [Error::EvaluateInput]);
    let mut levels = model(dims(1, 1, 1));
    add(&mut levels, "head", head(1, ActivationParameters::default()), &[1]);
    let errors = Engine::new(&levels).unwrap().evaluate(&maps(dims(1, 1, 1), &[&[1]])).unwrap_err();
    assert_eq!(errors, [Error::EvaluateActivation { layer: "head".into() }]);
}

#[test]
fn prediction_groups_neurons_and_breaks_ties_low() {
    let input = dims(4, 1, 1);
    let identity = |n: usize| -> Vec<i8> { (0..n * n).map(|i| i8::from(i / n == i % n)).collect() };
    let levels = ActivationParameters { threshold_fire_bits: 4, ..Default::default() };
    let mut with_levels = model(input);
    add(&mut with_levels, "f", head(4, levels), &identity(4));
    let mut with_potentials = model(input);
    let f = add(&mut with_potentials, "f", head(4, RAW), &identity(4));
    // Thresholds play no part.
    with_potentials.set_variable(f, "threshold_fire", &[100i32, -100, 5, 0][..]).unwrap();

    let batch = maps(input, &[&[1, 2, 3, 3], &[5, 5, 0, 0], &[0, 0, 0, 0], &[0, 0, 0, 9]]);
    let of_levels = Engine::new(&with_levels).unwrap();
    assert_eq!(of_levels.predict(&batch, 4).unwrap(), [2, 0, -1, 3]);
    assert_eq!(of_levels.predict(&batch, 2).unwrap(), [1, 0, -1, 1]);
    assert_eq!(of_levels.predict(&batch, 1).unwrap(), [0, 0, -1, 0]);
    let of_potentials = Engine::new(&with_potentials).unwrap();
    assert_eq!(of_potentials.predict(&batch, 4).unwrap(), [2, 0, 0, 3]);
    for classes in [0, 3, 5, 8] {
        assert_eq!(codes(of_levels.predict(&batch, classes).unwrap_err()), ["engine::classes"]);
    }
}

#[test]
fn prediction_takes_each_neurons_maximum_over_the_map() {
    // An InputData alone: its events are the result.
    let input = dims(2, 1, 2);
    let engine = Engine::new(&model(input)).unwrap();
    let batch = maps(input, &[&[3, 1, 1, 4], &[4, 0, 0, 4], &[0, 1, 1, 0]]);
    assert_eq!(engine.predict(&batch, 2).unwrap(), [1, 0, 0]);
}

/// A separable layer whose potential can reach 15 * 49 * 127 * 127 * 182, just above 2^31.
fn beyond_32_bits(activation: ActivationParameters) -> Model {
    let mut model = model(dims(7, 7, 182));
    let convolution = ConvolutionParameters { num_neurons: 2, ..kernel(7, 7, ConvolutionMode::Valid, 1) };
    let parameters = Parameters::SeparableConvolutional(SeparableConvolutional {
        convolution,
        pooling: Default::default(),
        activation,
    });
    let id = add(&mut model, "deep", parameters, &[127; 49 * 182]);
    let pointwise: Vec<i8> = (0..2 * 182).map(|i| if i % 2 == 0 { 1 } else { 127 }).collect();
    model.set_variable(id, "weights_pw", &pointwise[..]).unwrap();
    model
}

#[test]
fn a_raw_potential_beyond_32_bits_names_the_neuron() {
    let model = beyond_32_bits(RAW);
    let engine = Engine::new(&model).unwrap();
    let (full, one) = ([15; 49 * 182], [1; 49 * 182]);
    let dims = dims(7, 7, 182);
    let expected = [Error::PotentialRange {
        layer: "deep".into(),
        neuron: 1,
        sample: 1,
        x: 0,
        y: 0,
        potential: 15 * 49 * 127 * 127 * 182,
    }];
    let batch = maps(dims, &[&one, &full]);
    assert_eq!(engine.forward(&batch).unwrap_err(), expected);
    assert_eq!(engine.trace(&batch, 1).unwrap_err(), expected);
    assert_eq!(engine.evaluate(&batch).unwrap_err(), expected);
    assert_eq!(engine.predict(&batch, 2).unwrap_err(), expected);
    assert_eq!(potentials(&model, &maps(dims, &[&one])), [49 * 127 * 182, 49 * 127 * 127 * 182]);
}

#[test]
fn levels_of_potentials_beyond_32_bits_are_exact() {
    let total = 15 * 49 * 127 * 127 * 182i64;
    let mut model = beyond_32_bits(ActivationParameters { threshold_fire_bits: 4, ..Default::default() });
    // At step 8 the interval is 8: two steps below the total, and one exactly at it.
    let over = (total - i64::from(i32::MAX)) as f32;
    model.set_variable(LayerId(1), "threshold_fire", &[i32::MAX, i32::MAX][..]).unwrap();
    let batch = maps(dims(7, 7, 182), &[&[15; 49 * 182]]);
    for (step, level) in [(over / 3.5, 4u8), (over, 1), (over * 2.0, 1)] {
        model.set_variable(LayerId(1), "threshold_fire_step", &[step, step][..]).unwrap();
        let trace = Engine::new(&model).unwrap().trace(&batch, 0).unwrap();
        assert_eq!(trace[1].values, MapValues::Levels(vec![0, level]), "step {step}");
    }
    // An observer cannot be given such a potential.
    let observed = Engine::new(&model).unwrap().forward_observed(&batch, &[LayerId(1)], &mut |_| {
        panic!("there is nothing to observe");
    });
    assert_eq!(codes(observed.unwrap_err()), ["engine::potential_range"]);
}

#[test]
fn sums_over_a_map_can_exceed_32_bits() {
    let mut model = Model::new("example");
    let parameters = Parameters::InputConvolutional(InputConvolutional {
        input: dims(300, 300, 3),
        convolution: kernel(1, 1, ConvolutionMode::Same, 1),
        pooling: PoolingParameters { pooling_type: PoolingType::Average, ..Default::default() },
        activation: RAW,
        padding_value: 0,
    });
    add(&mut model, "c", parameters, &[-127; 3]);
    let engine = Engine::new(&model).unwrap();
    let image = |value| Input::Images(Dense { shape: [1, 300, 300, 3], data: vec![value; 300 * 300 * 3] });
    let Err(errors) = engine.forward(&image(255)) else { panic!("it does not fit") };
    assert!(matches!(errors[..], [Error::PotentialRange { potential: -8_743_950_000, .. }]), "{errors:?}");
    assert_eq!(potentials(&model, &image(1)), [-127 * 3 * 90_000]);
}

#[test]
fn unset_weights_name_their_layers() {
    let mut model = model(dims(2, 2, 2));
    let activation = ActivationParameters::default();
    let convolution = kernel(1, 1, ConvolutionMode::Same, 1);
    let pooling = PoolingParameters::default();
    let parameters = SeparableConvolutional { convolution, pooling, activation };
    model.add("a", Parameters::SeparableConvolutional(parameters), &[]).unwrap();
    add(&mut model, "b", head(1, activation), &[1; 4]);
    model.add("c", head(1, activation), &[]).unwrap();
    // Half of a separable layer's weights are not all.
    model.set_variable(LayerId(1), "weights", &[1i8, 1][..]).unwrap();
    let errors = Engine::new(&model).unwrap_err();
    assert_eq!(errors, [Error::UnsetWeights { layers: vec!["a".into(), "c".into()] }]);
    assert_eq!(Engine::new(&Model::new("empty")).unwrap_err(), [Error::EmptyModel]);
}

#[test]
fn wrong_inputs_are_refused_as_a_whole() {
    let events = Engine::new(&model(dims(2, 3, 1))).unwrap();
    let refused = |input: Input| codes(events.forward(&input).unwrap_err());
    let image = |shape: [usize; 4], data: Vec<u8>| Input::Images(Dense { shape, data });
    let sparse = |shape, events: &[(u32, u32, u32, u32, u8)]| {
        let event = |&(n, x, y, c, value): &_| Event { n, x, y, c, value };
        Input::Events(Sparse { shape, events: events.iter().map(event).collect() })
    };

    assert_eq!(refused(image([1, 2, 3, 1], vec![0; 6])), ["engine::input_shape"]);
    assert_eq!(refused(image([1, 3, 2, 2], vec![0; 12])), ["engine::image_channels", "engine::input_shape"]);
    assert_eq!(refused(image([1, 3, 2, 1], vec![0; 5])), ["engine::input_length"]);
    assert_eq!(refused(image([usize::MAX, 3, 2, 1], vec![0; 5])), ["engine::input_length"]);
    let value =
        events.forward(&image([2, 3, 2, 1], vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 255])).unwrap_err();
    let expected = Error::InputValue {
        layer: "input".into(),
        count: 2,
        sample: 1,
        x: 1,
        y: 1,
        c: 0,
        value: 16,
        min: 0,
        max: 15,
    };
    assert_eq!(value, [expected]);

    let shape = [2, 2, 3, 1];
    assert_eq!(refused(sparse([2, 3, 2, 1], &[])), ["engine::input_shape"]);
    for outside in [(2, 0, 0, 0, 1), (0, 2, 0, 0, 1), (0, 0, 3, 0, 1), (0, 0, 0, 1, 1)] {
        assert_eq!(refused(sparse(shape, &[(0, 0, 0, 0, 1), outside])), ["engine::input_coordinate"]);
    }
    assert_eq!(refused(sparse(shape, &[(0, 0, 0, 0, 0)])), ["engine::input_value"]);
    assert_eq!(
        refused(sparse(shape, &[(9, 0, 0, 0, 99)])),
        ["engine::input_coordinate", "engine::input_value"]
    );
    // The same call without its fault passes, in any order of events.
    let shuffled = sparse(shape, &[(1, 0, 0, 0, 15), (0, 1, 2, 0, 1), (0, 0, 0, 0, 3)]);
    let Output::Levels(levels) = events.forward(&shuffled).unwrap() else {
        panic!("an InputData has levels")
    };
    let found: Vec<_> = levels.events.iter().map(|e| (e.n, e.x, e.y, e.c, e.value)).collect();
    assert_eq!(found, [(0, 0, 0, 0, 3), (0, 1, 2, 0, 1), (1, 0, 0, 0, 15)]);
}

#[test]
fn no_samples_give_an_empty_result() {
    let input = dims(1, 1, 1);
    let mut model = model(input);
    let none = maps(input, &[]);
    let engine = Engine::new(&model).unwrap();
    assert_eq!(
        engine.forward(&none).unwrap(),
        Output::Levels(Sparse { shape: [0, 1, 1, 1], events: vec![] })
    );
    add(&mut model, "f", head(3, RAW), &[1, 2, 3]);
    let engine = Engine::new(&model).unwrap();
    assert_eq!(
        engine.forward(&none).unwrap(),
        Output::Potentials(Dense { shape: [0, 1, 1, 3], data: vec![] })
    );
    assert!(engine.predict(&none, 3).unwrap().is_empty());
    assert_eq!(engine.evaluate(&none).unwrap().shape, [0, 1, 1, 3]);
    assert_eq!(engine.trace(&none, 0).unwrap_err(), [Error::Sample { sample: 0, samples: 0 }]);
    let mut statistics = engine.statistics();
    engine.forward_counting(&none, &mut statistics).unwrap();
    assert_eq!(statistics, engine.statistics());
}

#[test]
fn statistics_accumulate_over_calls() {
    let input = dims(2, 1, 1);
    let mut model = model(input);
    add(&mut model, "f", head(2, ActivationParameters::default()), &[1, 0, 0, 0]);
    let engine = Engine::new(&model).unwrap();
    let mut statistics = engine.statistics();
    engine.forward_counting(&maps(input, &[&[1, 0]]), &mut statistics).unwrap();
    engine.forward_counting(&maps(input, &[&[1, 2], &[0, 0]]), &mut statistics).unwrap();
    let layer = &statistics.layers[1];
    assert_eq!((layer.name.as_str(), layer.samples, layer.possible_spikes), ("f", 3, 2));
    assert_eq!((layer.input_sparsity(), layer.output_sparsity()), (Some(0.5), Some(1.0 - 2.0 / 6.0)));
    // Three events reach two neurons each, over three samples; one of two inputs has no weight.
    assert_eq!((layer.ops(), layer.row_sparsity), (Some(2), Some(0.5)));
    // A refused call counts nothing.
    let before = statistics.clone();
    engine.forward_counting(&maps(dims(3, 1, 1), &[&[1, 1, 1]]), &mut statistics).unwrap_err();
    assert_eq!(statistics, before);
}

#[test]
fn observers_can_stop_the_run_and_must_name_layers() {
    let input = dims(1, 1, 1);
    let engine = Engine::new(&model(input)).unwrap();
    let batch = maps(input, &[&[1], &[2], &[3]]);
    let mut seen = Vec::new();
    let stopped = engine.forward_observed(&batch, &[LayerId(0)], &mut |observation| {
        seen.push(observation.sample);
        if observation.sample == 1 {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    });
    assert_eq!(stopped.unwrap_err(), [Error::Stopped { sample: 1 }]);
    assert_eq!(seen, [0, 1]);
    let unknown =
        engine.forward_observed(&batch, &[LayerId(4)], &mut |_| std::ops::ControlFlow::Continue(()));
    assert_eq!(unknown.unwrap_err(), [Error::UnknownLayer { layer: 4, layers: 1 }]);
}

#[test]
fn a_stop_flag_ends_a_call_without_a_result() {
    let input = dims(1, 1, 1);
    let engine = Engine::new(&model(input)).unwrap();
    let batch = maps(input, &[&[1], &[2], &[3]]);
    let stop = Stop::new();
    let mut statistics = engine.statistics();
    let mut forward = || {
        let hooks = Hooks { statistics: Some(&mut statistics), stop: stop.clone(), ..Hooks::default() };
        engine.forward_with(&batch, hooks)
    };
    assert_eq!(forward().unwrap(), engine.forward(&batch).unwrap());
    stop.set();
    assert_eq!(forward().unwrap_err(), [Error::Stopped { sample: 0 }]);
    assert_eq!(statistics.layers[0].samples, 3);
}

//! Calls of learning: labels, variables, and every error.

use crate::learner::{
    RAW, branched, codes, events, fit, flat, head, noise, plain, potentials, steps, thresholds,
};
use std::ops::ControlFlow;

use miette::Diagnostic;
use spikemesh_engine::{Engine, Error, Hooks, Input};
use spikemesh_model::tensor::{Dense, Sparse};
use spikemesh_model::{ActivationParameters, FullyConnected, LayerId, Learning, Model, Parameters};
use spikemesh_stop::Stop;

#[test]
fn labels_choose_the_group() {
    let dims = flat(16);
    let mut model = plain(dims, 6, RAW);
    model.compile(&Learning { num_classes: 3, ..Learning::new(8) }).unwrap();
    let input = events(dims, &noise(16, 20));
    // One for all.
    fit(&mut model, &input, Some(&[1]));
    assert!(steps(&model)[2..4].iter().sum::<u32>() > 0);
    assert_eq!(steps(&model)[..2], [0, 0]);
    assert_eq!(steps(&model)[4..], [0, 0]);
    // A class that the model does not have: forwarded only.
    let before = model.clone();
    let rows = fit(&mut model, &input, Some(&[3]));
    assert_eq!(model, before);
    assert_eq!(rows, Engine::new(&model).unwrap().forward(&input).unwrap());
    // No sample, nothing to learn.
    let none = Input::Events(Sparse { shape: [0, 1, 1, 16], events: Vec::new() });
    assert_eq!(potentials(fit(&mut model, &none, Some(&[0]))), [0i32; 0]);
    assert_eq!(potentials(fit(&mut model, &none, Some(&[]))), [0i32; 0]);
}

#[test]
fn compiling_again_starts_afresh() {
    let mut model = plain(flat(16), 4, RAW);
    model.compile(&Learning::new(8)).unwrap();
    let fresh = model.clone();
    fit(&mut model, &events(flat(16), &noise(16, 9)), None);
    assert_ne!(model, fresh);
    model.compile(&Learning::new(8)).unwrap();
    assert_eq!(model, fresh);
    model.compile(&Learning { seed: 1, ..Learning::new(8) }).unwrap();
    assert_ne!(model.layers()[1].variables.weights, fresh.layers()[1].variables.weights);
}

#[test]
fn thresholds_of_learning_are_a_variable() {
    let mut model = plain(flat(16), 2, RAW);
    let head = model.output().unwrap();
    assert!(model.variable(head, "threshold_learning").is_err());
    assert!(model.set_variable(head, "threshold_learning", &[0, 0]).is_err());
    model.compile(&Learning::new(4)).unwrap();
    let names: Vec<_> = model.layer(head).variable_names().iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["weights", "threshold_fire", "threshold_fire_step", "threshold_learning"]);
    model.set_variable(head, "threshold_learning", &[3, 0]).unwrap();
    assert_eq!(thresholds(&model), [3, 0]);
    let refused = model.set_variable(head, "threshold_learning", &[-1, 0]).unwrap_err();
    assert_eq!(refused.code().unwrap().to_string(), "model::variable_range");
    // Weights of a compiled layer can be replaced by others with as many ones.
    let mut weights = model.layer(head).variables.weights.clone();
    weights.rotate_left(2);
    model.set_variable(head, "weights", &weights).unwrap();
    weights.fill(1);
    let refused = model.set_variable(head, "weights", &weights).unwrap_err();
    assert_eq!(refused.code().unwrap().to_string(), "model::learning_ones");
}

#[test]
fn what_cannot_be_compiled() {
    let compile = |mut model: Model, learning: Learning| {
        let before = model.clone();
        let found = codes(model.compile(&learning));
        assert_eq!(model, before);
        found
    };
    let good = Learning::new(4);
    assert_eq!(compile(Model::new(""), good), ["model::empty"]);
    let (mut convolution, _) = branched();
    convolution.pop();
    assert_eq!(compile(convolution, good), ["model::learning_layer"]);
    let mut input = plain(flat(16), 2, RAW);
    input.pop();
    assert_eq!(compile(input.clone(), good), ["model::learning_layer"]);
    let wide = FullyConnected { num_neurons: 2, weights_bits: 2, activation: RAW };
    input.add("wide", Parameters::FullyConnected(wide), &[]).unwrap();
    assert_eq!(compile(input, good), ["model::learning_weights"]);

    let mut levels =
        plain(flat(16), 2, ActivationParameters { threshold_fire_bits: 2, ..Default::default() });
    levels.add("next", head(2, RAW), &[]).unwrap();
    assert_eq!(compile(levels, Learning::new(2)), ["model::learning_input"]);

    let range = |learning| compile(plain(flat(16), 6, RAW), learning);
    for learning in [
        Learning::new(0),
        Learning::new(17),
        Learning { num_classes: 0, ..good },
        Learning { num_classes: 4, ..good },
        Learning { initial_plasticity: 1.5, ..good },
        Learning { initial_plasticity: f32::NAN, ..good },
        Learning { learning_competition: -0.1, ..good },
        Learning { min_plasticity: f32::INFINITY, ..good },
        Learning { plasticity_decay: -1.0, ..good },
    ] {
        assert_eq!(range(learning), ["model::parameter_range"], "{learning:?}");
    }
    let all = Learning { num_classes: 4, min_plasticity: 2.0, ..Learning::new(17) };
    assert_eq!(range(all), ["model::parameter_range"; 3]);
}

#[test]
fn what_is_not_compiled_does_not_learn() {
    let mut model = plain(flat(16), 2, RAW);
    let refused = model.add_classes(1).unwrap_err();
    assert!(refused[0].is_state());
    assert_eq!(refused[0].code().unwrap().to_string(), "model::not_compiled");
    assert!(model.layers()[1].learning_histogram().unwrap_err().is_state());
    model.randomise(1);
    let input = events(flat(16), &noise(16, 2));
    let mut engine = Engine::new(&model).unwrap();
    let refused = engine.fit(&mut model, &input, Some(&[0]), Hooks::default()).unwrap_err();
    assert!(refused[0].is_state());
    assert_eq!(refused[0].code().unwrap().to_string(), "engine::not_compiled");
}

#[test]
fn what_fit_refuses() {
    let dims = flat(16);
    let mut model = plain(dims, 2, RAW);
    model.compile(&Learning::new(4)).unwrap();
    let before = model.clone();
    let mut engine = Engine::new(&model).unwrap();
    let input = events(dims, &noise(16, 3));
    let mut refused = |input: &Input, labels: Option<&[i64]>, layers: &[LayerId]| {
        let watch = Hooks { layers, ..Default::default() };
        let found = engine.fit(&mut model, input, labels, watch).unwrap_err();
        assert!(found.iter().all(|error| !error.is_state()));
        assert_eq!(model, before);
        codes::<(), _>(Err(found))
    };
    assert_eq!(refused(&input, Some(&[0, 1]), &[]), ["engine::label_count"]);
    assert_eq!(refused(&input, Some(&[]), &[]), ["engine::label_count"]);
    assert_eq!(refused(&input, Some(&[0, -1, 0]), &[]), ["engine::negative_label"]);
    assert_eq!(refused(&input, Some(&[-7]), &[]), ["engine::negative_label"]);
    assert_eq!(refused(&input, None, &[LayerId(2)]), ["engine::unknown_layer"]);
    let Input::Events(mut levels) = input else { panic!("they are events") };
    levels.events[1].value = 2;
    assert_eq!(refused(&Input::Events(levels.clone()), None, &[]), ["engine::input_value"]);
    levels.events[1].value = 0;
    assert_eq!(refused(&Input::Events(levels), None, &[]), ["engine::input_value"]);
    assert_eq!(
        refused(&events(flat(15), &noise(15, 1)), Some(&[-1]), &[]),
        ["engine::negative_label", "engine::input_shape"]
    );

    let mut other = plain(dims, 2, ActivationParameters::default());
    other.add("more", head(2, RAW), &[]).unwrap();
    other.compile(&Learning::new(1)).unwrap();
    let found = codes(engine.fit(&mut other, &events(dims, &noise(16, 1)), None, Hooks::default()));
    assert_eq!(found, ["engine::other_model"]);
}

#[test]
fn more_classes_than_a_layer_can_have() {
    let mut model = plain(flat(4), 2, RAW);
    model.compile(&Learning { num_classes: 2, ..Learning::new(1) }).unwrap();
    let before = model.clone();
    for classes in [65_534, u32::MAX] {
        assert_eq!(codes(model.add_classes(classes)), ["model::parameter_range"]);
        assert_eq!(model, before);
    }
    model.add_classes(0).unwrap();
    assert_eq!(model, before);
}

#[test]
fn the_summary_lists_what_learns() {
    let mut model = plain(flat(16), 2, RAW);
    assert!(!model.summary("Software").to_string().contains("learning layer"));
    model.compile(&Learning::new(4)).unwrap();
    let text = model.summary("Software").to_string();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let at =
        lines.iter().position(|line| line.starts_with(&["learning", "layer"])).expect("there is a table");
    assert_eq!(lines[at + 1], ["head", "16", "4"]);
}

/// Images enter an `InputData` too; a layer behind it learns from those that are binary.
#[test]
fn binary_images_are_learned_from() {
    let input = spikemesh_model::Dims { width: 3, height: 2, channels: 1 };
    let mut model = plain(input, 2, RAW);
    model.compile(&Learning::new(2)).unwrap();
    let mut twin = model.clone();
    let image = |data: [u8; 6]| Input::Images(Dense { shape: [1, 2, 3, 1], data: data.to_vec() });
    let row = fit(&mut model, &image([1, 0, 1, 1, 0, 0]), None);
    // Flat indices count x fastest, as the rows of an image do.
    assert_eq!(row, fit(&mut twin, &events(input, &[vec![true, false, true, true, false, false]]), None));
    assert_eq!(model, twin);
    assert!(steps(&model).iter().any(|&t| t > 0));
    let mut engine = Engine::new(&model).unwrap();
    let refused = engine.fit(&mut model, &image([1, 0, 2, 1, 0, 0]), None, Hooks::default());
    assert_eq!(codes(refused), ["engine::input_value"]);
    assert_eq!(model, twin);
}

/// An engine outlives what happens to the last layer: it learns with the model's, and computes with it afterwards.
#[test]
fn an_engine_follows_the_layer_that_learns() {
    let dims = flat(16);
    let mut model = plain(dims, 2, ActivationParameters { threshold_fire: 1, ..RAW });
    model.compile(&Learning { num_classes: 2, ..Learning::new(6) }).unwrap();
    let mut engine = Engine::new(&model).unwrap();
    model.add_classes(2).unwrap();
    let head = model.output().unwrap();
    model.set_variable(head, "threshold_fire", &[1, 2, 3, 4]).unwrap();
    let input = events(dims, &noise(16, 12));
    let mut seen = 0;
    let mut observer = |observation: spikemesh_engine::Observation| {
        assert_eq!((observation.dims.channels, observation.potentials.len()), (4, 4));
        seen += 1;
        std::ops::ControlFlow::Continue(())
    };
    let watch = Hooks { layers: &[head], observer: Some(&mut observer), ..Default::default() };
    let mut twin = model.clone();
    let rows = engine.fit(&mut model, &input, Some(&[3]), watch).unwrap();
    assert_eq!((rows, seen), (fit(&mut twin, &input, Some(&[3])), 12));
    let fresh = Engine::new(&model).unwrap();
    assert_eq!(engine.evaluate(&input), fresh.evaluate(&input));
    assert_eq!(engine.predict(&input, 4), fresh.predict(&input, 4));
}

#[test]
fn a_stop_ends_learning_between_two_samples() {
    let dims = flat(16);
    let mut model = plain(dims, 6, RAW);
    model.compile(&Learning::new(8)).unwrap();
    let samples = noise(16, 20);
    let mut expected = model.clone();
    fit(&mut expected, &events(dims, &samples[..3]), None);

    let stop = Stop::new();
    let mut progress = |sample| {
        if sample == 2 {
            stop.set();
        }
        ControlFlow::Continue(())
    };
    let hooks = Hooks { progress: Some(&mut progress), stop: stop.clone(), ..Hooks::default() };
    let mut engine = Engine::new(&model).unwrap();
    let input = events(dims, &samples);
    assert_eq!(engine.fit(&mut model, &input, None, hooks).unwrap_err(), [Error::Stopped { sample: 3 }]);
    assert_eq!(model, expected);
    // The engine computes with what was learned.
    assert_eq!(engine.forward(&input).unwrap(), Engine::new(&expected).unwrap().forward(&input).unwrap());
}

//! Learning: the engine against the oracle, and what must always hold.

use std::ops::ControlFlow;

use proptest::prelude::*;
use spikemesh_engine::{Engine, Hooks, Output};
use spikemesh_model::{ActivationParameters, Dims, LayerId, Learning, Model, file};
use spikemesh_oracle::learning;

use crate::learner::{
    RAW, active, branched, codes, events, fit, flat, noise, ones, plain, potentials, steps, thresholds,
};

#[test]
fn golden_draws() {
    let mut model = plain(flat(16), 2, RAW);
    model.compile(&Learning::new(4)).unwrap();
    assert_eq!((ones(&model, 0), ones(&model, 1)), (vec![2, 7, 14, 15], vec![2, 4, 6, 10]));
    fit(&mut model, &events(flat(16), &[active(16, &[1, 2, 3, 4, 5])]), None);
    assert_eq!((ones(&model, 1), thresholds(&model)), (vec![1, 2, 4, 5], &[0, 2][..]));
    fit(&mut model, &events(flat(16), &[active(16, &[3, 4, 5, 6, 7])]), None);
    assert_eq!((ones(&model, 1), thresholds(&model)), (vec![3, 4, 5, 6], &[0, 3][..]));
    assert_eq!((ones(&model, 0), steps(&model)), (vec![2, 7, 14, 15], &[0, 2][..]));
    assert_eq!(model.layers()[1].learning_histogram().unwrap(), [(0, 1), (56, 1)]);
}

/// A layer, and what it is to learn.
#[derive(Clone, Debug)]
struct Case {
    input: Dims,
    per_class: u32,
    learning: Learning,
    samples: Vec<Vec<bool>>,
    labels: Option<Vec<i64>>,
    /// Sample after which the model is saved and loaded, and after which classes are added.
    saved: usize,
    grown: Option<(usize, u32)>,
    activation: ActivationParameters,
}

fn share() -> impl Strategy<Value = f32> {
    prop_oneof![1 => Just(0.0f32), 1 => Just(1.0), 3 => (0..=100u8).prop_map(|percent| f32::from(percent) / 100.0)]
}

fn activations() -> impl Strategy<Value = ActivationParameters> {
    (any::<bool>(), 0..6i32, 1..=4u8).prop_map(
        |(activations_enabled, threshold_fire, threshold_fire_bits)| ActivationParameters {
            activations_enabled,
            threshold_fire,
            threshold_fire_bits,
            ..Default::default()
        },
    )
}

fn cases() -> impl Strategy<Value = Case> {
    let input =
        (1..=5u32, 1..=4u32, 1..=9u32).prop_map(|(width, height, channels)| Dims { width, height, channels });
    (input, 1..=4u32, 1..=4u32, (share(), share(), share(), share()), any::<u64>(), activations())
        .prop_flat_map(|(input, per_class, num_classes, plasticities, seed, activation)| {
            let inputs = input.len();
            // Few patterns and noise, so that neurons meet the same again.
            let patterns =
                prop::collection::vec(prop::collection::vec(prop::bool::weighted(0.4), inputs), 1..=4);
            let draws = prop::collection::vec((any::<prop::sample::Index>(), any::<u64>(), 0..=4i64), 1..=40);
            (
                1..=inputs as u32,
                patterns,
                draws,
                any::<bool>(),
                0..40usize,
                prop::option::of((0..40usize, 0..=2u32)),
            )
                .prop_map(move |(num_weights, patterns, draws, labelled, saved, grown)| {
                    let samples = draws.iter().map(|(pattern, noise, _)| {
                        let flip = |i: usize| noise.rotate_left(i as u32 * 7) % 16 == 0;
                        pattern.get(&patterns).iter().enumerate().map(|(i, on)| on ^ flip(i)).collect()
                    });
                    let learning = Learning {
                        num_weights,
                        num_classes,
                        initial_plasticity: plasticities.0,
                        learning_competition: plasticities.1,
                        min_plasticity: plasticities.2,
                        plasticity_decay: plasticities.3,
                        seed,
                    };
                    Case {
                        input,
                        per_class,
                        learning,
                        samples: samples.collect(),
                        labels: labelled.then(|| draws.iter().map(|(_, _, label)| *label).collect()),
                        saved,
                        grown,
                        activation,
                    }
                })
        })
}

/// The model agrees with the oracle in all that it has learned.
fn assert_same(model: &Model, oracle: &learning::Layer) {
    let neurons = oracle.ones.len();
    let weights = &model.layers().last().unwrap().variables.weights;
    for (neuron, expected) in oracle.ones.iter().enumerate() {
        let found: Vec<bool> =
            (0..oracle.inputs).map(|input| weights[input * neurons + neuron] == 1).collect();
        assert_eq!(&found, expected, "neuron {neuron}");
    }
    assert!(thresholds(model).iter().map(|&t| t as u64).eq(oracle.thresholds.iter().copied()));
    assert!(steps(model).iter().map(|&t| u64::from(t)).eq(oracle.steps.iter().copied()));
    assert_eq!(model.learning().unwrap().parameters(), &oracle.learning);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..Default::default() })]

    /// One sample at a time, saved and loaded on the way, together with the oracle; then the rest at once.
    #[test]
    fn the_engine_learns_as_the_oracle_does(case in cases()) {
        let neurons = case.per_class * case.learning.num_classes;
        let mut model = plain(case.input, neurons, case.activation);
        model.compile(&case.learning).unwrap();
        let mut oracle = learning::Layer::new(case.learning, case.input.len(), neurons as usize);
        assert_same(&model, &oracle);
        let mut whole = model.clone();
        let mut whole_rows = Vec::new();

        let mut engine = Engine::new(&model).unwrap();
        let mut rows = Vec::new();
        for (i, sample) in case.samples.iter().enumerate() {
            let input = events(case.input, std::slice::from_ref(sample));
            let before = model.clone();
            let forward = engine.forward(&input).unwrap();
            prop_assert_eq!(&forward, &Engine::new(&model).unwrap().forward(&input).unwrap());
            let label = case.labels.as_ref().map(|labels| &labels[i..=i]);
            let row = engine.fit(&mut model, &input, label, Hooks::default()).unwrap();
            prop_assert_eq!(&row, &forward);
            if let Output::Potentials(potentials) = &row {
                let expected = oracle.potentials(sample);
                prop_assert!(potentials.data.iter().map(|&p| p as u64).eq(expected));
            }
            rows.push(row);
            let winner = oracle.learn(sample, label.map(|label| label[0]));
            assert_same(&model, &oracle);
            hold_invariants(&before, &model, winner)?;
            if i == case.saved {
                model = file::decode(&file::encode(&model).unwrap()).unwrap();
                engine = Engine::new(&model).unwrap();
            }
            if let Some((at, classes)) = case.grown && at == i {
                let before = model.clone();
                model.add_classes(classes).unwrap();
                oracle.add_classes(classes);
                assert_same(&model, &oracle);
                hold_growth(&before, &model)?;
                engine = Engine::new(&model).unwrap();
            }
        }

        // The same in one or two calls, on one and on three threads.
        let cut = case.grown.map_or(case.samples.len(), |(at, _)| (at + 1).min(case.samples.len()));
        for (part, samples) in [&case.samples[..cut], &case.samples[cut..]].into_iter().enumerate() {
            if part == 1 && let Some((at, classes)) = case.grown && at < case.samples.len() {
                whole.add_classes(classes).unwrap();
            }
            if samples.is_empty() {
                continue;
            }
            let first = part * cut;
            let labels = case.labels.as_ref().map(|labels| &labels[first..first + samples.len()]);
            let input = events(case.input, samples);
            let mut twin = whole.clone();
            let threads = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            let row = threads(3).install(|| fit(&mut whole, &input, labels));
            let twin_row = threads(1).install(|| fit(&mut twin, &input, labels));
            prop_assert_eq!(&row, &twin_row);
            prop_assert_eq!(&whole, &twin);
            whole_rows.push(row);
        }
        prop_assert_eq!(&whole, &model);
        prop_assert_eq!(values(&whole_rows), values(&rows));
    }
}

/// All values of some outputs, in order.
fn values(outputs: &[Output]) -> Vec<(u32, i32)> {
    let of = |output: &Output| match output {
        Output::Potentials(potentials) => potentials.data.iter().map(|&p| (0, p)).collect::<Vec<_>>(),
        Output::Levels(levels) => levels.events.iter().map(|e| (e.c, e.value.into())).collect(),
    };
    outputs.iter().flat_map(of).collect()
}

/// What holds for every sample, whatever the rule: at most one neuron changes, ones stay as many, plasticity never rises.
fn hold_invariants(before: &Model, after: &Model, winner: Option<usize>) -> Result<(), TestCaseError> {
    let plasticity = spikemesh_model::learning::Plasticity::new(after.learning().unwrap().parameters());
    let num_weights = after.learning().unwrap().parameters().num_weights as usize;
    let mut changed = Vec::new();
    for neuron in 0..steps(after).len() {
        prop_assert_eq!(ones(after, neuron).len(), num_weights);
        let (old, new) = (steps(before)[neuron], steps(after)[neuron]);
        prop_assert!(plasticity.after(new) <= plasticity.after(old));
        prop_assert_eq!(thresholds(after)[neuron] > 0, new > 0);
        if old != new || ones(before, neuron) != ones(after, neuron) {
            changed.push(neuron);
        }
    }
    prop_assert_eq!(changed, winner.into_iter().collect::<Vec<_>>());
    Ok(())
}

/// Added classes leave every old neuron as it was, and are fresh.
fn hold_growth(before: &Model, after: &Model) -> Result<(), TestCaseError> {
    let (old, new) = (steps(before).len(), steps(after).len());
    for neuron in 0..old {
        prop_assert_eq!(ones(before, neuron), ones(after, neuron));
    }
    prop_assert_eq!(&steps(after)[..old], steps(before));
    prop_assert_eq!(&thresholds(after)[..old], thresholds(before));
    prop_assert!(steps(after)[old..].iter().all(|&t| t == 0));
    prop_assert!(thresholds(after)[old..].iter().all(|&t| t == 0));
    let last = |model: &Model| model.layers().last().unwrap().clone();
    prop_assert_eq!(last(after).variables.threshold_fire.len(), new);
    prop_assert_eq!(last(after).variables.threshold_fire_step.len(), new);
    Ok(())
}

#[test]
fn several_layers_feed_the_one_that_learns() {
    let (mut model, dims) = branched();
    let learning = Learning { num_classes: 3, ..Learning::new(40) };
    model.compile(&learning).unwrap();
    let inputs = model.layers()[3].shape.input.len();
    assert_eq!(inputs, 6 * 5 * 9);
    let mut oracle = learning::Layer::new(learning, inputs, 6);
    let input = events(dims, &noise(dims.len(), 150));
    let labels: Vec<i64> = (0..150).map(|n| n % 4).collect();

    // What the oracle sees: the head's input map, from the engine's trace of the layers before it.
    let tracer = Engine::new(&model).unwrap();
    let mut expected = Vec::new();
    for (n, &label) in labels.iter().enumerate() {
        let maps = tracer.trace(&input, n).unwrap();
        let spikemesh_engine::MapValues::Levels(right) = &maps[2].values else {
            panic!("it has an activation")
        };
        let spikemesh_engine::MapValues::Levels(left) = &maps[1].values else {
            panic!("it has an activation")
        };
        let mut sample = vec![false; inputs];
        for (x, y) in (0..6).flat_map(|x| (0..5).map(move |y| (x, y))) {
            for c in 0..9 {
                let level = if c < 4 { right[(x * 5 + y) * 4 + c] } else { left[(x * 5 + y) * 5 + c - 4] };
                sample[x + 6 * (y + 5 * c)] = level != 0;
            }
        }
        expected.extend(oracle.potentials(&sample).iter().map(|&p| p as i32));
        oracle.learn(&sample, Some(label));
    }

    let mut engine = Engine::new(&model).unwrap();
    let mut statistics = engine.statistics();
    let mut seen = Vec::new();
    let mut observer = |observation: spikemesh_engine::Observation| {
        seen.push((
            observation.sample,
            observation.layer.0,
            observation.potentials.to_vec(),
            observation.levels.is_some(),
        ));
        ControlFlow::Continue(())
    };
    let watch = Hooks {
        statistics: Some(&mut statistics),
        layers: &[LayerId(3), LayerId(1)],
        observer: Some(&mut observer),
        progress: None,
        ..Hooks::default()
    };
    let output = engine.fit(&mut model, &input, Some(&labels), watch).unwrap();
    let Output::Potentials(output) = output else { panic!("the head has no activation") };
    assert_eq!(output.shape, [150, 1, 1, 6]);
    assert_eq!(output.data, expected);
    assert_same(&model, &oracle);
    assert!(
        steps(&model).iter().filter(|&&t| t > 1).count() > 1,
        "a test in which little is learned shows little"
    );

    let order: Vec<_> = seen.iter().map(|(sample, layer, ..)| (*sample, *layer)).collect();
    assert_eq!(order, (0..150).flat_map(|n| [(n, 1), (n, 3)]).collect::<Vec<_>>());
    let heads: Vec<i32> = seen.iter().filter(|s| s.1 == 3).flat_map(|s| s.2.clone()).collect();
    assert_eq!(heads, expected);
    assert!(seen.iter().all(|(_, layer, _, levels)| *levels == (*layer == 1)));

    // Counts of the layers before are those of forward; of the last one, those of a model that stands still.
    let mut forward = tracer.statistics();
    tracer.forward_counting(&input, &mut forward).unwrap();
    assert_eq!(statistics.layers[..3], forward.layers[..3]);
    let (learned, still) = (&statistics.layers[3], &forward.layers[3]);
    assert_eq!((learned.samples, learned.ops()), (150, still.ops()));
    assert_eq!(learned.input_sparsity(), still.input_sparsity());
    let zeros = expected.iter().filter(|p| **p == 0).count();
    let silent = 1.0 - (expected.len() - zeros) as f64 / expected.len() as f64;
    assert_eq!(learned.output_sparsity(), Some(silent));
    assert_eq!(learned.row_sparsity, engine.statistics().layers[3].row_sparsity);
    assert_ne!(learned.row_sparsity, still.row_sparsity);
}

/// One sample a call, and the model brought up to date now and then, is the same as a batch.
#[test]
fn what_is_learned_in_the_engine_reaches_the_model() {
    let (mut model, dims) = branched();
    model.compile(&Learning::new(40)).unwrap();
    let samples = noise(dims.len(), 60);
    let mut whole = model.clone();
    let rows = potentials(fit(&mut whole, &events(dims, &samples), None));

    let mut engine = Engine::new(&model).unwrap();
    let mut one_by_one = Vec::new();
    for (n, sample) in samples.iter().enumerate() {
        let before = model.clone();
        let sample = events(dims, std::slice::from_ref(sample));
        one_by_one.extend(potentials(engine.learn(&sample, None, Hooks::default()).unwrap()));
        assert_eq!(model, before, "only the engine has learned");
        if n % 7 == 3 || n == 59 {
            engine.write_learned(&mut model);
            assert_eq!(engine.statistics(), Engine::new(&model).unwrap().statistics());
            assert_eq!(engine.forward(&sample), Engine::new(&model).unwrap().forward(&sample));
        }
    }
    assert_eq!(one_by_one, rows);
    assert_eq!(model, whole);
}

#[test]
fn what_was_learned_before_a_stop_stays() {
    let (mut model, dims) = branched();
    model.compile(&Learning::new(40)).unwrap();
    let input = events(dims, &noise(dims.len(), 100));
    let mut first = model.clone();
    let part = events(dims, &noise(dims.len(), 100)[..71]);
    fit(&mut first, &part, None);

    let mut engine = Engine::new(&model).unwrap();
    let mut progress = |sample| if sample == 70 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let watch = Hooks { progress: Some(&mut progress), ..Default::default() };
    assert_eq!(codes(engine.fit(&mut model, &input, None, watch)), ["engine::stopped"]);
    assert_eq!(model, first);
    assert_eq!(engine.forward(&input), Engine::new(&model).unwrap().forward(&input));

    let mut observer = |_: spikemesh_engine::Observation| ControlFlow::Break(());
    let watch = Hooks { layers: &[LayerId(1)], observer: Some(&mut observer), ..Default::default() };
    assert_eq!(codes(engine.fit(&mut model, &input, None, watch)), ["engine::stopped"]);
    assert_eq!(model, first, "nothing is learned from a sample whose observer broke off");
}

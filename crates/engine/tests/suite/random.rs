//! The engine against plain loop nests, layer by layer, over random networks.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use spikemesh_engine::{Engine, Input, LayerMap, MapValues, Output};
use spikemesh_model::{LayerId, Model};
use spikemesh_oracle::random::{Genome, events, genome, images};
use spikemesh_oracle::reference::{self, Map};

fn values(map: &LayerMap) -> Vec<i64> {
    match &map.values {
        MapValues::Levels(levels) => levels.iter().map(|level| i64::from(*level)).collect(),
        MapValues::Potentials(potentials) => potentials.iter().map(|p| i64::from(*p)).collect(),
    }
}

/// The first layer whose map differs from the oracle's, with both maps.
fn first_difference(model: &Model, engine: &Engine, input: &Input, samples: &[Map]) -> Result<(), String> {
    for (n, sample) in samples.iter().enumerate() {
        let expected = reference::run(model, sample);
        let found = engine.trace(input, n).map_err(|errors| format!("{errors:?}"))?;
        if found.len() != expected.len() {
            return Err(format!("{} layers instead of {}", found.len(), expected.len()));
        }
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let dims = [found.dims.width, found.dims.height, found.dims.channels].map(i64::from);
            let output = &expected.output;
            if found.layer != LayerId(index)
                || dims != [output.w, output.h, output.c]
                || values(found) != output.values
            {
                return Err(format!(
                    "sample {n}, layer {}: {:?} of size {dims:?} instead of {output:?}",
                    model.layers()[index].name,
                    values(found),
                ));
            }
        }
    }
    Ok(())
}

/// Output of `forward` as one map per sample.
fn dense(output: &Output) -> Vec<Vec<i64>> {
    match output {
        Output::Potentials(potentials) => {
            let [n, ..] = potentials.shape;
            (0..n).map(|n| potentials.sample(n).iter().map(|p| i64::from(*p)).collect()).collect()
        }
        Output::Levels(levels) => {
            let [n, w, h, c] = levels.shape;
            let mut maps = vec![vec![0; w * h * c]; n];
            assert!(levels.events.is_sorted_by_key(|e| (e.n, e.x, e.y, e.c)));
            for e in &levels.events {
                assert_ne!(e.value, 0);
                maps[e.n as usize][((e.x as usize * h) + e.y as usize) * c + e.c as usize] = e.value.into();
            }
            maps
        }
    }
}

fn batch(model: &Model, genome: &Genome, samples: &[Map]) -> Input {
    let channels = model.layers()[0].shape.input.channels;
    if genome.seed.is_multiple_of(2) && matches!(channels, 1 | 3) {
        Input::Images(images(samples))
    } else {
        Input::Events(events(samples))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_layer_agrees_with_the_oracle(genome in genome(4)) {
        let model = genome.model();
        let engine = Engine::new(&model).unwrap();
        let samples = genome.samples(&model, 2);
        let input = batch(&model, &genome, &samples);
        first_difference(&model, &engine, &input, &samples).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn results_statistics_and_observations_agree_with_the_oracle(genome in genome(2)) {
        let model = genome.model();
        let engine = Engine::new(&model).unwrap();
        let samples = genome.samples(&model, 3);
        let input = batch(&model, &genome, &samples);
        let expected: Vec<_> = samples.iter().map(|sample| reference::run(&model, sample)).collect();
        let last: Vec<_> =
            expected.iter().map(|layers| layers.last().unwrap().output.values.clone()).collect();

        let mut statistics = engine.statistics();
        let output = engine.forward_counting(&input, &mut statistics).unwrap();
        prop_assert_eq!(dense(&output), last);
        prop_assert_eq!(&engine.forward(&input).unwrap(), &output);

        for (index, layer) in statistics.layers.iter().enumerate() {
            let zeros = |map: &Map| map.values.iter().filter(|value| **value == 0).count();
            let outputs: usize = expected.iter().map(|layers| layers[index].output.values.len()).sum();
            let silent: usize = expected.iter().map(|layers| zeros(&layers[index].output)).sum();
            let operations: i64 = expected.iter().map(|layers| layers[index].operations).sum();
            prop_assert_eq!(layer.samples, 3);
            prop_assert_eq!(layer.ops(), Some((operations as f64 / 3.0).round() as u64));
            prop_assert!((layer.output_sparsity().unwrap() - silent as f64 / outputs as f64).abs() < 1e-12);
        }

        let watched: Vec<LayerId> = model.iter().map(|(id, _)| id).collect();
        let mut seen = Vec::new();
        let observed = engine.forward_observed(&input, &watched, &mut |observation| {
            let potentials: Vec<i64> = observation.potentials.iter().map(|p| i64::from(*p)).collect();
            let levels = observation.levels.map(|l| l.iter().map(|l| i64::from(*l)).collect::<Vec<_>>());
            seen.push((observation.sample, observation.layer, levels, potentials));
            std::ops::ControlFlow::Continue(())
        });
        prop_assert_eq!(&observed.unwrap(), &output);
        let mut seen = seen.into_iter();
        for (sample, layers) in expected.iter().enumerate() {
            for (id, layer) in watched.iter().zip(layers) {
                let (n, at, levels, potentials) = seen.next().expect("every layer of every sample");
                prop_assert_eq!((n, at), (sample, *id));
                let parameters = &model.layer(*id).parameters;
                match parameters.activation() {
                    None => prop_assert!(potentials.is_empty()),
                    Some(_) => prop_assert_eq!(&potentials, &layer.potentials.values),
                }
                let enabled = parameters.activation().is_none_or(|a| a.activations_enabled);
                prop_assert_eq!(levels, enabled.then(|| layer.output.values.clone()));
            }
        }
        prop_assert!(seen.next().is_none());
    }
}

/// Networks of the generator, not shrunk.
fn some_genomes(count: usize) -> impl Iterator<Item = Genome> {
    let mut runner = TestRunner::deterministic();
    let strategy = genome(4);
    (0..count).map(move |_| strategy.new_tree(&mut runner).expect("no filters").current())
}

#[test]
fn the_generator_makes_networks_that_say_something() {
    let (mut layers, mut alive, mut joined, mut raw) = (0, 0, 0, 0);
    for genome in some_genomes(200) {
        let model = genome.model();
        let sample = &genome.samples(&model, 1)[0];
        for (layer, result) in model.layers().iter().zip(reference::run(&model, sample)).skip(1) {
            let first = result.output.values[0];
            layers += 1;
            alive += usize::from(result.output.values.iter().any(|value| *value != first));
            joined += usize::from(layer.inbound.len() > 1);
            raw += usize::from(layer.output_bits().is_none());
        }
    }
    assert!(layers > 300, "{layers} layers");
    assert!(alive * 2 > layers, "{alive} of {layers} layers have different outputs");
    assert!(joined > 20, "{joined} layers join others");
    assert!(raw > 50, "{raw} layers yield potentials");
}

#[test]
fn a_flipped_weight_is_found() {
    let (mut flipped, mut found) = (0, 0);
    for genome in some_genomes(60).map(|genome| Genome { density: 8, raw: true, ..genome }) {
        let model = genome.model();
        let last = model.output().expect("networks have layers");
        if model.layer(last).output_bits().is_some() {
            continue;
        }
        let mut other = model.clone();
        let mut weights = model.layer(last).variables.weights.clone();
        let middle = weights.len() / 2;
        weights[middle] = if weights[middle] == 0 { 1 } else { 0 };
        other.set_variable(last, "weights", &weights[..]).unwrap();

        let samples = genome.samples(&model, 1);
        let engine = Engine::new(&other).unwrap();
        flipped += 1;
        let difference = first_difference(&model, &engine, &Input::Events(events(&samples)), &samples);
        found += usize::from(difference.is_err_and(|text| text.contains(&model.layer(last).name)));
    }
    assert!(flipped > 20, "{flipped} networks");
    // The weight may meet no event, or lose every window of a maximum.
    assert!(found * 2 > flipped, "{found} of {flipped} flips found");
}

#[test]
fn the_number_of_threads_does_not_matter() {
    for genome in some_genomes(10) {
        let model = genome.model();
        let input = Input::Events(events(&genome.samples(&model, 17)));
        let engine = Engine::new(&model).unwrap();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut statistics = engine.statistics();
            let output = pool.install(|| engine.forward_counting(&input, &mut statistics)).unwrap();
            (output, statistics)
        };
        assert_eq!(with(1), with(3));
    }
}

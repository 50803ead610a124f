//! Speed of the functional engine, per inference on one core.

use criterion::{Criterion, criterion_group, criterion_main};
use spikemesh::engine::{Engine, Hooks, Input};
use spikemesh::model::{Dims, FullyConnected, InputData, Learning, Model, Parameters};
use spikemesh::tensor::{Event, Sparse};

mod networks {
    pub mod akidanet;
}

use networks::akidanet::{akidanet, images};

fn inference(c: &mut Criterion) {
    let engine = Engine::new(&akidanet(160)).expect("weights are set");
    let image = images(160, 1);
    // A single sample is computed on the caller's thread.
    c.bench_function("engine/akidanet-0.5-160", |b| b.iter(|| engine.forward(&image)));
}

fn preparation(c: &mut Criterion) {
    let model = akidanet(160);
    c.bench_function("engine/prepare-akidanet-0.5-160", |b| b.iter(|| Engine::new(&model)));
}

/// 1,000 samples of 1,024 inputs, a quarter of them events, into 500 neurons of ten classes.
fn learning(c: &mut Criterion) {
    let mut model = Model::new("learner");
    let input = Dims { width: 1, height: 1, channels: 1024 };
    model.add("events", Parameters::InputData(InputData { input }), &[]).expect("it fits");
    let head = FullyConnected { num_neurons: 500, weights_bits: 1, activation: Default::default() };
    model.add("head", Parameters::FullyConnected(head), &[]).expect("it fits");
    model.compile(&Learning { num_classes: 10, ..Learning::new(300) }).expect("it fits");
    let on = |n: u32, c: u32| {
        (n * 1024 + c).wrapping_mul(0x9E37_79B9).rotate_left(16).wrapping_mul(0x85EB_CA6B) >> 30 == 0
    };
    let event = |n, c| on(n, c).then_some(Event { n, x: 0, y: 0, c, value: 1 });
    let events = (0..1000).flat_map(|n| (0..1024).filter_map(move |c| event(n, c))).collect();
    let samples = Input::Events(Sparse { shape: [1000, 1, 1, 1024], events });
    let labels: Vec<i64> = (0..1000).map(|n| n % 10).collect();
    let mut engine = Engine::new(&model).expect("it is compiled");
    c.bench_function("engine/fit-1024x500", |b| {
        b.iter(|| engine.fit(&mut model, &samples, Some(&labels), Hooks::default()));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = inference, preparation, learning
}
criterion_main!(benches);

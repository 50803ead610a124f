//! Speed of the functional engine, per inference on one core.

use criterion::{Criterion, criterion_group, criterion_main};
use spikemesh::engine::Engine;

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

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = inference, preparation
}
criterion_main!(benches);

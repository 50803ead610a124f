//! Speed of the simulator, per frame on one core, and in simulated cycles per second.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::SimulationOptions;
use spikemesh::mesh::Simulator;
use spikemesh::model::Model;
use spikemesh::noc::NoProbe;
use spikemesh::run::frames;

mod networks {
    pub mod akidanet;
    pub mod demo;
}

use networks::{akidanet, demo};

/// A frame from reset, without waves and without keeping every layer's map. Throughput is in simulated cycles.
fn frame(c: &mut Criterion, name: &str, model: &Model, input: &Input) {
    let device = Device::load("akd1500").expect("a built-in device");
    let program = compile(model, &device, &Mode::Minimal.into()).expect("it fits").program;
    let simulator = Simulator::new(program.clone(), device.clone()).expect("it was just compiled");
    let frames = frames(&program, input).expect("it is of the right size");
    let options = SimulationOptions { record_output_maps: false, ..SimulationOptions::default() };
    let run = || simulator.run(&frames, 0, &options, &mut NoProbe).into_finished().expect("it runs");
    let mut group = c.benchmark_group("simulator");
    group.sample_size(10).throughput(Throughput::Elements(run().cycles));
    group.bench_function(name, |b| b.iter(run));
    group.finish();
}

fn simulation(c: &mut Criterion) {
    frame(c, "demo", &demo::demo(), &demo::image());
    for side in [160, 224] {
        let name = format!("akidanet-0.5-{side}");
        frame(c, &name, &akidanet::akidanet(side), &akidanet::images(side, 1));
    }
}

criterion_group!(benches, simulation);
criterion_main!(benches);

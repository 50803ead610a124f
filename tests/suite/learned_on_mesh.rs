//! A model that has learned runs on the mesh.

#[allow(dead_code, reason = "the engine's tests use the rest of it")]
#[path = "../../crates/engine/tests/suite/learner.rs"]
mod learner;

use learner::{branched, events, fit, noise, steps};
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::mesh::Simulator;
use spikemesh::model::Learning;
use spikemesh::run::{Job, simulate};

/// A learned model is a model like any other: the mesh computes what the engine does.
#[test]
fn a_learned_model_runs_on_the_mesh() {
    let (mut model, dims) = branched();
    model.compile(&Learning { num_classes: 3, learning_competition: 0.1, ..Learning::new(40) }).unwrap();
    let input = events(dims, &noise(dims.len(), 12));
    fit(&mut model, &input, Some(&(0..12).map(|n| n % 3).collect::<Vec<_>>()));
    model.add_classes(1).unwrap();
    fit(&mut model, &input, Some(&[3]));
    assert!(steps(&model).iter().sum::<u32>() > 8);
    let device = Device::load("akd1000").unwrap();
    let compiled = compile(&model, &device, &Mode::Minimal.into()).unwrap();
    let simulator = Simulator::new(compiled.program.clone(), device.clone()).unwrap();
    let ended = simulate(&Job::new(&simulator, &input).against(&model)).unwrap();
    let results = ended.into_finished().unwrap();
    assert_eq!(results.frames.len(), 12);
    assert!(results.differences.is_empty(), "{:?}", results.differences);
}

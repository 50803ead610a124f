//! Model files: whole, and contents behind right checksums.

use spikemesh::compat::{self, Profile};
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::model::{Model, file};
use spikemesh_random::{Case, check};

use crate::errors::{show, shown};

/// Weights of a model that is mapped: more would take long.
const MAX_WEIGHTS: usize = 1 << 16;
/// Weights, and values of all maps, of a model that is simulated.
const MAX_SIMULATED: usize = 1 << 10;
/// Weights of a model that is written.
const MAX_WRITTEN: usize = 1 << 22;

/// A whole file.
pub fn file(data: &[u8]) {
    if let Some(model) = shown(file::decode(data)) {
        laws(&model);
    }
}

/// The content of a file, behind a checksum that is right.
pub fn content(data: &[u8]) {
    for learns in [false, true] {
        if let Some(model) = shown(file::decode(&file::seal(data, learns))) {
            laws(&model);
        }
    }
}

/// The content of a file: what compiles computes the same on the mesh as in the engine, and keeps the other laws of programs.
pub fn simulated(data: &[u8]) {
    let Ok(mut model) = file::decode(&file::seal(data, false)) else { return };
    if model.layers().is_empty() || weights(&model) > MAX_SIMULATED || values(&model) > MAX_SIMULATED {
        return;
    }
    let seed = u64::from(crc32fast::hash(data));
    if model.unset_layers().next().is_some() {
        model.randomise(seed);
    }
    let device = Device::load("two-nodes").expect("it is built in");
    let mode = [Mode::Minimal, Mode::AllNps, Mode::HwPr][seed as usize % 3];
    if let Err(violation) = check(&Case::of_model(model, device, mode, seed)) {
        panic!("{violation}");
    }
}

/// What holds for every model, however it was made.
pub fn laws(model: &Model) {
    if weights(model) > MAX_WRITTEN {
        return;
    }
    match file::encode(model) {
        Ok(bytes) => {
            let again = file::decode(&bytes).expect("a model that is there can be saved and read");
            assert!(again == *model, "a model has changed on its way through a file");
        }
        Err(error) => show([error]),
    }
    drop(model.summary("fuzz").to_string());
    if weights(model) > MAX_WEIGHTS || values(model) > MAX_WEIGHTS {
        return;
    }
    for profile in [Profile::V1, Profile::V2, Profile::Current] {
        show(compat::check(model, profile));
    }
    let device = Device::load("akd1000").expect("it is built in");
    if let Some(compiled) = shown(compile(model, &device, &Mode::Minimal.into())) {
        let errors = spikemesh::isa::verify(&compiled.program);
        assert!(errors.is_empty(), "the compiler makes a program that contradicts itself: {errors:?}");
    }
}

/// Weights of all layers.
pub fn weights(model: &Model) -> usize {
    model.layers().iter().map(|layer| layer.variables.weights.len() + layer.variables.weights_pw.len()).sum()
}

/// Values of all maps.
pub fn values(model: &Model) -> usize {
    model.layers().iter().map(|layer| layer.shape.output.len().max(layer.shape.input.len())).sum()
}

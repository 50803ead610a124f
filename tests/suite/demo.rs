//! The demo, as a user types it; and the demo network against an implementation in another language.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::engine::{Engine, Input};
use spikemesh::model::{file, template};
use spikemesh::tensor::npy;

const TRACES: &str = "traces/fashion-mnist";

fn demo(directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(["demo", "-o"]).arg(directory).output().unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_demo_agrees_on_every_image_and_leaves_everything() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("new/demo");
    let output = demo(&directory);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for words in
        ["agrees in every frame", "accuracy", "latency", "throughput", "energy", "waves.vcd", "Next:"]
    {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
    let run = json(&directory.join("run.json"));
    assert_eq!(run["status"], "complete");
    assert_eq!((&run["finished"], &run["frames_different"]), (&300.into(), &0.into()));
    assert!(run["accuracy"].as_f64().unwrap() > 0.9);
    let program = std::fs::read(directory.join("program.npx")).unwrap();
    assert_eq!(run["program_sha256"], spikemesh::run::sha256(&program));
    assert!(spikemesh::isa::read(&program).is_ok());

    let stats = json(&directory.join("stats.json"));
    let mut waves = wellen::simple::read(directory.join("waves.vcd")).unwrap();
    let mut units = 0;
    for unit in stats["units"].as_array().unwrap().iter().filter(|u| u["layer"].is_string()) {
        let name = format!("chip.{}.emitted", unit["name"].as_str().unwrap());
        let hierarchy = waves.hierarchy();
        let variable = hierarchy.all_vars().find(|&v| hierarchy[v].full_name(hierarchy) == name).unwrap();
        let signal = hierarchy[variable].signal_ref();
        waves.load_signals(&[signal]);
        let last = waves.get_signal(signal).unwrap().iter_changes().last().unwrap().1;
        let emitted = u64::from_str_radix(&last.to_bit_string().unwrap(), 2).unwrap();
        assert_eq!(Some(emitted), unit["emitted_in_first_batch"].as_u64(), "{name}");
        units += 1;
    }
    assert_eq!(units, 5);
}

/// `golden-evaluate.npy` was computed by evaluate.py, which shares nothing with the engine.
#[test]
fn the_engine_evaluates_as_numpy_does() {
    let model = file::load(Path::new(&format!("{TRACES}/model.fbz"))).unwrap();
    let images = npy::read_dense::<u8>(Path::new(&format!("{TRACES}/images.npy"))).unwrap();
    let golden = npy::read::<f32>(Path::new(&format!("{TRACES}/golden-evaluate.npy"))).unwrap();
    let values = Engine::new(&model).unwrap().evaluate(&Input::Images(images)).unwrap();
    assert_eq!(values.data.len(), 3000);
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&values.data), bits(&golden.data));
}

/// The model file holds the template of the training script and nothing else.
#[test]
fn the_model_file_is_its_template_with_weights() {
    let model = file::load(Path::new(&format!("{TRACES}/model.fbz"))).unwrap();
    let template = template::load(Path::new(&format!("{TRACES}/model.yaml"))).unwrap();
    assert_eq!(model.name, template.name);
    for (found, expected) in model.layers().iter().zip(template.layers()) {
        assert_eq!((&found.name, &found.parameters), (&expected.name, &expected.parameters));
        assert!(found.variables.weights_set);
    }
    assert_eq!(model.layers().len(), template.layers().len());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = demo(&file.path().join("below/a/file"));
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("run::write"), "{text}");
}

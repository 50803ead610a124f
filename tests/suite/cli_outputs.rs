//! Several heads on the command line: `run`, its labels and its files, `test` and its golden file, `map`.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::engine::{Engine, Input};
use spikemesh::model::Model;
use spikemesh::tensor::{Event, Sparse, npy};

/// A template with two heads; the second name is no name of a file.
const MODEL: &str = "\
name: two_heads
layers:
  - {type: InputData, name: in, input_width: 6, input_height: 6, input_channels: 4}
  - {type: Convolutional, name: trunk, kernel_width: 3, kernel_height: 3, num_neurons: 8, weights_bits: 4, threshold_fire_step: 8, threshold_fire_bits: 4}
  - {type: FullyConnected, name: age, num_neurons: 3, weights_bits: 4, activations_enabled: false, inbound: [trunk]}
  - {type: FullyConnected, name: 'a/b', num_neurons: 2, weights_bits: 4, activations_enabled: false, inbound: [trunk]}
";

const SHAPE: [usize; 4] = [3, 6, 6, 4];

fn spikemesh(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).current_dir(folder).args(arguments).output().unwrap()
}

fn ok(folder: &Path, arguments: &[&str]) -> String {
    let output = spikemesh(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = spikemesh(folder, arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    message
}

/// Writes the model and three samples; the model with its weights, and the samples.
fn case(folder: &Path) -> (Model, Input) {
    std::fs::write(folder.join("m.yaml"), MODEL).unwrap();
    let values: Vec<u8> = (0..432_u32).map(|i| if i % 3 == 0 { (i * 7 % 16) as u8 } else { 0 }).collect();
    npy::write(&folder.join("x.npy"), &SHAPE, &values).unwrap();
    let mut events = Vec::new();
    for (i, &value) in (0..).zip(&values).filter(|(_, value)| **value > 0) {
        events.push(Event { n: i / 144, x: i / 24 % 6, y: i / 4 % 6, c: i % 4, value });
    }
    let mut model = Model::load(&folder.join("m.yaml")).unwrap();
    model.randomise(1);
    (model, Input::Events(Sparse { shape: SHAPE, events }))
}

const RUN: [&str; 8] = ["run", "m.yaml", "--random-weights", "1", "-d", "akd1000", "-i", "x.npy"];

fn run<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RUN.iter().chain(more).copied().collect()
}

#[test]
fn every_head_is_written_at_any_batch() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (model, input) = case(folder);
    let engine = Engine::new(&model).unwrap();
    for batch in ["1", "2", "3"] {
        let said = ok(folder, &run(&["--batch", batch, "-o", batch]));
        assert!(said.contains("every value of 3 layers agrees in every frame"), "{said}");
        assert!(said.contains("outputs/ (2 layers)"), "{said}");
        let info: Value =
            serde_json::from_slice(&std::fs::read(folder.join(batch).join("run.json")).unwrap()).unwrap();
        let listed: Vec<(&str, &str)> = info["outputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|output| (output["name"].as_str().unwrap(), output["file"].as_str().unwrap()))
            .collect();
        assert_eq!(listed, [("age", "outputs/age.npy"), ("a/b", "outputs/a%2fb.npy")]);
        for (name, file) in listed {
            assert!(info["files"][file]["sha256"].is_string(), "{info}");
            let array = npy::read_dense::<i32>(&folder.join(batch).join(file)).unwrap();
            for n in 0..3 {
                let trace = engine.trace(&input, n).unwrap();
                let map = trace.iter().find(|map| model.layer(map.layer).name == name).unwrap();
                let spikemesh::engine::MapValues::Potentials(expected) = &map.values else {
                    panic!("levels")
                };
                assert_eq!(array.sample(n), expected, "{name}, frame {n}, batch {batch}");
            }
        }
        let [last, named] = ["outputs.npy", "outputs/a%2fb.npy"]
            .map(|file| std::fs::read(folder.join(batch).join(file)).unwrap());
        assert_eq!(last, named);
        let stats: Value =
            serde_json::from_slice(&std::fs::read(folder.join(batch).join("stats.json")).unwrap()).unwrap();
        for layer in stats["layers"].as_array().unwrap() {
            assert!(
                layer["clocks"].as_u64().unwrap() > 0 && layer["dynamic_pj"].as_f64().unwrap() > 0.0,
                "{layer}"
            );
        }
    }
}

#[test]
fn labels_are_of_the_last_layer_or_of_the_one_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    case(folder);
    ok(folder, &run(&["-o", "first"]));
    // The class of each frame by hand.
    let classes = |file: &str| -> Vec<i32> {
        let array = npy::read_dense::<i32>(&folder.join("first").join(file)).unwrap();
        (0..3)
            .map(|n| {
                let values = array.sample(n);
                let most = values.iter().max().unwrap();
                values.iter().position(|value| value == most).unwrap() as i32
            })
            .collect()
    };
    let write = |name: &str, labels: &[i32]| npy::write(&folder.join(name), &[3], labels).unwrap();
    let (age, last) = (classes("outputs/age.npy"), classes("outputs.npy"));
    write("age.npy", &age);
    write("last.npy", &last);
    write("wrong.npy", &age.iter().map(|class| (class + 1) % 3).collect::<Vec<_>>());
    let by = ["--class-by", "predict"];
    let said = ok(
        folder,
        &run(&[&["--labels", "last.npy", "--labels", "age=wrong.npy", "-o", "o"], &by[..]].concat()),
    );
    assert!(said.contains("`age`: 0.00 % (argmax of `predict`, 3 classes)"), "{said}");
    assert!(said.contains("`a/b`: 100.00 % (argmax of `predict`, 2 classes)"), "{said}");
    let info: Value = serde_json::from_slice(&std::fs::read(folder.join("o/run.json")).unwrap()).unwrap();
    assert_eq!((&info["accuracy"], &info["accuracies"]["age"]), (&1.0.into(), &0.0.into()));
    assert_eq!((&info["num_classes"], &info["outputs"][0]["num_classes"]), (&2.into(), &3.into()));
    // Of another head alone; the last layer has none.
    let said = ok(folder, &run(&[&["--labels", "age=age.npy", "-o", "p"], &by[..]].concat()));
    assert!(said.contains("`age`: 100.00 %") && !said.contains("`a/b`: "), "{said}");

    let message = refused(folder, &run(&["--labels", "trunk=age.npy", "-o", "q"]), 1);
    assert!(message.contains("run::no_output") && message.contains("`age`, `a/b`"), "{message}");
    let twice = ["--labels", "last.npy", "--labels", "a/b=last.npy", "-o", "q"];
    assert!(refused(folder, &run(&twice), 2).contains("twice"));
    let no_use = ["--labels", "age=age.npy", "--num-classes", "3", "-o", "q"];
    assert!(refused(folder, &run(&no_use), 2).contains("--num-classes has no effect"));
}

#[test]
fn a_golden_file_holds_every_output() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    case(folder);
    std::fs::write(
        folder.join("cases.ron"),
        "(cases: [(name: \"heads\", model: \"m.yaml\", random_weights: 1, device: \"akd1000\", inputs: \"x.npy\", golden: \"g.json\")])",
    )
    .unwrap();
    ok(folder, &["test", "cases.ron", "--bless"]);
    ok(folder, &["test", "cases.ron"]);
    let text = std::fs::read_to_string(folder.join("g.json")).unwrap();
    let mut golden: Value = serde_json::from_str(&text).unwrap();
    let outputs = golden["outputs"].as_array_mut().unwrap();
    assert_eq!(outputs.iter().map(|output| &output["name"]).collect::<Vec<_>>(), ["age", "a/b"]);
    let value = &mut outputs[0]["frames"][1][2];
    *value = (value.as_i64().unwrap() + 1).into();
    std::fs::write(folder.join("g.json"), golden.to_string()).unwrap();
    let failed = spikemesh(folder, &["test", "cases.ron"]);
    let said =
        String::from_utf8_lossy(&failed.stdout).into_owned() + &String::from_utf8_lossy(&failed.stderr);
    assert!(!failed.status.success(), "{said}");
    assert!(said.contains("output `age`"), "{said}");
}

#[test]
fn map_says_what_was_proved() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    case(folder);
    let said = ok(folder, &["map", "m.yaml", "-d", "akd1000"]);
    assert!(said.contains("Proved free of deadlock: 5 routes between 6 units return their tokens"), "{said}");
    let plan: Value =
        serde_json::from_str(&ok(folder, &["--format", "json", "map", "m.yaml", "-d", "akd1000"])).unwrap();
    assert_eq!((&plan["deadlock_free"]["routes"], &plan["deadlock_free"]["units"]), (&5.into(), &6.into()));
}

//! `spikemesh diff`: what differs between two runs, two programs, two devices.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use spikemesh::model::{VariableName, file, template};
use tempfile::TempDir;

const MODEL: &str = "traces/tiny/events.yaml";

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

/// A run of a model.
fn run(folder: &TempDir, name: &str, model: &str, more: &[&str]) -> PathBuf {
    let directory = folder.path().join(name);
    let fixed = ["run", model, "-i", "traces/tiny/events.npy", "-d", "two-nodes", "--batch", "2", "-o"];
    let output = spikemesh(&[&fixed[..], &[directory.to_str().unwrap()], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    directory
}

/// Exit code and report.
fn diff(a: &Path, b: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let paths = ["diff", a.to_str().unwrap(), b.to_str().unwrap(), "--format", "json"];
    let output = spikemesh(&[&paths[..], more].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), report)
}

const SEED: [&str; 2] = ["--random-weights", "1"];

#[test]
fn the_same_run_has_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (run(&folder, "a", MODEL, &SEED), run(&folder, "b", MODEL, &SEED));
    let (exit, report) = diff(&a, &b, &[]);
    assert_eq!((exit, &report["different"]), (Some(0), &json!(false)), "{report:#}");
    let printed = spikemesh(&["diff", a.to_str().unwrap(), b.to_str().unwrap()]);
    assert_eq!(String::from_utf8_lossy(&printed.stdout), "no difference between these runs\n");
}

#[test]
fn a_changed_weight_is_named_with_its_layer_unit_and_offset_and_the_first_event() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = template::load(Path::new(MODEL)).unwrap();
    model.randomise(1);
    let path = folder.path().join("m.fbz");
    file::save(&model, &path).unwrap();
    let a = run(&folder, "a", path.to_str().unwrap(), &[]);
    let layer = model.layer_by_name("right").unwrap();
    let mut weights = model.layer(layer).variables.weights.clone();
    // The first filter of every tap: an extreme becomes the other one.
    let (was, now) = (weights[0], if weights[0] > 0 { -1 } else { 1 });
    weights[0] = now;
    model.set_variable(layer, VariableName::Weights, weights.as_slice()).unwrap();
    file::save(&model, &path).unwrap();
    let b = run(&folder, "b", path.to_str().unwrap(), &[]);
    let (exit, report) = diff(&a, &b, &[]);
    assert_eq!(exit, Some(4));
    let changed = &report["program"][0];
    assert_eq!((&changed["layer"], &changed["name"]), (&json!("right"), &json!("weights")), "{report:#}");
    assert_eq!((&changed["offset"], &changed["differing"]), (&json!(0), &json!(1)));
    assert_eq!((&changed["a"], &changed["b"]), (&json!(was), &json!(now)));
    let unit = changed["unit"].as_str().unwrap();
    assert!(unit.starts_with('n') && unit.contains(".np"), "{unit}");
    assert_eq!(report["program"].as_array().unwrap().len(), 1);
    let first = &report["first_event"];
    assert_eq!(
        (&first["differs"], &first["layer"], &first["feature"]),
        (&json!("value"), &json!("right"), &json!(0))
    );
    assert_eq!(report["constants"], json!([]));
    let names: Vec<&str> =
        report["configuration"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["model_sha256", "program_sha256"]);
    // What people see names the same.
    let printed = spikemesh(&["diff", a.to_str().unwrap(), b.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    let event = format!("layer `right`, x {}, y {}, feature 0: another value", first["x"], first["y"]);
    for part in [unit, "weights", &event] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(String::from_utf8_lossy(&printed.stderr).starts_with("diff::different"));
}

/// Values come before times, and a slower link changes times only.
#[test]
fn a_slower_link_is_named_and_the_first_event_is_the_first_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let a = run(&folder, "a", MODEL, &[&SEED[..], &["-m", "all-nps"]].concat());
    let setting = "overrides.n0_0.east.delay=7";
    let b = run(&folder, "b", MODEL, &[&SEED[..], &["-m", "all-nps", "--set", setting]].concat());
    let (exit, report) = diff(&a, &b, &[]);
    assert_eq!(exit, Some(4));
    let constants = report["constants"].as_array().unwrap();
    assert_eq!(constants.len(), 1, "{report:#}");
    assert_eq!(constants[0]["name"], "overrides.n0_0.east.delay");
    assert_eq!((&constants[0]["a"], &constants[0]["b"]), (&Value::Null, &json!("7 assumed")));
    assert_eq!((&report["program"], &report["outputs"]), (&json!([]), &json!([])));
    let first = &report["first_event"];
    assert_eq!(first["differs"], "time", "{report:#}");
    let cycle = |side: &str| first[side]["frame_cycle"].as_u64().unwrap();
    assert_eq!(first["a"]["value"], first["b"]["value"]);
    assert!(cycle("a") < cycle("b"), "{first}");
    assert!(!report["frames"].as_array().unwrap().is_empty());
    let (exit, without) = diff(&a, &b, &["--no-events"]);
    assert_eq!((exit, &without["first_event"]), (Some(4), &Value::Null));
    assert_eq!(without["layers"], report["layers"]);
}

#[test]
fn programs_and_devices_are_compared_and_kinds_are_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let program = |name: &str, mode: &str| {
        let path = folder.path().join(name);
        let fixed = ["map", MODEL, "-d", "two-nodes", "--random-weights", "1", "-m", mode, "-o"];
        assert!(spikemesh(&[&fixed[..], &[path.to_str().unwrap()]].concat()).status.success());
        path
    };
    let (a, b) = (program("a.npx", "minimal"), program("b.npx", "all-nps"));
    assert_eq!(diff(&a, &a, &[]).0, Some(0));
    let (exit, report) = diff(&a, &b, &[]);
    assert_eq!((exit, &report["of"]), (Some(4), &json!("programs")));
    assert!(report["program"].as_array().unwrap().iter().any(|row| row["name"] == "units"), "{report:#}");
    let (exit, report) = diff(Path::new("akd1000"), Path::new("akd1500"), &[]);
    assert_eq!((exit, &report["of"]), (Some(4), &json!("devices")));
    let clock = report["constants"].as_array().unwrap().iter().find(|row| row["name"] == "clock_hz").unwrap();
    assert_eq!(clock["a"], "300000000 documented");
    assert_eq!(diff(Path::new("akd1000"), &a, &[]).0, Some(2));
    assert_eq!(diff(&a, &b, &["--no-events"]).0, Some(2));
    assert_eq!(diff(folder.path(), folder.path(), &[]).0, Some(1));
}

#[test]
fn a_run_that_ended_early_is_compared_with_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let a = run(&folder, "a", MODEL, &SEED);
    let b = folder.path().join("b");
    let fixed =
        ["run", MODEL, "-i", "traces/tiny/events.npy", "-d", "two-nodes", "--max-cycles", "100", "-o"];
    let output = spikemesh(&[&fixed[..], &[b.to_str().unwrap()], &SEED].concat());
    assert_eq!(output.status.code(), Some(8));
    let refused = spikemesh(&["diff", a.to_str().unwrap(), b.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).starts_with("run::partial"));
}

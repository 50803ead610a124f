//! `spikemesh test`: what passes, what fails, and which exit codes and reports say so.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::device::Device;
use spikemesh::tensor::npy;

const MODEL: &str = include_str!("../cmd/models/tiny.yaml");
const FRAMES: usize = 3;

/// A folder with a model, inputs and a manifest of one case; `case` gives what its manifest says beyond the files.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// With blessed references.
    pub(crate) fn blessed() -> Folder {
        let folder = Folder::new("random_weights: 7");
        let blessed = folder.test(&["--bless"]);
        assert_eq!(blessed.status.code(), Some(0), "{}", text(&blessed.stdout));
        folder
    }

    pub(crate) fn new(more: &str) -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a temporary folder"));
        folder.write("tiny.yaml", MODEL);
        folder.write("cases.ron", &format!("(cases: [{}])", case("tiny", more)));
        let pixels: Vec<u8> = (0..FRAMES * 64).map(|i| (i * 37 % 251) as u8).collect();
        npy::write(&folder.path().join("inputs.npy"), &[FRAMES, 8, 8, 1], &pixels)
            .expect("inputs are written");
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).expect("a file is written");
    }

    pub(crate) fn test(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
        let command = command.arg("test").arg(self.path().join("cases.ron")).args(args);
        command.current_dir(self.path()).output().expect("the command starts")
    }

    /// Exit code, and the problems of the only case as (code, message).
    fn judge(&self) -> (Option<i32>, Vec<(String, String)>) {
        let output = self.test(&["--format", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
        let problems = report["cases"][0]["problems"].as_array().expect("problems are a list");
        let field = |problem: &Value, key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        let problems = problems.iter().map(|p| (field(p, "code"), field(p, "message")));
        (output.status.code(), problems.collect())
    }
}

fn case(name: &str, more: &str) -> String {
    let files =
        "model: \"tiny.yaml\", device: \"two-nodes\", inputs: \"inputs.npy\", golden: \"golden.json\"";
    format!("(name: \"{name}\", {files}, {more}),\n")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

/// The golden file, changed by `change`.
fn change_golden(folder: &Folder, change: impl FnOnce(&mut Value)) {
    let mut golden = golden(folder);
    change(&mut golden);
    folder.write("golden.json", &golden.to_string());
}

fn golden(folder: &Folder) -> Value {
    let text = std::fs::read(folder.path().join("golden.json")).expect("the golden file is there");
    serde_json::from_slice(&text).expect("it is JSON")
}

fn cycles(folder: &Folder) -> Vec<u64> {
    let golden = golden(folder);
    golden["cycles"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|clocks| clocks.as_u64().expect("clocks"))
        .collect()
}

#[test]
fn what_was_blessed_passes() {
    let folder = Folder::blessed();
    let output = folder.test(&["--junit", "results.xml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let total: u64 = cycles(&folder).iter().sum();
    assert!(total > 0);
    let stdout = text(&output.stdout);
    assert!(stdout.starts_with("PASS   tiny: 3 frames, "), "{stdout}");
    assert!(stdout.ends_with("\n1 passed, 0 failed\n"), "{stdout}");
    let junit = std::fs::read_to_string(folder.path().join("results.xml")).expect("JUnit was written");
    assert!(junit.contains("<testsuite name=\"cases\" tests=\"1\" failures=\"0\" errors=\"0\">"), "{junit}");
    assert!(junit.contains("<testcase classname=\"cases\" name=\"tiny\">"), "{junit}");
    assert!(junit.contains("<property name=\"device\" value=\"two-nodes\"/>"), "{junit}");
    assert!(!junit.contains(" time="), "{junit}");
}

#[test]
fn a_changed_golden_value_is_named() {
    let folder = Folder::blessed();
    let mut was = 0;
    change_golden(&folder, |golden| {
        assert_eq!(golden["outputs"][0]["shape"], serde_json::json!([1, 1, 4]));
        let value = &mut golden["outputs"][0]["frames"][1][2];
        was = value.as_i64().expect("a value");
        *value = (was + 1).into();
    });
    let (exit, problems) = folder.judge();
    assert_eq!(exit, Some(4));
    let message = format!(
        "frame 1, output `head` at x 0, y 0, feature 2: expected {}, got {was} (1 of 4 values differ)",
        was + 1
    );
    assert_eq!(problems, [("regression::output".to_owned(), message)]);
}

#[test]
fn a_changed_number_of_cycles_is_named() {
    let folder = Folder::blessed();
    let right = cycles(&folder)[2];
    change_golden(&folder, |golden| golden["cycles"][2] = (right - 1).into());
    let (exit, problems) = folder.judge();
    assert_eq!(exit, Some(4));
    let percent = 100.0 / (right - 1) as f64;
    let count = spikemesh::words::thousands;
    let message = format!("frame 2: cycles {} -> {} (+1, +{percent:.1} %)", count(right - 1), count(right));
    assert_eq!(problems, [("regression::cycles".to_owned(), message)]);
}

#[test]
fn a_changed_weight_fails() {
    use spikemesh::model::{VariableName, file, template};

    let folder = Folder::blessed();
    let mut model = template::parse("tiny.yaml", MODEL).expect("the template is right");
    model.randomise(7);
    // The same weights, but from a file: still right.
    let with_file = |model: &spikemesh::model::Model| {
        file::save(model, &folder.path().join("tiny.yaml")).expect("the model is saved");
        folder.judge()
    };
    assert_eq!(with_file(&model), (Some(0), Vec::new()));
    let head = model.layer_by_name("head").expect("there is a head");
    let mut weights = model.layer(head).variables.weights.clone();
    // A weight that is known to matter: it goes from an extreme to zero for every input of neuron 0.
    weights.iter_mut().step_by(4).for_each(|weight| *weight = if *weight == 7 { 6 } else { *weight + 1 });
    model.set_variable(head, VariableName::Weights, weights.as_slice()).expect("the weights fit");
    let (exit, problems) = with_file(&model);
    assert_eq!(exit, Some(4));
    assert_eq!(problems[0].0, "regression::map");
    assert!(
        problems[0].1.starts_with("frame 0, layer `head` at x 0, y 0, feature 0: expected "),
        "{problems:?}"
    );
    assert!(problems.iter().any(|(code, _)| code == "regression::output"), "{problems:?}");
    let last = problems.last().expect("there is one");
    let changed = "since the golden file was made: `head` has other weights".to_owned();
    assert_eq!(*last, ("regression::changed".to_owned(), changed));
}

#[test]
fn more_neural_processors_take_other_times_and_give_the_same_outputs() {
    let folder = Folder::blessed();
    let more = "random_weights: 7, mode: \"all-nps\"";
    folder.write("cases.ron", &format!("(cases: [{}])", case("tiny", more)));
    let (exit, problems) = folder.judge();
    assert_eq!(exit, Some(4));
    let codes: BTreeSet<&str> = problems.iter().map(|(code, _)| code.as_str()).collect();
    let times = ["regression::changed", "regression::cycles", "regression::layer_clocks"];
    assert_eq!(codes, BTreeSet::from(times), "{problems:?}");
    assert_eq!(problems.last().unwrap().1, "since the golden file was made: mode minimal is all-nps now");
}

#[test]
fn other_constants_of_the_device_are_named_beside_what_differs() {
    let folder = Folder::blessed();
    change_golden(&folder, |golden| {
        golden["device_sha256"] = "00".into();
        let constants = golden["constants"].as_array_mut().expect("a list");
        let rows = constants.iter_mut().find(|line| line.as_str().unwrap().starts_with("rows=")).unwrap();
        *rows = "rows=77 documented".into();
    });
    // Nothing differs: so the other constants do not matter.
    assert_eq!(folder.judge(), (Some(0), Vec::new()));
    change_golden(&folder, |golden| golden["cycles"][0] = 1.into());
    let (_, problems) = folder.judge();
    let codes: Vec<&str> = problems.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["regression::cycles", "regression::changed"]);
    assert!(problems[1].1.contains("constant rows was 77 documented, and is 1"), "{problems:?}");
}

#[test]
fn a_golden_file_of_another_version_or_a_torn_one_is_a_coded_error() {
    let folder = Folder::blessed();
    let text = std::fs::read_to_string(folder.path().join("golden.json")).expect("it is there");
    for wrong in [text.replace("golden/2", "golden/9"), text[..text.len() / 2].to_owned(), "[1]".to_owned()] {
        folder.write("golden.json", &wrong);
        let (exit, problems) = folder.judge();
        assert_eq!((exit, problems[0].0.as_str()), (Some(1), "regression::golden_file"), "{problems:?}");
    }
    // Manifests of earlier versions have other fields.
    let old = case("tiny", "random_weights: 7, outputs: \"a.npy\", cycles: [1]");
    folder.write("cases.ron", &format!("(cases: [{old}])"));
    assert_eq!(folder.judge().1[0].0, "regression::syntax");
}

#[test]
fn what_a_case_reads_is_never_blessed_over() {
    let folder = Folder::new("random_weights: 7");
    let files = ["cases.ron", "tiny.yaml", "inputs.npy"];
    let contents = || files.map(|name| std::fs::read(folder.path().join(name)).expect("it is there"));
    let manifest = std::fs::read_to_string(folder.path().join("cases.ron")).expect("it is there");
    for name in files {
        folder.write("cases.ron", &manifest.replace("golden.json", name));
        let before = contents();
        let printed = text(&folder.test(&["--bless", "--format", "json"]).stdout);
        assert!(printed.contains("regression::golden_is_used"), "{name}: {printed}");
        assert!(contents() == before, "{name} was overwritten");
    }
    folder.write("cases.ron", &manifest);
    for name in files {
        let before = contents();
        let refused = folder.test(&["--junit", name]);
        assert!(text(&refused.stderr).starts_with("cli::same_file"), "{name}: {}", text(&refused.stderr));
        assert!(contents() == before, "{name} was overwritten");
    }
    // Two cases would write one file: the second would be the reference of the first.
    let two = [case("a", "random_weights: 7"), case("b", "random_weights: 8")].concat();
    folder.write("cases.ron", &format!("(cases: [{two}])"));
    let printed = text(&folder.test(&["--bless", "--format", "json"]).stdout);
    assert_eq!(printed.matches("regression::golden_is_used").count(), 2, "{printed}");
}

#[test]
fn frames_limits_a_case_and_nothing_else_does() {
    let folder = Folder::blessed();
    let manifest = |more: &str| folder.write("cases.ron", &format!("(cases: [{}])", case("tiny", more)));
    manifest("random_weights: 7, frames: 2");
    assert_eq!(folder.judge(), (Some(0), Vec::new()));
    manifest("random_weights: 7, frames: 4");
    assert_eq!(folder.judge().1[0].0, "regression::frames");
    manifest("random_weights: 7, frames: 0");
    assert_eq!(folder.judge().1[0].0, "regression::no_frames");
    // References for fewer frames than there are would leave frames unchecked.
    manifest("random_weights: 7, frames: 2");
    assert_eq!(folder.test(&["--bless"]).status.code(), Some(0));
    manifest("random_weights: 7");
    let (exit, problems) = folder.judge();
    assert_eq!((exit, problems[0].0.as_str()), (Some(1), "regression::golden_size"));
}

#[test]
fn one_wrong_case_hides_no_other() {
    let folder = Folder::blessed();
    let good = case("good", "random_weights: 7");
    let golden = |name: &str| case(name, "random_weights: 7");
    let cases = [
        case("cycles", "random_weights: 7, mode: \"all-nps\""),
        golden("no file").replace("golden.json", "nothing.json"),
        case("no weights", "frames: 1"),
        case("unknown key", "random_weights: 7, seed: 1"),
        case("mode", "random_weights: 7, mode: \"most\""),
        case("good", "random_weights: 7"),
        golden("device").replace("two-nodes", "akd9000"),
        golden("model").replace("tiny.yaml", "nothing.yaml"),
        golden("no golden file").replace("golden.json", "cases.ron"),
    ];
    folder.write("cases.ron", &format!("(cases: [\n{good}{}])", cases.concat()));
    let output = folder.test(&["--format", "json", "--junit", "results.xml"]);
    // A mismatch outweighs errors.
    assert_eq!(output.status.code(), Some(4));
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let found: Vec<(&str, &str, &str)> = report["cases"]
        .as_array()
        .expect("cases are a list")
        .iter()
        .map(|case| {
            let code = case["problems"][0]["code"].as_str().unwrap_or("");
            (case["name"].as_str().unwrap_or(""), case["status"].as_str().unwrap_or(""), code)
        })
        .collect();
    let expected = [
        ("good", "passed", ""),
        ("cycles", "failed", "regression::cycles"),
        ("no file", "error", "regression::no_reference"),
        ("no weights", "error", "simulate::no_weights"),
        ("unknown key", "error", "regression::syntax"),
        ("mode", "error", "regression::syntax"),
        ("good", "error", "regression::duplicate_case"),
        ("device", "error", "device::unknown"),
        ("model", "error", "model::io"),
        ("no golden file", "error", "regression::golden_file"),
    ];
    assert_eq!(found, expected);
    let junit = std::fs::read_to_string(folder.path().join("results.xml")).expect("JUnit was written");
    assert!(junit.contains("tests=\"10\" failures=\"1\" errors=\"8\""), "{junit}");
}

/// The device `two-nodes` with one NP in each node and a load of a pass that takes 10^11 clocks.
fn slow_device() -> String {
    let mut text = Device::text("two-nodes").expect("it comes with the library").to_owned();
    for (from, to) in [
        ("clock_hz: (300_000_000,", "clock_hz: (100_000_000_000,"),
        ("nps_per_node: (4,", "nps_per_node: (1,"),
        ("first_microseconds: (311,", "first_microseconds: (1_000_000,"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

/// Events, and layers enough for more passes than fit below the cycle limit.
pub(crate) fn model_of_many_passes() -> String {
    let input = "{type: InputData, name: e, input_width: 4, input_height: 4, input_channels: 1}";
    let mut text = format!("name: passes\nlayers:\n  - {input}\n");
    for layer in 0..30 {
        let kind = "kernel_width: 1, kernel_height: 1, num_neurons: 1, weights_bits: 1";
        text += &format!("  - {{type: Convolutional, name: c{layer}, {kind}}}\n");
    }
    text
}

/// A folder whose only case ends early; a golden file is there, and of the right size.
pub(crate) fn ends_early(model: &str, shape: [usize; 3]) -> Folder {
    let folder = Folder::new("random_weights: 7, frames: 1");
    let manifest = std::fs::read_to_string(folder.path().join("cases.ron")).expect("the manifest is there");
    folder.write("cases.ron", &manifest.replace("two-nodes", "slow.ron"));
    folder.write("slow.ron", &slow_device());
    folder.write("tiny.yaml", model);
    npy::write(&folder.path().join("inputs.npy"), &[1, 4, 4, 1], &[1_u8; 16]).expect("inputs are written");
    let values = vec![0; shape.iter().product()];
    let output = serde_json::json!({ "name": "c29", "shape": shape, "frames": [values] });
    let golden = serde_json::json!({
        "schema": "spikemesh.golden/2", "spikemesh": "", "model": [], "program_sha256": "", "inputs_sha256": "", "mode": "minimal",
        "batch": 1, "device": "slow", "device_sha256": "", "constants": [], "cycles": [0], "layers": [], "outputs": [output]
    });
    folder.write("golden.json", &golden.to_string());
    folder
}

#[test]
fn a_case_that_ends_early_neither_passes_nor_is_blessed() {
    let (folder, code) = (ends_early(&model_of_many_passes(), [4, 4, 1]), "simulate::cycle_limit");
    let references = || std::fs::read(folder.path().join("golden.json")).unwrap();
    let before = references();
    let (exit, problems) = folder.judge();
    assert_eq!((exit, problems[0].0.as_str(), problems.len()), (Some(1), code, 1));
    let blessed = folder.test(&["--bless"]);
    let printed = text(&blessed.stdout);
    assert_eq!(blessed.status.code(), Some(1), "{printed}");
    assert!(printed.contains(code) && printed.ends_with("\n0 passed, 0 failed, 1 error\n"), "{printed}");
    assert!(references() == before, "{code}: references were overwritten");
}

#[test]
fn a_manifest_that_is_none_is_a_coded_error() {
    let folder = Folder::new("");
    for (manifest, code) in [
        ("(cases: [", "regression::syntax"),
        ("(cases: [], more: 1)", "regression::syntax"),
        ("(cases: [])", "regression::no_cases"),
        ("\u{0}", "regression::syntax"),
    ] {
        folder.write("cases.ron", manifest);
        let output = folder.test(&[]);
        assert_eq!(output.status.code(), Some(1), "{manifest}");
        assert!(text(&output.stderr).starts_with(code), "{manifest}: {}", text(&output.stderr));
    }
    std::fs::remove_file(folder.path().join("cases.ron")).expect("the manifest is removed");
    assert!(text(&folder.test(&[]).stderr).starts_with("regression::io"));
}

#[test]
fn results_are_shown_even_if_junit_cannot_be_written() {
    let folder = Folder::blessed();
    let output = folder.test(&["--junit", "no/such/folder.xml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).ends_with("1 passed, 0 failed\n"));
    assert!(text(&output.stderr).starts_with("cli::io"), "{}", text(&output.stderr));
}

/// Events 12 wide and 6 high, of four channels.
const EVENTS: &str = "
name: events
layers:
  - {type: InputData, name: events, input_width: 12, input_height: 6, input_channels: 4}
  - {type: FullyConnected, name: head, num_neurons: 4, weights_bits: 4, activations_enabled: false}
";

#[test]
fn a_case_reads_its_inputs_in_the_order_of_run() {
    let folder = Folder::new("random_weights: 7");
    folder.write("tiny.yaml", EVENTS);
    let data: Vec<u8> = (0..2 * 12 * 6 * 4).map(|i| (i * 5 % 11) as u8).collect();
    let inputs = |shape: [usize; 4]| npy::write(&folder.path().join("inputs.npy"), &shape, &data).unwrap();
    inputs([2, 12, 6, 4]);
    let blessed = folder.test(&["--bless"]);
    assert_eq!(blessed.status.code(), Some(0), "{}", text(&blessed.stdout));
    assert_eq!(folder.judge(), (Some(0), vec![]));
    // `run` takes the same array for the same values.
    let out = folder.path().join("out");
    let ran = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .args(["run", "tiny.yaml", "--random-weights", "7", "-d", "two-nodes", "-i", "inputs.npy", "-o"])
        .arg(&out)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let array = npy::read::<i32>(&out.join("outputs.npy")).unwrap();
    let frames = golden(&folder)["outputs"][0]["frames"].clone();
    assert_eq!(serde_json::json!(array.data.chunks(4).collect::<Vec<_>>()), frames);

    inputs([2, 6, 12, 4]);
    let (exit, problems) = folder.judge();
    assert_eq!((exit, problems[0].0.as_str()), (Some(1), "engine::input_order"));
    for order in ["order: images", "order: \"images\""] {
        folder.write(
            "cases.ron",
            &format!("(cases: [{}])", case("tiny", &format!("random_weights: 7, {order}"))),
        );
        let (exit, problems) = folder.judge();
        // Other values than the blessed ones, read without a complaint.
        assert_eq!((exit, problems[0].0.as_str()), (Some(4), "regression::map"), "{order}");
    }
    folder.write("cases.ron", &format!("(cases: [{}])", case("tiny", "order: pictures")));
    assert_eq!(folder.judge().1[0].0, "regression::syntax");
}

#[test]
fn a_case_that_was_never_blessed_says_so_and_blessing_makes_its_folder() {
    let folder = Folder::new("random_weights: 7");
    let manifest = std::fs::read_to_string(folder.path().join("cases.ron")).unwrap();
    folder.write("cases.ron", &manifest.replace("golden.json", "gold/deep/golden.json"));
    let (exit, problems) = folder.judge();
    assert_eq!(exit, Some(1));
    assert_eq!(problems.iter().map(|p| p.0.as_str()).collect::<Vec<_>>(), ["regression::no_reference"]);
    let shown = text(&folder.test(&[]).stdout);
    assert!(shown.contains("there is no reference yet") && shown.contains("--bless` writes it"), "{shown}");
    assert_eq!(folder.test(&["--bless"]).status.code(), Some(0));
    assert_eq!(folder.judge(), (Some(0), vec![]));
}

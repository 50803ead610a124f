//! `spikemesh test`: what passes, what fails, and which exit codes and reports say so.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::device::Device;
use spikemesh::tensor::npy;

const MODEL: &str = include_str!("../cmd/models/tiny.yaml");
const FRAMES: usize = 3;

/// A folder with a model, inputs and a manifest of one case; `case` gives what its manifest says beyond the files.
struct Folder(tempfile::TempDir);

impl Folder {
    /// With blessed references.
    fn blessed() -> Folder {
        let folder = Folder::new("random_weights: 7, cycles: \"cycles.npy\"");
        let blessed = folder.test(&["--bless"]);
        assert_eq!(blessed.status.code(), Some(0), "{}", text(&blessed.stdout));
        folder
    }

    fn new(more: &str) -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a temporary folder"));
        folder.write("tiny.yaml", MODEL);
        folder.write("cases.ron", &format!("(cases: [{}])", case("tiny", more)));
        let pixels: Vec<u8> = (0..FRAMES * 64).map(|i| (i * 37 % 251) as u8).collect();
        npy::write(&folder.path().join("inputs.npy"), &[FRAMES, 8, 8, 1], &pixels)
            .expect("inputs are written");
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).expect("a file is written");
    }

    fn test(&self, args: &[&str]) -> Output {
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
        "model: \"tiny.yaml\", device: \"two-nodes\", inputs: \"inputs.npy\", outputs: \"outputs.npy\"";
    format!("(name: \"{name}\", {files}, {more}),\n")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

fn cycles(folder: &Folder) -> Vec<i64> {
    npy::read(&folder.path().join("cycles.npy")).expect("cycles are there").data
}

#[test]
fn what_was_blessed_passes() {
    let folder = Folder::blessed();
    let output = folder.test(&["--junit", "results.xml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let total: i64 = cycles(&folder).iter().sum();
    assert!(total > 0);
    let stdout = text(&output.stdout);
    assert!(stdout.starts_with("PASS   tiny: 3 frames, "), "{stdout}");
    assert!(stdout.ends_with("\n1 passed, 0 failed\n"), "{stdout}");
    let junit = std::fs::read_to_string(folder.path().join("results.xml")).expect("JUnit was written");
    assert!(junit.contains("<testsuite name=\"cases\" tests=\"1\" failures=\"0\" errors=\"0\">"), "{junit}");
    assert!(junit.contains("<testcase classname=\"cases\" name=\"tiny\"/>"), "{junit}");
}

#[test]
fn a_changed_golden_value_is_named() {
    let folder = Folder::blessed();
    let path = folder.path().join("outputs.npy");
    let mut golden = npy::read_dense::<i32>(&path).expect("outputs are there");
    assert_eq!(golden.shape, [FRAMES, 1, 1, 4]);
    let was = golden.data[6];
    golden.data[6] += 1;
    golden.write_npy(&path).expect("outputs are written");
    let (exit, problems) = folder.judge();
    assert_eq!(exit, Some(4));
    let message = format!(
        "frame 1, output at x 0, y 0, neuron 2: expected {}, got {was} (1 of 4 values differ)",
        was + 1
    );
    assert_eq!(problems, [("regression::output".to_owned(), message)]);
}

#[test]
fn a_changed_number_of_cycles_is_named() {
    let folder = Folder::blessed();
    let mut golden = cycles(&folder);
    golden[2] -= 1;
    npy::write(&folder.path().join("cycles.npy"), &[FRAMES], &golden).expect("cycles are written");
    let (exit, problems) = folder.judge();
    assert_eq!(exit, Some(4));
    let message = format!("frame 2: expected {} cycles, got {}", golden[2], golden[2] + 1);
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
    assert!(problems.iter().all(|(code, _)| code == "regression::output"), "{problems:?}");
    assert!(problems.iter().any(|(_, message)| message.contains("neuron 0")), "{problems:?}");
}

#[test]
fn cycles_may_stand_in_the_manifest() {
    let folder = Folder::blessed();
    let right = cycles(&folder);
    let manifest = |mode: &str, cycles: &[i64]| {
        let more = format!("random_weights: 7, mode: \"{mode}\", cycles: {cycles:?}");
        folder.write("cases.ron", &format!("(cases: [{}])", case("tiny", &more)));
    };
    manifest("minimal", &right);
    assert_eq!(folder.judge().0, Some(0));
    // More neural processors take other times and give the same outputs.
    manifest("all-nps", &right);
    let (exit, problems) = folder.judge();
    assert_eq!(exit, Some(4));
    assert!(problems.iter().all(|(code, _)| code == "regression::cycles"), "{problems:?}");
    let mut wrong = right.clone();
    wrong[0] += 5;
    manifest("minimal", &wrong);
    assert_eq!(folder.judge().0, Some(4));
    // A list is for people to edit: blessing says what it must be.
    let blessed = folder.test(&["--bless"]);
    assert_eq!(blessed.status.code(), Some(1));
    assert!(
        text(&blessed.stdout).contains(&format!("write `cycles: {right:?}`")),
        "{}",
        text(&blessed.stdout)
    );
}

#[test]
fn frames_limits_a_case_and_nothing_else_does() {
    let folder = Folder::blessed();
    let manifest = |more: &str| folder.write("cases.ron", &format!("(cases: [{}])", case("tiny", more)));
    manifest("random_weights: 7, cycles: \"cycles.npy\", frames: 2");
    assert_eq!(folder.judge(), (Some(0), Vec::new()));
    manifest("random_weights: 7, cycles: \"cycles.npy\", frames: 4");
    assert_eq!(folder.judge().1[0].0, "regression::frames");
    manifest("random_weights: 7, cycles: \"cycles.npy\", frames: 0");
    assert_eq!(folder.judge().1[0].0, "regression::no_frames");
    // References for fewer frames than there are would leave frames unchecked.
    manifest("random_weights: 7, cycles: [1, 2]");
    let (exit, problems) = folder.judge();
    assert_eq!((exit, problems[0].0.as_str()), (Some(1), "regression::golden_size"));
}

#[test]
fn one_wrong_case_hides_no_other() {
    let folder = Folder::blessed();
    let good = case("good", "random_weights: 7, cycles: \"cycles.npy\"");
    let cases = [
        case("cycles", "random_weights: 7, cycles: [0, 0, 0]"),
        case("no file", "random_weights: 7, cycles: \"nothing.npy\""),
        case("no weights", "cycles: \"cycles.npy\""),
        case("unknown key", "random_weights: 7, seed: 1, cycles: \"cycles.npy\""),
        case("mode", "random_weights: 7, mode: \"most\", cycles: \"cycles.npy\""),
        case("good", "random_weights: 7, cycles: \"cycles.npy\""),
        case("device", "cycles: []").replace("two-nodes", "akd9000"),
        case("model", "cycles: []").replace("tiny.yaml", "nothing.yaml"),
        case("not an array", "random_weights: 7, cycles: \"cases.ron\""),
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
        ("not an array", "error", "tensor::npy_format"),
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
fn model_of_many_passes() -> String {
    let input = "{type: InputData, name: e, input_width: 4, input_height: 4, input_channels: 1}";
    let mut text = format!("name: passes\nlayers:\n  - {input}\n");
    for layer in 0..30 {
        let kind = "kernel_width: 1, kernel_height: 1, num_neurons: 1, weights_bits: 1";
        text += &format!("  - {{type: Convolutional, name: c{layer}, {kind}}}\n");
    }
    text
}

/// A folder whose only case ends early; references are there, and of the right size.
fn ends_early(model: &str, outputs: [usize; 4]) -> Folder {
    let folder = Folder::new("random_weights: 7, frames: 1, cycles: \"cycles.npy\"");
    let manifest = std::fs::read_to_string(folder.path().join("cases.ron")).expect("the manifest is there");
    folder.write("cases.ron", &manifest.replace("two-nodes", "slow.ron"));
    folder.write("slow.ron", &slow_device());
    folder.write("tiny.yaml", model);
    let [inputs, goldens, cycles] =
        ["inputs.npy", "outputs.npy", "cycles.npy"].map(|f| folder.path().join(f));
    npy::write(&inputs, &[1, 4, 4, 1], &[1_u8; 16]).expect("inputs are written");
    npy::write(&goldens, &outputs, &vec![0_i32; outputs.iter().product()]).expect("outputs are written");
    npy::write(&cycles, &[1], &[0_i64]).expect("cycles are written");
    folder
}

#[test]
fn a_case_that_ends_early_neither_passes_nor_is_blessed() {
    let (folder, code) = (ends_early(&model_of_many_passes(), [1, 4, 4, 1]), "simulate::cycle_limit");
    let references = || ["outputs.npy", "cycles.npy"].map(|f| std::fs::read(folder.path().join(f)).unwrap());
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
    let folder = Folder::new("cycles: []");
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
    let folder = Folder::new("random_weights: 7, cycles: \"cycles.npy\"");
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
    let array = |path: &Path| npy::read::<i32>(path).unwrap();
    assert_eq!(array(&out.join("outputs.npy")), array(&folder.path().join("outputs.npy")));

    inputs([2, 6, 12, 4]);
    let (exit, problems) = folder.judge();
    assert_eq!((exit, problems[0].0.as_str()), (Some(1), "engine::input_order"));
    for order in ["order: images", "order: \"images\""] {
        folder.write(
            "cases.ron",
            &format!(
                "(cases: [{}])",
                case("tiny", &format!("random_weights: 7, {order}, cycles: \"cycles.npy\""))
            ),
        );
        let (exit, problems) = folder.judge();
        // Other values than the blessed ones, read without a complaint.
        assert_eq!((exit, problems[0].0.as_str()), (Some(4), "regression::output"), "{order}");
    }
    folder.write(
        "cases.ron",
        &format!("(cases: [{}])", case("tiny", "order: pictures, cycles: \"cycles.npy\"")),
    );
    assert_eq!(folder.judge().1[0].0, "regression::syntax");
}

#[test]
fn a_case_that_was_never_blessed_says_so_and_blessing_makes_its_folder() {
    let folder = Folder::new("random_weights: 7, cycles: \"gold/cycles.npy\"");
    let manifest = std::fs::read_to_string(folder.path().join("cases.ron")).unwrap();
    folder.write("cases.ron", &manifest.replace("\"outputs.npy\"", "\"gold/deep/outputs.npy\""));
    let (exit, problems) = folder.judge();
    assert_eq!(exit, Some(1));
    assert_eq!(problems.iter().map(|p| p.0.as_str()).collect::<Vec<_>>(), ["regression::no_reference"; 2]);
    let shown = text(&folder.test(&[]).stdout);
    assert!(shown.contains("there is no reference yet") && shown.contains("--bless` writes it"), "{shown}");
    assert_eq!(folder.test(&["--bless"]).status.code(), Some(0));
    assert_eq!(folder.judge(), (Some(0), vec![]));
}

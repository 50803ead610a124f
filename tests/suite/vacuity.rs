//! Nothing that compares can pass without having looked: each verb has a case that must fail for each way to fail.
//!
//! A new verb must add its row to [`VERBS`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use crate::cli_regression::{Folder, ends_early, model_of_many_passes};
use spikemesh::calibrate::Published;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::{EarlyEnd, Loss, PlantedLoss, Simulator};
use spikemesh::model::{Model, template};
use spikemesh::run::{Job, simulate};
use spikemesh::tensor::{Dense, npy};

/// A way in which a comparison has nothing to say, or must not say that all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// There is nothing to look at: no frame, no packet, no row.
    NoFrames,
    /// The simulation ends early, at a limit or with an error.
    EndsEarly,
    /// The simulation hangs.
    Hang,
    /// The reference holds something else.
    WrongReference,
    /// The reference holds nothing, or is not there.
    EmptyReference,
}

const WAYS: [Way; 5] = [Way::NoFrames, Way::EndsEarly, Way::Hang, Way::WrongReference, Way::EmptyReference];

/// What happens to a verb in one of these ways.
enum Fails {
    /// The command ends with a code, and says one of the problem.
    With { arguments: Vec<String>, exit: i32, code: &'static str },
    /// It cannot happen, or another test looks at it.
    Elsewhere(&'static str),
}

/// A row of the table.
enum Row {
    /// What fails, made in a folder of [`Bench`].
    Compares(fn(&Bench) -> Vec<(Way, Fails)>),
    /// It compares nothing, and why.
    ComparesNothing(&'static str),
}

use Fails::Elsewhere;
use Row::{Compares, ComparesNothing};

const HANG: &str = "no program that loads hangs; `a_hang_is_no_result` looks at the answer of the library";

const VERBS: [(&str, Row); 20] = [
    ("demo", ComparesNothing("it is `run` with a model, images and labels of its own; tests/suite/demo.rs")),
    ("check", Compares(check)),
    ("map", Compares(map)),
    ("run", Compares(run)),
    ("sweep", ComparesNothing("it compares as `run` does, and fails without results; tests/suite/sweep.rs")),
    ("test", Compares(test)),
    ("replay", Compares(replay)),
    ("traffic", Compares(traffic)),
    ("validate", Compares(validate)),
    ("fit", Compares(fit)),
    ("verify", Compares(verify)),
    ("diff", Compares(diff)),
    ("report", ComparesNothing("it shows what a run wrote; tests/suite/cli_report.rs")),
    ("trace", ComparesNothing("it shows what is in a file; tests/suite/cli_trace.rs")),
    ("explain", ComparesNothing("it prints where the clocks of a batch go; tests/suite/cli_explain.rs")),
    ("asm", ComparesNothing("it writes what a text says; tests/suite/cli_asm.rs")),
    ("disasm", ComparesNothing("it prints what is in a file")),
    ("device", ComparesNothing("it prints what is in a file")),
    ("completions", ComparesNothing("it prints what the command is")),
    ("help", ComparesNothing("it prints what the command is")),
];

fn spikemesh(folder: &Path, arguments: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(arguments).current_dir(folder).output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn with(line: &str, exit: i32, code: &'static str) -> Fails {
    Fails::With { arguments: words(line), exit, code }
}

/// A folder with files for every verb.
struct Bench(tempfile::TempDir);

const MODEL: &str = include_str!("../cmd/models/tiny.yaml");

impl Bench {
    fn new() -> Bench {
        let bench = Bench(tempfile::tempdir().expect("a temporary folder"));
        bench.write("tiny.yaml", MODEL);
        bench.write("other.yaml", &MODEL.replace("name: head", "name: tail"));
        bench.write(
            "events.yaml",
            "name: e\nlayers:\n  - {type: InputData, name: e, input_width: 4, input_height: 4, input_channels: 1}\n",
        );
        bench.write("nothing.yaml", "name: nothing\nlayers: []\n");
        let pixels: Vec<u8> = (0..2 * 64).map(|i| (i * 37 % 251) as u8).collect();
        npy::write(&bench.path().join("inputs.npy"), &[2, 8, 8, 1], &pixels).expect("inputs are written");
        npy::write::<u8>(&bench.path().join("none.npy"), &[0, 8, 8, 1], &[]).expect("inputs are written");
        npy::write::<i32>(&bench.path().join("no-labels.npy"), &[0], &[]).expect("labels are written");
        bench.write("heading.csv", "cycle,src,dst,size\n");
        // Four packets around a ring, each longer than the buffers on its way.
        bench.write("ring.csv", include_str!("vacuity/ring.csv"));
        bench.write("packet.csv", "cycle,src,dst,size\n0,0,3,4\n");
        let published = Published::default();
        for (name, source) in [
            ("no-layers.csv", &published.layers),
            ("no-models.csv", &published.models),
            ("no-micro.csv", &published.micro),
            ("no-counts.csv", &published.np_counts),
            ("no-bounds.csv", &published.bounds),
        ] {
            bench.write(name, source.text.lines().next().expect("there is a heading"));
        }
        let mapped =
            spikemesh(bench.path(), &words("map tiny.yaml --random-weights 7 -d two-nodes -o tiny.npx"));
        assert!(mapped.status.success(), "{}", text(&mapped.stderr));
        bench
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).expect("a file is written");
    }
}

fn check(_: &Bench) -> Vec<(Way, Fails)> {
    vec![
        (Way::NoFrames, with("check nothing.yaml", 1, "model::no_layers")),
        (Way::NoFrames, with("check events.yaml -d akd1000", 5, "compiler::empty")),
        (Way::EndsEarly, Elsewhere("it simulates nothing")),
        (Way::Hang, Elsewhere("it simulates nothing")),
        (Way::WrongReference, with("check tiny.yaml --profile v9", 2, "invalid value")),
        (Way::EmptyReference, with("check tiny.yaml -d nothing.ron", 1, "device::")),
    ]
}

fn map(_: &Bench) -> Vec<(Way, Fails)> {
    vec![
        (Way::NoFrames, with("map events.yaml -d akd1000", 5, "compiler::empty")),
        (Way::EndsEarly, Elsewhere("it simulates nothing")),
        (Way::Hang, Elsewhere("it simulates nothing")),
        (
            Way::WrongReference,
            Elsewhere("what it proves is tried in crates/compiler/tests/suite/deadlock.rs"),
        ),
        (Way::EmptyReference, with("map nothing.yaml -d akd1000", 1, "model::no_layers")),
    ]
}

fn run(_: &Bench) -> Vec<(Way, Fails)> {
    let golden = "--golden tiny.yaml --random-weights 7";
    let run = |more: &str| format!("run tiny.npx -d two-nodes -o out {more}");
    vec![
        (Way::NoFrames, with(&run(&format!("-i none.npy {golden}")), 1, "run::no_frames")),
        (Way::NoFrames, with(&run("-i none.npy"), 1, "run::no_frames")),
        (Way::NoFrames, with(&run("-i none.npy --labels no-labels.npy"), 1, "run::no_frames")),
        (
            Way::EndsEarly,
            with(&run(&format!("-i inputs.npy --max-cycles 10 {golden}")), 8, "simulate::cycle_limit"),
        ),
        (Way::Hang, Elsewhere(HANG)),
        (
            Way::WrongReference,
            with(&run("-i inputs.npy --golden tiny.yaml --random-weights 8"), 4, "run::mismatch"),
        ),
        (
            Way::WrongReference,
            with(&run("-i inputs.npy --golden other.yaml --random-weights 7"), 1, "golden::other_model"),
        ),
        (Way::EmptyReference, with(&run("-i inputs.npy --golden tiny.yaml"), 1, "engine::unset_weights")),
        (Way::EmptyReference, with(&run("-i inputs.npy --golden nothing.yaml"), 1, "model::no_layers")),
        (Way::EmptyReference, with(&run("-i inputs.npy --labels no-labels.npy"), 1, "run::labels")),
    ]
}

fn test(bench: &Bench) -> Vec<(Way, Fails)> {
    bench.write("no-cases.ron", "(cases: [])");
    let files = "model: \"tiny.yaml\", device: \"two-nodes\", golden: \"golden.json\", random_weights: 7";
    bench.write("no-frames.ron", &format!("(cases: [(name: \"none\", inputs: \"none.npy\", {files})])"));
    bench.write("no-golden.ron", &format!("(cases: [(name: \"new\", inputs: \"inputs.npy\", {files})])"));
    vec![
        (Way::NoFrames, with("test no-frames.ron", 1, "regression::no_frames")),
        (Way::NoFrames, with("test no-frames.ron --bless", 1, "regression::no_frames")),
        (Way::NoFrames, with("test no-cases.ron", 1, "regression::no_cases")),
        (Way::EndsEarly, Elsewhere("`a_manifest_cannot_pass_without_a_look`")),
        (Way::Hang, Elsewhere(HANG)),
        (Way::WrongReference, Elsewhere("`a_manifest_cannot_pass_without_a_look`")),
        (Way::EmptyReference, with("test no-golden.ron", 1, "regression::no_reference")),
    ]
}

fn replay(_: &Bench) -> Vec<(Way, Fails)> {
    let ring = "--vcs 2 --depth 1 --class 0+1:xy --class 0+1:yx";
    vec![
        // Nothing is measured, and nothing is claimed.
        (Way::NoFrames, with("replay heading.csv --size 2x2 -o a.csv", 0, "none: the trace has no rows")),
        (
            Way::EndsEarly,
            with("replay packet.csv --size 2x2 -o b.csv --max-cycles 1", 8, "simulate::cycle_limit"),
        ),
        (Way::Hang, with(&format!("replay ring.csv --size 2x2 {ring} -o c.csv"), 7, "network::deadlock")),
        (Way::WrongReference, Elsewhere("it compares with no reference")),
        (Way::EmptyReference, Elsewhere("it compares with no reference")),
    ]
}

fn traffic(_: &Bench) -> Vec<(Way, Fails)> {
    let short = "--sample-period 100 --warmup-periods 1 --max-samples 2";
    vec![
        (Way::NoFrames, with(&format!("traffic --size 2x2 --rates 0 {short}"), 1, "traffic::rate")),
        (
            Way::EndsEarly,
            with(
                &format!("traffic --size 2x2 --rates 0.1 {short} --max-cycles 10"),
                8,
                "simulate::cycle_limit",
            ),
        ),
        (Way::Hang, Elsewhere("tests/suite/cli_traffic.rs")),
        (Way::WrongReference, Elsewhere("it compares with no reference")),
        (Way::EmptyReference, Elsewhere("it compares with no reference")),
    ]
}

fn validate(_: &Bench) -> Vec<(Way, Fails)> {
    let none = "--layers no-layers.csv --models no-models.csv --micro no-micro.csv --np-counts no-counts.csv \
                --bounds no-bounds.csv";
    vec![
        (Way::NoFrames, with(&format!("validate {none}"), 1, "validate::no_rows")),
        (Way::EndsEarly, Elsewhere("a layer that does not end is `validate::row`; crates/calibrate/tests")),
        (Way::Hang, Elsewhere("as a layer that does not end")),
        (Way::WrongReference, Elsewhere("errors are its result; tests/suite/cli_fit.rs sees a wrong device")),
        (Way::EmptyReference, with("validate --layers nothing.csv", 1, "validate::unreadable")),
    ]
}

fn fit(_: &Bench) -> Vec<(Way, Fails)> {
    let none = "no-layers.csv --models no-models.csv --micro no-micro.csv";
    vec![
        (Way::NoFrames, with(&format!("fit {none}"), 1, "fit::no_rows")),
        (Way::EndsEarly, Elsewhere("it simulates no network")),
        (Way::Hang, Elsewhere("it simulates no network")),
        (Way::WrongReference, Elsewhere("errors are its result; tests/suite/cli_fit.rs")),
        (Way::EmptyReference, with("fit nothing.csv", 1, "validate::unreadable")),
    ]
}

fn verify(bench: &Bench) -> Vec<(Way, Fails)> {
    for name in ["changed", "missing"] {
        let line = format!("run tiny.npx -d two-nodes -i inputs.npy -o {name}");
        let ran = spikemesh(bench.path(), &words(&line));
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        let verified = spikemesh(bench.path(), &words(&format!("verify {name}")));
        assert!(verified.status.success(), "{}", text(&verified.stderr));
    }
    let outputs = bench.path().join("changed/outputs.npy");
    let right = std::fs::read(&outputs).expect("the outputs are there");
    std::fs::write(&outputs, changed(&right)).expect("the outputs are written");
    std::fs::remove_file(bench.path().join("missing/outputs.npy")).expect("the outputs are removed");
    std::fs::create_dir(bench.path().join("empty")).expect("the folder is made");
    vec![
        (Way::NoFrames, with("verify empty", 6, "verify::not_a_run")),
        (Way::EndsEarly, Elsewhere("`verify::cut_off`; tests/suite has the runs that are killed")),
        (Way::Hang, Elsewhere("it simulates nothing")),
        (Way::WrongReference, with("verify changed", 6, "verify::changed")),
        (Way::EmptyReference, with("verify missing", 6, "verify::missing")),
    ]
}

fn diff(bench: &Bench) -> Vec<(Way, Fails)> {
    let other = bench.path().join("other.npy");
    npy::write(&other, &[2, 8, 8, 1], &[9u8; 128]).expect("inputs are written");
    for (name, input, more, exit) in [
        ("one", "inputs.npy", "", 0),
        ("same", "inputs.npy", "", 0),
        ("other", "other.npy", "", 0),
        ("short", "inputs.npy", "--max-cycles 9", 8),
    ] {
        let line = format!("run tiny.npx -d two-nodes -i {input} -o {name} {more}");
        let ran = spikemesh(bench.path(), &words(&line));
        assert_eq!(ran.status.code(), Some(exit), "{}", text(&ran.stderr));
    }
    let same = spikemesh(bench.path(), &words("diff one same"));
    assert!(same.status.success(), "{}", text(&same.stderr));
    std::fs::create_dir(bench.path().join("no-run")).expect("the folder is made");
    vec![
        (Way::NoFrames, with("diff one no-run", 1, "verify::not_a_run")),
        (Way::EndsEarly, with("diff one short", 1, "run::partial")),
        (Way::Hang, Elsewhere("it simulates nothing")),
        (Way::WrongReference, with("diff one other", 4, "diff::different")),
        (Way::EmptyReference, with("diff one nowhere", 2, "cli::usage")),
    ]
}

#[test]
fn diff_fails_in_every_way() {
    verbs_fail(&["diff"]);
}

/// Verbs in groups, so that they run beside each other.
fn verbs_fail(names: &[&str]) {
    let bench = Bench::new();
    for (verb, row) in VERBS.iter().filter(|(verb, _)| names.contains(verb)) {
        let Compares(row) = row else { panic!("{verb} has no rows") };
        let mut seen = BTreeSet::new();
        for (way, fails) in row(&bench) {
            seen.insert(way);
            match fails {
                Fails::With { arguments, exit, code } => {
                    let output = spikemesh(bench.path(), &arguments);
                    let said = text(&output.stdout) + &text(&output.stderr);
                    let line = arguments.join(" ");
                    assert_eq!(output.status.code(), Some(exit), "{way:?}: {line}: {said}");
                    assert!(said.contains(code), "{way:?}: {line}: {said}");
                    assert!(
                        !said.contains("agrees") && !said.contains("latency  0.00"),
                        "{way:?}: {line}: {said}"
                    );
                }
                Elsewhere(why) => assert!(!why.is_empty()),
            }
        }
        assert_eq!(seen, BTreeSet::from(WAYS), "{verb}");
    }
}

#[test]
fn verbs_that_look_at_models_fail_in_every_way() {
    verbs_fail(&["check", "map"]);
}

#[test]
fn run_fails_in_every_way() {
    verbs_fail(&["run"]);
}

#[test]
fn test_fails_in_every_way() {
    verbs_fail(&["test"]);
}

#[test]
fn verbs_of_networks_fail_in_every_way() {
    verbs_fail(&["replay", "traffic"]);
}

#[test]
fn verbs_of_published_rows_fail_in_every_way() {
    verbs_fail(&["validate", "fit"]);
}

#[test]
fn verify_fails_in_every_way() {
    verbs_fail(&["verify"]);
}

/// A verb that compares must have its row, and one of the tests above must run it.
#[test]
fn every_verb_has_its_row() {
    let help = text(&spikemesh(Path::new("."), &words("--help")).stdout);
    let (_, rest) = help.split_once("Commands:\n").expect("the verbs are listed");
    let verbs: BTreeSet<&str> = rest
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let rows: BTreeSet<&str> = VERBS.iter().map(|(verb, _)| *verb).collect();
    assert_eq!(verbs, rows);
    let tested = ["check", "map", "run", "test", "replay", "traffic", "validate", "fit", "verify", "diff"];
    for (verb, row) in &VERBS {
        match row {
            Compares(_) => assert!(tested.contains(verb), "{verb}"),
            ComparesNothing(why) => assert!(!why.is_empty() && !tested.contains(verb), "{verb}"),
        }
    }
}

/// Every file of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        if let Ok(bytes) = std::fs::read(entry.path()) {
            found.insert(entry.file_name().to_string_lossy().into_owned(), bytes);
        }
    }
    found
}

/// Whatever is in the files of a reference: if one of them is another, empty or not there, the case does not pass. If the case ends early, it neither
/// passes nor is blessed.
#[test]
fn a_manifest_cannot_pass_without_a_look() {
    let passes = |folder: &Folder| {
        let output = folder.test(&[]);
        let said = text(&output.stdout);
        assert_eq!(output.status.success(), said.contains("1 passed"), "{said}");
        output.status.success()
    };
    let folder = Folder::blessed();
    assert!(passes(&folder));
    let inputs = ["tiny.yaml", "cases.ron", "inputs.npy"];
    let references: Vec<(String, Vec<u8>)> =
        files(folder.path()).into_iter().filter(|(name, _)| !inputs.contains(&name.as_str())).collect();
    assert!(!references.is_empty());
    assert_eq!(references.len(), 1, "a reference is one file");
    for (name, right) in &references {
        let path = folder.path().join(name);
        let tries: [(&str, Option<Vec<u8>>); 3] =
            [("another value", Some(changed(right))), ("nothing in it", Some(Vec::new())), ("no file", None)];
        for (what, bytes) in tries {
            match bytes {
                Some(bytes) => std::fs::write(&path, bytes).expect("the reference is written"),
                None => std::fs::remove_file(&path).expect("the reference is removed"),
            }
            assert!(!passes(&folder), "{name}: {what}");
            std::fs::write(&path, right).expect("the reference is written");
            assert!(passes(&folder), "{name} as it was");
        }
    }
    let golden = |change: &dyn Fn(&mut serde_json::Value)| {
        let (name, right) = &references[0];
        let mut value: serde_json::Value = serde_json::from_slice(right).expect("the reference is JSON");
        change(&mut value);
        folder.write(name, &value.to_string());
        assert!(!passes(&folder), "{value}");
    };
    golden(&|value| value["outputs"] = serde_json::json!([]));
    golden(&|value| value["outputs"][0]["frames"] = serde_json::json!([]));
    golden(&|value| value["cycles"] = serde_json::json!([]));
    golden(&|value| value["cycles"][0] = 1.into());
    let early = ends_early(&model_of_many_passes(), [4, 4, 1]);
    let before = files(early.path());
    assert!(!passes(&early));
    let blessed = early.test(&["--bless"]);
    assert_eq!(blessed.status.code(), Some(1), "{}", text(&blessed.stdout));
    assert!(files(early.path()) == before, "a case that ends early leaves its files as they are");
}

/// The same file with another last value.
fn changed(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match String::from_utf8(bytes.clone()) {
        // Text: its last digit.
        Ok(text) if !text.is_empty() => {
            let at = text.rfind(|c: char| c.is_ascii_digit()).expect("there are numbers");
            bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        }
        // An array: the lowest bytes of its last value.
        _ => {
            let at = bytes.len() - 8;
            bytes[at] ^= 1;
            bytes[at + 4] ^= 1;
        }
    }
    bytes
}

/// A run that hangs gives no frame as a result, whatever it has collected.
#[test]
fn a_hang_is_no_result() {
    let mut model: Model = template::parse("tiny.yaml", MODEL).expect("the template is right");
    model.randomise(7);
    let device = Device::load("two-nodes").expect("it comes with the library");
    let program = compile(&model, &device, &Mode::Minimal.into()).expect("it can be mapped").program;
    let data = (0..2 * 64).map(|i| (i * 37 % 251) as u8).collect();
    let input = Input::Images(Dense { shape: [2, 8, 8, 1], data });
    for (loss, batch) in [(Loss::Token, 2), (Loss::Marker, 1), (Loss::Event, 1)] {
        let planted = PlantedLoss { loss, number: 0 };
        let simulator =
            Simulator::new(program.clone(), device.clone()).expect("it loads").with_planted_loss(planted);
        let ended = simulate(&Job::new(&simulator, &input).against(&model).batch(batch)).expect("it fits");
        let unfinished = ended.into_finished().expect_err("the network lost something");
        assert!(matches!(unfinished.end, EarlyEnd::Hang(_)), "{loss:?}: {}", unfinished.end);
        // With a whole batch lost there may be whole frames before the hang, never all.
        assert!(unfinished.partial.frames.len() < 2, "{loss:?}");
    }
}

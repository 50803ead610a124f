//! What people read: figures with their units, logs, hints, places of errors.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const MODEL: [&str; 6] = ["traces/tiny/events.yaml", "--random-weights", "1", "-d", "two-nodes", "-i"];
const EVENTS: &str = "traces/tiny/events.npy";

fn spikemesh(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output();
    output.expect("spikemesh starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn run(out: &Path, more: &[&str]) -> Output {
    let out = out.display().to_string();
    let output = spikemesh(&[&["run"][..], &MODEL, &[EVENTS, "-o", &out], more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

/// The line of a summary.
fn line<'a>(summary: &'a str, name: &str) -> &'a str {
    let found = summary.lines().find_map(|line| line.trim_start().strip_prefix(name));
    found.unwrap_or_else(|| panic!("no line `{name}` in:\n{summary}")).trim()
}

/// The number before a word.
fn number(line: &str, unit: &str) -> f64 {
    let before = line.split(unit).next().unwrap();
    before
        .split_whitespace()
        .last()
        .unwrap()
        .replace(',', "")
        .parse()
        .unwrap_or_else(|e| panic!("{e}: {line}"))
}

#[test]
fn latency_and_throughput_are_two_lines() {
    let folder = tempfile::tempdir().unwrap();
    let alone = text(&run(&folder.path().join("a"), &[]).stdout);
    let latency = line(&alone, "latency");
    assert!(latency.contains(" ms, ") && latency.contains(" clocks of one frame ("), "{latency}");
    let (ms, clocks) = (number(latency, " ms"), number(latency, " clocks"));
    // 300 MHz.
    assert!((ms * 300_000.0 / clocks - 1.0).abs() < 1e-3, "{latency}");
    let throughput = line(&alone, "throughput");
    assert!(throughput.contains("one after another") && throughput.contains("--batch"), "{throughput}");
    assert!((number(throughput, " frames/s") * ms / 1000.0 - 1.0).abs() < 1e-2, "{alone}");

    let batch = run(&folder.path().join("b"), &["--batch", "3"]);
    let batch = text(&batch.stdout);
    let throughput = line(&batch, "throughput");
    assert!(throughput.contains("in steady state, one every "), "{throughput}");
    let stats = std::fs::read(folder.path().join("b/stats.json")).unwrap();
    let stats: Value = serde_json::from_slice(&stats).unwrap();
    assert_eq!(stats["throughput_of"], "steady_state");
    // Recomputed from the frames.
    let frames = stats["frames"].as_array().unwrap();
    let end = |frame: &Value| frame["end"].as_u64().unwrap();
    let batches: Vec<&[Value]> = frames.chunks(3).collect();
    let spans: u64 = batches.iter().map(|batch| end(&batch[batch.len() - 1]) - end(&batch[0])).sum();
    let following: usize = batches.iter().map(|batch| batch.len() - 1).sum();
    assert!(following > 0, "the example has several frames");
    let interval = spans as f64 / following as f64;
    assert!((stats["throughput_interval_clocks"].as_f64().unwrap() - interval).abs() < 1e-6);
    assert!((number(throughput, " clocks") - interval).abs() <= 0.5, "{throughput}");
    let first: u64 = batches.iter().map(|batch| end(&batch[0]) - batch[0]["start"].as_u64().unwrap()).sum();
    assert!((stats["latency_clocks"].as_f64().unwrap() - first as f64 / batches.len() as f64).abs() < 1e-6);
    assert!((number(line(&batch, "latency"), " ms") / ms - 1.0).abs() < 0.5, "{batch}");
}

#[test]
fn energy_is_floor_and_work_and_their_sum() {
    let folder = tempfile::tempdir().unwrap();
    let summary = text(&run(&folder.path().join("a"), &[]).stdout);
    let energy = line(&summary, "energy");
    let (sum, floor, work) =
        (number(energy, " mJ a frame"), number(energy, " floor"), number(energy, " work"));
    // Each is rounded on its own.
    assert!((sum - floor - work).abs() <= 2e-3 * sum && floor > 0.0 && work >= 0.0, "{energy}");
    let stats = std::fs::read(folder.path().join("a/stats.json")).unwrap();
    let stats: Value = serde_json::from_slice(&stats).unwrap();
    let energy = |name: &str| stats["energy"][name].as_f64().unwrap();
    assert!(
        (energy("total_pj") - energy("floor_pj") - energy("dynamic_pj")).abs() < 1e-6 * energy("total_pj")
    );
}

#[test]
fn every_v_says_more() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["map", "run"] {
        let logged = |level: &[&str]| {
            let out = folder.path().join("out").display().to_string();
            let mut arguments = vec![verb];
            arguments.extend(&MODEL[..5]);
            if verb == "run" {
                arguments.extend(["-i", EVENTS, "-o", &out]);
            }
            arguments.extend(level);
            text(&spikemesh(&arguments).stderr).lines().filter(|line| line.contains("spikemesh")).count()
        };
        let lines = [&[][..], &["-v"], &["-vv"]].map(logged);
        assert!(lines[0] == 0 && lines[1] > 1 && lines[2] > lines[1] + 1, "{verb}: {lines:?}");
    }
}

#[test]
fn quiet_leaves_results_and_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let map = ["map", "traces/tiny/events.yaml", "-d", "two-nodes", "--random-weights", "1"];
    let wrote = |more: &[&str], name: &str| {
        let output = spikemesh(&[&map[..], &["-o", &path(name)], more].concat());
        assert!(output.status.success() && !output.stdout.is_empty());
        text(&output.stderr)
    };
    assert!(wrote(&[], "a.npx").contains("wrote"));
    assert_eq!(wrote(&["-q"], "b.npx"), "");
    assert!(text(&spikemesh(&["device", "akd9000", "--quiet"]).stderr).contains("device::unknown"));
}

#[test]
fn a_device_shows_names_and_units() {
    for name in spikemesh::device::Device::names() {
        let shown = text(&spikemesh(&["device", name]).stdout);
        assert!(!shown.contains("\"xy\"") && shown.contains(" xy "), "{shown}");
        let units = [
            " Hz ",
            " us ",
            " W ",
            " rows ",
            " events ",
            " bits ",
            " filters ",
            " channels ",
            " flits ",
            " bytes ",
            " cycles ",
            " pJ ",
            " clocks ",
        ];
        for row in shown.lines() {
            let is_number = row.split_whitespace().any(|word| word.parse::<f64>().is_ok());
            let names = ["columns", "rows", "nps_per_node", "input_maps"];
            let is_count = names.contains(&row.split_whitespace().next().unwrap_or_default());
            let is_constant =
                [" documented ", " measured ", " fitted ", " assumed "].iter().any(|b| row.contains(b));
            if is_constant && is_number && !is_count && !row.contains(" true ") && !row.contains(" false ") {
                let head = row.split("  ").filter(|cell| !cell.is_empty()).nth(1).unwrap_or_default();
                let head = format!("{} ", head.trim());
                let named = head.parse::<f64>().is_err() && head.starts_with(|c: char| c.is_alphabetic());
                assert!(named || units.iter().any(|unit| head.contains(unit)), "{name}: {row}");
            }
        }
    }
}

#[test]
fn errors_of_a_device_file_have_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.ron");
    let whole = spikemesh::device::Device::text("two-nodes").unwrap();
    for (from, to, constant, value) in [
        (
            "clock_hz: (300_000_000",
            "clock_hz: (3",
            "clock_hz",
            "is 3, and must be 1,000,000 to 100,000,000,000",
        ),
        ("rows: (1,", "rows: (-1,", "rows", "is -1, and must be 1 to 64"),
        ("rows: (1,", "rows: (1000000,", "rows", "is 1000000, and must be 1 to 64"),
        ("rows: (1,", "rows: (1.5,", "rows", "is 1.5, and must be a whole number, 1 to 64"),
    ] {
        assert!(whole.contains(from), "{from}");
        std::fs::write(&file, whole.replacen(from, to, 1)).unwrap();
        let line = whole.lines().position(|line| line.contains(from)).unwrap() + 1;
        let shown = text(&spikemesh(&["device", &file.display().to_string(), "--format", "json"]).stderr);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let problem = &shown["problems"][0];
        let message = problem["message"].as_str().unwrap();
        let expected = format!("{}:{line}:", file.display());
        assert!(
            message.starts_with(&expected) && message.ends_with(&format!("`{constant}` {value}")),
            "{message}"
        );
        assert_eq!(problem["code"], "device::range");
        assert_eq!(problem["labels"][0]["line"], line);
    }
}

#[test]
fn the_hints_of_the_demo_name_files_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_spikemesh")).arg("demo").current_dir(folder.path()).output();
    let shown = text(&output.unwrap().stdout);
    let hints = shown.split("Next:").nth(1).expect("hints");
    let files: Vec<&str> = hints.split_whitespace().filter(|word| word.contains('/')).collect();
    assert!(files.len() > 4, "{hints}");
    for file in files {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

#[test]
fn temporary_names_are_in_no_message() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere/file.npx").display().to_string();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("out").display().to_string();
    let trace = "mesh/noc/tests/data/cases/bom8.csv";
    for arguments in [
        &["map", "traces/tiny/events.yaml", "-d", "two-nodes", "-o", &nowhere][..],
        &["replay", trace, "--size", "2x2", "-o", &nowhere],
        &["fit", "-o", &nowhere, "--models", &nowhere],
        &["traffic", "--size", "2x2", "--sample-period", "50", "--csv", &nowhere],
        &["check", "tests/cmd/models/even.yaml", "--repair", &format!("{below}/x.fbz")],
        &["demo", "-o", &below],
    ] {
        let output = spikemesh(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let shown = text(&output.stderr);
        assert!(!shown.contains(".part") && shown.contains("::"), "{arguments:?}: {shown}");
    }
}

#[test]
fn a_repaired_model_goes_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let model = Path::new("tests/cmd/models/even.yaml").canonicalize().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .args(["check", model.to_str().unwrap(), "--repair", "-"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let repaired = spikemesh::model::file::decode(&output.stdout).expect("a model and nothing else");
    assert_eq!(repaired.name, "even");
    assert!(text(&output.stderr).contains("repaired in 1 place"), "{}", text(&output.stderr));
    assert!(!folder.path().join("-").exists());
}

#[test]
fn a_manifest_that_is_too_large_says_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.ron");
    std::fs::write(&path, format!("(cases: [ /* {} */ ])", " ".repeat(1 << 24))).unwrap();
    let output = spikemesh(&["test", &path.display().to_string()]);
    let shown = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.contains("it has more than 16777216 bytes") && !shown.contains("syntax"), "{shown}");
}

/// The frames, rows and cycles that work counts, without a terminal to show them.
#[test]
fn progress_counts_every_frame_and_cycle_once() {
    use spikemesh::engine::Input;
    use spikemesh::mesh::Simulator;
    use spikemesh::run::{Job, simulate};
    use spikemesh::tensor::npy;
    use spikemesh::{Progress, Stop};

    let mut model = spikemesh::model::template::load(Path::new(MODEL[0])).unwrap();
    model.randomise(1);
    let device = spikemesh::device::Device::load("two-nodes").unwrap();
    let options = spikemesh::compiler::Mode::Minimal.into();
    let program = spikemesh::compiler::compile(&model, &device, &options).unwrap().program;
    let simulator = Simulator::new(program, device).unwrap();
    let images = npy::read_dense::<u8>(Path::new(EVENTS)).unwrap();
    let frames = images.shape[0] as u64;
    let input = Input::Images(images);
    for batch in [1, 3, 100] {
        let progress = Progress::new();
        let stop = Stop::NEVER.counted(&progress);
        simulate(&Job::new(&simulator, &input).batch(batch).stop(&stop)).unwrap().into_finished().unwrap();
        assert_eq!(progress.done(), frames, "batch {batch}");
    }
}

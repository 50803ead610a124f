//! A run directory stands for itself: `RunDirectory` reads what its run was and simulates it again.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::device::{Device, Setting};
use spikemesh::run::{DirectoryError, RunDirectory, Sum, simulate};
use tempfile::TempDir;

const SETTINGS: [&str; 3] =
    ["network.depth=4", "overrides.n0_0.east.delay=3", "overrides.n1_0.np1.clock_scale=1.5"];

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

fn run(directory: &Path, more: &[&str]) -> Output {
    let fixed = ["run", "traces/tiny/events.yaml", "-i", "traces/tiny/events.npy", "-d", "two-nodes"];
    let fixed =
        [&fixed[..], &["--random-weights", "1", "--batch", "2"], &["-o", directory.to_str().unwrap()]];
    spikemesh(&[&fixed.concat()[..], more].concat())
}

fn a_run(more: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("out");
    let output = run(&directory, more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, directory)
}

fn code(error: &DirectoryError) -> String {
    miette::Diagnostic::code(error).unwrap().to_string()
}

/// Outputs and the clocks of each frame of a run that is simulated again.
fn again(directory: &RunDirectory) -> (Vec<i32>, Vec<u64>) {
    let rerun = directory.rerun().unwrap_or_else(|errors| panic!("{errors:?}"));
    let results = simulate(&rerun.job()).unwrap().into_finished().unwrap();
    let outputs = results.frames.iter().flat_map(|frame| frame.outputs.concat()).collect();
    (outputs, results.frames.iter().map(|frame| frame.cycles).collect())
}

#[test]
fn the_same_run_again_has_the_same_outputs_and_cycles() {
    let settings: Vec<&str> = SETTINGS.iter().flat_map(|setting| ["--set", setting]).collect();
    let (_folder, path) = a_run(&settings);
    let directory = RunDirectory::open_whole(&path).unwrap();
    let device = Device::load("two-nodes").unwrap();
    let device = device.with(&SETTINGS.map(|setting| setting.parse::<Setting>().unwrap())).unwrap();
    assert_eq!(directory.device().unwrap(), device);
    assert_eq!(directory.info().identity.device_sha256, device.sha256());
    assert_eq!(directory.info().identity.input_file.as_deref(), Some("inputs.npy"));
    let (outputs, cycles) = again(&directory);
    let layer = &directory.info().identity.outputs[0].name;
    assert_eq!(outputs, directory.output(layer).unwrap().data);
    let stats = directory.stats().unwrap();
    let of = |frame: &Value| frame["end"].as_u64().unwrap() - frame["start"].as_u64().unwrap();
    assert_eq!(cycles, stats["frames"].as_array().unwrap().iter().map(of).collect::<Vec<_>>());
    assert_eq!(directory.plan().unwrap().unwrap()["mode"], "minimal");
    // The command takes the device of the directory as any other.
    let program = path.join("program.npx");
    let device = path.join("device.ron");
    let other = path.join("other");
    let output = spikemesh(&[
        "run",
        program.to_str().unwrap(),
        "-d",
        device.to_str().unwrap(),
        "-i",
        path.join("inputs.npy").to_str().unwrap(),
        "--batch",
        "2",
        "-o",
        other.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(again(&RunDirectory::open(&other).unwrap()), (outputs, cycles));
}

#[test]
fn a_flipped_bit_in_any_file_is_an_error_of_its_reader() {
    let (_folder, path) = a_run(&["--wave", "a.vcd", "--wave", "a.fst"]);
    let directory = RunDirectory::open(&path).unwrap();
    let names: Vec<String> = directory.files().map(|(name, _)| name.to_owned()).collect();
    for name in [
        "device.ron",
        "inputs.npy",
        "program.npx",
        "stats.json",
        "plan.json",
        "outputs.npy",
        "a.vcd",
        "a.fst",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    // Waves are known by a sum that costs little.
    for (name, record) in directory.files() {
        let is_wave = ["a.vcd", "a.fst"].contains(&name);
        assert_eq!(is_wave, matches!(record.sum, Sum::Crc32(_)), "{name}: {record:?}");
    }
    for name in names {
        let file = path.join(&name);
        let right = std::fs::read(&file).unwrap();
        let mut wrong = right.clone();
        wrong[right.len() / 2] ^= 1;
        for (bytes, expected) in
            [(&wrong[..], "verify::changed"), (&[&right[..], b" "].concat(), "verify::changed")]
        {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(code(&directory.bytes(&name).unwrap_err()), expected, "{name}");
        }
        std::fs::remove_file(&file).unwrap();
        assert_eq!(code(&directory.bytes(&name).unwrap_err()), "verify::missing", "{name}");
        if ["device.ron", "inputs.npy", "program.npx"].contains(&name.as_str()) {
            assert_eq!(code(&directory.rerun().err().unwrap()[0]), "verify::missing", "{name}");
        }
        std::fs::write(&file, &right).unwrap();
        assert_eq!(directory.bytes(&name).unwrap(), right);
    }
    assert_eq!(code(&directory.bytes("waves.vcd").unwrap_err()), "run::no_file");
}

#[test]
fn inputs_that_are_not_kept_are_read_from_where_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("events.npy");
    std::fs::copy("traces/tiny/events.npy", &input).unwrap();
    let path = folder.path().join("out");
    let input = input.to_str().unwrap();
    let arguments =
        ["run", "traces/tiny/events.yaml", "-i", input, "-d", "two-nodes", "--random-weights", "1"];
    for (option, kept) in [("--keep-inputs=0", false), ("--keep-inputs=1", true), ("--keep-inputs", true)] {
        let output = spikemesh(&[&arguments[..], &["-o", path.to_str().unwrap(), option]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(path.join("inputs.npy").exists(), kept, "{option}");
        again(&RunDirectory::open(&path).unwrap());
    }
    let output = spikemesh(&[&arguments[..], &["-o", path.to_str().unwrap(), "--keep-inputs=0"]].concat());
    assert!(output.status.success());
    let directory = RunDirectory::open(&path).unwrap();
    let mut bytes = std::fs::read(input).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(input, &bytes).unwrap();
    let refused = |directory: &RunDirectory| {
        let errors = directory.rerun().err().unwrap();
        assert_eq!(code(&errors[0]), "run::no_inputs");
        errors[0].to_string()
    };
    assert!(refused(&directory).contains("has the SHA-256"), "{}", refused(&directory));
    std::fs::remove_file(input).unwrap();
    assert!(refused(&directory).contains("cannot read"), "{}", refused(&directory));
}

#[test]
fn what_is_no_finished_run_is_refused_with_its_code() {
    let (folder, path) = a_run(&[]);
    let refused = |path: &Path| code(&RunDirectory::open(path).unwrap_err());
    assert_eq!(refused(&folder.path().join("none")), "verify::not_a_run");
    assert_eq!(refused(folder.path()), "verify::not_a_run");
    let info = std::fs::read_to_string(path.join("run.json")).unwrap();
    let sealed = |text: &str| {
        let end = text.len() - "\"\n}\n".len();
        let zeros = format!("{}{}\"\n}}\n", &text[..end - 64], "0".repeat(64));
        zeros.replace(&"0".repeat(64), &spikemesh::run::sha256(zeros.as_bytes()))
    };
    for (from, to, expected) in [
        ("spikemesh.run/", "spikemesh.run/1", "verify::not_a_run"),
        ("\"status\": \"complete\"", "\"status\": \"running\"", "verify::cut_off"),
        ("\"device.ron\": {", "\"../device.ron\": {", "verify::not_a_run"),
        ("\"model\": \"", "\"model\": \"x", "verify::not_a_run"),
    ] {
        let other = info.replacen(from, to, 1);
        let text = if from.contains("model") { other } else { sealed(&other) };
        std::fs::write(path.join("run.json"), text).unwrap();
        assert_eq!(refused(&path), expected, "{to}");
    }
    // A run that hits its limit can be read, and compared with nothing.
    let limited = folder.path().join("limited");
    assert_eq!(run(&limited, &["--max-cycles", "100"]).status.code(), Some(8));
    assert!(RunDirectory::open(&limited).unwrap().rerun().is_ok());
    assert_eq!(code(&RunDirectory::open_whole(&limited).unwrap_err()), "run::partial");
}

//! `spikemesh run`, as a user types it: what it leaves, and how it fails.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use spikemesh::isa;
use tempfile::TempDir;

const MODEL: &str = "traces/fashion-mnist/model.fbz";
const IMAGES: &str = "traces/fashion-mnist/images.npy";
const LABELS: &str = "traces/fashion-mnist/labels.npy";

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
    directory: PathBuf,
    _folder: TempDir,
}

impl Ran {
    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.directory.join(name)).unwrap()).unwrap()
    }
}

/// Runs `spikemesh run ARGUMENTS -o NEW`.
fn run(arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .arg("run")
        .args(arguments)
        .arg("-o")
        .arg(&directory)
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        directory,
        _folder: folder,
    }
}

/// A program of the demo network, changed by `change`, in a file.
fn program(folder: &Path, change: impl FnOnce(&mut isa::Program)) -> String {
    let path = folder.join("demo.npx");
    let path = path.to_str().unwrap().to_owned();
    let status = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .args(["map", MODEL, "-d", "akd1000", "-o", &path])
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    let mut program = isa::load(Path::new(&path)).unwrap();
    change(&mut program);
    isa::save(&program, Path::new(&path)).unwrap();
    path
}

#[test]
fn a_program_is_compared_with_the_model_that_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(folder.path(), |_| {});
    let ran = run(&[&path, "-i", IMAGES, "--labels", LABELS, "--golden", MODEL]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("every value of 5 layers agrees"), "{}", ran.out);
    assert_eq!(ran.json("run.json")["compared"], true);
    assert_eq!(ran.json("run.json")["accuracy_by"], "evaluate");
    // How fast the host was, and what may be claimed of the clocks.
    let stats = ran.json("stats.json");
    assert!(
        stats["host_clocks_per_second"].as_f64().unwrap() > 0.0
            && stats["host_slowdown"].as_f64().unwrap() > 0.0
    );
    assert!(ran.out.contains("simulated clocks per second and core"), "{}", ran.out);
    for layer in stats["layers"].as_array().unwrap() {
        let claim = &layer["clocks_claim"];
        let claimed = claim["worst"].is_number() && claim["outside"].is_null();
        assert_eq!(claim["basis"], if claimed { "calibrated" } else { "extrapolated" }, "{layer}");
    }
    // A program brings no memory footprints, a model does.
    assert!(!ran.directory.join("plan.json").exists());
    let mapped = run(&[MODEL, "-i", IMAGES]);
    let plan = mapped.json("plan.json");
    let most =
        plan["layers"].as_array().unwrap().iter().map(|l| l["total_bytes"].as_u64().unwrap()).max().unwrap();
    assert!(mapped.out.contains(&format!("{most} bytes of {}", plan["capacity"]["total"])), "{}", mapped.out);

    let ran = run(&[&path, "-i", IMAGES, "--labels", LABELS]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("not compared"), "{}", ran.out);
    assert_eq!(ran.json("run.json")["accuracy_by"], "predict");
}

#[test]
fn one_weight_bit_ends_in_exit_4_with_the_results_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(folder.path(), |program| program.passes[0].nps[1].memory[3] ^= 4);
    let ran = run(&[&path, "-i", IMAGES, "--golden", MODEL]);
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(ran.err.contains("run::mismatch") && ran.err.contains("layer `s2`"), "{}", ran.err);
    let info = ran.json("run.json");
    assert_eq!((&info["status"], &info["finished"]), (&"mismatch".into(), &300.into()));
    assert!(info["first_difference"].as_str().unwrap().starts_with("image 0, layer `s2`"));
    assert!(ran.directory.join("outputs.npy").exists() && ran.directory.join("stats.json").exists());
}

#[test]
fn another_models_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(folder.path(), |program| program.output_maps[2].name = "other".to_owned());
    let ran = run(&[&path, "-i", IMAGES, "--golden", MODEL]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("golden::other_model") && ran.err.contains("`other`"), "{}", ran.err);
    assert_eq!(ran.json("run.json")["status"], "failed");
}

#[test]
fn the_cycle_limit_ends_in_exit_8_and_keeps_what_was_finished() {
    // Image 24 takes the fewest cycles of all, image 0 more: the limit lies between.
    let ran = run(&[MODEL, "-i", IMAGES, "--max-cycles", "166800"]);
    assert_eq!(ran.code, Some(8), "{}", ran.err);
    assert!(ran.err.contains("simulate::cycle_limit"), "{}", ran.err);
    let info = ran.json("run.json");
    assert_eq!(info["status"], "failed");
    let finished = info["finished"].as_u64().unwrap();
    assert!(0 < finished && finished < 300, "{finished}");
    assert_eq!(ran.json("stats.json")["frames"].as_array().unwrap().len() as u64, finished);
}

#[test]
fn inputs_and_programs_that_do_not_fit_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(folder.path(), |_| {});
    for (arguments, code, words) in [
        (vec![MODEL, "-i", "nowhere.npy"], "cli::io", "nowhere.npy"),
        (vec![MODEL, "-i", LABELS], "tensor::npy_type", "<i4"),
        (vec![MODEL, "-i", "traces/akidanet/card.npy"], "run::input", "(160, 160, 3)"),
        (vec![MODEL, "-i", IMAGES, "--labels", "traces/golden/gxnor.npy"], "run::labels", "20 labels"),
        (vec!["tests/models/gxnor.yaml", "-i", IMAGES], "simulate::no_weights", "without weights"),
        (vec![&path, "-d", "akd1500", "-i", IMAGES], "simulate::device", "akd1000"),
        (vec![MODEL, "-d", "akd9", "-i", IMAGES], "device::unknown", "akd1500"),
        (vec![IMAGES, "-i", IMAGES], "model::", "images.npy"),
    ] {
        let ran = run(&arguments);
        assert_eq!(ran.code, Some(1), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(code) && ran.err.contains(words), "{arguments:?}: {}", ran.err);
        assert!(!ran.directory.join("stats.json").exists(), "{arguments:?} left results");
    }
}

#[test]
fn waves_and_batches_do_not_change_outputs() {
    let plain = run(&["tests/models/mnist-separable.yaml", "--random-weights", "3", "-i", IMAGES]);
    let batch = run(&[
        "tests/models/mnist-separable.yaml",
        "--random-weights",
        "3",
        "-i",
        IMAGES,
        "--batch",
        "7",
        "--waves",
    ]);
    assert_eq!((plain.code, batch.code), (Some(0), Some(0)), "{}{}", plain.err, batch.err);
    let outputs = |ran: &Ran| std::fs::read(ran.directory.join("outputs.npy")).unwrap();
    assert_eq!(outputs(&plain), outputs(&batch));
    assert!(batch.directory.join("waves.vcd").exists() && !plain.directory.join("waves.vcd").exists());
}

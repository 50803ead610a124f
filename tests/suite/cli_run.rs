//! `spikemesh run`, as a user types it: what it leaves, and how it fails.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use spikemesh::engine::{Engine, Input};
use spikemesh::isa;
use spikemesh::model::{Learning, Model, file, template};
use spikemesh::tensor::{Dense, Sparse, npy};
use spikemesh::words::thousands;
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
    std::fs::write(&path, isa::encode(&program).unwrap()).unwrap();
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
    let (info, stats) = (ran.json("run.json"), ran.json("stats.json"));
    assert!(
        info["host_clocks_per_second"].as_f64().unwrap() > 0.0
            && info["host_slowdown"].as_f64().unwrap() > 0.0
    );
    assert!(ran.out.contains("simulated clocks per second and core"), "{}", ran.out);
    for layer in stats["layers"].as_array().unwrap() {
        let claim = &layer["clocks_claim"];
        let claimed = claim["worst"].is_number() && claim["reasons"].as_array().unwrap().is_empty();
        assert_eq!(claim["basis"], if claimed { "calibrated" } else { "extrapolated" }, "{layer}");
    }
    // A program brings no memory footprints, a model does.
    assert!(!ran.directory.join("plan.json").exists());
    let mapped = run(&[MODEL, "-i", IMAGES]);
    let plan = mapped.json("plan.json");
    let most =
        plan["layers"].as_array().unwrap().iter().map(|l| l["total_bytes"].as_u64().unwrap()).max().unwrap();
    let memory = format!("{} bytes of {}", thousands(most), thousands(&plan["capacity"]["total"]));
    assert!(mapped.out.contains(&memory), "{}", mapped.out);

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
    // The last layer counts once, where it is computed and where it is collected.
    assert!(ran.err.contains("300 frames differ") && ran.err.contains("3 layers differ"), "{}", ran.err);
    assert!(ran.err.contains("--golden"), "{}", ran.err);
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
    let short = folder.path().join("short.npy").to_str().unwrap().to_owned();
    npy::write(Path::new(&short), &[20], &[0_i32; 20]).unwrap();
    for (arguments, code, words) in [
        (vec![MODEL, "-i", "nowhere.npy"], "tensor::file", "nowhere.npy"),
        (vec![MODEL, "-i", LABELS], "tensor::npy_type", "<i4"),
        (vec![MODEL, "-i", "traces/akidanet/card.npy"], "run::input", "(160, 160, 3)"),
        (vec![MODEL, "-i", IMAGES, "--labels", &short], "run::labels", "20 labels"),
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

/// A template of events, and an array for it.
fn events(folder: &Path, [width, height, channels]: [usize; 3], shape: [usize; 4]) -> [String; 2] {
    let [model, array] = ["events.yaml", "events.npy"].map(|name| folder.join(name));
    let text = format!(
        "layers:\n  - {{type: InputData, name: e, input_width: {width}, input_height: {height}, input_channels: {channels}}}\n  \
         - {{type: FullyConnected, name: head, num_neurons: 4, weights_bits: 4, activations_enabled: false}}\n"
    );
    std::fs::write(&model, text).unwrap();
    let data: Vec<u8> = (0..shape.iter().product()).map(|i: usize| (i * 5 % 11) as u8).collect();
    npy::write(&array, &shape, &data).unwrap();
    [model, array].map(|path| path.to_str().unwrap().to_owned())
}

#[test]
fn the_order_of_the_axes_follows_one_rule_and_stands_in_the_report() {
    for (dims, shape, named, order) in [
        ([12, 6, 4], [2, 12, 6, 4], None, Some("events")),
        ([12, 6, 3], [2, 6, 12, 3], None, Some("images")),
        ([12, 6, 4], [2, 6, 12, 4], Some("images"), Some("images")),
        ([12, 6, 3], [2, 12, 6, 3], Some("events"), Some("events")),
        // Does not fit as it is read, and would in the other order.
        ([12, 6, 4], [2, 6, 12, 4], None, None),
        ([12, 6, 3], [2, 12, 6, 3], None, None),
        ([12, 6, 4], [2, 12, 6, 4], Some("images"), None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let [model, array] = events(folder.path(), dims, shape);
        let mut arguments = vec![model.as_str(), "--random-weights", "1", "-i", &array];
        arguments.extend(named.iter().flat_map(|order| ["--order", order]));
        let ran = run(&arguments);
        match order {
            Some(order) => {
                assert_eq!(ran.code, Some(0), "{shape:?}: {}", ran.err);
                assert!(ran.out.contains(&format!("read as {order} (n, ")), "{shape:?}: {}", ran.out);
                assert_eq!(ran.json("run.json")["input_order"], order);
                assert_eq!(ran.err, "");
            }
            None => {
                assert_eq!(ran.code, Some(1), "{shape:?}: {}", ran.out);
                let other =
                    if shape[3] == 4 && named.is_none() { "--order images" } else { "--order events" };
                let words =
                    ["engine::input_order", &format!("{shape:?}"), &format!("12x6x{}", dims[2]), other];
                assert!(words.iter().all(|word| ran.err.contains(word)), "{shape:?}: {}", ran.err);
            }
        }
    }
}

#[test]
fn events_of_one_channel_and_equal_sides_are_warned_of_until_their_order_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let [model, array] = events(folder.path(), [6, 6, 1], [2, 6, 6, 1]);
    let arguments = [model.as_str(), "--random-weights", "1", "-i", &array];
    let warned = run(&arguments);
    assert_eq!(
        (warned.code, warned.err.matches("cli::ambiguous_order").count()),
        (Some(0), 1),
        "{}",
        warned.err
    );
    let outputs = |ran: &Ran| std::fs::read(ran.directory.join("outputs.npy")).unwrap();
    for (order, same) in [("images", true), ("events", false)] {
        let named = run(&[&arguments[..], &["--order", order]].concat());
        assert_eq!((named.code, named.err.as_str()), (Some(0), ""));
        assert_eq!(outputs(&named) == outputs(&warned), same, "{order}");
    }
    assert_eq!(run(&[&arguments[..], &["--order", "pictures"]].concat()).code, Some(2));
}

/// A model of 4x4 binary events and 4 neurons, with the arguments of a run of four samples.
fn four_neurons(folder: &Path, head: &str, change: impl FnOnce(&mut Model)) -> (Vec<String>, Model, Input) {
    let text = format!(
        "layers:\n  - {{type: InputData, name: e, input_width: 4, input_height: 4, input_channels: 1}}\n  \
         - {{type: FullyConnected, name: head, num_neurons: 4, {head}}}\n"
    );
    let mut model = template::parse("four.yaml", &text).unwrap();
    change(&mut model);
    let [path, array] = ["four.fbz", "four.npy"].map(|name| folder.join(name));
    file::save(&model, &path).unwrap();
    let array_of = Dense { shape: [4, 4, 4, 1], data: (0..64).map(|i| u8::from(i * 7 % 5 < 2)).collect() };
    array_of.write_npy(&array).unwrap();
    let path = |path: PathBuf| path.to_str().unwrap().to_owned();
    let arguments =
        [path(folder.join("four.fbz")), "-i".into(), path(array), "--order".into(), "events".into()];
    (arguments.to_vec(), model, Input::Events(Sparse::from_dense(&array_of)))
}

/// Runs with labels.
fn labelled(arguments: &[String], folder: &Path, labels: &[i32], more: &[&str]) -> Ran {
    let path = folder.join("labels.npy");
    npy::write(&path, &[labels.len()], labels).unwrap();
    let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
    all.extend(["--labels", path.to_str().unwrap()]);
    all.extend(more);
    run(&all)
}

#[test]
fn a_head_that_never_fires_has_no_class() {
    let folder = tempfile::tempdir().unwrap();
    let (arguments, ..) = four_neurons(folder.path(), "weights_bits: 4, threshold_fire: 1000", |model| {
        let head = model.layer_by_name("head").unwrap();
        model.set_variable(head, "weights", &[1_i8; 64]).unwrap();
    });
    let ran = labelled(&arguments, folder.path(), &[0; 4], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.json("run.json")["accuracy"], 0.0);
    assert!(ran.out.contains("accuracy  0.00 % (argmax of `predict`, 4 classes)"), "{}", ran.out);
}

#[test]
fn a_model_that_has_learned_names_its_classes() {
    let folder = tempfile::tempdir().unwrap();
    let head = "weights_bits: 1, activations_enabled: false";
    let (arguments, model, input) = four_neurons(folder.path(), head, |model| {
        model.compile(&Learning { num_classes: 2, ..Learning::new(5) }).unwrap();
    });
    let engine = Engine::new(&model).unwrap();
    let [groups, neurons] = [2, 4].map(|classes| engine.predict(&input, classes).unwrap());
    assert_ne!(groups, neurons);
    for (labels, more, classes) in [(&groups, &[][..], 2), (&neurons, &["--num-classes", "4"], 4)] {
        let ran = labelled(&arguments, folder.path(), labels, more);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let info = ran.json("run.json");
        assert_eq!((&info["accuracy"], &info["num_classes"]), (&1.0.into(), &classes.into()));
        // The measure can fail.
        let wrong: Vec<i32> = labels.iter().map(|label| (label + 1) % classes).collect();
        assert_eq!(labelled(&arguments, folder.path(), &wrong, more).json("run.json")["accuracy"], 0.0);
    }
}

#[test]
fn labels_that_are_no_class_and_rules_that_do_not_apply_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (arguments, ..) = four_neurons(folder.path(), "weights_bits: 4", |model| model.randomise(1));
    for (labels, more, code, words) in [
        (&[0, 1, 4, 9][..], &[][..], "run::label_range", "4 of sample 2; the classes are 0 to 3"),
        (&[0, -1, 2, 3], &[], "run::label_range", "-1 of sample 1"),
        (&[0, 0, 1, 2], &["--num-classes", "2"], "run::label_range", "2 of sample 3; the classes are 0 to 1"),
        (&[0; 4], &["--num-classes", "3"], "engine::classes", "4"),
        (&[0; 3], &[], "run::labels", "3 labels"),
        (&[0; 4], &["--class-by", "evaluate"], "run::no_evaluate", "potentials"),
    ] {
        let ran = labelled(&arguments, folder.path(), labels, more);
        assert_eq!(ran.code, Some(1), "{labels:?} {more:?}: {}", ran.out);
        assert!(ran.err.contains(code) && ran.err.contains(words), "{labels:?} {more:?}: {}", ran.err);
        assert!(!ran.directory.join("run.json").exists(), "{labels:?} {more:?}");
    }
}

#[test]
fn options_without_an_effect_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(folder.path(), |_| {});
    for (arguments, option) in [
        (&[&path, "-m", "all-nps"][..], "--mode"),
        (&[&path, "--random-weights", "1"], "--random-weights"),
        (&[MODEL, "--golden", MODEL], "--golden"),
        (&[MODEL, "--num-classes", "2"], "--labels"),
        (&[MODEL, "--class-by", "predict"], "--labels"),
    ] {
        let ran = run(&[arguments, &["-i", IMAGES]].concat());
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(option), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn files_of_other_programs_are_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for (name, head, code, words) in [
        ("a.h5", &b"\x89HDF\r\n\x1a\n\0\0\0"[..], "model::foreign_format", "HDF5"),
        ("a.onnx", b"\x08\x07\x12\x07pytorch", "model::foreign_format", "ONNX"),
        ("a.tflite", b"\x1c\0\0\0TFL3\x14\0\x20\0", "model::foreign_format", "TensorFlow Lite"),
        ("a.fbz", b"\xff\x01\x02\x03\x04", "model::not_a_model", "template"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, head).unwrap();
        let ran = run(&[path.to_str().unwrap(), "-i", IMAGES]);
        assert_eq!(ran.code, Some(1), "{name}");
        let told = [code, words, "set_variable", name].iter().all(|word| ran.err.contains(word));
        assert!(told, "{name}: {}", ran.err);
    }
    let path = folder.path().join("cat.png");
    std::fs::write(&path, b"\x89PNG\r\n\x1a\n").unwrap();
    let ran = run(&[MODEL, "-i", path.to_str().unwrap()]);
    assert!(ran.err.contains("tensor::npy_format") && ran.err.contains("a PNG image"), "{}", ran.err);
}

#[test]
fn advice_for_an_array_of_another_type_looks_at_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("floats.npy");
    for (top, words) in [(1.0, "* 255"), (255.0, "every value fits"), (300.0, "before `astype")] {
        let values: Vec<f32> = (0..784).map(|i| if i % 2 == 0 { 0.0 } else { top }).collect();
        let values = if top == 1.0 { values.iter().map(|v| v / 2.0).collect() } else { values };
        npy::write(&path, &[1, 28, 28, 1], &values).unwrap();
        let ran = run(&[MODEL, "-i", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.err.contains("tensor::npy_type"), "{}", ran.err);
        let flat: Vec<&str> = ran.err.split_whitespace().collect();
        assert!(flat.join(" ").contains(words), "{top}: {}", ran.err);
    }
}

#[test]
fn a_run_directory_is_replaced_and_any_other_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [model, array] = events(folder.path(), [4, 4, 2], [1, 4, 4, 2]);
    let out = folder.path().join("out");
    let again = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
            .args(["run", &model, "--random-weights", "1", "-i", &array, "-o"])
            .arg(&out)
            .args(more)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(again(&["--waves"]).0, Some(0));
    assert!(out.join("waves.vcd").exists());
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    assert_eq!(again(&[]), (Some(0), String::new()));
    assert!(!out.join("waves.vcd").exists(), "the waves of another run were left");
    assert!(out.join("notes.txt").exists() && out.join("outputs.npy").exists());
    for info in [None, Some("{}"), Some("{\"status\": \"complete\"}")] {
        match info {
            None => std::fs::remove_file(out.join("run.json")).unwrap(),
            Some(info) => std::fs::write(out.join("run.json"), info).unwrap(),
        }
        let (code, told) = again(&[]);
        assert_eq!(code, Some(1));
        assert!(told.contains("run::not_empty"), "{told}");
        assert!(out.join("outputs.npy").exists(), "something was removed");
    }
}

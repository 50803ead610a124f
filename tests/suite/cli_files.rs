//! What the command writes and reads: programs, devices, JSON.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const TINY: &str = "tests/cmd/models/tiny.yaml";

fn spikemesh(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{e}: {}", text(bytes)))
}

fn path(folder: &Path, name: &str) -> (PathBuf, String) {
    let path = folder.join(name);
    let text = path.to_str().expect("a temporary path is UTF-8").to_owned();
    (path, text)
}

#[test]
fn map_prints_what_scripts_need() {
    let output = spikemesh(&["map", TINY, "-d", "two-nodes", "--mode", "minimal", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let plan = json(&output.stdout);
    // The input unit is a layer of the table but no NP.
    assert_eq!((&plan["total_nps"], &plan["passes"]), (&2.into(), &1.into()));
    let column = |key: &str| -> Vec<Value> {
        let layers = plan["layers"].as_array().expect("layers are a list");
        layers.iter().map(|layer| layer[key].clone()).collect()
    };
    assert_eq!(column("name"), ["image", "conv", "head"]);
    assert_eq!(column("nps"), [0, 1, 1]);
    assert_eq!(column("spatial_splits"), [1, 1, 1]);
    assert_eq!(column("filter_splits"), [1, 1, 1]);
}

#[test]
fn a_mapped_program_can_be_read_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, program) = path(folder.path(), "prog.npx");

    let without = spikemesh(&["map", TINY, "-d", "two-nodes", "-o", &program]);
    assert_eq!(without.status.code(), Some(0));
    assert!(text(&without.stderr).contains("map::no_weights"), "{}", text(&without.stderr));
    let first = std::fs::read(&file).expect("the program was written");
    let listing = text(&spikemesh(&["disasm", &program]).stdout);
    assert!(listing.starts_with("program name=\"tiny\" device=\"two-nodes\" weights_set=false"), "{listing}");

    let with =
        spikemesh(&["map", TINY, "-d", "two-nodes", "-o", &program, "--random-weights", "3", "--force"]);
    assert!(!text(&with.stderr).contains("map::no_weights"), "{}", text(&with.stderr));
    assert_ne!(std::fs::read(&file).expect("it was written again"), first);
    let listed = json(&spikemesh(&["disasm", &program, "--format", "json"]).stdout);
    let lines = &listed["lines"];
    assert_eq!(lines[0]["fields"]["weights_set"], "true");
    let listing = text(&spikemesh(&["disasm", &program]).stdout);
    assert_eq!(lines.as_array().map(Vec::len), Some(listing.lines().count()));
    let whole = text(&spikemesh(&["disasm", &program, "--images"]).stdout);
    assert!(whole.contains("      bytes at=0 data=") && !listing.contains("bytes at="));

    // A program is no model, and says so.
    let check = spikemesh(&["check", &program]);
    assert_eq!(check.status.code(), Some(1));
    assert!(text(&check.stderr).contains("model::is_program"), "{}", text(&check.stderr));
}

#[test]
fn a_program_that_cannot_be_written_is_an_error() {
    let output = spikemesh(&["map", TINY, "-d", "two-nodes", "-o", "no/such/folder/prog.npx"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("program::io"), "{}", text(&output.stderr));
}

#[test]
fn a_device_file_is_a_device() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, device) = path(folder.path(), "mine.ron");
    let ron = text(&spikemesh(&["device", "two-nodes", "--ron"]).stdout);
    std::fs::write(&file, ron.replace("\"two-nodes\"", "\"mine\"")).expect("the device is written");

    let own = json(&spikemesh(&["device", &device, "--format", "json"]).stdout);
    let mut built_in = json(&spikemesh(&["device", "two-nodes", "--format", "json"]).stdout);
    built_in["name"] = "mine".into();
    assert_eq!(own, built_in);
    let mapped = spikemesh(&["map", TINY, "-d", &device, "--format", "json"]);
    assert_eq!(json(&mapped.stdout)["device"], "mine");

    std::fs::write(&file, ron.replace("columns: (2,", "columns: (0,")).expect("the device is written");
    let wrong = spikemesh(&["device", &device]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("device::range"), "{}", text(&wrong.stderr));
}

#[test]
fn a_device_prints_every_constant_with_its_source() {
    let device = json(&spikemesh(&["device", "akd1000", "--format", "json"]).stdout);
    let printed = text(&spikemesh(&["device", "akd1000"]).stdout);
    let mut sources = Vec::new();
    collect(&device, &mut sources);
    assert!(sources.len() > 40, "only {} constants", sources.len());
    // A source stands at the end of its line; several constants may share one.
    let ends = |source: &str| printed.lines().filter(|line| line.ends_with(source)).count();
    let missing: Vec<&String> = sources.iter().filter(|source| ends(source) == 0).collect();
    assert_eq!(missing, Vec::<&String>::new());
    let rows = printed.lines().filter(|line| {
        ["  documented  ", "  measured  ", "  fitted  ", "  assumed  "].iter().any(|b| line.contains(b))
            || [" documented ", " measured ", " fitted ", " assumed "].iter().any(|b| line.contains(b))
    });
    assert_eq!(rows.count(), sources.len());
}

fn collect(value: &Value, sources: &mut Vec<String>) {
    match value {
        Value::Object(fields) if fields.contains_key("basis") => {
            sources.push(fields["source"].as_str().unwrap_or_default().to_owned());
        }
        Value::Object(fields) => fields.values().for_each(|value| collect(value, sources)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, sources)),
        _ => {}
    }
}

#[test]
fn completions_name_every_verb() {
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&spikemesh(&["completions", shell]).stdout);
        for verb in ["demo", "check", "map", "run", "test", "disasm", "device", "completions"] {
            assert!(script.contains(verb), "{shell}: {verb}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let script = format!(
        "{} completions bash | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_spikemesh")
    );
    let status = Command::new("bash").args(["-c", &script]).status().expect("bash starts");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn check_lists_every_rule() {
    let rules = json(&spikemesh(&["check", "--list", "--format", "json"]).stdout);
    let listed: Vec<&str> =
        rules["rules"].as_array().expect("a list").iter().filter_map(|r| r["rule"].as_str()).collect();
    let all: Vec<String> = spikemesh::compat::RULES.iter().map(|r| format!("compat::{}", r.id)).collect();
    assert_eq!(listed, all);
}

#[test]
fn check_repairs_what_it_can() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, target) = path(folder.path(), "legal.fbz");
    let even = "tests/cmd/models/even.yaml";
    let repaired = spikemesh(&["check", even, "--profile", "v2", "--repair", &target]);
    assert_eq!(repaired.status.code(), Some(0), "{}", text(&repaired.stderr));
    let expected = "even, repaired in 1 place, outputs unchanged\n\n  layer `conv`: kernel 4x4 padded with zeros to 5x5\n\n\
                    even keeps every rule of v2\n";
    assert_eq!(text(&repaired.stdout), expected);
    assert_eq!(text(&repaired.stderr), format!("wrote {target}\n"));
    assert_eq!(spikemesh(&["check", &target, "--profile", "v2"]).status.code(), Some(0));

    // What cannot be repaired is said with its reason, and the model that is as good as it gets is written.
    let (_, yaml) = path(folder.path(), "full.yaml");
    let layers = "{type: Convolutional, name: c, kernel_width: 3, kernel_height: 3, num_neurons: 8, weights_bits: 3, convolution_mode: Full}";
    let events = "{type: InputData, name: e, input_width: 8, input_height: 8, input_channels: 4}";
    std::fs::write(&yaml, format!("name: full\nlayers:\n  - {events}\n  - {layers}\n"))
        .expect("it is written");
    let refused = spikemesh(&["check", &yaml, "--repair", &target, "--force", "--format", "json"]);
    assert_eq!(refused.status.code(), Some(3));
    let found = json(&refused.stdout);
    assert_eq!(found["repaired"], serde_json::json!(["layer `c`: weights of 3 bits held in 4"]));
    assert_eq!(found["violations"][0]["rule"], "compat::full_padding");
    assert_eq!(found["violations"][0]["not_repaired"], "Same would give 8x8 positions, not 10x10");
    let shown = text(&spikemesh(&["check", &yaml, "--repair", &target, "--force"]).stdout);
    assert!(shown.contains("\n    not repaired: Same would give 8x8 positions, not 10x10\n"), "{shown}");
    let left = json(&spikemesh(&["check", &target, "--format", "json"]).stdout);
    assert_eq!(left["violations"].as_array().map(Vec::len), Some(1));
    assert!(left.get("repaired").is_none() && left["violations"][0].get("not_repaired").is_none());

    let own = spikemesh(&["check", &target, "--repair", &target]);
    assert!(text(&own.stderr).contains("cli::same_file"), "{}", text(&own.stderr));
    let nothing =
        text(&spikemesh(&["check", TINY, "--repair", &target, "--force", "--profile", "v2"]).stdout);
    assert_eq!(nothing, "nothing in tiny was repaired\n\ntiny keeps every rule of v2\n");
    let gone = spikemesh(&["check", TINY, "--repair", "no/such/folder/model.fbz"]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(text(&gone.stderr).contains("model::io"), "{}", text(&gone.stderr));
    assert!(file.exists());
}

/// Every text that a verb reads may begin with a byte order mark.
#[test]
fn a_byte_order_mark_is_no_part_of_any_text() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let marked = |name: &str, content: &str| {
        let (file, name) = path(folder.path(), name);
        std::fs::write(file, format!("\u{feff}{content}")).expect("a temporary file");
        name
    };
    let device = marked("mine.ron", &text(&spikemesh(&["device", "two-nodes", "--ron"]).stdout));
    let model = marked("tiny.yaml", &std::fs::read_to_string(TINY).expect("the template"));
    let targets = marked("targets.txt", "3\n2\n1\n0\n");
    let trace = marked("trace.csv", "cycle,src,dst,size\n0,0,1,1\n");
    // A manifest that is read and wrong is another problem than one that is not RON.
    let manifest = marked("cases.ron", "(cases: [])");
    let out = path(folder.path(), "out.csv").1;
    let commands: [(&[&str], i32, &str); 4] = [
        (&["map", &model, "-d", &device], 0, ""),
        (&["traffic", &targets, "--size", "2x2", "--sample-period", "100"], 0, ""),
        (&["replay", &trace, "--size", "2x1", "-o", &out], 0, ""),
        (&["test", &manifest], 1, "regression::no_cases"),
    ];
    for (args, exit, code) in commands {
        let output = spikemesh(args);
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(code), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_file_that_exists_is_overwritten_with_force_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [program, model, device] = ["p.npx", "m.fbz", "d.ron"].map(path);
    for (file, args) in [
        (&program, &["map", TINY, "-d", "two-nodes", "-o", &program][..]),
        (&model, &["check", TINY, "--repair", &model]),
        (&device, &["fit", "-o", &device]),
    ] {
        std::fs::write(file, "mine").unwrap();
        let refused = spikemesh(args);
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
        assert!(text(&refused.stderr).contains("cli::exists"), "{}", text(&refused.stderr));
        assert_eq!(std::fs::read(file).unwrap(), b"mine");
        if args[0] == "fit" {
            // A fit takes long.
            continue;
        }
        spikemesh(&[args, &["--force"]].concat());
        assert_ne!(std::fs::read(file).unwrap(), b"mine", "{args:?}");
    }
    // The program on standard output, the report on standard error.
    let piped = spikemesh(&["map", TINY, "-d", "two-nodes", "-o", "-"]);
    assert_eq!(piped.stdout, std::fs::read(&program).unwrap());
    assert!(text(&piped.stderr).contains("1 pass"), "{}", text(&piped.stderr));
}

//! `--set` and overrides, from the command line to the results.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::compiler::{CompileOptions, Mode, compile};
use spikemesh::device::{ConstantLine, Device, Reader, Setting, reader};
use spikemesh::isa;
use spikemesh::model::{Model, template};

const MODEL: &str = "traces/fashion-mnist/model.fbz";
const IMAGES: &str = "traces/fashion-mnist/images.npy";

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    // Lines are wrapped for people.
    text.split(['\n', '│']).map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Values near the present one.
fn others(line: &ConstantLine) -> Vec<String> {
    let text = line.value.as_str();
    if let Ok(flag) = text.parse::<bool>() {
        return vec![(!flag).to_string()];
    }
    if let Ok(whole) = text.parse::<u64>() {
        return vec![(whole + 1).to_string(), whole.saturating_sub(1).to_string(), (2 * whole).to_string()];
    }
    if let Ok(number) = text.parse::<f64>() {
        return vec![(number + 1.0).to_string(), (number / 2.0).to_string(), (number + 0.125).to_string()];
    }
    [
        "xy",
        "yx",
        "local_first",
        "local_last",
        "separable_input_first",
        "separable_output_first",
        "round_robin",
        "prio",
    ]
    .into_iter()
    .filter(|name| *name != text)
    .map(str::to_owned)
    .collect()
}

/// A device file with another value at a path and the basis `assumed`, written value by value: it shares nothing with settings.
fn edited(device: &Device, line: &ConstantLine, value: &str) -> String {
    fn ron(path: &str, value: &Value, edit: (&str, &str)) -> String {
        match value {
            Value::Object(fields) if fields.len() == 3 && fields.contains_key("basis") => {
                let (text, basis) = match &fields["value"] {
                    _ if path == edit.0 => (edit.1.to_owned(), "assumed"),
                    Value::String(name) => (name.clone(), fields["basis"].as_str().unwrap()),
                    value => (value.to_string(), fields["basis"].as_str().unwrap()),
                };
                format!("({text}, {basis}, {})", fields["source"])
            }
            Value::Object(fields) => {
                let under =
                    |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                let fields =
                    fields.iter().map(|(name, value)| format!("{name}: {}", ron(&under(name), value, edit)));
                format!("({})", fields.collect::<Vec<_>>().join(", "))
            }
            // Ranges are pairs.
            Value::Array(items) if items.len() == 2 && items.iter().all(Value::is_number) => {
                format!("({}, {})", items[0], items[1])
            }
            Value::Array(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(index, value)| ron(&format!("{path}[{index}]"), value, edit));
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            _ if path == edit.0 => edit.1.to_owned(),
            Value::String(word) if path.ends_with(".work") => word.clone(),
            value => value.to_string(),
        }
    }
    ron("", &serde_json::to_value(device).unwrap(), (&line.path, value))
}

/// Every file below a directory, `run.json` without what depends on the host and the record of the setting.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            files.extend(self::files(&path).into_iter().map(|(below, bytes)| (name.join(below), bytes)));
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        if path.extension().is_some_and(|end| end == "json") {
            let mut value: Value = serde_json::from_slice(&bytes).unwrap();
            let fields = value.as_object_mut().unwrap();
            fields.retain(|name, _| !name.starts_with("host_") && name != "sha256" && name != "settings");
            // Their hashes are those of fields of the host, and of the record of the setting.
            for file in ["stats.json", spikemesh::run::DEVICE] {
                if let Some(written) = fields.get_mut("files").and_then(|files| files.get_mut(file)) {
                    *written = Value::Null;
                }
            }
            bytes = serde_json::to_vec(&value).unwrap();
        }
        if name == Path::new(spikemesh::run::DEVICE) {
            // The source of a constant that was set is the record of the setting.
            bytes = Device::load(path.to_str().unwrap()).unwrap().canonical_text().into_bytes();
        }
        files.insert(name, bytes);
    }
    files
}

/// Random constants, each set to another value: a run with `--set` leaves the files of a run with an edited device file. `SPIKEMESH_SETTINGS` is
/// their number; `cargo xtask settings` takes 200.
#[test]
fn a_run_with_a_setting_is_a_run_with_an_edited_file() {
    let count: usize = std::env::var("SPIKEMESH_SETTINGS").map_or(8, |count| count.parse().unwrap());
    let device = Device::load("akd1500").unwrap();
    let lines = device.constant_lines();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (mut random, mut ran, mut refused) = (15u64, 0, 0);
    let mut below = |limit: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % limit
    };
    while ran + refused < count {
        let line = &lines[below(lines.len())];
        let values = others(line);
        let Some(value) = values.get(below(values.len().max(1))) else { continue };
        std::fs::write(at("edited.ron"), edited(&device, line, value)).unwrap();
        let run = |device: &str, more: &[&str], out: &str| {
            let arguments =
                ["run", MODEL, "-i", IMAGES, "-m", "all-nps", "--batch", "2", "-q", "-d", device, "-o", out];
            spikemesh(&[&arguments, more].concat())
        };
        let (a, b, setting) = (at("edited"), at("set"), format!("{}={value}", line.path));
        let (file, set) = (run(&at("edited.ron"), &[], &a), run("akd1500", &["--set", &setting], &b));
        assert_eq!(file.status.code(), set.status.code(), "{setting}\n{}\n{}", said(&file), said(&set));
        let (left, right) = (files(Path::new(&a)), files(Path::new(&b)));
        assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>(), "{setting}");
        for (name, bytes) in &left {
            assert!(bytes == &right[name], "{setting}: {} differs", name.display());
        }
        if set.status.success() {
            let record: Value =
                serde_json::from_slice(&std::fs::read(Path::new(&b).join("run.json")).unwrap()).unwrap();
            assert!(
                record["settings"][0].as_str().unwrap().starts_with(&format!("{}=", line.path)),
                "{setting}"
            );
            ran += 1;
        } else {
            refused += 1;
        }
        let _ = (std::fs::remove_dir_all(&a), std::fs::remove_dir_all(&b));
    }
    println!("{ran} ran, {refused} were refused");
    assert!(ran >= refused, "{ran} ran, {refused} were refused");
}

/// Every field of the device is as the table says: a program does not depend on what mapping does not read, and what mapping reads cannot be set on a
/// program.
#[test]
fn mapping_reads_what_the_table_says() {
    let text = "name: two\nlayers:\n  - {type: InputData, name: in, input_width: 20, input_height: 12, input_channels: 8}\n  - {type: SeparableConvolutional, name: sep, kernel_width: 3, kernel_height: 3, num_neurons: 40, weights_bits: 4}\n  - {type: FullyConnected, name: fc, num_neurons: 10, weights_bits: 4}\n";
    let mut model: Model = template::parse("two.yaml", text).unwrap();
    model.randomise(3);
    let base = Device::load("akd1500").unwrap();
    let overrides =
        ["n1_0.east.delay=2", "n1_1.np0.clock_scale=2", "n0_0.np3.disabled=true", "n2_0.np1.fifo_events=64"];
    let overrides = overrides.map(|setting| format!("overrides.{setting}").parse::<Setting>().unwrap());
    let device = base.with(&overrides).unwrap();
    let program = |device: &Device| {
        let options = CompileOptions::from(Mode::AllNps);
        compile(&model, device, &options).ok().map(|compiled| isa::write(&compiled.program))
    };
    let before = program(&device).unwrap();
    let (mut kept, mut read, mut seen) = (0, BTreeSet::new(), BTreeSet::new());
    for line in device.constant_lines() {
        for value in others(&line) {
            let setting: Setting = format!("{}={value}", line.path).parse().unwrap();
            let Ok(changed) = device.with(std::slice::from_ref(&setting)) else { continue };
            let after = program(&changed);
            let on_program = device.with_for_program(std::slice::from_ref(&setting));
            match reader(&line.path).unwrap() {
                Reader::Run => {
                    assert!(after.as_ref() == Some(&before), "{setting} changes the program");
                    assert!(on_program.is_ok(), "{setting}");
                    kept += 1;
                }
                Reader::Mapping => {
                    let errors = on_program.unwrap_err();
                    let text = errors[0].to_string();
                    assert!(
                        text.contains(&format!("`{}` was read", line.path)) && text.contains(&line.value),
                        "{text}"
                    );
                    read.insert(line.path.clone());
                    if after.as_ref() != Some(&before) {
                        seen.insert(line.path.clone());
                    }
                }
            }
        }
        // The value that it has is no change.
        let same = format!("{}={}", line.path, line.value).parse().unwrap();
        assert_eq!(device.with_for_program(&[same]).unwrap(), device, "{line}");
    }
    // Neither side is empty, and what is marked as read is read: the program or its refusal shows it.
    assert!(kept > 150, "{kept}");
    for path in ["columns", "nps_per_node", "overrides.n0_0.np3.disabled"] {
        assert!(seen.contains(path), "{path}: {seen:?}");
    }
    for setting in [
        "np.own_rows=4",
        "np.input_bytes=500",
        "np.memory_bytes=2000",
        "np.on_chip_weight_bytes=1048576",
        "np.fifo_events=30000",
    ] {
        let after = program(&device.with(&[setting.parse().unwrap()]).unwrap());
        assert!(after.as_ref() != Some(&before), "{setting} is not read");
    }
    assert!(read.contains("np.fifo_events") && read.contains("overrides.n2_0.np1.fifo_events"), "{read:?}");
}

#[test]
fn programs_take_time_energy_and_network_and_refuse_what_mapping_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (program, out) = (at("demo.npx"), at("out"));
    assert!(spikemesh(&["map", MODEL, "-d", "akd1500", "-o", &program, "-q"]).status.success());
    let run = |settings: &[&str]| {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let arguments: Vec<&str> =
            ["run", &program, "-d", "akd1500", "-i", IMAGES, "--golden", MODEL, "-o", &out]
                .into_iter()
                .chain(settings)
                .collect();
        let output = spikemesh(&arguments);
        let _ = std::fs::remove_dir_all(&out).and_then(|()| std::fs::create_dir(&out));
        output
    };
    let ran = run(&[
        "network.depth=2",
        "timing.hrc.position=30",
        "energy.np_clock=1",
        "network.routing=yx",
        "overrides.n1_0.west.delay=9",
        "overrides.n0_0.np0.clock_scale=1.5",
    ]);
    assert!(ran.status.success(), "{}", said(&ran));
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(text.contains("set  energy.np_clock=1.0, network.routing=yx, network.vc_buf_size=2, overrides.n0_0.np0.clock_scale=1.5,"), "{text}");
    for (settings, expected) in [
        (
            &["np.own_rows=16"][..],
            "akd1500: `np.own_rows` was read when the program was mapped: it was 32, and cannot be 16 now",
        ),
        (
            &["overrides.n0_0.np0.disabled=true"],
            "`overrides.n0_0.np0.disabled` was read when the program was mapped: it was not set",
        ),
        (&["rows=4", "columns=2", "network.depth=4"], "`columns` was read"),
        (&["network.dept=4"], "did you mean"),
    ] {
        let refused = run(settings);
        assert_eq!(refused.status.code(), Some(1), "{settings:?}");
        assert!(said(&refused).contains(expected), "{settings:?}: {}", said(&refused));
    }
}

/// A disabled NP gets no slice, under every mode, and a program that uses it is refused where it would run.
#[test]
fn disabled_nps_are_left_out_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let disabled = ["n0_0.np0", "n0_0.np1", "n0_0.np2", "n0_0.np3", "n2_1.np1"];
    let set: Vec<String> = disabled
        .iter()
        .flat_map(|np| ["--set".to_owned(), format!("overrides.{np}.disabled=true")])
        .collect();
    for mode in ["minimal", "all-nps", "hw-pr"] {
        let arguments: Vec<&str> = ["map", MODEL, "-d", "akd1500", "-m", mode, "--format", "json"]
            .into_iter()
            .chain(set.iter().map(String::as_str))
            .collect();
        let plan: Value = serde_json::from_slice(&spikemesh(&arguments).stdout).unwrap();
        assert_eq!(plan["device_nps"], 27);
        assert_eq!(plan["disabled_nps"], serde_json::json!(disabled));
        let layers = plan["layers"].as_array().unwrap();
        let used: Vec<&str> = layers
            .iter()
            .flat_map(|layer| layer["slices"].as_array().unwrap())
            .map(|slice| slice["np"].as_str().unwrap())
            .collect();
        assert!(used.len() > 3 && used.iter().all(|np| !disabled.contains(np)), "{used:?}");
    }
    let program = at("demo.npx");
    assert!(spikemesh(&["map", MODEL, "-d", "akd1500", "-o", &program, "-q"]).status.success());
    let text = Device::text("akd1500").unwrap();
    let broken = "\n    overrides: (n0_0: (np0: (disabled: (true, assumed, \"broken\")))),\n    network: (";
    std::fs::write(at("mine.ron"), text.replacen("\n    network: (", broken, 1)).unwrap();
    let refused = spikemesh(&["run", &program, "-d", &at("mine.ron"), "-i", IMAGES, "-o", &at("out")]);
    assert!(said(&refused).contains("simulate::np_disabled"), "{}", said(&refused));
    assert!(said(&refused).contains("uses n0_0.np0, which is disabled"), "{}", said(&refused));
}

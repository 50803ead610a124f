//! The rules that a model has to keep on a device: compiler and rules cut along the same axis, and every verb judges by the device's own profile.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::compat::{self, Axis, AxisLimit, Profile, RULES, Rule};
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::model::{Model, template};
use spikemesh::{DeviceRules, ProfileFrom};

fn spikemesh(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(args).output().unwrap()
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The AKD1500 with enough neural processors that rows alone never exhaust it.
fn large_device() -> Device {
    let text = Device::text("akd1500").unwrap();
    let text = text.replace("columns: (4,", "columns: (8,").replace("rows: (2,", "rows: (8,");
    let device = Device::parse("large", &text).unwrap();
    assert_eq!(device.nps(), 256);
    device
}

/// The good example of a rule, with inputs of `length` positions along an axis, 8 along the other one, and 3 channels.
fn probe(rule: &Rule, axis: Axis, length: u32) -> Model {
    let (width, height) = if axis == Axis::Width { (length, 8) } else { (8, length) };
    let mut text = String::new();
    for line in rule.good.lines() {
        let mut fields: Vec<String> = line.split(", ").map(str::to_owned).collect();
        for field in &mut fields {
            for (name, value) in [("input_width", width), ("input_height", height), ("input_channels", 3)] {
                if field.starts_with(name) {
                    let end = if field.ends_with('}') { "}" } else { "" };
                    *field = format!("{name}: {value}{end}");
                }
            }
        }
        writeln!(text, "{}", fields.join(", ")).unwrap();
    }
    template::parse("probe.yaml", &text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"))
}

fn maps(model: &Model, device: &Device) -> bool {
    compile(model, device, &Mode::Minimal.into()).is_ok()
}

/// Whether rule and compiler agree about a limit, and whether the compiler has one there: `Err` says what disagrees.
fn agreement(rule: &Rule, limit: &AxisLimit, device: &Device) -> Result<bool, String> {
    let AxisLimit { profile, axis, least, most } = *limit;
    let keeps = |axis, length| {
        !compat::check(&probe(rule, axis, length), profile).iter().any(|broken| broken.rule == rule.id)
    };
    let accepts = |axis, length| maps(&probe(rule, axis, length), device);
    let mut limited = false;
    for length in [least, most].into_iter().filter(|length| *length < u32::MAX) {
        if !keeps(axis, length) || !accepts(axis, length) {
            return Err(format!("{}: {axis} {length} is legal and refused", rule.id));
        }
    }
    for length in
        [least - 1, most.saturating_add(1)].into_iter().filter(|length| (1..u32::MAX).contains(length))
    {
        if keeps(axis, length) {
            return Err(format!("{}: {axis} {length} breaks no rule", rule.id));
        }
        limited |= !accepts(axis, length);
        // Where the rule limits one axis, the compiler must not limit the other one instead.
        let other = axis.other();
        if keeps(other, length) && accepts(axis, length) && !accepts(other, length) {
            return Err(format!("{}: the rule limits the {axis}, the compiler the {other}", rule.id));
        }
        if keeps(other, length) && !accepts(axis, length) && !accepts(other, length) {
            return Err(format!("{}: the compiler limits both axes, the rule the {axis}", rule.id));
        }
    }
    Ok(limited)
}

#[test]
fn rules_and_compiler_limit_the_same_axis() {
    let device = large_device();
    let mut limited = BTreeSet::new();
    let mut seen = 0;
    for rule in RULES {
        for limit in rule.axes.iter().filter(|limit| limit.profile == Profile::Current) {
            seen += 1;
            // Beyond the limits of a layer the compiler may go or not: it follows the packets' format.
            if agreement(rule, limit, &device).unwrap() && rule.id != "layer_size" {
                limited.insert(format!("{} {}", rule.id, limit.axis));
            }
        }
    }
    // Of the limits of the input unit, of rows and of what is too small the compiler has none.
    let expected = ["average_pooling_size height"];
    assert_eq!(limited, expected.map(str::to_owned).into());
    assert!(seen >= 6, "{seen}");
}

/// The test above can fail: a rule of the other axis is found.
#[test]
fn a_rule_of_another_axis_than_the_compiler_is_found() {
    let rule = RULES.iter().find(|rule| rule.id == "average_pooling_size").unwrap();
    let limit = rule.axes.iter().find(|limit| limit.profile == Profile::V2).unwrap();
    // The older pages exchange the names of the axes; the compiler follows the newest one, whatever the device.
    assert_eq!(limit.axis, Axis::Width);
    assert_eq!(
        agreement(rule, limit, &large_device()).unwrap_err(),
        "average_pooling_size: the rule limits the width, the compiler the height"
    );
}

#[test]
fn global_pooling_over_a_strided_map_is_judged_by_its_input() {
    let model = |width, height| {
        let text = format!(
            "layers:
  - {{type: InputData, name: in, input_width: {width}, input_height: {height}, input_channels: 4}}
  - {{type: Convolutional, name: g, kernel_width: 3, kernel_height: 3, num_neurons: 8, stride_x: 2, stride_y: 2, pooling_type: Average}}"
        );
        template::parse("strided.yaml", &text).unwrap()
    };
    for (width, height, legal) in [(20, 32, true), (20, 33, false), (20, 64, false), (64, 20, true)] {
        let model = model(width, height);
        let kept = compat::check(&model, Profile::Current).is_empty();
        assert_eq!((kept, maps(&model, &large_device())), (legal, legal), "{width}x{height}");
    }
}

#[test]
fn a_device_names_its_profile() {
    let chosen = |device: &str, asked| {
        let device = match device.split_once('=') {
            Some((_, text)) => Device::parse("mine", text).unwrap(),
            None => Device::load(device).unwrap(),
        };
        let model = template::load(Path::new("tests/cmd/models/gap_40x20.yaml")).unwrap();
        let rules = DeviceRules::check(&model, Some(&device), asked);
        (rules.profile, rules.from, rules.named(), rules.broken.len())
    };
    let of = |device: &str| chosen(device, None);
    let named = |profile: &str, device: &str| format!("{profile}, the profile of {device}");
    assert_eq!(of("akd1000"), (Profile::V2, ProfileFrom::Device, named("v2", "akd1000"), 1));
    assert_eq!(of("two-nodes"), (Profile::V2, ProfileFrom::Device, named("v2", "two-nodes"), 1));
    assert_eq!(of("akd1500"), (Profile::Current, ProfileFrom::Device, named("current", "akd1500"), 0));
    let text = Device::text("akd1000").unwrap();
    let without: String =
        text.lines().filter(|line| !line.contains("profile:")).collect::<Vec<_>>().join("\n");
    let silent = "current, as akd1000 names no profile".to_owned();
    assert_eq!(of(&format!("mine={without}")), (Profile::Current, ProfileFrom::Default, silent, 0));
    let asked = chosen("akd1500", Some(Profile::V2));
    assert_eq!(asked, (Profile::V2, ProfileFrom::Option, "v2".to_owned(), 1));
}

/// `run` warns in one line, notes it in run.json, and goes on; so does `map`.
#[test]
fn a_model_that_breaks_rules_is_mapped_and_run_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let model = "tests/cmd/models/gap_40x20.yaml";
    let mapped = spikemesh(&["map", model, "-d", "akd1000"]);
    assert_eq!(mapped.status.code(), Some(0));
    let warning = "the model violates v2, the profile of akd1000, in 1 place: average_pooling_size of `g`";
    assert_eq!(text_of(&mapped.stderr).matches(warning).count(), 1, "{}", text_of(&mapped.stderr));

    spikemesh::tensor::npy::write(Path::new(&at("x.npy")), &[1, 40, 20, 4], &vec![1u8; 3200]).unwrap();
    let run = |profile: &[&str], out: &str| {
        let mut args = vec!["run", model, "-d", "akd1000", "--random-weights", "1"];
        let (input, out) = (at("x.npy"), at(out));
        args.extend(["-i", &input, "-o", &out]);
        args.extend(profile);
        let output = spikemesh(&args);
        assert_eq!(output.status.code(), Some(0), "{}", text_of(&output.stderr));
        let info = std::fs::read_to_string(Path::new(&out).join("run.json")).unwrap();
        let info: Value = serde_json::from_str(&info).unwrap();
        (text_of(&output.stderr), info["rules"].clone())
    };
    let (stderr, rules) = run(&[], "a");
    assert_eq!(stderr.matches(warning).count(), 1, "{stderr}");
    assert_eq!((&rules["profile"], &rules["profile_from"]), (&"v2".into(), &"device".into()));
    assert_eq!(rules["broken"][0]["rule"], "compat::average_pooling_size");
    assert_eq!(rules["broken"][0]["layer"], "g");
    assert!(rules["broken"][0]["source"].as_str().unwrap().contains("Production"));
    let (stderr, rules) = run(&["--profile", "current"], "b");
    assert!(!stderr.contains("violates"), "{stderr}");
    assert_eq!(rules.to_string(), r#"{"profile":"current","profile_from":"option","broken":[]}"#);
}

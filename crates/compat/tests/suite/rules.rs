//! Every rule is checked with its own examples, and at the edges of the public limits.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use miette::Diagnostic;
use spikemesh_compat::{Axis, AxisLimit, Profile, RULES, Violation, check, table};
use spikemesh_model::{LayerId, Model, template};

fn model(text: &str) -> Model {
    template::parse("example.yaml", text).unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"))
}

fn broken(model: &Model, profile: Profile) -> BTreeSet<&'static str> {
    check(model, profile).into_iter().map(|v| v.rule).collect()
}

#[test]
fn examples_keep_and_break_their_rule() {
    for rule in RULES {
        let (good, bad) = (model(rule.good), model(rule.bad));
        for profile in Profile::ALL {
            let covered = rule.source(profile).is_some();
            assert!(!broken(&good, profile).contains(rule.id), "good example of {} in {profile}", rule.id);
            assert_eq!(
                broken(&bad, profile).contains(rule.id),
                covered,
                "bad example of {} in {profile}",
                rule.id
            );
        }
    }
}

#[test]
fn rules_are_named_once_and_documented() {
    let table = table();
    let mut ids = BTreeSet::new();
    for rule in RULES {
        assert!(ids.insert(rule.id), "{} twice", rule.id);
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        assert!(!rule.sources.is_empty() && !rule.title.is_empty());
        assert!(!rule.title.contains(['|', '\n']), "{}", rule.title);
        assert_eq!(table.matches(&format!("| `compat::{}` |", rule.id)).count(), 1);
    }
    let listed = table.lines().filter(|line| line.starts_with("| `compat::")).count();
    assert_eq!(listed, RULES.len());
    insta::assert_snapshot!(table);
}

/// What violations of the bad examples look like.
#[test]
fn violations_say_what_is_wrong_and_what_would_fix_it() {
    let mut shown = String::new();
    for rule in RULES {
        for profile in rule.profiles() {
            for v in check(&model(rule.bad), profile).iter().filter(|v| v.rule == rule.id) {
                let (code, help) = (v.code().unwrap(), v.help().unwrap());
                assert_eq!(code.to_string(), format!("compat::{}", rule.id));
                writeln!(shown, "{code}\n  {v}\n  help: {help}").unwrap();
            }
        }
    }
    insta::assert_snapshot!(shown);
}

/// Rules that break, of a layer between an input and a convolution that makes max pooling legal.
#[track_caller]
fn edge(input: &str, layer: &str, profile: Profile, expected: &[&str]) {
    let text = format!(
        "layers:
  - {{{input}}}
  - {{{layer}}}
  - {{type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}}
"
    );
    assert_eq!(broken(&model(&text), profile), expected.iter().copied().collect(), "{profile}: {layer}");
}

const EVENTS: &str = "type: InputData, input_width: 16, input_height: 16, input_channels: 8";
use Profile::{Current, V1, V2};

#[test]
fn convolutions_at_the_edges() {
    let conv = "type: Convolutional, num_neurons: 8, kernel_width: ";
    let sep = "type: SeparableConvolutional, num_neurons: 8, kernel_width: ";
    for profile in Profile::ALL {
        for (layer, kernel, expected) in [
            (conv, 1, &[][..]),
            (conv, 2, &["kernel_size"]),
            (conv, 7, &[]),
            (conv, 9, &["kernel_size"]),
            (sep, 1, &["kernel_size"]),
            (sep, 3, &[]),
            (sep, 9, &["kernel_size"]),
        ] {
            edge(EVENTS, &format!("{layer}{kernel}, kernel_height: {kernel}"), profile, expected);
        }
        edge(EVENTS, &format!("{conv}3, kernel_height: 5"), profile, &["square_kernel"]);
        for (bits, legal) in
            [(1, [true; 3]), (2, [true; 3]), (3, [false; 3]), (4, [false, true, true]), (8, [false; 3])]
        {
            let expected: &[&str] = if legal[profile as usize] { &[] } else { &["weights_bits"] };
            edge(EVENTS, &format!("{conv}3, kernel_height: 3, weights_bits: {bits}"), profile, expected);
            let expected: &[&str] = if bits == 2 || bits == 4 { &[] } else { &["weights_bits"] };
            edge(EVENTS, &format!("{sep}3, kernel_height: 3, weights_bits: {bits}"), profile, expected);
        }
        let bits = format!("{conv}3, kernel_height: 3, threshold_fire_bits: ");
        edge(EVENTS, &format!("{bits}4"), profile, &[]);
        edge(EVENTS, &format!("{bits}3"), profile, &["activation_bits", "input_bits"]);
    }
    let stride = |kernel, n| format!("{conv}{kernel}, kernel_height: {kernel}, stride_x: {n}, stride_y: {n}");
    for (profile, kernel, n, expected) in [
        (V1, 3, 2, &["stride"][..]),
        (V2, 3, 2, &[]),
        (V2, 3, 3, &["stride"]),
        (V2, 5, 2, &["stride"]),
        (Current, 3, 2, &[]),
        (Current, 1, 2, &["stride"]),
    ] {
        edge(EVENTS, &stride(kernel, n), profile, expected);
    }
}

#[test]
fn pooling_at_the_edges() {
    let pool = |p, s| {
        format!(
            "type: SeparableConvolutional, num_neurons: 8, kernel_width: 3, kernel_height: 3, pooling_type: Max,
            pooling_width: {p}, pooling_height: {p}, pooling_stride_x: {s}, pooling_stride_y: {s}"
        )
    };
    for profile in [V1, V2] {
        edge(EVENTS, &pool(1, 1), profile, &[]);
        edge(EVENTS, &pool(3, 1), profile, &[]);
        edge(EVENTS, &pool(3, -1), profile, &[]);
        edge(EVENTS, &pool(4, 3), profile, &["max_pooling_size"]);
        edge(EVENTS, &pool(2, 3), profile, &["max_pooling_stride"]);
    }
    edge(EVENTS, &pool(2, 1), Current, &[]);
    edge(EVENTS, &pool(2, -1), Current, &[]);
    edge(EVENTS, &pool(1, 1), Current, &["max_pooling_size"]);
    edge(EVENTS, &pool(3, 3), Current, &["max_pooling_size", "max_pooling_stride"]);
    let small = "type: InputData, input_width: 2, input_height: 2, input_channels: 8";
    edge(small, &pool(2, 2), V1, &["max_pooling_within_input"]);
    edge(small, &pool(2, 2), V2, &[]);

    let average = |width, height| {
        model(&format!(
            "layers:
  - {{type: InputData, input_width: {width}, input_height: {height}, input_channels: 8}}
  - {{type: Convolutional, num_neurons: 8, kernel_width: 3, kernel_height: 3, pooling_type: Average}}"
        ))
    };
    for (width, height, legal) in [
        (8, 8, [true, true, true]),
        (32, 40, [true, true, false]),
        (40, 8, [false, false, true]),
        (32, 32, [true, true, true]),
        (33, 33, [false, false, false]),
        (8, 12, [false, true, true]),
        (7, 3, [false, true, true]),
        (7, 2, [false, true, false]),
    ] {
        for profile in Profile::ALL {
            let holds = broken(&average(width, height), profile).is_empty();
            assert_eq!(holds, legal[profile as usize], "{width}x{height} {profile}");
        }
    }
}

#[test]
fn the_input_layer_at_the_edges() {
    let first = |width: u32, height: u32, channels: u32, kernel: u32, filters: u32, rest: &str| {
        model(&format!(
            "layers:
  - {{type: InputConvolutional, input_width: {width}, input_height: {height}, input_channels: {channels},
     kernel_width: {kernel}, kernel_height: {kernel}, num_neurons: {filters}, weights_bits: 8, {rest}}}
  - {{type: Convolutional, kernel_width: 3, kernel_height: 3, num_neurons: 8}}"
        ))
    };
    let filters = [(1, 3, 512), (1, 5, 192), (1, 7, 96), (3, 3, 192), (3, 5, 64), (3, 7, 32)];
    for profile in [V2, Current] {
        for (channels, kernel, most) in filters {
            assert_eq!(broken(&first(5, 5, channels, kernel, most, ""), profile), [].into());
            assert_eq!(
                broken(&first(256, 256, channels, kernel, most + 1, ""), profile),
                ["input_filters"].into()
            );
        }
        for (width, height) in [(4, 5), (5, 4)] {
            assert_eq!(broken(&first(width, height, 1, 3, 8, ""), profile), ["input_size"].into());
        }
        assert_eq!(
            broken(&first(9, 9, 1, 3, 8, "stride_x: 3, stride_y: 3, convolution_mode: Valid"), profile),
            [].into()
        );
        assert_eq!(broken(&first(9, 9, 1, 3, 8, "stride_x: 3"), profile), ["input_stride"].into());
        assert_eq!(broken(&first(9, 9, 1, 3, 8, "convolution_mode: Full"), profile), ["full_padding"].into());
    }
    assert_eq!(broken(&first(9, 9, 1, 3, 8, ""), V1), ["input_convolutional"].into());
    for (width, height, v2, current) in
        [(256, 999, true, false), (999, 256, false, true), (257, 5, false, true), (5, 257, true, false)]
    {
        let m = first(width, height, 1, 3, 8, "");
        assert_eq!(
            (broken(&m, V2).is_empty(), broken(&m, Current).is_empty()),
            (v2, current),
            "{width}x{height}"
        );
    }
    for bits in 1..=8 {
        let text = format!(
            "layers:
  - {{type: InputConvolutional, input_width: 9, input_height: 9, input_channels: 3, kernel_width: 3, kernel_height: 3,
     num_neurons: 8, weights_bits: {bits}}}"
        );
        let expected: &[&str] = if bits == 8 { &[] } else { &["weights_bits"] };
        assert_eq!(broken(&model(&text), V2), [].into(), "{bits}");
        assert_eq!(broken(&model(&text), Current), expected.iter().copied().collect(), "{bits}");
    }

    for (w, h, sx, sy, v2, current) in [
        (1, 1, 2, 2, true, false),
        (1, 1, 1, 1, false, false),
        (1, 2, 2, 2, true, false),
        (1, 2, 1, 2, false, true),
        (2, 1, -1, -1, false, true),
        (2, 2, 2, 2, true, true),
        (2, 2, 1, 1, false, false),
        (3, 3, 2, 2, false, false),
        (-1, -1, -1, -1, false, false),
    ] {
        let pooling = format!(
            "pooling_type: Max, pooling_width: {w}, pooling_height: {h}, pooling_stride_x: {sx}, pooling_stride_y: {sy}"
        );
        let m = first(9, 9, 1, 3, 8, &pooling);
        assert_eq!(broken(&m, V2).is_empty(), v2, "{pooling}");
        assert_eq!(broken(&m, Current).is_empty(), current, "{pooling}");
    }
}

/// A convolution's input at most this large, whether separable or not; its filters are no part of the limit.
#[test]
fn layers_of_events_at_the_edges() {
    for layer in ["Convolutional", "SeparableConvolutional"] {
        for (width, height, channels, filters, legal) in [
            (4096, 1, 2048, 8, true),
            (4097, 1, 1, 8, false),
            (1, 4096, 1, 8, true),
            (1, 4097, 1, 8, false),
            (1, 1, 2049, 8, false),
            (8, 8, 3000, 8, false),
            (1, 1, 8, 3000, true),
        ] {
            let m = model(&format!(
                "layers:
  - {{type: InputData, input_width: {width}, input_height: {height}, input_channels: {channels}}}
  - {{type: {layer}, kernel_width: 3, kernel_height: 3, num_neurons: {filters}, weights_bits: 4}}"
            ));
            let what = format!("{layer} of {width}x{height}x{channels} with {filters} filters");
            for profile in Profile::ALL {
                let holds = broken(&m, profile).is_empty();
                let no_v1_weights = profile == V1 && layer == "Convolutional";
                assert_eq!(holds, !no_v1_weights && (legal || profile != Current), "{what} {profile}");
            }
        }
    }
}

#[test]
fn fully_connected_at_the_edges() {
    let flat = |inputs: u32, rest: &str| {
        model(&format!(
            "layers:
  - {{type: InputData, input_width: {inputs}, input_height: 1, input_channels: 2}}
  - {{type: FullyConnected, num_neurons: 1{rest}}}"
        ))
    };
    for (inputs, legal) in [
        (28_667, [true, true, true]),
        (28_668, [true, true, false]),
        (40_960, [true, true, false]),
        (40_961, [false; 3]),
    ] {
        for profile in Profile::ALL {
            let holds = !broken(&flat(inputs, ""), profile).contains("fully_connected_inputs");
            assert_eq!(holds, legal[profile as usize], "{inputs} {profile}");
        }
    }
    assert_eq!(broken(&flat(4, ""), V1), ["input_bits"].into(), "an InputData has 4 bits");
    assert_eq!(broken(&flat(4, ", weights_bits: 4"), V2), [].into());
    assert_eq!(
        broken(&flat(4, ", weights_bits: 3, activations_enabled: false, threshold_fire_bits: 3"), V2),
        ["weights_bits"].into()
    );
}

#[test]
fn thresholds_are_judged_by_their_values() {
    let mut m = model(
        "layers:
  - {type: InputData, name: in, input_width: 4, input_height: 4, input_channels: 2}
  - {type: FullyConnected, name: head, num_neurons: 4}",
    );
    let set = |m: &mut Model, t: [i32; 4], s: [f32; 4]| {
        m.set_variable(LayerId(1), "threshold_fire", &t).unwrap();
        m.set_variable(LayerId(1), "threshold_fire_step", &s).unwrap();
        check(m, V2)
    };
    assert_eq!(set(&mut m, [524_287, -524_288, 0, 1], [65_535.0, 0.001, 1.0, 1.0]), []);
    let violations: Vec<Violation> = set(&mut m, [0, 524_288, 0, -524_289], [1.0, 1.0, 65_536.0, 1.0]);
    let shown: Vec<_> = violations.iter().map(|v| v.to_string()).collect();
    assert_eq!(
        shown,
        [
            "layer `head`: threshold_fire of neuron 1 is 524288 and 1 more, v2 allows -524288 to 524287 (20 bits signed)",
            "layer `head`: threshold_fire_step of neuron 2 is 65536, v2 allows up to 65535 (16 bits unsigned)",
        ]
    );
}

#[test]
fn max_pooling_in_a_graph_looks_at_every_consumer() {
    let m = model(
        "layers:
  - {type: InputData, name: in, input_width: 8, input_height: 8, input_channels: 2}
  - {type: Convolutional, name: pooled, kernel_width: 3, kernel_height: 3, num_neurons: 4, pooling_type: Max, pooling_width: 2, pooling_height: 2}
  - {type: Convolutional, name: a, kernel_width: 3, kernel_height: 3, num_neurons: 4}
  - {type: FullyConnected, name: b, num_neurons: 4, inbound: [pooled, a]}
  - {type: Convolutional, name: last, kernel_width: 3, kernel_height: 3, num_neurons: 4, inbound: [a], pooling_type: Max, pooling_width: 2, pooling_height: 2}",
    );
    let shown: Vec<_> = check(&m, V2).iter().map(|v| format!("{}: {}", v.layer, v.measured)).collect();
    assert_eq!(
        shown,
        ["pooled: max pooling feeds `b`, a FullyConnected", "last: max pooling in the last layer"]
    );
}

/// Published models run on silicon, so no rule should refuse them; with random weights their thresholds stay in range. The newest page is contradicted
/// by one of them, which ran on an AKD1500 with images of 300 rows: docs/compatibility.md says so.
#[test]
fn published_models_are_compatible() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../calibrate/models");
    let mut shown = String::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for file in files {
        let mut model = template::load(&file).unwrap();
        model.randomise(1);
        for profile in [V2, Current] {
            for violation in check(&model, profile) {
                let name = file.file_stem().unwrap().to_string_lossy();
                writeln!(shown, "{name}: compat::{} {violation}", violation.rule).unwrap();
            }
        }
    }
    assert_eq!(
        shown,
        "devhub-uored: compat::input_size layer `stem`: image of 140x300, current allows width from 5, height 5 to 256\n"
    );
}

/// A rule whose title speaks of an axis says in [`spikemesh_compat::Rule::axes`] what it allows along it, and judges by that. The other axis is
/// free, unless it has a limit of its own.
#[test]
fn limits_along_an_axis_are_those_that_are_listed() {
    let mut probes = 0;
    for rule in RULES {
        let speaks = ["width", "height", "rows", "columns"].iter().any(|word| rule.title.contains(word));
        assert_eq!(speaks, !rule.axes.is_empty(), "{}: {}", rule.id, rule.title);
        for limit in rule.axes {
            assert!(rule.source(limit.profile).is_some(), "{}", rule.id);
            for length in [limit.least.wrapping_sub(1), limit.least, limit.most, limit.most.wrapping_add(1)] {
                if length == 0 || length == u32::MAX {
                    continue;
                }
                let legal = (limit.least..=limit.most).contains(&length);
                // In v1 the other axis of global pooling is a multiple of 8, which is no length.
                for axis in Axis::ALL.into_iter().filter(|a| *a == limit.axis || limit.profile != V1) {
                    let listed = |l: &&AxisLimit| l.profile == limit.profile && l.axis == axis;
                    let allowed =
                        rule.axes.iter().find(listed).is_none_or(|l| (l.least..=l.most).contains(&length));
                    let m = probe(rule.good, axis, length);
                    let kept = !broken(&m, limit.profile).contains(rule.id);
                    assert_eq!(kept, allowed, "{}: {axis} {length} in {}", rule.id, limit.profile);
                    assert!(axis != limit.axis || allowed == legal);
                    probes += 1;
                }
            }
        }
    }
    assert!(probes > 40, "{probes}");
}

/// The model of a template with inputs of another length along an axis. Along the other one they have 8 positions, which every rule allows.
fn probe(template: &str, axis: Axis, length: u32) -> Model {
    let (width, height) = if axis == Axis::Width { (length, 8) } else { (8, length) };
    let mut text = String::new();
    for line in template.lines() {
        let mut fields: Vec<String> = line.split(", ").map(str::to_owned).collect();
        for field in &mut fields {
            for (name, value) in [("input_width", width), ("input_height", height)] {
                if field.starts_with(name) {
                    *field = format!("{name}: {value}");
                }
            }
        }
        writeln!(text, "{}", fields.join(", ")).unwrap();
    }
    model(&text)
}

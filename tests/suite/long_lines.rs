//! Errors far along a line: every reader's errors are shown, for people and as JSON, wherever their labels are.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Columns that an error is moved to, from 0: the renderer counts them in 16 bits.
const COLUMNS: [usize; 4] = [0, 60_000, 65_535, 1_000_000];

/// The most that is printed about one file, in bytes: a screen or two for each problem, whatever the file holds.
const MOST: usize = 40_000;

fn spikemesh(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output();
    output.expect("spikemesh starts")
}

/// A kind of file: the verb that reads it, and texts with one fault each. `PAD` stands for spaces that move it along its line.
struct Reader {
    verb: &'static [&'static str],
    end: &'static str,
    faulty: Vec<String>,
    /// Its errors point into the text.
    labels: bool,
}

fn template(layers: &str) -> String {
    format!(
        "{{name: t, layers: [{{type: InputData, name: a, input_width: 4, input_height: 4, input_channels: 4}}, PAD{layers}]}}"
    )
}

fn readers() -> Vec<Reader> {
    let long = "k".repeat(70_000);
    let layer =
        |field: &str| template(&format!("{{type: FullyConnected, name: b, num_neurons: 3, {field}}}"));
    let templates = vec![
        layer("unknown: 1"),
        layer(&format!("{long}: 1")),
        layer("weights_bits: 99"),
        layer("weights_bits: x"),
        layer(&format!("weights_bits: {long}")),
        layer("inbounds: [nowhere]"),
        layer(&format!("inbounds: [{long}]")),
        layer("num_neurons: 4"),
        layer("activations_enabled: 3"),
        layer("weights_bits: &anchor 1"),
        layer("weights_bits: !tag 1"),
        layer("weights_bits: *alias"),
        layer("<<: {}"),
        layer("[a]: 1"),
        template(&format!("{{type: {long}, name: b}}")),
        template("{name: b}"),
        template("{type: FullyConnected, name: a, num_neurons: 3}"),
        template("{type: FullyConnected, name: b"),
        template("3"),
        template("{type: FullyConnected, name: \"\u{1}\"}"),
        "PAD- [".to_owned(),
        format!("{{name: PAD{{}}, {long}: 1}}"),
    ];
    let device = spikemesh::device::Device::text("two-nodes").unwrap();
    // One line: nothing in this device is a comment but the lines at its beginning.
    let device: String = device.lines().filter(|line| !line.starts_with("//")).collect();
    let changed = |from: &str, to: &str| {
        assert!(device.contains(from), "{from}");
        device.replacen(from, &format!("PAD{to}"), 1)
    };
    let devices = vec![
        changed("clock_hz: (300_000_000", "clock_hz: (3"),
        changed("vc_alloc_delay: (1", "vc_alloc_delay: (300"),
        changed("columns: (2", "columns: (-2"),
        changed("columns: (2", "columns: (2.5"),
        changed("clock_hz", "clock_hertz"),
        changed("clock_hz", &long),
        changed("\"as akd1000\"", "\"\""),
        changed("assumed, \"as akd1000\"", "guessed, \"as akd1000\""),
        changed("name: \"two-nodes\"", "name: two"),
        "(PAD".to_owned(),
    ];
    let case = "name: \"a\", model: \"m\", device: \"d\", inputs: \"i\", outputs: \"o\", cycles: \"c\"";
    let manifests = vec![
        format!("(cases: [PAD({case}, unknown: 1)])"),
        format!("(cases: [PAD({case}, {long}: 1)])"),
        format!("(cases: [PAD({case}, frames: \"x\")])"),
        format!("(cases: [PAD({case}, mode: \"{long}\")])"),
        format!("(cases: [PAD({case}, order: {long})])"),
        "(cases: [PAD(name: 3)])".to_owned(),
        "(cases: PAD[".to_owned(),
        format!("(cases: [({case}), PAD({case})])"),
    ];
    let rows = |row: &str| format!("cycle,src,dst,size\n0,0,1,1\n{row}\n");
    let traces = vec![
        rows(&format!("1,0,1,{long}")),
        rows(&format!("1,0,PAD{long}")),
        rows(&format!("1,0,1,1,{long}")),
        rows(&format!("1,{long},1,1")),
        format!("cycle,src,dst,{long}\n"),
    ];
    let published = [format!("model,{long}\n1,2\n"), format!("model\n\"{long}\n"), format!("{long}\n1,2\n")];
    let reader = |verb, end, faulty, labels| Reader { verb, end, faulty, labels };
    vec![
        reader(&["check", "FILE"], "yaml", templates, true),
        reader(&["device", "FILE"], "ron", devices, true),
        reader(&["test", "FILE"], "ron", manifests, false),
        reader(&["replay", "FILE", "--size", "2x2", "-o", "OUT"], "csv", traces, false),
        reader(&["validate", "--layers", "FILE"], "csv", published.to_vec(), false),
        reader(
            &["traffic", "FILE", "--size", "2x2"],
            "txt",
            vec![format!("1\n{long}\n"), long.clone()],
            false,
        ),
    ]
}

/// What the verb prints about a text.
fn shown(folder: &Path, reader: &Reader, text: &str, format: &str) -> Output {
    let path = folder.join(format!("file.{}", reader.end));
    std::fs::write(&path, text).unwrap();
    let (path, out) = (path.display().to_string(), folder.join("out.csv").display().to_string());
    let verb = reader.verb.iter().map(|word| match *word {
        "FILE" => path.as_str(),
        "OUT" => out.as_str(),
        word => word,
    });
    let arguments: Vec<&str> = verb.chain(["--format", format]).collect();
    spikemesh(&arguments)
}

#[test]
fn every_error_of_every_reader_is_shown_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    for reader in readers() {
        for (index, faulty) in reader.faulty.iter().enumerate() {
            for column in COLUMNS {
                let what = format!("{:?}, text {index}, column {column}", reader.verb);
                let padded = faulty.replacen("PAD", &" ".repeat(column), 1);
                let people = shown(folder.path(), &reader, &padded, "human");
                let code = people.status.code();
                assert!(code.is_some_and(|code| (1..=8).contains(&code)), "{what}: {people:?}");
                let text = String::from_utf8([people.stdout, people.stderr].concat()).unwrap();
                assert!(
                    text.contains("::") && text.len() < MOST,
                    "{what}: {} bytes: {text:.2000}",
                    text.len()
                );
                assert!(text.lines().all(|line| line.len() < 2_000), "{what}: a long line in {text:.2000}");

                let scripts = shown(folder.path(), &reader, &padded, "json");
                assert_eq!(scripts.status.code(), code, "{what}");
                let bytes = scripts.stdout.len() + scripts.stderr.len();
                assert!(bytes < MOST, "{what}: {bytes} bytes");
                let value: Value = serde_json::from_slice(&scripts.stderr).unwrap();
                let labels: Vec<&Value> = value["problems"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .flat_map(|problem| problem["labels"].as_array().unwrap())
                    .collect();
                if reader.labels && faulty.contains("PAD") && !labels.is_empty() {
                    // A label may begin with what the fault is in.
                    let number = |label: &Value, name: &str| label[name].as_u64().unwrap() as usize;
                    let is_moved =
                        |label: &&Value| number(label, "offset") + number(label, "length") >= column;
                    assert!(labels.iter().any(&is_moved), "{what}: {labels:?}");
                    // People see the same place.
                    let place = labels.iter().find(|label| is_moved(label)).unwrap();
                    let place = format!(":{}:{}", place["line"], place["column"]);
                    assert!(text.contains(&place), "{what}: {place} is not in {text:.2000}");
                }
            }
        }
    }
}

#[test]
fn a_long_line_is_cut_around_the_label() {
    let folder = tempfile::tempdir().unwrap();
    let fault = "{type: FullyConnected, name: b, num_neurons: 3, weights_bit: 1}";
    let padded = template(fault).replacen("PAD", &" ".repeat(100_000), 1);
    let reader = &readers()[0];
    let text = String::from_utf8(shown(folder.path(), reader, &padded, "human").stderr).unwrap();
    assert!(text.contains("weights_bit: 1") && text.contains("... "), "{text}");
    let marked = text.lines().position(|line| line.contains("weights_bit: 1")).unwrap();
    let line = text.lines().nth(marked).unwrap();
    // The mark stands below the key.
    let below = text.lines().nth(marked + 1).unwrap();
    let key = line.find("weights_bit: 1").unwrap();
    assert!(below[key..].starts_with(['^', '-', '|']) || below.as_bytes()[key + 3] == b'^', "{text}");
}

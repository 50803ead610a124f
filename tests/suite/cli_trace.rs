//! `spikemesh trace`: what a recorded trace holds is what the run counted; filters take it apart and leave nothing out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const DATA: &str = "mesh/noc/tests/data/booksim2/traces";

fn spikemesh(args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(args).output();
    output.expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a command that succeeds prints as JSON.
fn json(args: &[&str]) -> Value {
    let output = spikemesh(&[args, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Exit code and codes of the problems.
fn refused(args: &[&str]) -> (Option<i32>, Vec<String>) {
    let output = spikemesh(&[args, &["--format", "json"]].concat());
    let problems: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    let codes = problems["problems"].as_array().expect("a list").iter();
    (
        output.status.code(),
        codes.map(|problem| problem["code"].as_str().unwrap_or_default().to_owned()).collect(),
    )
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// Sum of a field over the rows of a table.
fn sum(report: &Value, table: &str, field: &str) -> u64 {
    list(&report[table]).iter().map(|row| number(&row[field])).sum()
}

/// A run of two frames, one behind the other, on a device with several nodes; a path for each name.
struct Recorded(tempfile::TempDir);

impl Recorded {
    fn new(model: &str) -> Recorded {
        Recorded::of(model, [2, 40, 24, 1], &["-d", "akd1000", "-m", "all-nps", "--batch", "2"])
    }

    /// A run with images of a shape.
    fn of(model: &str, shape: [usize; 4], more: &[&str]) -> Recorded {
        let folder = tempfile::tempdir().expect("a folder");
        let recorded = Recorded(folder);
        let input = recorded.path("input.npy");
        std::fs::write(&input, images(shape)).expect("a file");
        let run = recorded.path("run");
        let args = ["run", model, "--random-weights", "3", "-i", &input, "-o", &run, "--trace"];
        let output = spikemesh(&[&args[..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        recorded
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn trace(&self) -> String {
        self.path("run/trace.spt")
    }
}

/// Images of a shape, as .npy.
fn images([count, rows, columns, channels]: [usize; 4]) -> Vec<u8> {
    let mut heading = format!(
        "{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {rows}, {columns}, {channels}), }}"
    );
    while (heading.len() + 11) % 64 != 0 {
        heading.push(' ');
    }
    heading.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((heading.len() as u16).to_le_bytes());
    bytes.extend(heading.as_bytes());
    bytes.extend((0..count * rows * columns * channels).map(|i| (i * i / 7 % 251) as u8));
    bytes
}

/// A model of three layers, as a template in a folder.
fn model(folder: &Path) -> String {
    let path = folder.join("model.yaml");
    let layers = "
name: three
layers:
  - {type: InputConvolutional, name: pixels, input_width: 24, input_height: 40, input_channels: 1, kernel_width: 3, kernel_height: 3,
     num_neurons: 16, weights_bits: 8, threshold_fire_bits: 4, threshold_fire_step: 60}
  - {type: Convolutional, name: wide, kernel_width: 3, kernel_height: 3, num_neurons: 64, weights_bits: 4, threshold_fire_bits: 4,
     threshold_fire_step: 20}
  - {type: FullyConnected, name: head, num_neurons: 10, weights_bits: 4, activations_enabled: false}
";
    std::fs::write(&path, layers).expect("a file");
    path.display().to_string()
}

/// The totals of a recorded trace are those of `stats.json`. Returns the report.
fn totals(recorded: &Recorded) -> Value {
    let whole = json(&["trace", &recorded.trace()]);
    let stats = std::fs::read(recorded.path("run/stats.json")).expect("the run wrote it");
    let stats: Value = serde_json::from_slice(&stats).expect("JSON");
    // Every link, flit by flit.
    let links = |report: &Value| -> BTreeMap<String, u64> {
        let rows = list(&report["links"]).iter();
        rows.map(|link| (link["name"].as_str().expect("a name").to_owned(), number(&link["flits"]))).collect()
    };
    assert!(!links(&stats).is_empty());
    assert_eq!(links(&whole), links(&stats));
    let info: Value =
        serde_json::from_slice(&std::fs::read(recorded.path("run/run.json")).expect("it is there"))
            .expect("JSON");
    assert_eq!(whole["device_sha256"], info["device_sha256"]);
    // Each table holds every packet once.
    let packets = number(&whole["packets"]);
    assert!(packets > 1000 && packets == number(&whole["all_packets"]), "{packets}");
    for field in ["packets", "flits"] {
        for table in ["classes", "kinds", "frames", "routes", "layers"] {
            assert_eq!(sum(&whole, table, field), number(&whole[field]), "{table}, {field}");
        }
    }
    assert_eq!(sum(&whole, "terminals", "sent_packets"), packets);
    assert_eq!(sum(&whole, "terminals", "received_flits"), number(&whole["flits"]));
    whole
}

/// AkidaNet 0.25 at 160, or what `cargo xtask traces` asks for: a template, its image's side, a device and a mode.
#[test]
fn totals_of_akidanet_are_those_of_stats() {
    let asked = std::env::var("SPIKEMESH_TRACES");
    let asked = asked.as_deref().unwrap_or("tests/models/an.25-160.yaml 160 akd1500 minimal");
    let [template, side, device, mode] = asked.split(' ').collect::<Vec<_>>()[..] else { panic!("{asked}") };
    let side = side.parse().expect("a number");
    let recorded = Recorded::of(template, [1, side, side, 3], &["-d", device, "-m", mode]);
    let whole = totals(&recorded);
    for (option, table, field) in [("--layer", "layers", "from"), ("--kind", "kinds", "kind")] {
        let names = names(&whole, table, field);
        let parts =
            names.iter().map(|name| number(&json(&["trace", &recorded.trace(), option, name])["packets"]));
        assert_eq!(parts.sum::<u64>(), number(&whole["packets"]), "{option} {names:?}");
    }
}

/// The values of a field in a table, each once.
fn names(report: &Value, table: &str, field: &str) -> Vec<String> {
    let mut names: Vec<String> = list(&report[table])
        .iter()
        .map(|row| match &row[field] {
            Value::Null => "-".to_owned(),
            Value::String(name) => name.clone(),
            number => number.to_string(),
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn filters_partition_the_packets() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorded = Recorded::new(&model(folder.path()));
    let whole = totals(&recorded);
    let (trace, packets) = (recorded.trace(), number(&whole["packets"]));
    assert_eq!((&whole["model"], &whole["device"]), (&"three".into(), &"akd1000".into()));
    // Whatever a trace is taken apart by, the parts are the whole.
    let names = |table: &str, field: &str| names(&whole, table, field);
    let ends = number(&whole["last_cycle"]) + 1;
    let windows: Vec<String> =
        (0..5).map(|part| format!("{}..{}", part * ends / 5, (part + 1) * ends / 5)).collect();
    for (option, values) in [
        ("--layer", names("layers", "from")),
        ("--class", names("classes", "class")),
        ("--kind", names("kinds", "kind")),
        ("--frame", names("frames", "frame")),
        ("--from", names("routes", "from")),
        ("--to", names("routes", "to")),
        ("--window", windows),
    ] {
        assert!(values.len() > 1, "{option}: {values:?}");
        let parts: Vec<Value> = values.iter().map(|value| json(&["trace", &trace, option, value])).collect();
        for field in ["packets", "flits"] {
            let sum: u64 = parts.iter().map(|part| number(&part[field])).sum();
            assert_eq!(sum, number(&whole[field]), "{option} {values:?}, {field}");
        }
        assert!(parts.iter().all(|part| number(&part["packets"]) < packets), "{option}");
        if option != "--window" && option != "--frame" {
            let all: Vec<&str> = values.iter().flat_map(|value| [option, value]).collect();
            assert_eq!(
                json(&[&["trace", &trace][..], &all].concat())["packets"],
                whole["packets"],
                "{option}"
            );
        }
    }
    // Several filters are met together.
    let both = json(&["trace", &trace, "--layer", "wide", "--kind", "marker"]);
    assert!(number(&both["packets"]) > 0 && list(&both["kinds"]).len() == 1);
    assert!(list(&both["layers"]).iter().all(|row| row["from"] == "wide"));
}

#[test]
fn an_answer_joins_and_goes_round_through_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorded = Recorded::new(&model(folder.path()));
    let (trace, path) = (recorded.trace(), |name: &str| recorded.path(name));
    let bytes = |name: &str| std::fs::read(recorded.path(name)).expect("a file");
    let before = json(&["trace", &trace]);
    assert!(
        before["latency"].is_null()
            && before["no_latency"].as_str().is_some_and(|why| why.contains("replay"))
    );
    assert_eq!(
        refused(&["trace", &trace, "--answer", &path("x.csv")]),
        (Some(1), vec!["trace::no_answers".to_owned()])
    );
    let replay = |more: &[&str]| {
        let output = spikemesh(&[&["replay", &trace, "-d", "akd1000"][..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    };
    replay(&["-o", &path("a.csv")]);
    replay(&["-o", &path("a.spt")]);
    // The answer in blocks, as text, and from text again.
    let joined = json(&[
        "trace",
        &trace,
        "--with",
        &path("a.csv"),
        "--export",
        &path("joined.spt"),
        "--answer",
        &path("b.csv"),
    ]);
    assert!(bytes("b.csv") == bytes("a.csv"), "the answer differs");
    assert!(bytes("joined.spt") == bytes("a.spt"), "the answer in blocks differs");
    json(&["trace", &path("a.spt"), "--export", &path("a-all.csv"), "--answer", &path("c.csv")]);
    assert!(bytes("c.csv") == bytes("a.csv"), "the answer of the blocks differs");
    json(&["trace", &path("a-all.csv"), "--export", &path("again.spt")]);
    json(&["trace", &path("again.spt"), "--export", &path("again.csv")]);
    json(&["trace", &path("again.csv"), "--export", &path("last.spt"), "--answer", &path("d.csv")]);
    assert!(bytes("again.csv") == bytes("a-all.csv") && bytes("last.spt") == bytes("again.spt"));
    assert!(bytes("d.csv") == bytes("a.csv"));
    // Latencies are those of the answer, for all and for a layer.
    let rows = text(&bytes("a.csv"));
    let mut latencies: Vec<u64> = rows
        .lines()
        .skip(1)
        .map(|row| row.split(',').map(|field| field.parse::<u64>().expect("a number")).collect::<Vec<_>>())
        .map(|row| row[6] - row[4])
        .collect();
    latencies.sort_unstable();
    assert_eq!(joined["latency"]["max"], *latencies.last().expect("there are some"));
    assert_eq!(joined["latency"]["p50"], latencies[latencies.len().div_ceil(2) - 1]);
    let text_report = json(&["trace", &path("a-all.csv"), "-d", "akd1000"]);
    for field in ["latency", "classes", "kinds", "frames", "links"] {
        assert_eq!(text_report[field], joined[field], "{field}");
    }
    // The answer of another trace is told.
    json(&["trace", &trace, "--layer", "wide", "--export", &path("part.spt")]);
    let wrong = refused(&["trace", &path("part.spt"), "--with", &path("a.csv")]);
    assert_eq!(wrong, (Some(1), vec!["trace::join".to_owned()]));
}

#[test]
fn text_says_less_and_what_it_does_not_say_is_unknown() {
    let trace = format!("{DATA}/5x4_uni_s4.in.csv");
    let report = json(&["trace", &trace]);
    for field in ["device", "device_sha256", "model", "columns", "rows", "units", "latency", "links"] {
        assert!(report[field].is_null(), "{field}");
    }
    assert!(report["no_links"].as_str().is_some_and(|why| why.contains("--size")), "{report}");
    let shown = text(&spikemesh(&["trace", &trace]).stdout);
    assert!(shown.contains("device  unknown") && shown.contains("latency  unknown: "), "{shown}");
    // With the mesh, links are those of the replay, and the map has an arrow for each.
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let report = json(&["trace", &trace, "--size", "5x4", "--heat-map", &path("m.svg")]);
    let replay = json(&["replay", &trace, "--size", "5x4", "-o", &path("a.csv")]);
    let flits = |report: &Value| -> Vec<(Value, Value)> {
        list(&report["links"]).iter().map(|link| (link["name"].clone(), link["flits"].clone())).collect()
    };
    assert_eq!(flits(&report), flits(&replay));
    let svg = std::fs::read_to_string(path("m.svg")).expect("the map");
    assert_eq!(svg.matches("<title>n").count(), 20 + 2 * (4 * 4 + 5 * 3));
    for (option, value) in
        [("--layer", "a"), ("--kind", "event"), ("--frame", "1"), ("--from", "n9_9.np0"), ("--node", "n1_1")]
    {
        assert_eq!(
            refused(&["trace", &trace, option, value]),
            (Some(1), vec!["trace::filter".to_owned()]),
            "{option}"
        );
    }
    assert_eq!(
        refused(&["trace", &trace, "--heat-map", &path("n.svg")]),
        (Some(1), vec!["trace::no_mesh".to_owned()])
    );
    assert!(!Path::new(&path("n.svg")).exists());
}

#[test]
fn a_selection_keeps_packets_together_that_wait_for_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let rows = "0,0,1,1,,\n0,2,3,1,,\n5,1,0,1,0;1,3;4\n6,3,2,1,1,1\n";
    std::fs::write(path("t.csv"), format!("cycle,src,dst,size,after,delay\n{rows}")).expect("a file");
    let cut = refused(&["trace", &path("t.csv"), "--from", "0", "--from", "1", "--export", &path("x.csv")]);
    assert_eq!(cut, (Some(1), vec!["trace::cut".to_owned()]));
    assert!(!Path::new(&path("x.csv")).exists());
    json(&["trace", &path("t.csv"), "--from", "2", "--from", "3", "--export", &path("y.csv")]);
    let part = std::fs::read_to_string(path("y.csv")).expect("the part");
    assert_eq!(part, "cycle,src,dst,size,after,delay\n0,2,3,1,,\n6,3,2,1,0,1\n");
}

/// Packets that crowd a small mesh, replayed with buffers of four flits and of another depth.
fn compared(folder: &Path, depth: &str, more: &[&str]) -> Output {
    let path = |name: &str| folder.join(name).display().to_string();
    let rows = (0..60).fold(String::new(), |rows, n| format!("{rows}{},{},3,4\n", n / 7, n % 3));
    std::fs::write(path("t.csv"), format!("cycle,src,dst,size\n{rows}")).expect("a file");
    let args = ["replay", &path("t.csv"), "--size", "2x2", "--force"];
    let first =
        spikemesh(&[&args[..], &["--depth", "4", "-o", &path("a.csv"), "--hops", &path("ah.csv")]].concat());
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let other = ["--depth", depth, "-o", &path("b.csv"), "--against", &path("a.csv"), "--format", "json"];
    spikemesh(&[&args[..], &other, more].concat())
}

#[test]
fn a_comparison_names_where_the_first_packet_parts_and_who_was_granted() {
    let folder = tempfile::tempdir().expect("a folder");
    let equal = compared(folder.path(), "4", &[]);
    assert_eq!(equal.status.code(), Some(0), "{}", text(&equal.stderr));
    let report: Value = serde_json::from_slice(&equal.stdout).expect("JSON");
    assert_eq!((&report["against"]["different"], &report["against"]["first"]), (&0.into(), &Value::Null));

    let hops = folder.path().join("ah.csv").display().to_string();
    let ours = folder.path().join("bh.csv").display().to_string();
    let differ = compared(folder.path(), "2", &["--against-hops", &hops]);
    assert_eq!(differ.status.code(), Some(4), "{}", text(&differ.stderr));
    let report: Value = serde_json::from_slice(&differ.stdout).expect("JSON");
    let against = &report["against"];
    let bars = list(&against["differences"]);
    assert_eq!(bars.iter().map(|bar| number(&bar["packets"])).sum::<u64>(), 60);
    let first = &against["first"];
    let parting = &first["parting"];
    // With hops of this run in a file it is the same.
    let again = compared(folder.path(), "2", &["--against-hops", &hops, "--hops", &ours]);
    let again: Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(&again["against"], against);
    // The two records say so: up to the parting they are equal, and the packet that was granted the output is the last there.
    let lines = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    let pid = |answer: &str, row: &Value| -> String {
        let end = format!(",{row}");
        let answer = lines(answer);
        let line = answer.lines().skip(1).find(|line| line.ends_with(&end)).expect("the row is there");
        line.split(',').next().expect("a field").to_owned()
    };
    let way = |hops: &str, pid: &str| -> Vec<Vec<String>> {
        let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        lines(hops)
            .lines()
            .skip(1)
            .map(fields)
            .filter(|hop| hop[0] == *pid)
            .map(|hop| hop[1..].to_vec())
            .collect()
    };
    let row = &first["row"];
    let (mine, other) = (way("bh.csv", &pid("b.csv", row)), way("ah.csv", &pid("a.csv", row)));
    let part = mine.iter().zip(&other).position(|(mine, other)| mine != other).expect("they part");
    assert_eq!(mine[part][0], parting["ours"].to_string());
    assert_eq!(other[part][0], parting["theirs"].to_string());
    let granted = &parting["granted"];
    assert!(
        number(&granted["cycle"]) <= number(&parting["ours"]).min(number(&parting["theirs"])),
        "{parting}"
    );
    let waits = if number(&parting["ours"]) > number(&parting["theirs"]) {
        ("b.csv", "bh.csv")
    } else {
        ("a.csv", "ah.csv")
    };
    let holder = way(waits.1, &pid(waits.0, &granted["row"]));
    assert!(
        holder.iter().any(
            |hop| hop[0].parse() == Ok(number(&granted["cycle"])) && parting["output"] == hop[3].as_str()
        ),
        "{parting}"
    );
}

#[test]
fn a_part_and_an_answer_to_something_else_are_compared_with_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    compared(folder.path(), "4", &[]);
    let whole = std::fs::read_to_string(path("a.csv")).expect("the answer");
    let args = [
        "replay",
        &path("t.csv"),
        "--size",
        "2x2",
        "-o",
        &path("c.csv"),
        "--force",
        "--against",
        &path("x.csv"),
    ];
    for (content, code) in [
        (format!("{whole}# partial: why\n"), "replay::partial"),
        (whole.replace(",row", ""), "replay::answer"),
        (whole.replacen(",3,4,", ",3,5,", 1), "trace::join"),
        (whole.lines().take(60).map(|line| format!("{line}\n")).collect(), "replay::answer"),
    ] {
        std::fs::write(path("x.csv"), content).expect("a file");
        let (exit, codes) = refused(&args);
        assert_eq!(exit, Some(1), "{codes:?}");
        assert!(codes == [code] || code == "replay::answer" && codes == ["trace::join"], "{codes:?}: {code}");
    }
}

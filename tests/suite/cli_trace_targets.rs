//! `spikemesh trace` of packets to several targets: sent once, with an arrival at each target.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use serde_json::Value;

fn spikemesh(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(args).output().expect("the command runs")
}

/// What a command that succeeds prints as JSON.
fn json(args: &[&str]) -> Value {
    let output = spikemesh(&[args, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn rows(report: &Value, table: &str) -> Vec<Value> {
    report[table].as_array().unwrap_or_else(|| panic!("{table}: {report}")).clone()
}

fn links(report: &Value) -> BTreeMap<String, u64> {
    let pair = |row: &Value| (row["name"].as_str().unwrap().to_owned(), row["flits"].as_u64().unwrap());
    rows(report, "links").iter().map(pair).collect()
}

/// From terminal 0 of a mesh of 3 x 2 nodes to those of nodes 1, 2 and 5, and a packet to one of them.
const TRACE: &str = "cycle,src,dst,size\n0,0,1;2;5,3\n0,3,4,1\n4,0,1,2\n";

#[test]
fn packets_to_several_targets_are_sent_once_and_arrive_at_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [t, a, b] = ["t.csv", "a.csv", "b.csv"].map(path);
    std::fs::write(&t, TRACE).unwrap();
    let size = ["--size", "3x2"];
    let report = json(&[&["trace", t.as_str()][..], &size].concat());
    let count = |field: &str| report[field].as_u64().unwrap();
    assert_eq!([count("packets"), count("flits"), count("to_several"), count("arrivals")], [3, 6, 1, 5]);
    let terminal = |number: u64| {
        let rows = rows(&report, "terminals");
        let row = rows.iter().find(|row| row["terminal"] == number).unwrap();
        ["sent_packets", "sent_flits", "received_packets", "received_flits"].map(|f| row[f].as_u64().unwrap())
    };
    assert_eq!(terminal(0), [2, 5, 0, 0]);
    assert_eq!([terminal(1), terminal(2), terminal(5)], [[0, 0, 2, 5], [0, 0, 1, 3], [0, 0, 1, 3]]);

    // Trees load the links of a replay as the trace says.
    let replay = [&["replay", t.as_str()][..], &size, &["--multicast", "tree", "--depth", "8"]].concat();
    let replayed = json(&[&replay[..], &["-o", a.as_str()]].concat());
    assert_eq!(links(&report), links(&replayed));
    assert_eq!(links(&report)["n0_0.east"], 5);
    assert_eq!(links(&report)["n1_0.east"], 3);

    // Each target has the latency of its own arrival, and the packet that of the last one.
    let with = ["--with", a.as_str()];
    let answered = json(&[&["trace", t.as_str()][..], &size, &with].concat());
    let answer = std::fs::read_to_string(&a).unwrap();
    let arrivals: Vec<Vec<u64>> = answer
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|field| field.parse().unwrap()).collect())
        .collect();
    let of_tree: BTreeMap<u64, u64> =
        arrivals.iter().filter(|row| row[8] == 0).map(|row| (row[2], row[6] - row[4])).collect();
    assert_eq!(of_tree.len(), 3);
    let routes = rows(&answered, "routes");
    for (target, latency) in [(2, of_tree[&2]), (5, of_tree[&5])] {
        let route = routes.iter().find(|row| row["to"] == format!("n{}_{}.local0", target % 3, target / 3));
        assert_eq!(route.unwrap()["latency"]["max"], latency, "{target}");
    }
    assert!(of_tree[&2] < of_tree[&5], "{of_tree:?}");
    assert_eq!(answered["latency"]["max"], of_tree[&5]);

    // The answer comes out as it went in; text and blocks are the same trace.
    let written = [&["trace", t.as_str()][..], &size, &with, &["--answer", b.as_str()]].concat();
    json(&written);
    assert_eq!(std::fs::read_to_string(&b).unwrap(), answer);
    json(&["trace", t.as_str(), "--export", &path("t.spt")]);
    json(&["trace", &path("t.spt"), "--export", &path("u.csv")]);
    assert_eq!(std::fs::read_to_string(path("u.csv")).unwrap(), TRACE);
    let read = json(&[&["trace", &path("t.spt")][..], &size, &["--to", "5"]].concat());
    assert_eq!((&read["packets"], &read["arrivals"]), (&1.into(), &3.into()));
}

#[test]
fn links_of_a_run_with_trees_are_those_of_stats() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let run = ["run", "traces/tiny/events.yaml", "--random-weights", "1", "-i", "traces/tiny/events.npy"];
    let device = ["-d", "akd1500", "-m", "all-nps", "--batch", "4", "--trace", "-o", &path("run")];
    let trees = ["--set", "network.multicast=tree", "--set", "network.vc_buf_size=8"];
    json(&[&run[..], &device, &trees].concat());
    let stats: Value = serde_json::from_slice(&std::fs::read(path("run/stats.json")).unwrap()).unwrap();
    let report = json(&["trace", &path("run/trace.spt")]);
    assert!(report["to_several"].as_u64() > Some(0));
    assert!(report["arrivals"].as_u64() > report["packets"].as_u64());
    assert_eq!(links(&report), links(&stats));
}

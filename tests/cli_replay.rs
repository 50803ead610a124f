//! `spikemesh replay` as a user types it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const DATA: &str = "mesh/tests/data/booksim2/traces";

fn spikemesh(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("a temporary file");
    path.display().to_string()
}

/// Exit code, and codes of the problems.
fn refused(args: &[&str]) -> (Option<i32>, Vec<String>) {
    let output = spikemesh(&[args, &["--format", "json"]].concat());
    let value: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let problems = value["problems"].as_array().expect("problems are listed");
    let codes =
        problems.iter().map(|problem| problem["code"].as_str().unwrap_or_default().to_owned()).collect();
    (output.status.code(), codes)
}

#[test]
fn the_answer_is_the_reference_file() {
    let folder = folder();
    let cases = [
        ("5x4_uni_s4", "5x4", "4", "local-first"),
        ("5x4_burst", "5x4", "1", "local-first"),
        ("8x8_burst", "8x8", "4", "local-last"),
    ];
    for (name, size, vcs, order) in cases {
        let out = folder.path().join(format!("{name}.csv"));
        let path = out.display().to_string();
        let trace = format!("{DATA}/{name}.in.csv");
        let args = ["replay", &trace, "--network", "r3", "--size", size, "--vcs", vcs, "--depth", "4"];
        let output = spikemesh(&[&args[..], &["--port-order", order, "-o", &path, "--check"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let reference = std::fs::read(format!("{DATA}/{name}.vc{vcs}_d4.out.csv")).expect("the reference");
        assert!(std::fs::read(&out).expect("the answer") == reference, "{name} differs");
    }
}

#[test]
fn files_are_not_overwritten_unless_told() {
    let folder = folder();
    let trace = write(folder.path(), "t.csv", "cycle,src,dst,size\n0,0,1,1\n");
    let out = write(folder.path(), "out.csv", "mine");
    let hops = folder.path().join("hops.csv").display().to_string();
    let args = ["replay", &trace, "--size", "2x1", "-o", &out, "--hops", &hops];
    assert_eq!(refused(&args), (Some(1), vec!["cli::exists".to_owned()]));
    assert_eq!(std::fs::read_to_string(&out).expect("it is there"), "mine");
    assert!(!Path::new(&hops).exists());

    let output = spikemesh(&[&args[..], &["--force", "--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!((&report["packets"], &report["max_latency"]), (&1.into(), &10.into()));
    assert!(std::fs::read_to_string(&out).expect("it is there").ends_with("\n0,0,1,1,0,0,10,2\n"));
    assert_eq!(std::fs::read_to_string(&hops).expect("hops").lines().count(), 3);
    // Nothing is left lying around.
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 3);
    let same = ["replay", &trace, "--size", "2x1", "-o", &trace, "--force"];
    assert_eq!(refused(&same), (Some(1), vec!["cli::same_file".to_owned()]));
}

#[test]
fn bad_input_leaves_nothing_behind() {
    let folder = folder();
    let out = folder.path().join("out.csv").display().to_string();
    let trace =
        write(folder.path(), "t.csv", "cycle,src,dst,size\n9,0,1,1\n3,0,1,0\n9,0,9,1\n9,0,1,1000000\n");
    let args = ["replay", trace.as_str(), "--size", "2x1", "-o", &out];
    let codes = ["replay::order", "replay::outside", "replay::size"].map(str::to_owned).to_vec();
    assert_eq!(refused(&args), (Some(1), codes));
    assert_eq!(refused(&["replay", &trace, "--size", "0x4", "-o", &out]).1[0], "network::size");
    assert_eq!(refused(&["replay", &trace, "--size", "2x1", "--vcs", "0", "-o", &out]).1[0], "network::vcs");
    assert_eq!(refused(&["replay", "no.csv", "--size", "2x1", "-o", &out]).1, ["cli::io"]);
    assert!(!Path::new(&out).exists());
}

#[test]
fn settings_that_contradict_each_other_are_a_matter_of_usage() {
    for more in
        [&["--size", "2x1", "-d", "akd1000"][..], &["-d", "akd1000", "--vcs", "2"], &[], &["--size", "2"]]
    {
        let args = [&["replay", "t.csv", "-o", "out.csv"][..], more].concat();
        assert_eq!(refused(&args), (Some(2), vec!["cli::usage".to_owned()]), "{more:?}");
    }
}

#[test]
fn a_device_has_a_network_too() {
    let folder = folder();
    let out = folder.path().join("out.csv").display().to_string();
    // Node (0, 0) of two nodes has its NPs and three more terminals; the token class is number 1.
    let trace = write(folder.path(), "t.csv", "cycle,src,dst,size,class\n0,0,1,1,1\n0,1,0,5,0\n");
    let output = spikemesh(&["replay", &trace, "-d", "two-nodes", "-o", &out]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let answer = std::fs::read_to_string(&out).expect("the answer");
    assert_eq!(answer.lines().skip(1).collect::<Vec<_>>(), ["0,0,1,1,0,0,6,1", "1,1,0,5,0,0,10,1"]);
}

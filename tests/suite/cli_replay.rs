//! `spikemesh replay` as a user types it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const DATA: &str = "mesh/noc/tests/data/booksim2/traces";

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

/// An answer without its last column, the row of the trace: BookSim2 knows none.
fn without_rows(answer: impl AsRef<Path>) -> Vec<u8> {
    let answer = std::fs::read_to_string(answer).expect("the answer");
    let cut = |line: &str| format!("{}\n", line.rsplit_once(',').expect("there are columns").0);
    answer.lines().map(cut).collect::<String>().into_bytes()
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
        assert!(without_rows(&out) == reference, "{name} differs");
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
    assert!(std::fs::read_to_string(&out).expect("it is there").ends_with("\n0,0,1,1,0,0,10,2,0\n"));
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
    let args = ["replay", &trace, "-d", "two-nodes", "-o", &out];
    let output = spikemesh(&args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let answer = std::fs::read_to_string(&out).expect("the answer");
    assert_eq!(answer.lines().skip(1).collect::<Vec<_>>(), ["0,0,1,1,0,0,6,1,0", "1,1,0,5,0,0,10,1,1"]);
    // One thing may be different from the device: each flit's credit comes back later than the next flit goes.
    let output = spikemesh(&[&args[..], &["--depth", "1", "--force"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let answer = std::fs::read_to_string(&out).expect("the answer");
    assert_eq!(answer.lines().skip(1).collect::<Vec<_>>(), ["0,0,1,1,0,0,6,1,0", "1,1,0,5,0,0,30,1,1"]);
}

#[test]
fn settings_that_cannot_be_built_are_named() {
    let folder = folder();
    let out = folder.path().join("out.csv").display().to_string();
    let trace = write(folder.path(), "t.csv", "cycle,src,dst,size\n0,0,1,1\n");
    let codes = |more: &[&str]| {
        let (exit, codes) =
            refused(&[&["replay", trace.as_str(), "--size", "2x1", "-o", &out][..], more].concat());
        assert_eq!(exit, Some(1), "{more:?}: {codes:?}");
        codes
    };
    assert_eq!(codes(&["--routing", "o1turn"]), ["network::o1turn"]);
    assert_eq!(codes(&["--concentration", "0"]), ["network::no_terminals"]);
    assert_eq!(codes(&["--concentration", "40"]), ["network::ports", "network::ports"]);
    assert_eq!(codes(&["--depth", "0"]), ["network::depth"]);
    assert_eq!(codes(&["--vcs", "33"]), ["network::vcs"]);
    assert_eq!(codes(&["--class", "0+2"]), ["network::class_range"]);
    assert_eq!(codes(&["--vcs", "2", "--class", "0+1:xy", "--class", "1+1:o1turn"]), ["network::o1turn"]);
    assert_eq!(codes(&["--speculative", "--sw-alloc-delay", "2"]), ["network::speculation"]);
    assert_eq!(codes(&["--hold-switch-for-packet", "--vc-alloc-delay", "2"]), ["network::hold"]);
    assert_eq!(codes(&["--link-delay", "0", "--vc-alloc-delay", "999"]), ["network::delay"; 2]);
    assert_eq!(codes(&["--st-final-delay", "0"]), ["network::delay"]);
    assert!(!Path::new(&out).exists());
}

#[test]
fn every_setting_of_the_network_reaches_the_router() {
    let folder = folder();
    let trace = write(
        folder.path(),
        "t.csv",
        &(0..400).fold("cycle,src,dst,size\n".to_owned(), |rows, n| {
            format!("{rows}{},{},{},{}\n", n / 9, n * 7 % 12, n * 5 % 11, 1 + n % 5)
        }),
    );
    let answer = |more: &[&str]| {
        let out = folder.path().join("out.csv").display().to_string();
        let args = ["replay", &trace, "--size", "4x3", "--vcs", "4", "--depth", "3", "-o", &out, "--force"];
        let output = spikemesh(&[&args[..], &["--check"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{more:?}: {}", text(&output.stderr));
        std::fs::read_to_string(&out).expect("the answer")
    };
    let plain = answer(&[]);
    let settings: [&[&str]; 16] = [
        &["--port-order", "local-last"],
        &["--routing", "yx"],
        &["--routing", "o1turn"],
        &["--vc-allocator", "separable-output-first"],
        &["--sw-allocator", "separable_output_first"],
        &["--arb-type", "prio"],
        &["--speculative"],
        &["--hold-switch-for-packet"],
        &["--routing-delay", "1"],
        &["--vc-alloc-delay", "2"],
        &["--sw-alloc-delay", "2"],
        &["--st-prepare-delay", "1"],
        &["--st-final-delay", "2"],
        &["--link-delay", "2"],
        &["--credit-delay", "3"],
        &["--class", "1+2"],
    ];
    for setting in settings {
        assert_ne!(answer(setting), plain, "{setting:?}");
    }
    // What is the default changes nothing.
    for setting in [&["--routing", "xy"][..], &["--arb-type", "round_robin"], &["--link-delay", "1"]] {
        assert_eq!(answer(setting), plain, "{setting:?}");
    }
    // Terminals 0 to 11 of three nodes are not those of twelve.
    let out = folder.path().join("out.csv").display().to_string();
    let args = ["replay", &trace, "--size", "3x1", "--concentration", "4", "-o", &out, "--force"];
    assert_eq!(spikemesh(&args).status.code(), Some(0));
    assert!(String::from_utf8(without_rows(&out)).unwrap().lines().any(|row| row.ends_with(",1")));
}

#[test]
fn a_deadlock_has_an_exit_code_of_its_own_and_a_circle() {
    let folder = folder();
    let out = folder.path().join("out.csv").display().to_string();
    let rows = "cycle,src,dst,size,class\n0,0,3,9,0\n0,1,2,9,1\n0,2,1,9,1\n0,3,0,9,0\n";
    let trace = write(folder.path(), "t.csv", rows);
    let args = ["replay", trace.as_str(), "--size", "2x2", "--vcs", "1", "--depth", "1", "-o", &out];
    let classes = ["--class", "0+1:xy", "--class", "0+1:yx", "--watchdog", "500"];
    let args = [&args[..], &classes].concat();
    assert_eq!(refused(&args), (Some(7), vec!["network::deadlock".to_owned()]));
    let output = spikemesh(&[&args[..], &["--force", "--format", "json"]].concat());
    let value: Value = serde_json::from_slice(&output.stderr).expect("problems as JSON");
    let message = value["problems"][0]["message"].as_str().expect("a message");
    for packet in ["packet 0 (0 to 3", "packet 1 (1 to 2", "packet 2 (2 to 1", "packet 3 (3 to 0"] {
        assert_eq!(message.matches(packet).count(), 2, "{message}");
    }
    for place in ["n1_0.west.vc0", "n1_1.north.vc0", "n0_1.east.vc0", "n0_0.south.vc0"] {
        assert!(message.contains(place), "{message}");
    }
    // The answer has its heading and the mark.
    let answer = std::fs::read_to_string(&out).expect("the answer");
    assert_eq!(answer.lines().count(), 2);
    assert!(
        answer.ends_with("no flit has moved since cycle 5, and 8 flits are in the network\n"),
        "{answer}"
    );
}

#[test]
fn a_trace_of_our_own_goes_round() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let csv = format!("{DATA}/5x4_uni_s4.in.csv");
    let replay = |trace: &str, more: &[&str]| {
        let args = ["replay", trace, "--size", "5x4", "--vcs", "2", "--force"];
        let output = spikemesh(&[&args[..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    };
    // The answer as .spt is a trace again, and what it is called does not matter; --convert gives the text back.
    replay(&csv, &["-o", &path("a.csv")]);
    replay(&csv, &["-o", &path("a.spt"), "--hops", &path("h.spt")]);
    std::fs::rename(path("a.spt"), path("renamed")).expect("a new name");
    replay(&path("renamed"), &["-o", &path("b.csv"), "--convert", &path("t.csv")]);
    replay(&csv, &["-o", &path("c.csv"), "--convert", &path("t.spt")]);
    replay(&path("t.spt"), &["-o", &path("d.csv"), "--convert", &path("t2.csv")]);
    let bytes = |name: &str| std::fs::read(path(name)).expect("a file");
    let reference = std::fs::read(format!("{DATA}/5x4_uni_s4.vc2_d4.out.csv")).expect("the reference");
    for name in ["a.csv", "b.csv", "c.csv", "d.csv"] {
        assert!(without_rows(path(name)) == reference, "{name} differs");
    }
    let trace = std::fs::read(csv).expect("the trace");
    assert!(bytes("t.csv") == trace && bytes("t2.csv") == trace, "the trace differs");
    // Hops are no packets, and half a file is no file.
    let args = |trace: &str| refused(&["replay", trace, "--size", "5x4", "-o", &path("x.csv")]);
    assert_eq!(args(&path("h.spt")), (Some(1), vec!["replay::kind".to_owned()]));
    let whole = bytes("t.spt");
    std::fs::write(path("cut.spt"), &whole[..whole.len() / 2]).expect("a file");
    assert_eq!(args(&path("cut.spt")), (Some(1), vec!["replay::damaged".to_owned()]));
    assert!(!Path::new(&path("x.csv")).exists());
}

const CASES: &str = "mesh/noc/tests/data/cases";

#[test]
fn a_deadlock_leaves_the_answer_and_the_hops_marked_partial() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let trace = format!("{CASES}/deadlock.csv");
    let network = ["--size", "2x2", "--vcs", "2", "--depth", "1", "--class", "0+1:xy", "--class", "0+1:yx"];
    let replay = |answer: &str, hops: &str| {
        let files = ["replay", &trace, "-o", answer, "--hops", hops, "--format", "json"];
        spikemesh(&[&files[..], &network].concat())
    };
    let output = replay(&path("a.csv"), &path("h.csv"));
    assert_eq!(output.status.code(), Some(7), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let why = "cycle 10045: no flit has moved since cycle 45, and 8 flits are in the network";
    assert_eq!((&report["status"], &report["why"]), (&"partial".into(), &why.into()));
    assert_eq!((&report["packets"], &report["max_latency"]), (&1.into(), &10.into()));
    let read = |name: &str| std::fs::read_to_string(path(name)).expect("the file was written");
    let heading = "pid,src,dst,size,ctime,head_itime,tail_atime,routers,row";
    assert_eq!(read("a.csv"), format!("{heading}\n0,0,1,1,0,0,10,2,0\n# partial: {why}\n"));
    let hops = read("h.csv");
    assert!(hops.lines().count() > 6 && hops.ends_with(&format!("\n# partial: {why}\n")), "{hops}");
    // Nothing takes a part for the whole.
    assert_eq!(replay(&path("a.spt"), &path("h.spt")).status.code(), Some(7));
    let again = refused(&[&["replay", &path("a.spt"), "-o", &path("b.csv")][..], &network].concat());
    assert_eq!(again, (Some(1), vec!["replay::partial".to_owned()]));
}

#[test]
fn a_limit_of_cycles_leaves_what_arrived_marked_partial() {
    let folder = folder();
    let out = folder.path().join("out.csv").display().to_string();
    let trace = write(folder.path(), "t.csv", "cycle,src,dst,size\n0,0,1,1\n90,0,1,1\n");
    let args = ["replay", &trace, "--size", "2x1", "-o", &out, "--max-cycles", "50"];
    assert_eq!(refused(&args), (Some(8), vec!["simulate::cycle_limit".to_owned()]));
    let answer = std::fs::read_to_string(&out).expect("the answer");
    let rows: Vec<&str> = answer.lines().skip(1).collect();
    assert_eq!(rows, ["0,0,1,1,0,0,10,2,0", "# partial: the run went beyond 50 cycles"]);
}

#[test]
fn no_figure_is_a_figure_over_nothing() {
    let folder = folder();
    let out = folder.path().join("out.csv").display().to_string();
    let trace = format!("{CASES}/header_only.csv");
    let args = ["replay", &trace, "--size", "2x2", "-o", &out, "--force"];
    let output = spikemesh(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!((&report["status"], &report["packets"]), (&"complete".into(), &0.into()));
    for figure in ["mean_latency", "max_latency", "last_cycle"] {
        assert!(report[figure].is_null(), "{figure}: {report}");
    }
    let shown = text(&spikemesh(&args).stdout);
    assert!(shown.contains("packets  none") && shown.contains("latency  -"), "{shown}");
}

#[test]
fn faults_of_rows_have_advice_that_fits() {
    let folder = folder();
    let out = folder.path().join("out.csv").display().to_string();
    let replay = |trace: &str| refused(&["replay", trace, "--size", "2x2", "-o", &out]);
    assert_eq!(replay(&format!("{CASES}/delay0.csv")), (Some(1), vec!["replay::range".to_owned()]));
    let late = format!("cycle,src,dst,size,after,delay\n0,0,1,1,,\n0,1,0,1,0,{}\n", 1u64 << 48);
    let late = write(folder.path(), "late.csv", &late);
    assert_eq!(replay(&late), (Some(1), vec!["replay::late".to_owned()]));
    assert!(!Path::new(&out).exists());
    // These have no fault.
    for name in ["bom8", "blank_lines"] {
        let trace = format!("{CASES}/{name}.csv");
        let output = spikemesh(&["replay", &trace, "--size", "2x2", "-o", &out, "--force"]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        assert!(std::fs::read_to_string(&out).expect("the answer").lines().count() > 2);
    }
}

#[test]
fn advice_fits_the_value_and_is_given_once() {
    let folder = folder();
    let out = folder.path().join("out.csv").display().to_string();
    let shown = |content: &str| {
        let trace = write(folder.path(), "t.csv", content);
        let output = spikemesh(&["replay", &trace, "--size", "2x2", "-o", &out]);
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    let range = shown("cycle,src,dst,size,after,delay\n0,0,3,1,,\n0,3,0,1,0,0\n");
    assert!(range.contains("`delay` can be 1 to") && !range.contains("digits"), "{range}");
    let word = shown("cycle,src,dst,size\n0,0,three,1\n");
    assert!(word.contains("digits") && !word.contains("can be"), "{word}");
    let outside = shown("cycle,src,dst,size\n0,0,9,1\n0,8,1,1\n1,7,2,1\n");
    assert_eq!(outside.matches("replay::outside").count(), 3, "{outside}");
    assert_eq!(outside.matches("help:").count(), 1, "{outside}");
    assert!(!outside.contains("--size"), "{outside}");
}

//! Sweeps: the same bytes whatever happens on the way, refusals with codes, nothing that is finished lost.
//!
//! `cargo xtask sweeps` has the large numbers; `SWEEP_KILLS` is that of kills.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;

const MODEL: &str = "model=traces/fashion-mnist/model.fbz";
const IMAGES: &str = "traces/fashion-mnist/images.npy";
const LABELS: &str = "traces/fashion-mnist/labels.npy";
/// 24 points of three programs, eight of which cannot be mapped onto the device.
const SPACE: [&str; 4] =
    ["network.depth=2,4,8,16", "network.link_delay=1,3", "mode=minimal,all-nps,hw-pr", "frames=2"];

fn command(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(["sweep", MODEL, "-i", IMAGES, "--labels", LABELS, "-o"]).arg(folder).args(SPACE).args(more);
    command
}

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

fn sweep(folder: &Path, more: &[&str]) -> Value {
    let output = command(folder, more).args(["--format", "json"]).output().unwrap();
    assert!(output.status.success(), "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The tables of a folder.
fn tables(folder: &Path) -> Vec<Vec<u8>> {
    ["results.parquet", "results.csv"].map(|name| fs::read(folder.join(name)).unwrap()).to_vec()
}

/// Columns of the text, each with its cells.
fn columns(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join("results.csv")).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let of =
        |(column, name): (usize, String)| (name, rows.iter().map(|row| row[column].to_owned()).collect());
    names.into_iter().enumerate().map(of).collect()
}

/// The codes of errors that a command gives out.
fn codes(output: &Output) -> Vec<String> {
    let value: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    let problems = value["problems"].as_array().unwrap().iter();
    problems.map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn shares_processes_kills_and_threads_give_the_bytes_of_one_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let first = sweep(&at("whole"), &[]);
    assert_eq!(
        (&first["points"], &first["simulated"], &first["complete"]),
        (&24.into(), &24.into(), &16.into())
    );
    assert_eq!(first["refused"], serde_json::json!({"compiler::mode_needs_multi_pass": 8}));
    let whole = tables(&at("whole"));

    // The same again: nothing is simulated.
    let again = sweep(&at("whole"), &[]);
    assert_eq!((&again["cached"], &again["simulated"]), (&24.into(), &0.into()));
    assert_eq!(tables(&at("whole")), whole);

    // Two shares: whoever ends last writes the tables.
    let half = sweep(&at("shares"), &["--shard", "2/2"]);
    assert_eq!((&half["simulated"], &half["left"]), (&12.into(), &12.into()));
    assert!(!at("shares/results.csv").exists());
    assert_eq!(sweep(&at("shares"), &["--shard", "1/2"])["left"], 0);
    assert_eq!(tables(&at("shares")), whole);

    // Two processes in one folder, each with one thread.
    let start = || {
        command(&at("both"), &[])
            .env("RAYON_NUM_THREADS", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    for mut process in [start().unwrap(), start().unwrap()] {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(tables(&at("both")), whole);

    // Killed again and again.
    let kills: u32 = std::env::var("SWEEP_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(4);
    let mut random = Pcg64Mcg::seed_from_u64(u64::from(std::process::id()));
    let mut killed = 0;
    while killed < kills {
        let mut process =
            command(&at("killed"), &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_micros(u64::from(random.next_u32()) % 300_000);
        while Instant::now() < end && process.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let has_ended = process.try_wait().unwrap().is_some();
        let _ = process.kill();
        process.wait().unwrap();
        if has_ended {
            // Nothing was left to kill: from the beginning.
            assert_eq!(tables(&at("killed")), whole);
            fs::remove_dir_all(at("killed")).unwrap();
        }
        killed += u32::from(!has_ended);
    }
    sweep(&at("killed"), &[]);
    assert_eq!(tables(&at("killed")), whole);
}

#[test]
fn rows_have_axes_metrics_and_what_they_rest_on() {
    let folder = tempfile::tempdir().unwrap();
    sweep(folder.path(), &["--check"]);
    let columns = columns(folder.path());
    assert_eq!(columns["network.depth"].len(), 24);
    for (row, status) in columns["status"].iter().enumerate() {
        let complete = status == "complete";
        assert_eq!(complete, columns["mode"][row] != "hw-pr");
        assert_eq!(columns["code"][row].is_empty(), complete);
        for name in [
            "latency_ms",
            "energy_mj",
            "nps",
            "passes",
            "busiest_link",
            "wait_input_clocks",
            "memory_bytes",
            "accuracy",
        ] {
            assert_eq!(columns[name][row].is_empty(), !complete, "{name}");
        }
        // A constant that was set is assumed, and has no error.
        assert!(!complete || columns["latency_ms_basis"][row] != "calibrated");
    }
    // The network changes no value.
    let outputs: Vec<&String> = columns["outputs_sha256"].iter().filter(|cell| !cell.is_empty()).collect();
    assert!(outputs.len() == 16 && outputs.iter().all(|output| *output == outputs[0]));
    // As one run of the same point.
    let run = folder.path().join("run");
    let frames = folder.path().join("two.npy");
    let images = spikemesh::tensor::npy::read::<u8>(Path::new(IMAGES)).unwrap();
    let size = images.data.len() / images.shape[0];
    let shape = [&[2][..], &images.shape[1..]].concat();
    spikemesh::tensor::npy::write(&frames, &shape, &images.data[..2 * size]).unwrap();
    let set = ["--set", "network.depth=16", "--set", "network.link_delay=3", "-m", "all-nps"];
    let model = MODEL.strip_prefix("model=").unwrap();
    let output = spikemesh(
        &[&["run", model, "-i", frames.to_str().unwrap(), "-o", run.to_str().unwrap()][..], &set].concat(),
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stats: Value = serde_json::from_slice(&fs::read(run.join("stats.json")).unwrap()).unwrap();
    let row = (0..24).find(|&row| {
        columns["network.depth"][row] == "16"
            && columns["network.link_delay"][row] == "3"
            && columns["mode"][row] == "all-nps"
    });
    let latency: f64 = columns["latency_clocks"][row.unwrap()].parse().unwrap();
    assert_eq!(stats["latency_clocks"].as_f64().unwrap(), latency);
}

#[test]
fn another_space_in_the_folder_takes_the_points_that_are_there_and_has_its_own_table() {
    let folder = tempfile::tempdir().unwrap();
    sweep(folder.path(), &[]);
    let smaller =
        sweep(folder.path(), &["--where", "network.depth * network.link_delay <= 8 && mode != 'hw-pr'"]);
    assert_eq!((&smaller["points"], &smaller["simulated"]), (&8.into(), &0.into()));
    assert_eq!(columns(folder.path())["point"].len(), 8);
    // A record that is damaged is made again.
    let point = fs::read_dir(folder.path().join("points"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("point.json");
    fs::write(&point, "{\"schema\":\"spikemesh.point/2\",\"ident").unwrap();
    assert_eq!(sweep(folder.path(), &[])["simulated"], 1);
}

#[test]
fn what_cannot_be_swept_is_a_code_and_costs_nothing_that_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let refused = |arguments: &[&str], code: &str| {
        let output = spikemesh(&[&["sweep", "--format", "json"], arguments].concat());
        assert!(
            !output.status.success() && codes(&output).iter().any(|found| found == code),
            "{arguments:?}: {:?}",
            codes(&output)
        );
    };
    let out = at("out");
    let base = [MODEL, "-i", IMAGES, "-o", &out, "frames=1"];
    let with = |more: &[&'static str]| -> Vec<String> {
        base.iter().copied().chain(more.iter().copied()).map(str::to_owned).collect()
    };
    let try_with = |more: &[&'static str], code: &str| {
        let arguments = with(more);
        refused(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), code);
    };
    sweep(&folder.path().join("out"), &["--where", "mode == 'minimal'"]);
    let points = fs::read_dir(folder.path().join("out/points")).unwrap().count();
    // Ten million points by mistake.
    try_with(&["network.depth=1..1000", "network.link_delay=1..100", "clock_hz=1..100"], "sweep::too_many");
    try_with(&["network.dpth=1,2"], "device::unknown_constant");
    try_with(&["mode=minmal"], "sweep::axis");
    try_with(&["device=none.ron"], "device::unreadable");
    try_with(&["--where", "mode >"], "sweep::condition");
    refused(&["-i", IMAGES, "-o", &out], "cli::usage");
    refused(&["frames=1", "-i", IMAGES, "-o", &out], "sweep::missing");
    refused(&[MODEL, "-i", "none.npy", "-o", &out], "tensor::file");
    fs::create_dir(folder.path().join("other")).unwrap();
    fs::write(folder.path().join("other/notes.txt"), "mine").unwrap();
    refused(&[MODEL, "-i", IMAGES, "-o", &at("other")], "sweep::not_empty");
    let output = spikemesh(&["sweep", "report", &at("other"), "--format", "json"]);
    assert_eq!(codes(&output), ["sweep::no_results"]);
    assert_eq!(fs::read(folder.path().join("other/notes.txt")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(folder.path().join("out/points")).unwrap().count(), points);
    // A folder that cannot be read; root reads all.
    let locked = folder.path().join("out/points");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&locked).is_err() {
        try_with(&[], "sweep::read");
    }
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    // Points that cannot be are rows: too few events in the FIFO, a device without room, a mesh as large as files allow.
    let sizes = ["rows=1,2,65535", "columns=2", "nps_per_node=1,4"];
    let arguments: Vec<&str> =
        [MODEL, "-i", IMAGES, "frames=1", "-o", &out].into_iter().chain(sizes).collect();
    let output = spikemesh(&[&["sweep", "--format", "json"][..], &arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let refused: u64 =
        summary["refused"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert!(refused >= 2 && refused + summary["complete"].as_u64().unwrap() == 6, "{summary}");
}

#[test]
fn a_report_has_the_front_with_ties_and_says_what_nothing_is_known_of() {
    let folder = tempfile::tempdir().unwrap();
    sweep(folder.path(), &[]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (page, plot) = (path("front.html"), path("front.svg"));
    let report = |more: &[&str]| spikemesh(&[&["sweep", "report", &path("")], more].concat());
    let output = report(&["--front", "latency_ms,nps", "-o", &page, "--plot", &plot, "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let columns = columns(folder.path());
    // The front by hand: no row is faster with as few neural processors.
    let number = |name: &str, row: usize| columns[name][row].parse::<f64>().unwrap();
    let complete: Vec<usize> = (0..24).filter(|&row| columns["status"][row] == "complete").collect();
    let beats = |a: usize, b: usize| {
        let [la, lb, na, nb] =
            [number("latency_ms", a), number("latency_ms", b), number("nps", a), number("nps", b)];
        la <= lb && na <= nb && (la < lb || na < nb)
    };
    let mut expected: Vec<u64> = complete
        .iter()
        .filter(|&&row| !complete.iter().any(|&other| beats(other, row)))
        .map(|&row| row as u64)
        .collect();
    let mut found: Vec<u64> =
        value["front"].as_array().unwrap().iter().map(|row| row["row"].as_u64().unwrap()).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    let notes = value["notes"].to_string();
    assert!(notes.contains("no error of latency_ms is known for every point"), "{notes}");
    assert_eq!(value["base"]["deltas"], serde_json::json!([0.0, 0.0]));
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<svg") && page.contains("no error of latency_ms") && !page.contains("src="));
    assert!(fs::read_to_string(plot).unwrap().starts_with("<svg"));
    for (more, code) in [
        (["--front", "latency_ms"], "sweep::unknown"),
        (["--front", "latency_mss,nps"], "sweep::unknown"),
        (["--base", "99"], "sweep::unknown"),
    ] {
        assert_eq!(codes(&report(&[&more[..], &["--format", "json"]].concat())), [code], "{more:?}");
    }
}

/// No frames, an early end, labels of others: the tables are written, and the command fails.
#[test]
fn a_sweep_without_results_fails() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.npy");
    spikemesh::tensor::npy::write::<u8>(&none, &[0, 28, 28, 1], &[]).unwrap();
    let no_labels = folder.path().join("labels.npy");
    spikemesh::tensor::npy::write::<i32>(&no_labels, &[1], &[3]).unwrap();
    let (none, no_labels) = (none.to_str().unwrap(), no_labels.to_str().unwrap());
    for more in [&["-i", none][..], &["-i", IMAGES, "max_cycles=10"], &["-i", IMAGES, "--labels", no_labels]]
    {
        let out = folder.path().join("out");
        let fixed = ["sweep", "--format", "json", MODEL, "-o", out.to_str().unwrap()];
        let output = spikemesh(&[&fixed[..], more].concat());
        assert_eq!(
            (output.status.code(), codes(&output)),
            (Some(1), vec!["sweep::none_complete".to_owned()])
        );
        assert!(out.join("results.csv").exists());
    }
}

/// A stub of `sbatch` that runs what it is given at once, each task of an array by itself.
const SBATCH: &str = r#"#!/bin/bash
array=0-0
for argument in "$@"; do case "$argument" in --array=*) array="${argument#--array=}" ;; --dependency=*) echo "$argument" >> "$STUB/calls" ;; esac; done
script=$(cat)
for task in $(seq "${array%-*}" "${array#*-}"); do SLURM_ARRAY_TASK_ID=$task SLURM_CPUS_PER_TASK=1 bash -c "$script" >> "$STUB/log" 2>&1; done
echo 4711
"#;

#[test]
fn the_script_for_slurm_runs_every_share_and_collects() {
    let folder = tempfile::tempdir().unwrap();
    let (bin, out) = (folder.path().join("bin"), folder.path().join("my sweep"));
    fs::create_dir(&bin).unwrap();
    let program = |name: &str, text: &str| {
        fs::write(bin.join(name), text).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("sbatch", SBATCH);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_spikemesh"), bin.join("spikemesh")).unwrap();
    let whole = folder.path().join("whole");
    let conditions = ["--where", "mode != 'hw-pr'"];
    sweep(&whole, &conditions);
    let script = command(&out, &[&conditions[..], &["--slurm", "3"]].concat()).output().unwrap();
    assert!(script.status.success() && !out.exists());
    let path = folder.path().join("sweep.sh");
    fs::write(&path, &script.stdout).unwrap();
    let paths = std::env::var_os("PATH").unwrap();
    let paths =
        std::env::join_paths(std::iter::once(PathBuf::from(&bin)).chain(std::env::split_paths(&paths)))
            .unwrap();
    let run = Command::new("bash").arg(&path).env("PATH", paths).env("STUB", folder.path()).output().unwrap();
    let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    assert!(run.status.success(), "{}\n{log}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(tables(&out), tables(&whole), "{log}");
    assert_eq!(fs::read_to_string(folder.path().join("calls")).unwrap().trim(), "--dependency=afterany:4711");
    // Three shares, and one that found everything there.
    assert!(log.contains("16 cached, 0 simulated"), "{log}");
}

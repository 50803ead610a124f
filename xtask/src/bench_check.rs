//! `cargo xtask bench-check`: instructions of a handful of fixed jobs, counted by valgrind and compared with a baseline in the repository.
//!
//! Time differs from run to run, and from machine to machine; instructions hardly do. What they depend on is the key of a baseline: the
//! compiler, valgrind (which decides which instructions the program may use), the C library and the processor's vectors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::metadata::cargo;

/// Where the baseline is.
const BASELINE: &str = "benches/instructions.json";
/// A count may differ by this much.
const TOLERANCE: f64 = 0.02;

/// A name, and the arguments of the command; `OUT` is a fresh folder.
type Job = (&'static str, &'static [&'static str]);

const JOBS: &[Job] = &[
    ("prepare", &["check", "tests/models/an.25-160.yaml"]),
    (
        "map, AkidaNet 1.0 @224, all NPs",
        &[
            "map",
            "tests/models/an1-224.yaml",
            "--random-weights",
            "1",
            "-d",
            "akd1500",
            "-m",
            "all-nps",
            "-o",
            "OUT/p.npx",
        ],
    ),
    (
        "run, AkidaNet 0.25 @160, minimal",
        &[
            "run",
            "tests/models/an.25-160.yaml",
            "--random-weights",
            "1",
            "-i",
            "traces/akidanet/card.npy",
            "-o",
            "OUT/run",
        ],
    ),
    (
        "run, AkidaNet 0.25 @160, hw-pr",
        &[
            "run",
            "tests/models/an.25-160.yaml",
            "--random-weights",
            "1",
            "-d",
            "akd1500",
            "-m",
            "hw-pr",
            "-i",
            "traces/akidanet/card.npy",
            "-o",
            "OUT/run",
        ],
    ),
    ("traffic, 8x8 at 0.25", &["traffic", "--size", "8x8", "--rates", "0.25", "--sample-period", "1000"]),
    (
        "traffic, 32x32 at 0.0125",
        &["traffic", "--size", "32x32", "--rates", "0.0125", "--sample-period", "1000"],
    ),
];

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let bless = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--bless"] => true,
        _ => return Err("the only argument is --bless".into()),
    };
    let root = crate::root::root()?;
    let Some(key) = key() else {
        println!("valgrind is not installed: instructions are not counted");
        return Ok(());
    };
    let path = root.join(BASELINE);
    let mut baselines = read(&path)?;
    let baseline = baselines.get(&key);
    if baseline.is_none() && !bless {
        println!("no baseline for {key}: nothing is compared; `cargo xtask bench-check --bless` adds one");
        return Ok(());
    }
    let command = build(&root)?;
    let folder = tempfile::tempdir().map_err(|error| format!("a folder: {error}"))?;
    let mut counts = BTreeMap::new();
    for (name, arguments) in JOBS {
        counts.insert((*name).to_owned(), count(&root, &command, arguments, folder.path())?);
    }
    let missed = compare(baseline.unwrap_or(&BTreeMap::new()), &counts);
    if bless {
        baselines.insert(key, counts);
        return write(&path, &baselines);
    }
    if missed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "more than {} % away from {BASELINE}: {}; if that is meant, `cargo xtask bench-check --bless`",
        TOLERANCE * 100.0,
        missed.join(", ")
    ))
}

/// Counts by job.
type Counts = BTreeMap<String, u64>;

/// Prints a row for each job, and returns those that are too far away. A job without a baseline is one of them.
fn compare(baseline: &Counts, counts: &Counts) -> Vec<String> {
    let mut missed = Vec::new();
    println!("{:<34}{:>16}{:>16}{:>9}", "job", "instructions", "baseline", "change");
    for (name, &count) in counts {
        let before = baseline.get(name).copied();
        let change = before.map(|before| count as f64 / before as f64 - 1.0);
        let columns = [
            before.map(|before| before.to_string()),
            change.map(|change| format!("{:+.2} %", change * 100.0)),
        ]
        .map(|column| column.unwrap_or_else(|| "-".to_owned()));
        println!("{name:<34}{count:>16}{:>16}{:>9}", columns[0], columns[1]);
        if change.is_none_or(|change| change.abs() > TOLERANCE) {
            missed.push(name.clone());
        }
    }
    missed
}

/// What counts depend on besides the code; none without valgrind.
fn key() -> Option<String> {
    let first_line = |program: &str, arguments: &[&str]| {
        let output =
            Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()?.lines().next().map(str::to_owned)
    };
    let valgrind = first_line("valgrind", &["--version"])?;
    let rustc = first_line("rustc", &["--version"])?;
    let libc = first_line("getconf", &["GNU_LIBC_VERSION"]).unwrap_or_default();
    Some(format!("{rustc}, {valgrind}, {libc}, {} {}", std::env::consts::ARCH, instruction_set()))
}

/// The widest vectors of this processor that valgrind knows too.
fn instruction_set() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        return "with AVX2";
    }
    "without AVX2"
}

/// The release build of the command.
fn build(root: &Path) -> Result<PathBuf, String> {
    let mut command = Command::new(cargo());
    command
        .args(["build", "--release", "--package", "spikemesh", "--message-format", "json"])
        .current_dir(root);
    command.stderr(std::process::Stdio::inherit());
    let output = command.output().map_err(|error| format!("cargo build: {error}"))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable =
        built.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    executable.filter(|_| output.status.success()).ok_or_else(|| "cargo build failed".to_owned())
}

/// Runs a job under valgrind, on one thread.
fn count(root: &Path, command: &Path, arguments: &[&str], folder: &Path) -> Result<u64, String> {
    let fresh = tempfile::tempdir_in(folder).map_err(|error| format!("a folder: {error}"))?;
    let arguments =
        arguments.iter().map(|argument| argument.replace("OUT", &fresh.path().display().to_string()));
    let log = folder.join("valgrind.log");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--log-file={}", log.display()))
        .arg(command)
        .args(arguments)
        .current_dir(root)
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    if !output.status.success() {
        return Err(format!("{}{text}", String::from_utf8_lossy(&output.stderr)));
    }
    collected(&text).ok_or_else(|| format!("valgrind said no number of instructions: {text}"))
}

/// The number that callgrind collected.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find_map(|line| line.split_once("Collected : "))?;
    line.1.trim().parse().ok()
}

fn read(path: &Path) -> Result<BTreeMap<String, Counts>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{BASELINE}: {error}");
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    serde_json::from_value(file["instructions"].clone()).map_err(|error| wrong(&error))
}

fn write(path: &Path, baselines: &BTreeMap<String, Counts>) -> Result<(), String> {
    let file = json!({ "schema": "spikemesh/instructions/1", "instructions": baselines });
    let text = serde_json::to_string_pretty(&file).map_err(|error| error.to_string())?;
    std::fs::write(path, text + "\n").map_err(|error| format!("{BASELINE}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_too_far_away_in_either_direction_is_found() {
        let counts =
            |values: [u64; 3]| ["a", "b", "c"].map(str::to_owned).into_iter().zip(values).collect::<Counts>();
        let baseline = counts([1000, 1000, 1000]);
        assert!(compare(&baseline, &counts([1019, 981, 1000])).is_empty());
        assert_eq!(compare(&baseline, &counts([1021, 979, 1000])), ["a", "b"]);
        assert_eq!(compare(&Counts::new(), &counts([1, 2, 3])), ["a", "b", "c"]);
    }

    #[test]
    fn the_number_is_read_from_the_log() {
        assert_eq!(collected("==7== \n==7== Events    : Ir\n==7== Collected : 1234567\n"), Some(1_234_567));
        assert_eq!(collected("==7== nothing"), None);
    }
}

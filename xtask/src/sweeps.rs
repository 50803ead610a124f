//! `cargo xtask sweeps`: sweeps with many points and many kills; the picture of the tutorial.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::metadata::{cargo, run_cargo};
use crate::root::{root, target};

/// Points and kills, if nothing else is said.
const POINTS: u64 = 10_000;
const KILLS: &str = "100";
/// Processor time of a sweep, by that of its points.
const MOST_OVERHEAD: f64 = 1.3;

/// The axes of the demo network, none of which its mapping reads.
const SPACE: [&str; 5] = [
    "model=traces/fashion-mnist/model.fbz",
    "frames=1",
    "network.depth=2..21",
    "network.link_delay=1..10",
    "clock_hz=100000000..590000000:10000000",
];

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let (mut points, mut kills) = (POINTS, KILLS.to_owned());
    let mut rest = arguments.iter();
    while let Some(option) = rest.next() {
        match (option.as_str(), rest.next()) {
            ("--tutorial", None) => return tutorial(),
            ("--points", Some(count)) => {
                points = count.parse().map_err(|_| format!("{count} is no number"))?
            }
            ("--kills", Some(count)) if count.parse::<u32>().is_ok() => kills.clone_from(count),
            _ => return Err("arguments are --points N, --kills N, or --tutorial".to_owned()),
        }
    }
    // A folder that was never there: to make files where thousands were just deleted takes a file system longer.
    let folder = target(&root()?).join(format!("sweeps-{}", std::process::id()));
    let cost = overhead(&folder, points);
    let removed = std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()));
    kills_of(&kills)?;
    cost.and(removed)
}

/// Kills, shards, and two processes in one folder.
fn kills_of(kills: &str) -> Result<(), String> {
    let mut command = Command::new(cargo());
    command.args([
        "test",
        "--release",
        "--package",
        "spikemesh",
        "--test",
        "suite",
        "--",
        "--nocapture",
        "sweep::shares",
    ]);
    run_cargo(command.env("SWEEP_KILLS", kills))
}

/// A sweep into a new folder, and the same again.
fn overhead(folder: &Path, points: u64) -> Result<(), String> {
    let first = sweep(folder, points)?;
    let number = |value: &Value, name: &str| value[name].as_f64().unwrap_or_default();
    let (cpu, alone) = (number(&first, "host_cpu_seconds"), number(&first, "host_point_seconds"));
    println!(
        "{} points: {cpu:.1} s of processors, {alone:.1} s of them in points, {:.2} times as much; {:.0} MB at most",
        first["simulated"],
        cpu / alone,
        number(&first, "host_peak_bytes") / 1e6
    );
    let again = sweep(folder, points)?;
    println!(
        "again: {} simulated, {:.1} s of processors",
        again["simulated"],
        number(&again, "host_cpu_seconds")
    );
    if again["simulated"] != 0 || first["complete"] != points {
        return Err(format!("points are missing or were simulated again: {again}"));
    }
    if cpu > MOST_OVERHEAD * alone {
        return Err(format!("a sweep may take {MOST_OVERHEAD} times the processor time of its points"));
    }
    Ok(())
}

fn spikemesh() -> Command {
    let mut command = Command::new(cargo());
    command.args(["run", "--quiet", "--release", "--package", "spikemesh", "--"]);
    command
}

fn sweep(folder: &Path, points: u64) -> Result<Value, String> {
    let mut command = spikemesh();
    command.args(["sweep", "--format", "json", "-i", "traces/fashion-mnist/images.npy", "--random"]);
    command.arg(points.to_string()).arg("-o").arg(folder).args(SPACE);
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// The sweep of docs/tutorials/choose-a-mesh.md, and its picture.
fn tutorial() -> Result<(), String> {
    let root = root()?;
    let folder = target(&root).join("choose-a-mesh");
    let mut command = spikemesh();
    command.args(["sweep", "docs/tutorials/choose-a-mesh.ron", "--sobol", "200", "-o"]).arg(&folder);
    run_cargo(&mut command)?;
    let mut command = spikemesh();
    command.args(["sweep", "report"]).arg(&folder).args([
        "--front",
        "latency_ms,device_nps,energy_mj",
        "--force",
        "--plot",
    ]);
    run_cargo(command.arg(root.join("docs/pictures/choose-a-mesh.svg")))
}

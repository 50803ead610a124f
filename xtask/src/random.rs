//! `cargo xtask random-programs`, `certificates`, `reasons`, `maps` and `bottlenecks`: the commands of `tests/random`, as release builds.

use std::process::Command;

use crate::metadata::{cargo, run_cargo};

/// Thousands of random models, held against the laws of programs.
pub fn programs(arguments: &[String]) -> Result<(), String> {
    run("random-programs", arguments)
}

/// Every template of `tests/models`, in every mode: reasons, critical paths and periods.
pub fn reasons(arguments: &[String]) -> Result<(), String> {
    run("reasons", arguments)
}

/// Every template of `tests/models`, in every mode, on every device: certificates.
pub fn certificates(arguments: &[String]) -> Result<(), String> {
    run("certificates", arguments)
}

/// Random networks with a seeded fault, explained.
pub fn bottlenecks(arguments: &[String]) -> Result<(), String> {
    run("bottlenecks", arguments)
}

/// The mapping benchmark.
pub fn maps(arguments: &[String]) -> Result<(), String> {
    run("maps", arguments)
}

fn run(name: &str, arguments: &[String]) -> Result<(), String> {
    let mut command = Command::new(cargo());
    command.args(["run", "--release", "--package", "spikemesh-random", "--bin", name, "--"]).args(arguments);
    run_cargo(&mut command)
}

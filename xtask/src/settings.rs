//! `cargo xtask settings`: runs with `--set` against runs with edited device files.

use std::process::Command;

use crate::metadata::{cargo, run_cargo};

/// Settings that are tried unless a number is given.
const COUNT: &str = "200";

/// Runs the test of settings with the number given.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let count = arguments.first().map_or(COUNT, String::as_str);
    count.parse::<u32>().map_err(|_| format!("{count} is no number of settings"))?;
    let mut command = Command::new(cargo());
    command.args([
        "test",
        "--package",
        "spikemesh",
        "--test",
        "suite",
        "settings::a_run_with",
        "--",
        "--nocapture",
    ]);
    run_cargo(command.env("SPIKEMESH_SETTINGS", count))
}

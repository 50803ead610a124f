//! `cargo xtask reasons`: every template of `tests/models`, in every mode: reasons, critical paths and periods.

use std::process::Command;

use crate::metadata::cargo;

/// Runs the command of `tests/random`, as a release build, with the arguments given.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut command = Command::new(cargo());
    command.args(["run", "--release", "--package", "spikemesh-random", "--bin", "reasons", "--"]);
    let status = command.args(arguments).current_dir(crate::root::root()?).status();
    match status.map_err(|error| format!("cargo run: {error}"))?.success() {
        true => Ok(()),
        // It has said what is wrong.
        false => Err(String::new()),
    }
}

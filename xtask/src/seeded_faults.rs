//! `cargo xtask seeded-faults`: faults that are drawn by chance, each of which `test` must find and `diff` name. The tests try some.

use std::process::Command;

use crate::metadata::{cargo, run_cargo};

/// Faults, if nothing else is said.
const COUNT: &str = "100";

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let count = match arguments {
        [] => COUNT,
        [option, count] if option == "--count" && count.parse::<u32>().is_ok() => count,
        _ => return Err("the only argument is --count N".to_owned()),
    };
    let mut command = Command::new(cargo());
    command.args(["test", "--test", "suite", "--", "--nocapture", "seeded_faults::"]);
    run_cargo(command.env("SEEDED_FAULTS", count))
}

//! `cargo xtask faults`: every call of every writing verb to the disk fails, or is where the process or the power dies; and runs that are killed at
//! random moments go on. The tests look at some of both.

use std::process::Command;

use crate::metadata::{cargo, run_cargo};

/// Runs that are killed, if nothing else is said.
const KILLS: &str = "200";

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let kills = match arguments {
        [] => KILLS,
        [option, count] if option == "--kills" && count.parse::<u32>().is_ok() => count,
        _ => return Err("the only argument is --kills N".to_owned()),
    };
    // As it is given to users: thousands of runs, and kills at moments that are spread over a run of theirs.
    let mut command = Command::new(cargo());
    command.args([
        "test",
        "--release",
        "--test",
        "suite",
        "--",
        "--nocapture",
        "--test-threads",
        "1",
        "faults::",
        "killed::",
    ]);
    run_cargo(command.env("FAULTS", "all").env("KILLS", kills))
}

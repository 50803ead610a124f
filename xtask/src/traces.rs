//! `cargo xtask traces`: recorded traces of large networks against the counters of their runs.

use std::process::Command;

use crate::metadata::{cargo, run_cargo};

/// Template, side of its image, device and mode.
const RUNS: [&str; 4] = [
    "tests/models/an.25-160.yaml 160 akd1000 minimal",
    "tests/models/an.5-224.yaml 224 akd1500 minimal",
    "tests/models/an.5-224.yaml 224 akd1500 all-nps",
    "tests/models/an.5-224.yaml 224 akd1500 hw-pr",
];

/// Runs the test of traces with each.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".to_owned());
    }
    for asked in RUNS {
        eprintln!("{asked}");
        let mut command = Command::new(cargo());
        let test = ["test", "--package", "spikemesh", "--test", "suite"];
        command.args(test).args(["cli_trace::totals_of_akidanet", "--", "--nocapture"]);
        run_cargo(command.env("SPIKEMESH_TRACES", asked))?;
    }
    Ok(())
}

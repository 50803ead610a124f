//! `cargo xtask test`: everything that a change must pass, one step after the other.
//!
//! A step that fails stops no other: the summary at the end is complete. Its last line is `N passed, N failed`.

mod count;
mod step;

use std::process::Command;

use count::{Count, Runner};
use step::Step;

use crate::tidy;

/// The project's own golden cases.
const REGRESSION: &str = "traces/regression.ron";

/// Runs every step.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".into());
    }
    let root = crate::root::root()?;
    let mut summary: Vec<(&str, Count)> = Vec::new();
    for step in steps() {
        println!("\n=== {}", step.name);
        summary.push((step.name, step.run(&root)));
    }
    let width = summary.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    println!("\n=== summary");
    for (name, count) in &summary {
        println!("{} {name:<width$}  {count}", if count.failed == 0 { "ok    " } else { "FAILED" });
    }
    let total = summary.iter().fold(Count::default(), |total, (_, count)| total + *count);
    println!("{total}");
    // The total says it, and is the last line.
    if total.failed == 0 { Ok(()) } else { Err(String::new()) }
}

/// The steps in the order in which they run: what fails soonest comes first.
fn steps() -> Vec<Step> {
    vec![
        Step::of("tidy", |root| tidy::check(root).map_err(|problems| problems.join("\n"))),
        Step::cargo("rustfmt", Runner::Nobody, &["fmt", "--all", "--check"]),
        Step::cargo(
            "clippy",
            Runner::Nobody,
            &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        ),
        // Both tools stop at the first failure unless told otherwise.
        if has_nextest() {
            Step::cargo("tests", Runner::Nextest, &["nextest", "run", "--workspace", "--no-fail-fast"])
        } else {
            Step::cargo(
                "tests",
                Runner::CargoTest,
                &["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"],
            )
        },
        Step::cargo(
            "documentation tests",
            Runner::CargoTest,
            &["test", "--workspace", "--doc", "--no-fail-fast"],
        ),
        Step::cargo(
            "golden cases",
            Runner::Spikemesh,
            &["run", "--quiet", "--bin", "spikemesh", "--", "test", REGRESSION],
        ),
        Step::commands(
            "Python package",
            Runner::Pytest,
            &[
                &["python3", "-m", "venv", "--clear", VENV],
                &[PIP, "install", "--quiet", "--disable-pip-version-check", ".[test]"],
                &[PYTHON, "-m", "pytest"],
            ],
        ),
    ]
}

/// The virtual environment that the Python package is built into, afresh.
const VENV: &str = "target/venv";
const PIP: &str = "target/venv/bin/pip";
const PYTHON: &str = "target/venv/bin/python";

/// Tests run with nextest where it is installed: it runs them in parallel over all files.
fn has_nextest() -> bool {
    let output = Command::new(step::cargo()).args(["nextest", "--version"]).output();
    output.is_ok_and(|output| output.status.success())
}

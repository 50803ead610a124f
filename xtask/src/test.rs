//! `cargo xtask test`: everything that a change must pass, one step after the other.
//!
//! A step that fails stops no other: the summary at the end is complete. Its last line is `N passed, N failed`.

mod count;
mod step;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use count::{Count, Runner};
use step::Step;

use crate::metadata::{CLIPPY, cargo};
use crate::{browser, deny, determinism, fuzz, imports, notices, tidy, walls};

/// The project's own golden cases.
const REGRESSION: &str = "traces/regression.ron";

/// Runs every step.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".into());
    }
    let root = crate::root::root()?;
    let mut summary: Vec<(&str, Count, u64)> = Vec::new();
    for step in steps(&root) {
        println!("\n=== {}", step.name);
        let start = Instant::now();
        let count = step.run(&root);
        summary.push((step.name, count, start.elapsed().as_secs()));
    }
    let width = summary.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    println!("\n=== summary");
    for (name, count, seconds) in &summary {
        let word = match count {
            Count { passed: 0, failed: 0 } => "left  ",
            Count { failed: 0, .. } => "ok    ",
            _ => "FAILED",
        };
        println!("{word} {name:<width$}  {seconds:>4} s  {count}");
    }
    let total = summary.iter().fold(Count::default(), |total, (_, count, _)| total + *count);
    println!("{total}");
    // The total says it, and is the last line.
    if total.failed == 0 { Ok(()) } else { Err(String::new()) }
}

/// The steps in the order in which they run: what fails soonest comes first. Each builds on what the steps before it have built.
fn steps(root: &Path) -> Vec<Step> {
    // As the tests have built it: another build of the command alone would have other features, and so build everything again.
    let command = crate::root::target(root).join("debug/spikemesh").display().to_string();
    vec![
        Step::of("tidy", |root| tidy::check(root).map_err(|problems| problems.join("\n"))),
        Step::of("imports", imports::check),
        Step::of("dependencies", |root| deny::check(root).and_then(|()| notices::check(root))),
        Step::cargo("rustfmt", Runner::Nobody, &["fmt", "--all", "--check"]),
        Step::cargo("clippy", Runner::Nobody, &[&["clippy"], &CLIPPY[..]].concat()),
        Step::of("walls", walls::check),
        // Both tools stop at the first failure without `--no-fail-fast`.
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
        Step::commands("golden cases", Runner::Spikemesh, &[&[&command, "test", REGRESSION]]),
        Step::of("determinism", determinism::short),
        Step::of("fuzzing", fuzz::short),
        Step::optional("browser", browser::check),
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
    let output = Command::new(cargo()).args(["nextest", "--version"]).output();
    output.is_ok_and(|output| output.status.success())
}

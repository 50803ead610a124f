//! `cargo xtask determinism`: the same inputs give the same bytes, whatever the host is like.
//!
//! Every job of [`jobs`] runs in every environment of [`environments`]: numbers of threads, folders, locales, time zones, colours, and again as it was.
//! What it prints and every file that it writes must be those of the first environment. Only fields named `host_*`, and the lines of a report about
//! the speed of the host, may differ.

mod compare;
mod environment;
mod job;

use std::path::{Path, PathBuf};
use std::process::Command;

use compare::{Results, differences, read};
use environment::environments;
use job::{inputs, jobs};

use crate::metadata::cargo;

const USAGE: &str = "usage: cargo xtask determinism [--short] [--command PATH]";

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let (mut short, mut command) = (false, None);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--short" => short = true,
            "--command" => {
                // Jobs run in other folders.
                let path = std::path::absolute(words.next().ok_or(USAGE)?);
                command = Some(path.map_err(|error| error.to_string())?);
            }
            _ => return Err(USAGE.to_owned()),
        }
    }
    let root = crate::root::root()?;
    let command = match command {
        Some(command) => command,
        None => build(&root)?,
    };
    check(&root, &command, short)
}

/// The short form, with the command that the tests have built.
pub fn short(root: &Path) -> Result<(), String> {
    check(root, &built(root), true)
}

/// Builds the command as tests do.
fn build(root: &Path) -> Result<PathBuf, String> {
    let status = Command::new(cargo()).args(["build", "--package", "spikemesh"]).current_dir(root).status();
    match status.map_err(|error| format!("cargo build: {error}"))?.success() {
        true => Ok(built(root)),
        false => Err("the command does not compile".to_owned()),
    }
}

/// Where cargo puts the command.
fn built(root: &Path) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    target.join("debug").join(format!("spikemesh{}", std::env::consts::EXE_SUFFIX))
}

/// Runs all jobs in all environments and compares what they leave.
fn check(root: &Path, command: &Path, short: bool) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("spikemesh-determinism-{}", std::process::id()));
    let checked = matrix(root, command, &folder, short);
    // A folder that cannot be removed hides no result.
    let _ = std::fs::remove_dir_all(&folder);
    checked
}

fn matrix(root: &Path, command: &Path, folder: &Path, short: bool) -> Result<(), String> {
    let (jobs, environments) = (jobs(short), environments(short));
    let mut first: Option<Results> = None;
    let (mut wrong, mut files) = (Vec::new(), 0);
    for (index, environment) in environments.iter().enumerate() {
        let place = folder.join(format!("{index} {}", environment.folder));
        inputs(root, &place)?;
        let printed = jobs.iter().map(|job| job.run(command, &place, environment));
        let printed: Vec<(String, Vec<u8>)> = printed.collect::<Result<Vec<_>, _>>()?.concat();
        let results = read(&place, printed)?;
        println!("{}: {} files and outputs", environment.name, results.len());
        match &first {
            None => {
                files = results.len();
                first = Some(results);
            }
            Some(first) => {
                let found = differences(first, &results);
                wrong.extend(found.into_iter().map(|what| format!("{}: {what}", environment.name)));
            }
        }
        let _ = std::fs::remove_dir_all(&place);
    }
    if wrong.is_empty() {
        println!("{} environments, {files} files and outputs each: all the same", environments.len());
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

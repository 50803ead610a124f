//! `cargo xtask tidy`: rules of the repository that no compiler knows.
//!
//! A rule looks at one file and says what is wrong with it. Which crate may import which is in `walls`, links and
//! tables of the documentation are in `tests/suite/documentation.rs`, the origin of data in `tests/suite/sources.rs`.

mod file;
mod length;
mod machine;
mod readme;
mod unfinished;
mod writing;

use std::path::{Path, PathBuf};
use std::process::Command;

use file::{File, Rule};

/// Rules that must hold.
const RULES: &[Rule] = &[machine::check, unfinished::check, readme::check, writing::check];
/// Rules that ask for a second look.
const ADVICE: &[Rule] = &[length::check];

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".into());
    }
    check(&crate::root::root()?).map_err(|problems| problems.join("\n"))
}

/// Checks every file; advice is printed, problems are the error.
pub fn check(root: &Path) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    for path in files(root).map_err(|error| vec![error])? {
        let Ok(bytes) = std::fs::read(root.join(&path)) else { continue };
        // Not text: data.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let path = path.to_string_lossy().replace('\\', "/");
        let file = File::new(&path, &text);
        ADVICE.iter().flat_map(|rule| rule(&file)).for_each(|advice| println!("{advice}"));
        problems.extend(RULES.iter().flat_map(|rule| rule(&file)));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The files of the repository: those that git tracks, and new ones that it does not ignore.
fn files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let output = git.output().map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    let mut files: Vec<PathBuf> =
        names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect();
    files.sort();
    Ok(files)
}

//! `cargo xtask tidy`: rules of the repository that no compiler knows.
//!
//! A rule looks at one file and says what is wrong with it. Which module may import which is in `tests/architecture.rs`, links and
//! tables of the documentation are in `tests/documentation.rs`, the origin of data in `tests/sources.rs`.

mod length;
mod machine;
mod readme;
mod unfinished;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file under a rule.
pub struct File<'a> {
    /// Its path from the root of the repository, with `/`.
    path: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn is(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }

    fn is_code(&self) -> bool {
        self.is(".rs") || self.is(".py")
    }

    /// Code that a program has written.
    fn is_generated(&self) -> bool {
        self.path.contains("/generated/")
    }

    /// Line numbers, from 1, with their lines.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    fn at(&self, line: usize, message: impl std::fmt::Display) -> String {
        format!("{}:{line}: {message}", self.path)
    }
}

/// What a rule finds wrong with a file.
type Rule = fn(&File) -> Vec<String>;

/// Rules that must hold.
const RULES: &[Rule] = &[machine::check, unfinished::check, readme::check];
/// Rules that ask for a second look.
const ADVICE: &[Rule] = &[length::check];

/// Runs the chore.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".into());
    }
    check(&crate::root()?).map_err(|problems| problems.join("\n"))
}

/// Checks every file; advice is printed, problems are the error.
pub fn check(root: &Path) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    for path in files(root).map_err(|error| vec![error])? {
        let Ok(bytes) = std::fs::read(root.join(&path)) else { continue };
        // Not text: data.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let path = path.to_string_lossy().replace('\\', "/");
        let file = File { path: &path, text: &text };
        ADVICE.iter().flat_map(|rule| rule(&file)).for_each(|advice| println!("{advice}"));
        problems.extend(RULES.iter().flat_map(|rule| rule(&file)));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The files of the repository: what git knows, and what it would be told of.
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

/// What a rule says of a file with this path and text.
#[cfg(test)]
fn judge(rule: Rule, path: &str, text: &str) -> Vec<String> {
    rule(&File { path, text })
}

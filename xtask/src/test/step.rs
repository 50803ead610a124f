//! One step of the tests: a command, or a check of our own.

use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::count::{Count, Runner};

use crate::metadata::cargo;

/// What a step does.
enum Action {
    /// Runs commands, each a program and its arguments, until one fails; who counts tests among what they print.
    Commands(Vec<Vec<String>>, Runner),
    /// Calls a function with the root of the repository.
    Function(fn(&Path) -> Result<(), String>),
    /// The same of one that is left out where something is missing: then it gives false.
    Optional(fn(&Path) -> Result<bool, String>),
}

/// One step.
pub struct Step {
    /// Its name.
    pub name: &'static str,
    action: Action,
}

impl Step {
    /// A step that runs cargo.
    pub fn cargo(name: &'static str, runner: Runner, arguments: &[&str]) -> Step {
        let cargo = cargo();
        let command: Vec<&str> = [cargo.as_str()].iter().chain(arguments).copied().collect();
        Step::commands(name, runner, &[&command])
    }

    /// A step that runs commands, each a program and its arguments, until one fails.
    pub fn commands(name: &'static str, runner: Runner, commands: &[&[&str]]) -> Step {
        let owned = |words: &&[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Step { name, action: Action::Commands(commands.iter().map(owned).collect(), runner) }
    }

    /// A step that calls a function.
    pub fn of(name: &'static str, function: fn(&Path) -> Result<(), String>) -> Step {
        Step { name, action: Action::Function(function) }
    }

    /// A step that calls a function, and is left out where something is missing, but not in CI, which installs what it needs.
    pub fn optional(name: &'static str, function: fn(&Path) -> Result<bool, String>) -> Step {
        Step { name, action: Action::Optional(function) }
    }

    /// Runs it; what it prints is seen as it comes. A step that counts no tests counts as one, one that is left out as none, and a step that fails has at
    /// least one failure.
    pub fn run(&self, root: &Path) -> Count {
        self.run_as(root, std::env::var_os("CI").is_some())
    }

    fn run_as(&self, root: &Path, in_ci: bool) -> Count {
        let (result, counted) = match &self.action {
            Action::Optional(function) => match function(root) {
                Ok(false) if in_ci => (Err(format!("{} is left out in CI", self.name)), Count::default()),
                Ok(false) => return Count::default(),
                result => (result.map(|_| ()), Count::default()),
            },
            Action::Function(function) => (function(root), Count::default()),
            Action::Commands(commands, runner) => {
                let mut counted = Count::default();
                let run = commands.iter().try_for_each(|command| match watch(root, command, *runner) {
                    Ok((success, count)) => {
                        counted = counted + count;
                        if success { Ok(()) } else { Err(format!("{} failed", command.join(" "))) }
                    }
                    Err(error) => Err(format!("{} cannot be run: {error}", command.join(" "))),
                });
                (run, counted)
            }
        };
        if let Err(message) = &result {
            eprintln!("{message}");
        }
        match (result.is_ok(), counted) {
            (true, Count { passed: 0, failed: 0 }) => Count { passed: 1, failed: 0 },
            (false, Count { passed, failed: 0 }) => Count { passed, failed: 1 },
            (_, counted) => counted,
        }
    }
}

/// Runs a command and passes on what it prints; whether it succeeded, and the tests that it counted.
fn watch(root: &Path, words: &[String], runner: Runner) -> std::io::Result<(bool, Count)> {
    let (program, arguments) = words.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root).stdout(Stdio::piped()).stderr(Stdio::piped());
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command.spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Both at once: a full pipe that nobody reads would stop the child.
    let (counted_out, counted_err) = std::thread::scope(|scope| {
        let err =
            scope.spawn(|| stderr.map_or(Count::default(), |pipe| pass_on(pipe, runner, std::io::stderr())));
        let out = stdout.map_or(Count::default(), |pipe| pass_on(pipe, runner, std::io::stdout()));
        (out, err.join().unwrap_or_default())
    });
    Ok((child.wait()?.success(), counted_out + counted_err))
}

fn pass_on(pipe: impl Read, runner: Runner, mut to: impl Write) -> Count {
    let mut total = Count::default();
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        // Nobody is left to tell if this fails, but the counts are still wanted.
        let _ = writeln!(to, "{line}");
        total = total + runner.count(&plain(&line)).unwrap_or_default();
    }
    total
}

/// A line without colours.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("\u{1b}[32;1m 3\u{1b}[0m passed"), " 3 passed");
    }

    #[test]
    fn commands_end_with_the_first_that_fails() {
        let here = Path::new(".");
        let run = |commands: &[&[&str]]| Step::commands("some", Runner::Nobody, commands).run(here);
        assert_eq!(run(&[&["true"], &["true"]]), Count { passed: 1, failed: 0 });
        assert_eq!(run(&[&["false"], &["true"]]), Count { passed: 0, failed: 1 });
        assert_eq!(run(&[&["there-is-no-such-program"]]), Count { passed: 0, failed: 1 });
    }

    #[test]
    fn a_step_counts_at_least_itself() {
        let here = Path::new(".");
        assert_eq!(Step::of("fine", |_| Ok(())).run(here), Count { passed: 1, failed: 0 });
        assert_eq!(
            Step::of("wrong", |_| Err("as expected".into())).run(here),
            Count { passed: 0, failed: 1 }
        );
    }

    #[test]
    fn a_step_that_is_left_out_has_not_passed() {
        let here = Path::new(".");
        let [left_out, done] = [Step::optional("out", |_| Ok(false)), Step::optional("done", |_| Ok(true))];
        assert_eq!(left_out.run_as(here, false), Count { passed: 0, failed: 0 });
        assert_eq!(left_out.run_as(here, true), Count { passed: 0, failed: 1 });
        assert_eq!(done.run_as(here, true), Count { passed: 1, failed: 0 });
    }
}

//! `cargo xtask fuzz`: the targets of `fuzz/` under libFuzzer, with inputs that are guided by the code that they reach.
//!
//! The installed stable toolchain can do it: the compiler inserts counters by flags that it passes on, and libFuzzer is built from the C++ that comes
//! with its crate. Everything built so lies in a folder of its own.

mod plain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use plain::Plain;

use crate::metadata::cargo;
use crate::root::root;

/// Counters of edges, and where in the code they are. Watching comparisons as well takes half of the time; words of the formats stand in
/// `fuzz/words` instead.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "--cfg=fuzzing",
    "-Dwarnings",
];
/// Memory that a target may take in MB: a reader takes no more than this of any input that is tried.
const MEMORY: u32 = 500;
/// Seconds that one input may take.
const TIMEOUT: u32 = 10;

const USAGE: &str = "\
usage: cargo xtask fuzz [--seconds N | --runs N] [--plain] [--keep] [TARGET]...
  --seconds N  for all targets together, in equal shares; 60 without it
  --runs N     inputs for each target, instead of a time; 0 runs those of the corpora once
  --plain      inputs changed by chance, in the build of the tests: no guidance, and nothing else to compile
  --keep       then write the smallest set of inputs that reaches the same to fuzz/corpus
  --list       names of the targets
Without TARGET all run. An input that breaks a law is written to target/fuzz/findings/TARGET, and the command fails.";

struct Arguments {
    seconds: Option<u64>,
    runs: Option<u64>,
    keep: bool,
    plain: bool,
    targets: Vec<String>,
}

/// Fuzzes.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let root = root()?;
    let all = targets(&root)?;
    if arguments == ["--list"] {
        all.iter().for_each(|name| println!("{name}"));
        return Ok(());
    }
    let arguments = parse(arguments, &all)?;
    let names = if arguments.targets.is_empty() { &all } else { &arguments.targets };
    let seconds = arguments.seconds.unwrap_or(60);
    if arguments.plain {
        return plain(&root, names, seconds);
    }
    let program = build(&root)?;
    let seconds = seconds.div_ceil(names.len() as u64);
    let mut broken = Vec::new();
    let (mut total, begin) = (0, Instant::now());
    for name in names {
        let session = Session { root: &root, program: &program, name };
        let limit = match arguments.runs {
            Some(runs) => format!("-runs={runs}"),
            None => format!("-max_total_time={seconds}"),
        };
        let start = Instant::now();
        let (executions, holds) = session.fuzz(&limit)?;
        total += executions;
        tell(name, executions, start, holds);
        if !holds {
            broken.push(name.as_str());
        }
        if arguments.keep && holds {
            session.keep()?;
        }
    }
    println!("{total} executions of {} targets in {} s", names.len(), begin.elapsed().as_secs());
    verdict(&broken)
}

/// One minute of changed inputs for all targets together: a step of the tests.
pub fn short(root: &Path) -> Result<(), String> {
    plain(root, &targets(root)?, 60)
}

fn plain(root: &Path, names: &[String], seconds: u64) -> Result<(), String> {
    let program = Plain::build(root, MEMORY)?;
    let findings = root.join("target/fuzz/findings");
    let mut broken = Vec::new();
    for name in names {
        let start = Instant::now();
        let (executions, holds) = program.fuzz(root, &findings, name, seconds as f64 / names.len() as f64)?;
        tell(name, executions, start, holds);
        if !holds {
            broken.push(name.as_str());
        }
    }
    verdict(&broken)
}

fn tell(name: &str, executions: u64, start: Instant, holds: bool) {
    let rate = executions as f64 / start.elapsed().as_secs_f64().max(0.001);
    println!(
        "{} {name:<18} {executions:>10} executions  {rate:>8.0} a second",
        if holds { "ok    " } else { "FAILED" }
    );
}

fn verdict(broken: &[&str]) -> Result<(), String> {
    if broken.is_empty() { Ok(()) } else { Err(format!("inputs that break a law: {}", broken.join(", "))) }
}

fn parse(arguments: &[String], all: &[String]) -> Result<Arguments, String> {
    let mut parsed = Arguments { seconds: None, runs: None, keep: false, plain: false, targets: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut number = || {
            let value = rest.next().and_then(|value| value.parse::<u64>().ok());
            value.ok_or_else(|| format!("{argument} needs a number\n{USAGE}"))
        };
        match argument.as_str() {
            "--seconds" => parsed.seconds = Some(number()?),
            "--runs" => parsed.runs = Some(number()?),
            "--keep" => parsed.keep = true,
            "--plain" => parsed.plain = true,
            name if all.iter().any(|target| target == name) => parsed.targets.push(name.to_owned()),
            other => {
                return Err(format!(
                    "`{other}` is no option and no target\n{USAGE}\ntargets: {}",
                    all.join(" ")
                ));
            }
        }
    }
    if parsed.seconds.is_some() && parsed.runs.is_some() {
        return Err(format!("--seconds and --runs exclude each other\n{USAGE}"));
    }
    if parsed.plain && (parsed.keep || parsed.runs.is_some()) {
        return Err(format!("--plain has neither --runs nor --keep\n{USAGE}"));
    }
    Ok(parsed)
}

/// The targets have a folder each; a test of `fuzz/` compares the folders with the code.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/corpus");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

/// Builds the program of all targets.
fn build(root: &Path) -> Result<PathBuf, String> {
    let host = host()?;
    let folder = root.join("target/fuzz");
    // The same versions as everywhere; cargo adds what only libFuzzer needs.
    let lock = |at: &str| root.join(at).join("Cargo.lock");
    std::fs::copy(lock(""), lock("fuzz/libfuzzer")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let status = Command::new(cargo())
        .args(["build", "--quiet", "--release", "--manifest-path", "fuzz/libfuzzer/Cargo.toml"])
        // With a target named, flags are not for build scripts and macros.
        .args(["--target", &host])
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\x1f"))
        .current_dir(root)
        .status()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    if !status.success() {
        return Err("the fuzzing program does not build; libFuzzer needs a C++ compiler".to_owned());
    }
    Ok(folder.join(host).join("release/spikemesh-libfuzzer"))
}

/// The toolchain's own target.
fn host() -> Result<String, String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .map_err(|error| format!("rustc does not start: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not name its host".to_owned())
}

/// One target at work.
struct Session<'a> {
    root: &'a Path,
    program: &'a Path,
    name: &'a str,
}

impl Session<'_> {
    fn folder(&self, what: &str) -> Result<PathBuf, String> {
        let folder = self.root.join("target/fuzz").join(what).join(self.name);
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    fn corpus(&self) -> PathBuf {
        self.root.join("fuzz/corpus").join(self.name)
    }

    fn command(&self) -> Result<Command, String> {
        let mut command = Command::new(self.program);
        command
            .env("SPIKEMESH_FUZZ_TARGET", self.name)
            .env("RAYON_NUM_THREADS", "1")
            .args([
                "-print_final_stats=1",
                // What commands print.
                "-close_fd_mask=1",
                // Inputs that are fast are tried more often.
                "-entropic_scale_per_exec_time=1",
                &format!("-timeout={TIMEOUT}"),
                &format!("-rss_limit_mb={MEMORY}"),
            ])
            .arg(format!("-artifact_prefix={}/", self.folder("findings")?.display()));
        if let Some(words) = self.words() {
            command.arg(format!("-dict={}", words.display()));
        }
        Ok(command)
    }

    /// Words of a text format.
    fn words(&self) -> Option<PathBuf> {
        Some(self.root.join("fuzz/words").join(format!("{}.dict", self.name))).filter(|path| path.exists())
    }

    /// Tries inputs; returns how many, and whether every law holds.
    fn fuzz(&self, limit: &str) -> Result<(u64, bool), String> {
        let found = self.folder("corpus")?;
        let output = self
            .command()?
            .args([limit, &format!("-max_len={}", self.max_bytes()?)])
            .args([&found, &self.corpus()])
            .output()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        let log = String::from_utf8_lossy(&output.stderr);
        let executions = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let executions = executions.and_then(|number| number.trim().parse().ok()).unwrap_or(0);
        if !output.status.success() {
            // From the message of the law on.
            let start = log.find("panicked at").or_else(|| log.find("ERROR: libFuzzer")).unwrap_or(0);
            let shown: Vec<&str> = log[start..].lines().take(40).collect();
            eprintln!("{}\n", shown.join("\n"));
        }
        Ok((executions, output.status.success()))
    }

    /// Most bytes of an input, as the target says.
    fn max_bytes(&self) -> Result<usize, String> {
        let path = self.root.join("fuzz/src/lib.rs");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let after = |text: &str, word: &str| text.find(word).map(|at| at + word.len());
        let number = after(&text, &format!("name: \"{}\"", self.name)).and_then(|at| {
            let rest = &text[at..];
            let rest = &rest[after(rest, "max_bytes: ")?..];
            rest[..rest.find(',')?].parse().ok()
        });
        number.ok_or_else(|| format!("{} does not say how long inputs of {} are", path.display(), self.name))
    }

    /// Replaces the corpus by the smallest set of all inputs that reaches what they reach.
    fn keep(&self) -> Result<(), String> {
        let (found, kept) = (self.folder("corpus")?, self.folder("kept")?);
        let clear = |folder: &Path| -> std::io::Result<()> {
            for entry in std::fs::read_dir(folder)? {
                std::fs::remove_file(entry?.path())?;
            }
            Ok(())
        };
        let io = |error: std::io::Error| format!("{}: {error}", self.name);
        clear(&kept).map_err(io)?;
        let status = self
            .command()?
            .args(["-merge=1", &format!("-max_len={}", self.max_bytes()?)])
            .args([&kept, &self.corpus(), &found])
            .output()
            .map_err(io)?
            .status;
        if !status.success() {
            return Err(format!("{}: the inputs cannot be merged", self.name));
        }
        // Inputs with a name of their own once broke a law, or show something: they stay.
        let corpus = self.corpus();
        let is_hash = |name: &str| name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(&kept).map_err(io)? {
            let path = entry.map_err(io)?.path();
            files.insert(
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
                path,
            );
        }
        for entry in std::fs::read_dir(&corpus).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if is_hash(&name) && !files.contains_key(&name) {
                std::fs::remove_file(&path).map_err(io)?;
            }
        }
        for (name, path) in files {
            std::fs::copy(path, corpus.join(name)).map_err(io)?;
        }
        Ok(())
    }
}
